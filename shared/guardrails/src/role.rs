//! A role as it was read: the snapshot that every verdict is about.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::names::{PolicyArn, PolicyName, RoleArn, RoleId};

/// A role at one moment. Documents are the stored texts (decoded JSON), never a parsed form: what a repair
/// keeps must be kept to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The ARN that `GetRole` returned; the only trustworthy source of the role's path and account.
    pub arn: RoleArn,
    /// The unique id. Every write is for this id only.
    pub id: RoleId,
    /// When the role was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// The longest session, in seconds (3,600 to 43,200).
    pub max_session_seconds: u32,
    /// The trust policy.
    pub trust: String,
    /// The ARN of the permissions boundary; `GetRole` shows it without a further call.
    pub boundary: Option<PolicyArn>,
    /// What the role may do; `None` when this pass has not read it.
    pub permissions: Option<Permissions>,
}

/// All that decides what a role may do, apart from the account's own limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Inline policies, by name.
    pub inline: Vec<InlinePolicy>,
    /// Attached managed policies, by ARN.
    pub attached: Vec<AttachedPolicy>,
    /// The document of the permissions boundary in its default version.
    pub boundary: Option<AttachedPolicy>,
}

/// An inline policy of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Its name.
    pub name: PolicyName,
    /// Its document.
    pub text: String,
}

/// A managed policy, in its default version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedPolicy {
    /// Its ARN; an AWS managed policy has the account `aws`.
    pub arn: PolicyArn,
    /// The default version, such as `v3`.
    pub version: String,
    /// The document of that version.
    pub text: String,
}

impl Role {
    /// AWS owns this role: IAM refuses every write to it (`UnmodifiableEntity`). Decided by the path, which
    /// no `CreateRole` can give; a mere name such as `AWSServiceRoleFor...` proves nothing.
    #[must_use]
    pub fn is_owned_by_aws(&self) -> bool {
        self.arn.is_owned_by_aws()
    }
}
