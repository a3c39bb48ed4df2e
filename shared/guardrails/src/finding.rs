//! What is wrong with a role: a closed kind with its evidence.

use std::fmt;

use policy::analyse::assume::Reach;
use serde::{Deserialize, Serialize, Serializer};

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

impl Severity {
    /// The next worse one.
    #[must_use]
    pub const fn worse(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
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
    /// The statements at fault, counted from 0, in the document that the kind names; none if it names several.
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
        /// The widest category that is let in.
        #[serde(serialize_with = "word")]
        reach: Reach,
        /// The principals at fault, as they are written.
        principals: Vec<String>,
    },
    /// Strangers among the customers of an identity provider that many share can assume the role.
    SharedIssuer {
        /// The widest category that is let in.
        #[serde(serialize_with = "word")]
        reach: Reach,
        /// The issuer.
        issuer: String,
        /// The claim that should name the own tenant, as a condition key.
        claim: String,
        /// The principals at fault, as they are written.
        principals: Vec<String>,
    },
    /// A service that acts for anybody can assume the role, whoever it acts for.
    ConfusedDeputy {
        /// The widest category that is let in.
        #[serde(serialize_with = "word")]
        reach: Reach,
        /// The services.
        services: Vec<String>,
    },
    /// The trust policy names principals of another partition.
    OtherPartition {
        /// The widest category that is let in.
        #[serde(serialize_with = "word")]
        reach: Reach,
        /// The principals at fault, as they are written.
        principals: Vec<String>,
    },
    /// A notice: the trust policy names principals that were deleted since.
    DeletedPrincipal {
        /// Their unique ids.
        ids: Vec<String>,
    },
    /// A notice: the role bears a name that only AWS's own roles bear, outside AWS's paths.
    DecoyName {
        /// Where the role lies.
        path: String,
    },
    /// The trust policy could not be decided.
    TrustUndecided {
        /// Why, and what to change.
        reason: String,
        /// The widest category that may be let in.
        #[serde(serialize_with = "word")]
        reach: Reach,
    },
    /// The role may do everything, written plainly or in disguise.
    Administrator {
        /// The policies that allow it together; mostly one.
        policies: Vec<PolicyRef>,
    },
    /// The role may do something that the settings forbid.
    NeverAllowed {
        /// The policies.
        policies: Vec<PolicyRef>,
        /// The entry of `never:` that is violated.
        never: String,
    },
    /// The role can give itself more than it has.
    Escalation {
        /// The policies that allow it together.
        policies: Vec<PolicyRef>,
        /// The actions that it takes, `iam:PassRole` first.
        path: Vec<String>,
        /// How many ways are open, this one included.
        ways: usize,
    },
    /// The role may read or hand out data that no policy names.
    DataExposure {
        /// The policies.
        policies: Vec<PolicyRef>,
    },
    /// The role may do more than its ceiling.
    ExceedsCeiling {
        /// The policies.
        policies: Vec<PolicyRef>,
        /// The file with the ceiling, as the settings name it.
        ceiling: String,
    },
    /// The role does not carry the lockdown policy, in neither of its forms.
    LockdownMissing {
        /// The lockdown policy.
        policy: PolicyArn,
    },
    /// The lockdown policy that the role carries denies less than the settings ask.
    LockdownLoosened {
        /// The policy, or its form as a boundary.
        policy: PolicyArn,
        /// The version that is the default.
        version: String,
    },
    /// What the role may do could not be decided.
    PermissionsUndecided {
        /// The policies in question.
        policies: Vec<PolicyRef>,
        /// Why, and what to change.
        reason: String,
    },
    /// The permissions of a guarded role are not in the snapshot.
    PermissionsUnread,
}

/// As reports spell it.
fn word<S: Serializer>(reach: &Reach, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(reach.as_str())
}

impl Kind {
    /// How far the trust policy reaches, or may; `None` if the kind is not about that.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        match self {
            Self::TrustReachesOutside { reach, .. }
            | Self::SharedIssuer { reach, .. }
            | Self::ConfusedDeputy { reach, .. }
            | Self::OtherPartition { reach, .. }
            | Self::TrustUndecided { reach, .. } => Some(*reach),
            Self::DeletedPrincipal { .. }
            | Self::DecoyName { .. }
            | Self::Administrator { .. }
            | Self::NeverAllowed { .. }
            | Self::Escalation { .. }
            | Self::DataExposure { .. }
            | Self::ExceedsCeiling { .. }
            | Self::LockdownMissing { .. }
            | Self::LockdownLoosened { .. }
            | Self::PermissionsUndecided { .. }
            | Self::PermissionsUnread => None,
        }
    }

    /// Worth knowing, and no reason to call a role unsafe.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::DeletedPrincipal { .. } | Self::DecoyName { .. })
    }

    /// The policies at fault; none if the kind is not about permission policies.
    #[must_use]
    pub fn policies(&self) -> &[PolicyRef] {
        match self {
            Self::Administrator { policies }
            | Self::NeverAllowed { policies, .. }
            | Self::Escalation { policies, .. }
            | Self::DataExposure { policies }
            | Self::ExceedsCeiling { policies, .. }
            | Self::PermissionsUndecided { policies, .. } => policies,
            Self::LockdownMissing { .. }
            | Self::LockdownLoosened { .. }
            | Self::PermissionsUnread
            | Self::TrustReachesOutside { .. }
            | Self::SharedIssuer { .. }
            | Self::ConfusedDeputy { .. }
            | Self::OtherPartition { .. }
            | Self::DeletedPrincipal { .. }
            | Self::DecoyName { .. }
            | Self::TrustUndecided { .. } => &[],
        }
    }

    /// The lockdown policy, if it was loosened: its other versions are worth a look.
    #[must_use]
    pub fn loosened_lockdown(&self) -> Option<&PolicyArn> {
        if let Self::LockdownLoosened { policy, .. } = self { Some(policy) } else { None }
    }

    /// Is it about the lockdown policy?
    #[must_use]
    pub fn is_about_lockdown(&self) -> bool {
        matches!(self, Self::LockdownMissing { .. } | Self::LockdownLoosened { .. })
    }
}
