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

impl Witness {
    /// A request that policies allow. Callers have it confirmed first. The sentence tells the keys
    /// that are `relevant`; the request has them all.
    pub(super) fn of_permission(request: Request, relevant: impl Fn(&str) -> bool) -> Self {
        let context: Vec<String> = request
            .context
            .iter()
            .filter(|(key, _)| relevant(key.as_str()))
            .map(|(key, values)| format!("`{key}` is `{}`", values.join("`, `")))
            .collect();
        let when =
            if context.is_empty() { String::new() } else { format!(" when {}", context.join(" and ")) };
        let resource = if request.resource == "*" {
            "any resource".to_owned()
        } else {
            format!("`{}`", request.resource)
        };
        let sentence = format!("`{}` on {resource} is allowed{when}", request.action);
        Self { request, sentence }
    }
}

impl Witness {
    /// A request that a trust policy admits. Callers have it confirmed first.
    pub(super) fn of_admission(request: Request, subject: &str, withheld: &[String]) -> Self {
        let mut context: Vec<String> = request
            .context
            .iter()
            .filter(|(key, _)| !describes_parties(key.as_str()))
            .map(|(key, values)| format!("`{key}` is `{}`", values.join("`, `")))
            .collect();
        context.extend(withheld.iter().map(|key| format!("it sends no `{key}`")));
        let when =
            if context.is_empty() { String::new() } else { format!(" when {}", context.join(" and ")) };
        let sentence = format!("{subject} may call {}{when}", request.action);
        Self { request, sentence }
    }
}

/// Keys that say who calls and what is called, which the sentence says in words.
fn describes_parties(key: &str) -> bool {
    [
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalServiceName",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
    ]
    .iter()
    .any(|known| key.eq_ignore_ascii_case(known))
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
