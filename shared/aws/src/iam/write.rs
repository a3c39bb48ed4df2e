//! The writes. None of them looks first: whoever calls has compared what the step expects.

use aws_sdk_iam::Client;
use guardrails::{Lockdown, Permit, PolicyArn, PolicyName, RoleName};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::{
    WriteAttachments, WriteBoundary, WriteInline, WriteLockdown, WriteTrust, WriteVersion,
};

use super::Adapter;
use super::translate::error;

/// Writes trust policies.
#[derive(Clone, Debug)]
pub struct TrustWriter {
    client: Client,
}

impl Adapter for TrustWriter {
    const ACTIONS: &[&str] = &["iam:UpdateAssumeRolePolicy"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl WriteTrust for TrustWriter {
    async fn put_trust(&self, _: &Permit, role: &RoleName, document: &str) -> Result<(), IamError> {
        let call = self.client.update_assume_role_policy().role_name(role.as_str()).policy_document(document);
        call.send().await.map(drop).map_err(|e| error(role.as_str(), e))
    }
}

/// Writes trust policies and puts the lockdown policy in force.
#[derive(Clone, Debug)]
pub struct LockdownWriter {
    trust: TrustWriter,
    attachments: AttachmentWriter,
    boundaries: BoundaryWriter,
}

impl Adapter for LockdownWriter {
    const ACTIONS: &[&str] =
        &["iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"];

    fn over(client: &Client, inline: InlineRepair) -> Self {
        Self {
            trust: TrustWriter::over(client, inline),
            attachments: AttachmentWriter::over(client, inline),
            boundaries: BoundaryWriter::over(client, inline),
        }
    }
}

impl WriteTrust for LockdownWriter {
    async fn put_trust(&self, permit: &Permit, role: &RoleName, document: &str) -> Result<(), IamError> {
        self.trust.put_trust(permit, role, document).await
    }
}

impl WriteLockdown for LockdownWriter {
    async fn attach_lockdown(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> Result<(), IamError> {
        self.attachments.attach(permit, role, lockdown.policy()).await
    }

    async fn put_lockdown_boundary(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> Result<(), IamError> {
        self.boundaries.put_boundary(permit, role, lockdown.boundary()).await
    }
}

/// Writes inline policies.
#[derive(Clone, Debug)]
pub struct InlineWriter {
    client: Client,
}

impl Adapter for InlineWriter {
    const ACTIONS: &[&str] = &["iam:DeleteRolePolicy", "iam:PutRolePolicy"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
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

/// Attaches and detaches managed policies.
#[derive(Clone, Debug)]
pub struct AttachmentWriter {
    client: Client,
}

impl Adapter for AttachmentWriter {
    const ACTIONS: &[&str] = &["iam:AttachRolePolicy", "iam:DetachRolePolicy"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl WriteAttachments for AttachmentWriter {
    async fn attach(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        let call = self.client.attach_role_policy().role_name(role.as_str()).policy_arn(policy.as_str());
        call.send().await.map(drop).map_err(|e| error(policy.as_str(), e))
    }

    async fn detach(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        let call = self.client.detach_role_policy().role_name(role.as_str()).policy_arn(policy.as_str());
        call.send().await.map(drop).map_err(|e| error(policy.as_str(), e))
    }
}

/// Chooses the default version of managed policies.
#[derive(Clone, Debug)]
pub struct VersionWriter {
    client: Client,
}

impl Adapter for VersionWriter {
    const ACTIONS: &[&str] = &["iam:SetDefaultPolicyVersion"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl WriteVersion for VersionWriter {
    async fn set_default_version(
        &self,
        _: &Permit,
        policy: &PolicyArn,
        version: &str,
    ) -> Result<(), IamError> {
        let call = self.client.set_default_policy_version().policy_arn(policy.as_str()).version_id(version);
        call.send().await.map(drop).map_err(|e| error(policy.as_str(), e))
    }
}

/// Sets permissions boundaries.
#[derive(Clone, Debug)]
pub struct BoundaryWriter {
    client: Client,
}

impl Adapter for BoundaryWriter {
    const ACTIONS: &[&str] = &["iam:PutRolePermissionsBoundary"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl WriteBoundary for BoundaryWriter {
    async fn put_boundary(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        let call = self.client.put_role_permissions_boundary().role_name(role.as_str());
        let call = call.permissions_boundary(policy.as_str());
        call.send().await.map(drop).map_err(|e| error(policy.as_str(), e))
    }
}
