//! The state of a role as records and the history keep it.

use guardrails::{
    AttachedPolicy, Digest, Facet, InlinePolicy, Permissions, PolicyArn, Role, RoleArn, RoleId,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::document;

/// A role at one moment, whole as far as the pass read it. Documents are kept to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleState {
    /// The ARN.
    pub arn: RoleArn,
    /// The unique id.
    pub id: RoleId,
    /// When the role was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// The longest session, in seconds.
    pub max_session_seconds: u32,
    /// The trust policy.
    pub trust: String,
    /// The ARN of the permissions boundary.
    pub boundary: Option<PolicyArn>,
    /// The permissions; absent when the pass did not read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<PermissionsState>,
    /// The digest of the trust policy's canonical form.
    pub trust_digest: Digest,
}

/// What a role may do, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionsState {
    /// The inline policies.
    pub inline: Vec<InlinePolicy>,
    /// The attached policies.
    pub attached: Vec<AttachedPolicy>,
    /// The boundary's document.
    pub boundary: Option<AttachedPolicy>,
}

impl RoleState {
    /// The digest of a facet: equal for equal policies, however they are laid out.
    #[must_use]
    pub fn digest(&self, facet: Facet) -> Digest {
        let mut text = String::new();
        if facet.has_trust() {
            text.push_str(&format!("trust {}\n", self.trust_digest));
        }
        if let (true, Some(permissions)) = (facet.has_permissions(), &self.permissions) {
            text.push_str(&permissions.lines());
        }
        Digest::of(&text)
    }

    /// The role that this state describes.
    #[must_use]
    pub fn to_role(&self) -> Role {
        Role {
            arn: self.arn.clone(),
            id: self.id.clone(),
            created: self.created,
            max_session_seconds: self.max_session_seconds,
            trust: self.trust.clone(),
            boundary: self.boundary.clone(),
            permissions: self.permissions.as_ref().map(|state| Permissions {
                inline: state.inline.clone(),
                attached: state.attached.clone(),
                boundary: state.boundary.clone(),
            }),
        }
    }
}

impl PermissionsState {
    fn lines(&self) -> String {
        let inline = self
            .inline
            .iter()
            .map(|policy| format!("inline {:?} {}", policy.name.as_str(), document::digest(&policy.text)));
        let attached =
            self.attached.iter().map(|policy| format!("attached {} {}", policy.arn, policy.version));
        let boundary =
            self.boundary.iter().map(|policy| format!("boundary {} {}", policy.arn, policy.version));
        let mut lines: Vec<String> = inline.chain(attached).chain(boundary).collect();
        lines.sort();
        lines.join("\n")
    }
}

impl From<&Role> for RoleState {
    fn from(role: &Role) -> Self {
        Self {
            arn: role.arn.clone(),
            id: role.id.clone(),
            created: role.created,
            max_session_seconds: role.max_session_seconds,
            trust: role.trust.clone(),
            boundary: role.boundary.clone(),
            permissions: role.permissions.as_ref().map(|permissions| PermissionsState {
                inline: permissions.inline.clone(),
                attached: permissions.attached.clone(),
                boundary: permissions.boundary.clone(),
            }),
            trust_digest: document::digest(&role.trust),
        }
    }
}
