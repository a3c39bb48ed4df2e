//! What a role may do: its inline policies, its attached policies and its boundary.

use aws_sdk_iam::Client;
use guardrails::{AttachedPolicy, InlinePolicy, Permissions, PolicyArn, PolicyName, Role, RoleName};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::{ReadPermissions, ReadRole};

use super::Adapter;
use super::roles;
use super::translate::{document, error, given, misnamed};

/// Reads a role and all that it may do, a policy at a time.
#[derive(Clone, Debug)]
pub struct FullReader {
    client: Client,
}

impl Adapter for FullReader {
    const ACTIONS: &[&str] = &[
        "iam:GetRole",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
    ];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl FullReader {
    async fn all_inline(&self, role: &Role) -> Result<Vec<InlinePolicy>, IamError> {
        let name = role.arn.name().as_str();
        let mut pages = self.client.list_role_policies().role_name(name).into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = pages.next().await {
            for policy in page.map_err(|e| error(name, e))?.policy_names {
                policies.push(self.inline_policy(name, &policy).await.map_err(changed_meanwhile)?);
            }
        }
        Ok(policies)
    }

    async fn inline_policy(&self, role: &str, policy: &str) -> Result<InlinePolicy, IamError> {
        let call = self.client.get_role_policy().role_name(role).policy_name(policy).send().await;
        let answer = call.map_err(|e| error(policy, e))?;
        Ok(InlinePolicy {
            name: PolicyName::parse(policy).map_err(misnamed)?,
            text: document(policy, &answer.policy_document)?,
        })
    }

    async fn attached(&self, role: &Role) -> Result<Vec<AttachedPolicy>, IamError> {
        let name = role.arn.name().as_str();
        let mut pages = self.client.list_attached_role_policies().role_name(name).into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = pages.next().await {
            for policy in page.map_err(|e| error(name, e))?.attached_policies.unwrap_or_default() {
                let arn = given(name, "PolicyArn", policy.policy_arn)?;
                policies.push(self.managed(&PolicyArn::parse(&arn).map_err(misnamed)?).await?);
            }
        }
        Ok(policies)
    }

    /// A managed policy in its default version.
    pub(super) async fn managed(&self, arn: &PolicyArn) -> Result<AttachedPolicy, IamError> {
        let what = arn.as_str();
        let call = self.client.get_policy().policy_arn(what).send().await;
        let policy = call.map_err(|e| changed_meanwhile(error(what, e)))?.policy;
        let version = given(what, "DefaultVersionId", policy.and_then(|p| p.default_version_id))?;
        self.version(arn, version).await
    }

    /// A version of a managed policy.
    pub(super) async fn version(&self, arn: &PolicyArn, version: String) -> Result<AttachedPolicy, IamError> {
        let what = arn.as_str();
        let call = self.client.get_policy_version().policy_arn(what).version_id(&version).send().await;
        let answer = call.map_err(|e| changed_meanwhile(error(what, e)))?.policy_version;
        let text = given(what, "Document", answer.and_then(|v| v.document))?;
        Ok(AttachedPolicy { arn: arn.clone(), version, text: document(what, &text)? })
    }
}

impl ReadRole for FullReader {
    async fn role(&self, name: &RoleName) -> Result<Role, IamError> {
        roles::role(&self.client, name).await
    }
}

impl ReadPermissions for FullReader {
    async fn permissions(&self, role: &Role) -> Result<Permissions, IamError> {
        let boundary = match &role.boundary {
            Some(arn) => Some(self.managed(arn).await?),
            None => None,
        };
        Ok(Permissions {
            inline: self.all_inline(role).await?,
            attached: self.attached(role).await?,
            boundary,
        })
    }

    async fn inline(&self, role: &Role, policy: &PolicyName) -> Result<Option<InlinePolicy>, IamError> {
        match self.inline_policy(role.arn.name().as_str(), policy.as_str()).await {
            Ok(policy) => Ok(Some(policy)),
            Err(IamError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A policy that was listed and is gone a moment later says nothing about the role: read again.
fn changed_meanwhile(error: IamError) -> IamError {
    if let IamError::Absent(policy) = error {
        return IamError::TryAgain(format!("`{policy}` went away while the role was read"));
    }
    error
}
