//! Seeds an account from the answer of `aws iam get-account-authorization-details`.

use guardrails::{NameError, PolicyArn, PolicyName, RoleArn, RoleId};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Embedded;
use super::stored::Stored;

/// A dump that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// Not the JSON of that answer.
    #[error("not an answer of `aws iam get-account-authorization-details`: {0}")]
    Json(#[from] serde_json::Error),
    /// Nothing in it tells the account.
    #[error("the dump holds no role, so it does not tell which account it is of")]
    NoRole,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dump {
    role_detail_list: Vec<Value>,
    #[serde(default)]
    policies: Vec<ManagedDetail>,
    #[serde(default)]
    user_detail_list: Vec<UserDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDetail {
    arn: String,
    role_id: String,
    create_date: Option<Value>,
    assume_role_policy_document: Value,
    #[serde(default)]
    role_policy_list: Vec<InlineDetail>,
    #[serde(default)]
    attached_managed_policies: Vec<AttachedDetail>,
    permissions_boundary: Option<BoundaryDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InlineDetail {
    policy_name: String,
    policy_document: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedDetail {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BoundaryDetail {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedDetail {
    arn: String,
    default_version_id: String,
    #[serde(default)]
    policy_version_list: Vec<VersionDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionDetail {
    version_id: String,
    document: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserDetail {
    arn: String,
    user_id: String,
}

impl Embedded {
    /// The account of a dump. Roles that can't be understood are listed by [`crate::ports::ListRoles`] as
    /// unreadable, never dropped.
    ///
    /// # Errors
    /// The text is not such a dump, or holds no role.
    pub fn from_dump(text: &str) -> Result<Self, DumpError> {
        let dump: Dump = serde_json::from_str(text)?;
        let first =
            dump.role_detail_list.iter().find_map(|role| RoleArn::parse(role.get("Arn")?.as_str()?).ok());
        let first = first.ok_or(DumpError::NoRole)?;
        let account = Self::new(first.partition(), first.account());
        account.seed(|stored| dump.into_stored(stored));
        Ok(account)
    }
}

impl Dump {
    fn into_stored(self, stored: &mut Stored) {
        for user in self.user_detail_list {
            stored.ids.insert(user.arn, user.user_id);
        }
        for managed in self.policies {
            if let Ok(arn) = PolicyArn::parse(&managed.arn) {
                for version in managed.policy_version_list {
                    stored.put_policy(&arn, &version.version_id, &document(&version.document));
                }
                if let Some(policy) = stored.policies.get_mut(&arn) {
                    policy.default = managed.default_version_id;
                }
            }
        }
        for role in self.role_detail_list {
            let name = role.get("RoleName").and_then(Value::as_str).unwrap_or("(no name)").to_owned();
            let read = RoleDetail::deserialize(role).map_err(|error| error.to_string());
            if let Err(why) =
                read.and_then(|role| role.into_stored(stored).map_err(|error| error.to_string()))
            {
                stored.unreadable.push((name, why));
            }
        }
        stored.refresh_principals();
    }
}

impl RoleDetail {
    fn into_stored(self, stored: &mut Stored) -> Result<(), NameError> {
        let arn = RoleArn::parse(&self.arn)?;
        let name = arn.name().to_string();
        let id = RoleId::parse(&self.role_id)?;
        let boundary =
            self.permissions_boundary.map(|b| PolicyArn::parse(&b.permissions_boundary_arn)).transpose()?;
        let inline = self
            .role_policy_list
            .iter()
            .map(|inline| Ok((PolicyName::parse(&inline.policy_name)?, document(&inline.policy_document))));
        let inline: Vec<_> = inline.collect::<Result<_, NameError>>()?;
        let attached = self.attached_managed_policies.iter().map(|one| PolicyArn::parse(&one.policy_arn));
        let attached: Vec<_> = attached.collect::<Result<_, _>>()?;
        let trust = document(&self.assume_role_policy_document);
        stored.put_role_as(arn, id, &trust, created(self.create_date.as_ref()));
        stored.put_boundary(&name, boundary);
        for (policy, text) in inline {
            stored.put_inline(&name, &policy, &text);
        }
        for policy in attached {
            stored.attach(&name, &policy);
        }
        Ok(())
    }
}

/// The AWS CLI shows documents as JSON, the API as URL-encoded text.
pub(super) fn document(value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    if text.starts_with('%') {
        return percent_decode_str(text).decode_utf8_lossy().into_owned();
    }
    text.to_owned()
}

fn created(date: Option<&Value>) -> OffsetDateTime {
    date.and_then(Value::as_str)
        .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
