//! Which roles use a managed policy: `ListEntitiesForPolicy`.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, PolicyUsageType};
use guardrails::{PolicyArn, RoleName};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::ListUsersOfPolicy;

use super::Adapter;
use super::translate::{error, given, misnamed};

/// Lists the roles that have a policy attached or as their boundary.
#[derive(Clone, Debug)]
pub struct PolicyUsers {
    client: Client,
}

/// For functions that look at the role that an event names, and at no other.
#[derive(Clone, Copy, Debug)]
pub struct NoUsers;

impl Adapter for PolicyUsers {
    const ACTIONS: &[&str] = &["iam:ListEntitiesForPolicy"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl PolicyUsers {
    async fn roles(&self, policy: &PolicyArn, usage: PolicyUsageType) -> Result<Vec<RoleName>, IamError> {
        let what = policy.as_str();
        let call = self.client.list_entities_for_policy().policy_arn(what);
        let call = call.entity_filter(EntityType::Role).policy_usage_filter(usage);
        let mut pages = call.into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = pages.next().await {
            for role in page.map_err(|e| error(what, e))?.policy_roles.unwrap_or_default() {
                roles.push(RoleName::parse(&given(what, "RoleName", role.role_name)?).map_err(misnamed)?);
            }
        }
        Ok(roles)
    }
}

impl ListUsersOfPolicy for PolicyUsers {
    async fn users_of(&self, policy: &PolicyArn) -> Result<BTreeSet<RoleName>, IamError> {
        let attached = self.roles(policy, PolicyUsageType::PermissionsPolicy).await?;
        let bounded = self.roles(policy, PolicyUsageType::PermissionsBoundary).await?;
        Ok(attached.into_iter().chain(bounded).collect())
    }
}

impl Adapter for NoUsers {
    const ACTIONS: &[&str] = &[];

    fn over(_: &Client, _: InlineRepair) -> Self {
        Self
    }
}

impl ListUsersOfPolicy for NoUsers {
    async fn users_of(&self, policy: &PolicyArn) -> Result<BTreeSet<RoleName>, IamError> {
        Err(IamError::Denied(format!("this function does not look for the roles that use `{policy}`")))
    }
}
