//! What comes out when policies are asked whether they break a limit.

use policy::analyse::{Answer, Reason, Witness};
use policy::{ConditionKey, Document};

/// Do some policies break a limit?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No request of the kind is allowed.
    Absent,
    /// This one is.
    Present(Evidence),
    /// Not decided.
    Undecided { reason: String, doubt: Doubt },
}

/// What it is that could not be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// How a policy is to be read. At its worst reading it breaks the limit.
    Reading,
    /// Anything else: the steps of the solver were spent, or a fact is missing. It says nothing about the policy.
    Other,
}

/// What comes out for one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alone {
    pub(crate) verdict: Verdict,
    /// The statements at fault.
    pub(crate) statements: Vec<usize>,
}

/// What comes out when it is asked whether policies open a way.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(super) answer: Answer<Witness>,
    /// The actions of one way.
    pub(super) path: Vec<String>,
    /// How many ways there are.
    pub(super) ways: usize,
}

impl Default for Shown {
    fn default() -> Self {
        Self { answer: Answer::Proved, path: Vec::new(), ways: 0 }
    }
}

/// What shows that a limit is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) witness: String,
    /// The actions of one way to more permissions.
    pub(crate) path: Vec<String>,
    /// How many ways there are.
    pub(crate) ways: usize,
}

impl Doubt {
    pub(super) fn of(reason: &Reason) -> Self {
        match reason {
            Reason::Budget | Reason::Unconfirmed => Self::Other,
            Reason::Variable(_)
            | Reason::Mixed(_)
            | Reason::PlainOnSet(_)
            | Reason::Empty(_)
            | Reason::Mistyped(_)
            | Reason::Undocumented(_)
            | Reason::Reading
            | Reason::Unreadable(_) => Self::Reading,
        }
    }
}

impl Verdict {
    /// The witness speaks of those circumstances only that one of these documents looks at.
    pub(super) fn of(answer: Answer<Witness>, documents: &[&Document]) -> Self {
        match answer {
            Answer::Proved => Self::Absent,
            Answer::Refuted(witness) => {
                Self::Present(Evidence { witness: told(&witness, documents), ..Evidence::default() })
            }
            Answer::Unknown(reason) => {
                Self::Undecided { doubt: Doubt::of(&reason), reason: reason.to_string() }
            }
        }
    }

    /// The same of a way.
    pub(super) fn of_ways(shown: Shown, documents: &[&Document]) -> Self {
        let Shown { answer, path, ways } = shown;
        match Self::of(answer, documents) {
            Self::Present(Evidence { witness, .. }) => Self::Present(Evidence { witness, path, ways }),
            other @ (Self::Absent | Self::Undecided { .. }) => other,
        }
    }

    /// The same, told of another role.
    pub(super) fn told_of(mut self, one: &str, other: &str) -> Self {
        if let Self::Present(evidence) = &mut self {
            evidence.witness = evidence.witness.replace(one, other);
        }
        self
    }

    /// Does what shows it speak of this role?
    pub(super) fn mentions(&self, role: &str) -> bool {
        match self {
            Self::Present(evidence) => evidence.witness.contains(role),
            Self::Absent | Self::Undecided { .. } => false,
        }
    }

    /// Is the limit broken at the worst reading?
    pub(crate) fn is_at_worst_present(&self) -> bool {
        match self {
            Self::Present(_) | Self::Undecided { doubt: Doubt::Reading, .. } => true,
            Self::Absent | Self::Undecided { doubt: Doubt::Other, .. } => false,
        }
    }

    pub(crate) fn is_present(&self) -> bool {
        match self {
            Self::Present(_) => true,
            Self::Absent | Self::Undecided { .. } => false,
        }
    }
}

/// The witness in a sentence, with those circumstances only that some condition looks at.
pub(super) fn told(witness: &Witness, documents: &[&Document]) -> String {
    let request = witness.request();
    let statements = documents.iter().flat_map(|document| &document.statements);
    let keys: Vec<&ConditionKey> =
        statements.flat_map(|statement| &statement.conditions).map(|condition| &condition.key).collect();
    let context: Vec<String> = request
        .context
        .iter()
        .filter(|(key, _)| keys.contains(key))
        .map(|(key, values)| format!("`{key}` is `{}`", values.join("`, `")))
        .collect();
    let on =
        if request.resource == "*" { "any resource".to_owned() } else { format!("`{}`", request.resource) };
    let when = if context.is_empty() { String::new() } else { format!(" when {}", context.join(" and ")) };
    format!("for example `{}` on {on}{when}", request.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spent_steps_say_nothing_about_a_policy() {
        let of = |reason| Verdict::of(Answer::Unknown(reason), &[]);
        assert!(!of(Reason::Budget).is_at_worst_present());
        assert!(!of(Reason::Unconfirmed).is_at_worst_present());
        assert!(of(Reason::Reading).is_at_worst_present());
        assert!(!of(Reason::Reading).is_present());
    }
}
