//! All roles of the account, a page at a time: `GetAccountAuthorizationDetails`.
//!
//! It does not tell the longest session of a role, so the longest that there can be is assumed.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, RoleDetail};
use guardrails::{AttachedPolicy, InlinePolicy, Permissions, PolicyArn, PolicyName, Role, RoleArn, RoleId};
use remediation::IamError;
use remediation::authority::InlineRepair;
use remediation::ports::{ListRoles, Page};

use super::Adapter;
use super::permissions::FullReader;
use super::roles::instant;
use super::translate::{document, error, given, misnamed};

const ACCOUNT: &str = "the account";
const LONGEST_SESSION_SECONDS: u32 = 43_200;

/// Lists roles with their trust policies only.
#[derive(Clone, Debug)]
pub struct TrustPages {
    client: Client,
}

impl Adapter for TrustPages {
    const ACTIONS: &[&str] = &["iam:GetAccountAuthorizationDetails"];

    fn over(client: &Client, _: InlineRepair) -> Self {
        Self { client: client.clone() }
    }
}

impl TrustPages {
    async fn details(
        &self,
        filter: &[EntityType],
        marker: Option<&str>,
    ) -> Result<GetAccountAuthorizationDetailsOutput, IamError> {
        let call = self.client.get_account_authorization_details();
        let call = call.set_filter(Some(filter.to_vec())).set_marker(marker.map(str::to_owned));
        call.max_items(1_000).send().await.map_err(|e| error(ACCOUNT, e))
    }
}

impl ListRoles for TrustPages {
    async fn page(&self, marker: Option<&str>) -> Result<Page, IamError> {
        let answer = self.details(&[EntityType::Role], marker).await?;
        let mut page = Page { next: next(&answer), ..Page::default() };
        for detail in answer.role_detail_list.unwrap_or_default() {
            add(&mut page, &detail, read(&detail))?;
        }
        Ok(page)
    }
}

/// Lists roles with all that they may do. The managed policies in use are read first and kept until the next
/// first page, because the answer lists them apart from the roles.
#[derive(Debug)]
pub struct FullPages {
    roles: TrustPages,
    policies: FullReader,
    managed: Mutex<BTreeMap<PolicyArn, AttachedPolicy>>,
}

impl Adapter for FullPages {
    const ACTIONS: &[&str] = &["iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion"];

    fn over(client: &Client, inline: InlineRepair) -> Self {
        Self {
            roles: TrustPages::over(client, inline),
            policies: FullReader::over(client, inline),
            managed: Mutex::default(),
        }
    }
}

impl FullPages {
    async fn read_managed(&self) -> Result<(), IamError> {
        let filter = [EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy];
        let (mut policies, mut marker) = (BTreeMap::new(), None);
        loop {
            let answer = self.roles.details(&filter, marker.as_deref()).await?;
            marker = next(&answer);
            for policy in answer.policies.unwrap_or_default().iter().filter(|policy| in_use(policy)) {
                let policy = managed(policy)?;
                policies.insert(policy.arn.clone(), policy);
            }
            if marker.is_none() {
                break;
            }
        }
        self.keep(policies);
        Ok(())
    }

    fn keep(&self, policies: BTreeMap<PolicyArn, AttachedPolicy>) {
        *self.managed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = policies;
    }

    /// From what the pages listed, else from IAM: a policy may have been attached a moment ago.
    async fn policy(&self, arn: &str) -> Result<AttachedPolicy, IamError> {
        let arn = PolicyArn::parse(arn).map_err(misnamed)?;
        let known = self.managed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&arn).cloned();
        match known {
            Some(policy) => Ok(policy),
            None => self.policies.managed(&arn).await,
        }
    }

    async fn permissions(&self, role: &Role, detail: &RoleDetail) -> Result<Permissions, IamError> {
        let mut permissions = Permissions { inline: inline(role, detail)?, ..Permissions::default() };
        for policy in detail.attached_managed_policies() {
            let arn = given(role.arn.as_str(), "PolicyArn", policy.policy_arn())?;
            permissions.attached.push(self.policy(arn).await?);
        }
        if let Some(boundary) = &role.boundary {
            permissions.boundary = Some(self.policy(boundary.as_str()).await?);
        }
        Ok(permissions)
    }

    async fn whole(&self, detail: &RoleDetail) -> Result<Role, IamError> {
        let role = read(detail)?;
        let permissions = self.permissions(&role, detail).await?;
        Ok(Role { permissions: Some(permissions), ..role })
    }
}

impl ListRoles for FullPages {
    async fn page(&self, marker: Option<&str>) -> Result<Page, IamError> {
        if marker.is_none() {
            self.read_managed().await?;
        }
        let answer = self.roles.details(&[EntityType::Role], marker).await?;
        let mut page = Page { next: next(&answer), ..Page::default() };
        for detail in answer.role_detail_list.unwrap_or_default() {
            let role = self.whole(&detail).await;
            add(&mut page, &detail, role)?;
        }
        Ok(page)
    }
}

/// A role that can't be understood is reported with its page; a failed call fails the page.
fn add(page: &mut Page, detail: &RoleDetail, role: Result<Role, IamError>) -> Result<(), IamError> {
    match role {
        Ok(role) => page.roles.push(role),
        Err(why) if why.is_transient() => return Err(why),
        Err(why) => page.unreadable.push((detail.role_name().unwrap_or("?").to_owned(), why.to_string())),
    }
    Ok(())
}

fn next(answer: &GetAccountAuthorizationDetailsOutput) -> Option<String> {
    answer.is_truncated.then(|| answer.marker.clone()).flatten()
}

fn read(detail: &RoleDetail) -> Result<Role, IamError> {
    let name = detail.role_name().unwrap_or("?");
    let boundary = detail.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let trust = given(name, "AssumeRolePolicyDocument", detail.assume_role_policy_document())?;
    Ok(Role {
        arn: RoleArn::parse(given(name, "Arn", detail.arn())?).map_err(misnamed)?,
        id: RoleId::parse(given(name, "RoleId", detail.role_id())?).map_err(misnamed)?,
        created: instant(name, *given(name, "CreateDate", detail.create_date())?)?,
        max_session_seconds: LONGEST_SESSION_SECONDS,
        trust: document(name, trust)?,
        boundary: boundary.map(PolicyArn::parse).transpose().map_err(misnamed)?,
        permissions: None,
    })
}

fn inline(role: &Role, detail: &RoleDetail) -> Result<Vec<InlinePolicy>, IamError> {
    let what = role.arn.as_str();
    let read = |policy: &aws_sdk_iam::types::PolicyDetail| {
        let name = PolicyName::parse(given(what, "PolicyName", policy.policy_name())?).map_err(misnamed)?;
        let text = document(what, given(what, "PolicyDocument", policy.policy_document())?)?;
        Ok(InlinePolicy { name, text })
    };
    detail.role_policy_list().iter().map(read).collect()
}

fn in_use(policy: &ManagedPolicyDetail) -> bool {
    policy.attachment_count() != Some(0) || policy.permissions_boundary_usage_count() != Some(0)
}

fn managed(policy: &ManagedPolicyDetail) -> Result<AttachedPolicy, IamError> {
    let what = given(ACCOUNT, "Arn", policy.arn())?;
    let version = given(what, "DefaultVersionId", policy.default_version_id())?;
    let default = policy.policy_version_list().iter().find(|v| v.version_id() == Some(version));
    let text = given(what, "Document", default.and_then(|v| v.document()))?;
    Ok(AttachedPolicy {
        arn: PolicyArn::parse(what).map_err(misnamed)?,
        version: version.to_owned(),
        text: document(what, text)?,
    })
}
