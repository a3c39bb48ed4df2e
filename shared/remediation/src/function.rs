//! The functions of rescind, which facet each looks at, and which of them may carry out a step.

use std::fmt;

use guardrails::{Facet, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A function: an authority of its own, a queue of its own, and the same logic as all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// Runs on `CreateRole`.
    CreateRole,
    /// Runs on `UpdateAssumeRolePolicy`.
    UpdateAssumeRolePolicy,
    /// Runs on `PutRolePolicy` and `DeleteRolePolicy`; the only one that writes inline policies.
    PutRolePolicy,
    /// Runs on `AttachRolePolicy` and `DetachRolePolicy`.
    AttachRolePolicy,
    /// Runs on `CreatePolicyVersion` and `SetDefaultPolicyVersion`.
    ChangePolicyVersion,
    /// Runs on `PutRolePermissionsBoundary` and `DeleteRolePermissionsBoundary`.
    ChangePermissionsBoundary,
    /// Runs on `UpdateRole` and on changes of tags; writes nothing.
    UpdateRole,
    /// Looks at every role at its own pace; runs on changes of identity providers; also the command line.
    Sweep,
}

impl Function {
    /// All functions, as the template lists them.
    pub const ALL: [Self; 8] = [
        Self::CreateRole,
        Self::UpdateAssumeRolePolicy,
        Self::PutRolePolicy,
        Self::AttachRolePolicy,
        Self::ChangePolicyVersion,
        Self::ChangePermissionsBoundary,
        Self::UpdateRole,
        Self::Sweep,
    ];

    /// The facet it reads and checks.
    #[must_use]
    pub fn facet(self) -> Facet {
        match self {
            Self::CreateRole | Self::UpdateAssumeRolePolicy | Self::UpdateRole => Facet::Trust,
            Self::PutRolePolicy
            | Self::AttachRolePolicy
            | Self::ChangePolicyVersion
            | Self::ChangePermissionsBoundary => Facet::Permissions,
            Self::Sweep => Facet::All,
        }
    }

    /// The calls that its rule carries to it.
    #[must_use]
    pub fn calls(self) -> &'static [&'static str] {
        match self {
            Self::CreateRole => &["CreateRole"],
            Self::UpdateAssumeRolePolicy => &["UpdateAssumeRolePolicy"],
            Self::PutRolePolicy => &["PutRolePolicy", "DeleteRolePolicy"],
            Self::AttachRolePolicy => &["AttachRolePolicy", "DetachRolePolicy"],
            Self::ChangePolicyVersion => &["CreatePolicyVersion", "SetDefaultPolicyVersion"],
            Self::ChangePermissionsBoundary => {
                &["PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"]
            }
            Self::UpdateRole => &["UpdateRole", "UpdateRoleDescription", "TagRole", "UntagRole"],
            Self::Sweep => &[
                "CreateSAMLProvider",
                "UpdateSAMLProvider",
                "DeleteSAMLProvider",
                "CreateOpenIDConnectProvider",
                "DeleteOpenIDConnectProvider",
                "UpdateOpenIDConnectProviderThumbprint",
                "AddClientIDToOpenIDConnectProvider",
                "RemoveClientIDFromOpenIDConnectProvider",
                "CreateTrustAnchor",
                "UpdateTrustAnchor",
                "EnableTrustAnchor",
                "DisableTrustAnchor",
                "DeleteTrustAnchor",
            ],
        }
    }

    /// The event pattern of its rule, as the template deploys it.
    #[must_use]
    pub fn event_pattern(self, account: &str) -> Value {
        let services: &[&str] = if self == Self::Sweep { &["iam", "rolesanywhere"] } else { &["iam"] };
        let sources: Vec<String> = services.iter().map(|service| format!("aws.{service}")).collect();
        let event_sources: Vec<String> =
            services.iter().map(|service| format!("{service}.amazonaws.com")).collect();
        json!({
            "source": sources,
            "detail-type": [{"suffix": "API Call via CloudTrail"}],
            "account": [account],
            "detail": {
                "eventSource": event_sources,
                "eventName": self.calls(),
                "errorCode": [{"exists": false}],
            },
        })
    }

    /// Does it look at every role that uses a managed policy when the policy changes?
    #[must_use]
    pub fn follows_policies(self) -> bool {
        matches!(self, Self::ChangePolicyVersion | Self::Sweep)
    }

    /// Does it tell people which roles trust an identity provider when the provider changes?
    #[must_use]
    pub fn follows_identity_providers(self) -> bool {
        self == Self::Sweep
    }

    /// The function to hand the step over to.
    #[must_use]
    pub fn with_authority_for(step: &Step) -> Self {
        match step {
            Step::PutTrust { .. } => Self::UpdateAssumeRolePolicy,
            Step::PutInline { .. } | Step::DeleteInline { .. } => Self::PutRolePolicy,
            Step::AttachPolicy { .. } | Step::DetachPolicy { .. } => Self::AttachRolePolicy,
            Step::SetDefaultVersion { .. } => Self::ChangePolicyVersion,
            Step::PutBoundary { .. } | Step::DeleteBoundary { .. } => Self::ChangePermissionsBoundary,
        }
    }

    /// Its name, as in `functions/` and in the template.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateRole => "create-role",
            Self::UpdateAssumeRolePolicy => "update-assume-role-policy",
            Self::PutRolePolicy => "put-role-policy",
            Self::AttachRolePolicy => "attach-role-policy",
            Self::ChangePolicyVersion => "change-policy-version",
            Self::ChangePermissionsBoundary => "change-permissions-boundary",
            Self::UpdateRole => "update-role",
            Self::Sweep => "sweep",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
