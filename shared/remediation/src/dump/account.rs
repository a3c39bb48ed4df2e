//! What the entries of a dump say together: a role with the documents of its policies, a user with those of
//! its groups.

use guardrails::{
    AttachedPolicy, InlinePolicy as Inline, NameError, Permissions, PolicyArn, PolicyName, Role, RoleArn,
    RoleId,
};

use super::detail::{Attached, InlinePolicy};
use super::{DocumentError, Dump, RoleDetail, UserDetail};

/// The longest session that any role can have, in seconds: the dump does not say which it is.
const LONGEST_SESSION: u32 = 43_200;

/// Stands for the unique id of a role that bears none.
const UNKNOWN_ID: &str = "AROA00000000000000000";

/// A role of the dump, with all its policies.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The role, without the policies that are missing.
    pub role: Role,
    /// Why policies of the role are missing, a sentence each: their documents are not in the dump, or are
    /// none. The boundary may be among them.
    pub missing: Vec<String>,
}

/// What a user may do: documents, in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPolicies {
    /// Inline and attached policies, of the user and of its groups.
    pub identity: Vec<String>,
    /// The permissions boundary.
    pub boundary: Option<String>,
}

/// Why an entry makes no role or user.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name or an ARN that can't be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A document in no known form.
    #[error("{policy}: {error}")]
    Document {
        /// Which policy.
        policy: String,
        /// What is wrong.
        error: DocumentError,
    },
    /// A document that is not in the dump.
    #[error("{0}")]
    Missing(String),
}

impl Dump<'_> {
    /// Partition and account of the first role, user or policy that tells them.
    #[must_use]
    pub fn account(&self) -> Option<(String, String)> {
        let roles = self.roles.iter().filter_map(|role| role.detail.as_ref().ok()).map(|role| &role.arn);
        let users = self.users.iter().filter_map(|user| user.detail.as_ref().ok()).map(|user| &user.arn);
        let mut accounts = roles.chain(users).filter_map(|arn| {
            let mut parts = arn.split(':');
            let (partition, account) = (parts.nth(1)?, parts.nth(2)?);
            (account.len() == 12).then(|| (partition.to_owned(), account.to_owned()))
        });
        accounts.next()
    }

    /// The role with the documents of its policies.
    ///
    /// # Errors
    /// The role's ARN or id is none, or its trust policy is no document.
    pub fn snapshot(&self, role: &RoleDetail<'_>) -> Result<Snapshot, AccountError> {
        let mut missing = Vec::new();
        let mut permissions = Permissions::default();
        let mut note = |error: AccountError| missing.push(error.to_string());
        for policy in role.inline_policies() {
            match inline(policy) {
                Ok(policy) => permissions.inline.push(policy),
                Err(error) => note(error),
            }
        }
        for attached in role.attached_policies() {
            match self.managed(&attached.policy_arn) {
                Ok(policy) => permissions.attached.push(policy),
                Err(error) => note(error),
            }
        }
        let boundary = role.permissions_boundary.as_ref().map(|boundary| &boundary.permissions_boundary_arn);
        if let Some(boundary) = boundary {
            match self.managed(boundary) {
                Ok(policy) => permissions.boundary = Some(policy),
                Err(error) => note(error),
            }
        }
        if !role.lists_policies() {
            missing.push("the dump lists neither inline nor attached policies of the role".to_owned());
        }
        let trust = role.assume_role_policy_document.text();
        let role = Role {
            arn: RoleArn::parse(&role.arn)?,
            // People blacken ids before they share a dump, and an id decides nothing about a role at rest.
            id: RoleId::parse(&role.role_id).or_else(|_| RoleId::parse(UNKNOWN_ID))?,
            created: role.created(),
            max_session_seconds: LONGEST_SESSION,
            trust: trust.map_err(|error| document("the trust policy", error))?.into_owned(),
            boundary: boundary.map(|arn| PolicyArn::parse(arn)).transpose()?,
            permissions: Some(permissions),
        };
        Ok(Snapshot { role, missing })
    }

    /// The managed policies in the versions that are in force; those whose document is none are left out.
    pub fn policies_in_force(&self) -> impl Iterator<Item = AttachedPolicy> {
        self.policies.keys().filter_map(|arn| self.managed(arn).ok())
    }

    /// All versions of a managed policy, the newest first; those whose document is none are left out.
    #[must_use]
    pub fn versions(&self, policy: &PolicyArn) -> Vec<AttachedPolicy> {
        let detail = self.policies.get(policy.as_str());
        let mut versions: Vec<AttachedPolicy> = detail
            .into_iter()
            .flat_map(|detail| &detail.policy_version_list)
            .filter_map(|version| {
                let text = version.document.text().ok()?.into_owned();
                Some(AttachedPolicy { arn: policy.clone(), version: version.version_id.to_string(), text })
            })
            .collect();
        // `v10` comes after `v9`.
        versions.sort_by_key(|version| std::cmp::Reverse((version.version.len(), version.version.clone())));
        versions
    }

    /// The documents of a user: its own, those of its groups, and its boundary.
    ///
    /// # Errors
    /// A document or a group is missing, or a document is none.
    pub fn policies_of_user(&self, user: &UserDetail<'_>) -> Result<UserPolicies, AccountError> {
        let mut policies = UserPolicies::default();
        self.add_policies(&user.user_policy_list, &user.attached_managed_policies, &mut policies.identity)?;
        for name in &user.group_list {
            let mut groups = self.groups.iter().filter_map(|group| group.detail.as_ref().ok());
            let group = groups
                .find(|group| group.group_name == *name)
                .ok_or_else(|| AccountError::Missing(format!("group `{name}` is not in the dump")))?;
            let (inline, attached) = (&group.group_policy_list, &group.attached_managed_policies);
            self.add_policies(inline, attached, &mut policies.identity)?;
        }
        if let Some(boundary) = &user.permissions_boundary {
            policies.boundary = Some(self.managed(&boundary.permissions_boundary_arn)?.text);
        }
        Ok(policies)
    }

    fn add_policies(
        &self,
        inlines: &[InlinePolicy<'_>],
        attached: &[Attached<'_>],
        to: &mut Vec<String>,
    ) -> Result<(), AccountError> {
        for policy in inlines {
            to.push(inline(policy)?.text);
        }
        for policy in attached {
            to.push(self.managed(&policy.policy_arn)?.text);
        }
        Ok(())
    }

    /// A managed policy in the version that is in force.
    fn managed(&self, arn: &str) -> Result<AttachedPolicy, AccountError> {
        let missing = || {
            let filter = if arn.contains(":iam::aws:") { "AWSManagedPolicy" } else { "LocalManagedPolicy" };
            AccountError::Missing(format!(
                "the document of policy `{arn}` is not in the dump; `--filter {filter}` brings it"
            ))
        };
        let version =
            self.policies.get(arn).and_then(|policy| policy.default_version()).ok_or_else(missing)?;
        let text = version.document.text().map_err(|error| document(&format!("policy `{arn}`"), error))?;
        let version = version.version_id.to_string();
        Ok(AttachedPolicy { arn: PolicyArn::parse(arn)?, version, text: text.into_owned() })
    }
}

fn inline(policy: &InlinePolicy<'_>) -> Result<Inline, AccountError> {
    let name = PolicyName::parse(&policy.policy_name)?;
    let text = policy.policy_document.text();
    let text = text.map_err(|error| document(&format!("inline policy `{name}`"), error))?;
    Ok(Inline { name, text: text.into_owned() })
}

fn document(policy: &str, error: DocumentError) -> AccountError {
    AccountError::Document { policy: policy.to_owned(), error }
}
