//! Cases: requests, the policies that decide them, and the decision one expects.
//!
//! A file of cases is JSON Lines, one JSON value or a list of them, or YAML. One case that can't be read
//! says so and leaves the others as they are.

mod file;
mod policies;
mod request;
mod words;

pub(crate) use file::{read, read_context};
pub(crate) use policies::Policies;
pub(crate) use words::similar;

use policy::{Decision, Request};

use crate::input::json::Wrong;

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its name; `case 3` for the third if it has none.
    pub(crate) name: String,
    /// The line of the file it starts in.
    pub(crate) line: usize,
    pub(crate) request: Request,
    pub(crate) policies: Policies,
    /// Absent where only an explanation is wanted.
    pub(crate) expect: Option<Expect>,
}

/// A case that can't be read.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) name: String,
    pub(crate) wrong: Wrong,
}

/// The decision one expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Undecided,
    /// Either denial.
    Denied,
}

impl Expect {
    pub(crate) const ALL: [Self; 5] =
        [Self::Allowed, Self::ExplicitlyDenied, Self::ImplicitlyDenied, Self::Undecided, Self::Denied];

    /// Is this the decision?
    pub(crate) fn is_met_by(self, decision: Decision) -> bool {
        match decision {
            Decision::Allowed => self == Self::Allowed,
            Decision::ExplicitlyDenied => matches!(self, Self::ExplicitlyDenied | Self::Denied),
            Decision::ImplicitlyDenied => matches!(self, Self::ImplicitlyDenied | Self::Denied),
            Decision::Undecided(_) => self == Self::Undecided,
        }
    }

    /// The word that cases use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Undecided => "Undecided",
            Self::Denied => "Denied",
        }
    }
}
