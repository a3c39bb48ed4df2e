//! Witnesses: requests that refute a claim. One can only be made by having the plain evaluator
//! judge it first.

use std::fmt;

use crate::Request;

/// A request that refutes a claim, confirmed by the plain evaluator.
///
/// Displays as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    request: Request,
    sentence: String,
}

impl Witness {
    /// The request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
