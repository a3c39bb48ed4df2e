//! The writes. None of them looks first: whoever calls has compared what the step expects.

use aws_sdk_iam::Client;
use guardrails::{Permit, PolicyName, RoleName};
use remediation::IamError;
use remediation::ports::{WriteInline, WriteTrust};

use super::translate::error;

/// Writes trust policies.
#[derive(Clone, Debug)]
pub struct TrustWriter {
    client: Client,
}

impl TrustWriter {
    /// The IAM actions that it needs.
    pub const ACTIONS: &[&str] = &["iam:UpdateAssumeRolePolicy"];

    /// Writes through this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl WriteTrust for TrustWriter {
    async fn put_trust(&self, _: &Permit, role: &RoleName, document: &str) -> Result<(), IamError> {
        let call = self.client.update_assume_role_policy().role_name(role.as_str()).policy_document(document);
        call.send().await.map(drop).map_err(|e| error(role.as_str(), e))
    }
}

/// Writes inline policies.
#[derive(Clone, Debug)]
pub struct InlineWriter {
    client: Client,
}

impl InlineWriter {
    /// The IAM actions that it needs.
    pub const ACTIONS: &[&str] = &["iam:DeleteRolePolicy", "iam:PutRolePolicy"];

    /// Writes through this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl WriteInline for InlineWriter {
    async fn put_inline(
        &self,
        _: &Permit,
        role: &RoleName,
        policy: &PolicyName,
        document: &str,
    ) -> Result<(), IamError> {
        let call = self.client.put_role_policy().role_name(role.as_str());
        let call = call.policy_name(policy.as_str()).policy_document(document);
        call.send().await.map(drop).map_err(|e| error(role.as_str(), e))
    }

    async fn delete_inline(&self, _: &Permit, role: &RoleName, policy: &PolicyName) -> Result<(), IamError> {
        let call = self.client.delete_role_policy().role_name(role.as_str()).policy_name(policy.as_str());
        call.send().await.map(drop).map_err(|e| error(policy.as_str(), e))
    }
}
