//! What is wrong with a role: a closed kind with its evidence.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facet::Facet;
use crate::names::{PolicyArn, PolicyName};

/// The two guardrails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guardrail {
    /// No principal outside the allowed set may assume a role.
    RestrictCrossAccountAccess,
    /// A guarded role may hold no more than the account allows.
    LockDownPermissions,
}

/// How bad a finding is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Should be put right.
    Medium,
    /// Gives an outsider or a service more than it may have.
    High,
    /// Gives the account away.
    Critical,
}

/// One thing that is wrong with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The guardrail that is violated.
    pub guardrail: Guardrail,
    /// What is wrong, with its evidence.
    #[serde(flatten)]
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// The facet it is about.
    pub facet: Facet,
    /// The statements at fault, counted from 0, in the document that the kind names.
    pub statements: Vec<usize>,
    /// A request that shows it, as a sentence; confirmed by the plain evaluator.
    pub witness: Option<String>,
    /// The finding in one sentence, for people.
    pub sentence: String,
}

/// A policy of a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyRef {
    /// An inline policy.
    Inline {
        /// Its name.
        name: PolicyName,
    },
    /// A managed policy that is attached.
    Managed {
        /// Its ARN.
        arn: PolicyArn,
    },
}

impl fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline { name } => write!(f, "inline policy `{name}`"),
            Self::Managed { arn } => write!(f, "attached policy `{arn}`"),
        }
    }
}

/// The closed set of kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The trust policy lets someone outside the allowed set assume the role.
    TrustReachesOutside {
        /// The widest category that is let in, spelled as in `policy::analyse`.
        reach: String,
        /// The principals at fault, as they are written.
        principals: Vec<String>,
    },
    /// The trust policy could not be decided.
    TrustUndecided {
        /// Why, and what to change.
        reason: String,
        /// The widest category that may be let in.
        reach: String,
    },
    /// A policy allows every action, written plainly or in disguise.
    Administrator {
        /// The policy.
        policy: PolicyRef,
    },
    /// A policy allows an action that the settings forbid.
    NeverAllowed {
        /// The policy.
        policy: PolicyRef,
        /// The entry of `never:` that is violated.
        never: String,
    },
    /// A permission policy could not be decided.
    PermissionsUndecided {
        /// The policy.
        policy: PolicyRef,
        /// Why, and what to change.
        reason: String,
    },
    /// The permissions of a guarded role are not in the snapshot.
    PermissionsUnread,
}

impl Kind {
    /// The policy at fault, if the kind is about one.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyRef> {
        match self {
            Self::Administrator { policy }
            | Self::NeverAllowed { policy, .. }
            | Self::PermissionsUndecided { policy, .. } => Some(policy),
            Self::PermissionsUnread | Self::TrustReachesOutside { .. } | Self::TrustUndecided { .. } => None,
        }
    }
}
