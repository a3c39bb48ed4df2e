//! `GetRole`, and how IAM's role becomes ours.

use aws_sdk_iam::Client;
use guardrails::{PolicyArn, Role, RoleArn, RoleId, RoleName};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::ReadRole;
use time::OffsetDateTime;

use super::Adapter;
use super::translate::{document, error, given, misnamed};

/// Reads a role with its trust policy.
#[derive(Clone, Debug)]
pub struct RoleReader {
    client: Client,
}

impl Adapter for RoleReader {
    const ACTIONS: &[&str] = &["iam:GetRole"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl ReadRole for RoleReader {
    async fn role(&self, name: &RoleName) -> Result<Role, IamError> {
        role(&self.client, name).await
    }
}

pub(super) async fn role(client: &Client, name: &RoleName) -> Result<Role, IamError> {
    let answer = client.get_role().role_name(name.as_str()).send().await;
    let answer = answer.map_err(|e| error(name.as_str(), e))?;
    read(given(name.as_str(), "Role", answer.role)?)
}

fn read(role: aws_sdk_iam::types::Role) -> Result<Role, IamError> {
    let arn = RoleArn::parse(&role.arn).map_err(misnamed)?;
    let trust = given(&role.arn, "AssumeRolePolicyDocument", role.assume_role_policy_document)?;
    let boundary = role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    Ok(Role {
        id: RoleId::parse(&role.role_id).map_err(misnamed)?,
        created: instant(&role.arn, role.create_date)?,
        max_session_seconds: role.max_session_duration.and_then(|s| s.try_into().ok()).unwrap_or(3_600),
        trust: document(&role.arn, &trust)?,
        boundary: boundary.as_deref().map(PolicyArn::parse).transpose().map_err(misnamed)?,
        permissions: None,
        arn,
    })
}

pub(super) fn instant(what: &str, given: aws_smithy_types::DateTime) -> Result<OffsetDateTime, IamError> {
    OffsetDateTime::from_unix_timestamp(given.secs())
        .map_err(|_| IamError::Unexpected(format!("`{what}` was created at a time that is none")))
}
