//! The entries of the answer, field by field (IAM API reference: `RoleDetail`, `UserDetail`, `GroupDetail`,
//! `ManagedPolicyDetail`). Only what rescind looks at is read.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::document::PolicyText;

/// A role.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleDetail<'a> {
    /// Its ARN.
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    /// Its unique id.
    #[serde(borrow)]
    pub role_id: Cow<'a, str>,
    #[serde(borrow)]
    create_date: Option<&'a RawValue>,
    /// Its trust policy.
    #[serde(borrow)]
    pub assume_role_policy_document: PolicyText<'a>,
    #[serde(borrow)]
    role_policy_list: Option<Vec<InlinePolicy<'a>>>,
    #[serde(borrow)]
    attached_managed_policies: Option<Vec<Attached<'a>>>,
    /// Its permissions boundary.
    #[serde(borrow)]
    pub permissions_boundary: Option<Boundary<'a>>,
}

impl<'a> RoleDetail<'a> {
    /// Its inline policies.
    #[must_use]
    pub fn inline_policies(&self) -> &[InlinePolicy<'a>] {
        self.role_policy_list.as_deref().unwrap_or_default()
    }

    /// The managed policies that are attached to it.
    #[must_use]
    pub fn attached_policies(&self) -> &[Attached<'a>] {
        self.attached_managed_policies.as_deref().unwrap_or_default()
    }

    /// The ARNs of all managed policies that it has, that of its boundary among them.
    pub(super) fn managed_policies(&self) -> impl Iterator<Item = &str> {
        let attached = self.attached_policies().iter().map(|policy| policy.policy_arn.as_ref());
        let boundary = self.permissions_boundary.as_ref();
        attached.chain(boundary.map(|boundary| boundary.permissions_boundary_arn.as_ref()))
    }

    /// Whether the entry tells of policies at all, be it that there are none. Other answers of IAM, such as that of
    /// `ListRoles`, do not.
    #[must_use]
    pub fn lists_policies(&self) -> bool {
        self.role_policy_list.is_some() || self.attached_managed_policies.is_some()
    }

    /// When the role was created; the beginning of time if that is not said, or not in a form of its own.
    #[must_use]
    pub fn created(&self) -> OffsetDateTime {
        self.create_date
            .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok())
            .and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// A user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserDetail<'a> {
    /// Its ARN.
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    /// Its unique id.
    #[serde(borrow)]
    pub user_id: Cow<'a, str>,
    /// Its inline policies.
    #[serde(borrow, default)]
    pub user_policy_list: Vec<InlinePolicy<'a>>,
    /// The names of its groups.
    #[serde(borrow, default)]
    pub group_list: Vec<Cow<'a, str>>,
    /// The managed policies that are attached to it.
    #[serde(borrow, default)]
    pub attached_managed_policies: Vec<Attached<'a>>,
    /// Its permissions boundary.
    #[serde(borrow)]
    pub permissions_boundary: Option<Boundary<'a>>,
}

impl UserDetail<'_> {
    /// The name, without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// A group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupDetail<'a> {
    /// Its name, which users name it by.
    #[serde(borrow)]
    pub group_name: Cow<'a, str>,
    /// Its inline policies.
    #[serde(borrow, default)]
    pub group_policy_list: Vec<InlinePolicy<'a>>,
    /// The managed policies that are attached to it.
    #[serde(borrow, default)]
    pub attached_managed_policies: Vec<Attached<'a>>,
}

/// An inline policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy<'a> {
    /// Its name.
    #[serde(borrow)]
    pub policy_name: Cow<'a, str>,
    /// Its document.
    #[serde(borrow)]
    pub policy_document: PolicyText<'a>,
}

/// A managed policy that is attached.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attached<'a> {
    /// Its ARN.
    #[serde(borrow)]
    pub policy_arn: Cow<'a, str>,
}

/// A permissions boundary.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Boundary<'a> {
    /// The ARN of its policy.
    #[serde(borrow)]
    pub permissions_boundary_arn: Cow<'a, str>,
}

/// A managed policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedDetail<'a> {
    /// Its ARN.
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    /// The version that is in force.
    #[serde(borrow)]
    pub default_version_id: Cow<'a, str>,
    /// All versions.
    #[serde(borrow, default)]
    pub policy_version_list: Vec<Version<'a>>,
}

impl ManagedDetail<'_> {
    /// The version that is in force.
    #[must_use]
    pub fn default_version(&self) -> Option<&Version<'_>> {
        self.policy_version_list.iter().find(|version| version.version_id == self.default_version_id)
    }
}

/// A version of a managed policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Version<'a> {
    /// Such as `v3`.
    #[serde(borrow)]
    pub version_id: Cow<'a, str>,
    /// Its document.
    #[serde(borrow)]
    pub document: PolicyText<'a>,
}
