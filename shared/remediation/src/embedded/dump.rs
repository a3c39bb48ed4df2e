//! Seeds an account from a dump.

use guardrails::{PolicyArn, PolicyName, RoleArn, RoleId};

use super::Embedded;
use super::stored::Stored;
use crate::dump::{AccountError, Dump, DumpError, RoleDetail};

impl Embedded {
    /// The account of a dump. Roles that can't be understood are listed by [`crate::ports::ListRoles`] as
    /// unreadable, never dropped.
    ///
    /// # Errors
    /// The text is not such a dump, or holds no role.
    pub fn from_dump(text: &str) -> Result<Self, DumpError> {
        let mut dump = Dump::default();
        dump.add(text)?;
        let mut roles = dump.roles.iter().filter_map(|role| role.detail.as_ref().ok());
        let first = roles.find_map(|role| RoleArn::parse(&role.arn).ok()).ok_or(DumpError::NoRole)?;
        let account = Self::new(first.partition(), first.account());
        account.seed(|stored| {
            seed(stored, &dump);
            if !dump.gaps().is_empty() {
                stored.know_a_part();
            }
        });
        Ok(account)
    }
}

fn seed(stored: &mut Stored, dump: &Dump<'_>) {
    for user in dump.users.iter().filter_map(|user| user.detail.as_ref().ok()) {
        stored.ids.insert(user.arn.to_string(), user.user_id.to_string());
    }
    for policy in dump.policies.values() {
        let Ok(arn) = PolicyArn::parse(&policy.arn) else { continue };
        for version in &policy.policy_version_list {
            if let Ok(text) = version.document.text() {
                stored.put_policy(&arn, &version.version_id, &text);
            }
        }
        if let Some(stored) = stored.policies.get_mut(&arn) {
            stored.default = policy.default_version_id.to_string();
        }
    }
    for role in &dump.roles {
        let unread = match &role.detail {
            Ok(detail) => {
                seed_role(stored, detail).err().map(|error| (detail.arn.to_string(), error.to_string()))
            }
            Err(unread) => Some((unread.name.clone(), unread.why.clone())),
        };
        stored.unreadable.extend(unread);
    }
    stored.refresh_principals();
}

fn seed_role(stored: &mut Stored, role: &RoleDetail<'_>) -> Result<(), AccountError> {
    let arn = RoleArn::parse(&role.arn)?;
    let name = arn.name().to_string();
    let id = RoleId::parse(&role.role_id).or_else(|_| RoleId::parse(&stored.new_id("AROA")))?;
    let document = |policy: &str, error| AccountError::Document { policy: policy.to_owned(), error };
    let trust = role.assume_role_policy_document.text();
    let trust = trust.map_err(|error| document("the trust policy", error))?;
    let boundary = role.permissions_boundary.as_ref();
    let boundary =
        boundary.map(|boundary| PolicyArn::parse(&boundary.permissions_boundary_arn)).transpose()?;
    let inline = role.inline_policies().iter().map(|inline| {
        let text = inline.policy_document.text().map_err(|error| document(&inline.policy_name, error))?;
        Ok((PolicyName::parse(&inline.policy_name)?, text))
    });
    let inline: Vec<_> = inline.collect::<Result<_, AccountError>>()?;
    let attached = role.attached_policies().iter().map(|one| PolicyArn::parse(&one.policy_arn));
    let attached: Vec<_> = attached.collect::<Result<_, _>>()?;
    stored.put_role_as(arn, id, &trust, role.created());
    if !role.lists_policies() {
        stored.hide_policies(&name);
    }
    stored.put_boundary(&name, boundary);
    for (policy, text) in inline {
        stored.put_inline(&name, &policy, &text);
    }
    for policy in attached {
        stored.attach(&name, &policy);
    }
    Ok(())
}
