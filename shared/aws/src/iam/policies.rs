//! Who uses a managed policy, and its versions.

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::list_entities_for_policy::ListEntitiesForPolicyOutput;
use aws_sdk_iam::types::PolicyUsageType;
use guardrails::{
    AttachedPolicy, InlinePolicy, Permissions, PolicyArn, PolicyName, PolicyUser, Role, RoleName,
};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::{ReadPermissions, ReadPolicy, ReadRole};

use super::Adapter;
use super::permissions::FullReader;
use super::translate::{error, given};

/// Reads roles and all that they may do, and managed policies beyond their default version.
#[derive(Clone, Debug)]
pub struct PolicyReader {
    roles: FullReader,
    client: Client,
}

impl Adapter for PolicyReader {
    const ACTIONS: &[&str] = &[
        "iam:GetRole",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListEntitiesForPolicy",
        "iam:ListPolicyVersions",
        "iam:ListRolePolicies",
    ];

    fn over(client: &Client, inline: InlineRepair) -> Self {
        Self { roles: FullReader::over(client, inline), client: client.clone() }
    }
}

impl ReadPolicy for PolicyReader {
    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        let mut users = Vec::new();
        // The answer does not tell how each uses the policy, so both ways are asked for apart.
        for usage in [PolicyUsageType::PermissionsPolicy, PolicyUsageType::PermissionsBoundary] {
            let call = self.client.list_entities_for_policy().policy_arn(policy.as_str());
            let mut pages = call.policy_usage_filter(usage.clone()).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|e| error(policy.as_str(), e))?;
                users.extend(users_on(page, policy, &usage)?);
            }
        }
        Ok(users)
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        let what = policy.as_str();
        let mut ids = Vec::new();
        let mut pages = self.client.list_policy_versions().policy_arn(what).into_paginator().send();
        while let Some(page) = pages.next().await {
            for version in page.map_err(|e| error(what, e))?.versions.unwrap_or_default() {
                ids.push(given(what, "VersionId", version.version_id)?);
            }
        }
        // `v10` comes after `v9`.
        ids.sort_by_key(|id| std::cmp::Reverse((id.len(), id.clone())));
        let mut versions = Vec::new();
        for id in ids {
            versions.push(self.roles.version(policy, id).await?);
        }
        Ok(versions)
    }
}

fn users_on(
    page: ListEntitiesForPolicyOutput,
    policy: &PolicyArn,
    usage: &PolicyUsageType,
) -> Result<Vec<PolicyUser>, IamError> {
    let is_boundary = *usage == PolicyUsageType::PermissionsBoundary;
    let of_role = if is_boundary { PolicyUser::BoundaryOf } else { PolicyUser::Role };
    let of_user = if is_boundary { PolicyUser::BoundaryOfUser } else { PolicyUser::User };
    let what = policy.as_str();
    let roles = page.policy_roles.unwrap_or_default().into_iter();
    let roles = roles.map(|role| given(what, "RoleName", role.role_name).map(of_role));
    let users = page.policy_users.unwrap_or_default().into_iter();
    let users = users.map(|user| given(what, "UserName", user.user_name).map(of_user));
    let groups = page.policy_groups.unwrap_or_default().into_iter();
    let groups = groups.map(|group| given(what, "GroupName", group.group_name).map(PolicyUser::Group));
    roles.chain(users).chain(groups).collect()
}

impl ReadRole for PolicyReader {
    async fn role(&self, name: &RoleName) -> Result<Role, IamError> {
        self.roles.role(name).await
    }
}

impl ReadPermissions for PolicyReader {
    async fn permissions(&self, role: &Role) -> Result<Permissions, IamError> {
        self.roles.permissions(role).await
    }

    async fn inline(&self, role: &Role, policy: &PolicyName) -> Result<Option<InlinePolicy>, IamError> {
        self.roles.inline(role, policy).await
    }
}
