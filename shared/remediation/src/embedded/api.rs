//! The API door: the ports of the account.

use guardrails::{
    AttachedPolicy, Facet, InlinePolicy, Lockdown, Permissions, Permit, PolicyArn, PolicyName, PolicyUser,
    Role, RoleName,
};

use super::stored::{Managed, Stored, StoredRole};
use super::{Embedded, validate};
use crate::iam_error::IamError;
use crate::ports::{
    ListRoles, Page, ReadPermissions, ReadPolicy, ReadRole, RemoveBoundary, WriteAttachments, WriteBoundary,
    WriteInline, WriteLockdown, WriteTrust, WriteVersion,
};

/// Roles per page; small, so that paging happens in tests too.
const PAGE: usize = 100;

impl ReadRole for Embedded {
    async fn role(&self, name: &RoleName) -> Result<Role, IamError> {
        self.reads("GetRole", name.as_str(), |stored| find(stored, name).map(|role| stored.shown(role)))
    }
}

impl ReadPermissions for Embedded {
    async fn permissions(&self, role: &Role) -> Result<Permissions, IamError> {
        let name = role.arn.name();
        let names: Vec<PolicyName> = self.reads("ListRolePolicies", name.as_str(), |stored| {
            Ok(find(stored, name)?.inline.iter().map(|policy| policy.name.clone()).collect())
        })?;
        let mut permissions = Permissions::default();
        for policy in names {
            let text = self.reads("GetRolePolicy", name.as_str(), |stored| inline(stored, name, &policy))?;
            permissions.inline.push(InlinePolicy { name: policy, text });
        }
        let attached: Vec<PolicyArn> = self.reads("ListAttachedRolePolicies", name.as_str(), |stored| {
            Ok(find(stored, name)?.attached.iter().cloned().collect())
        })?;
        for arn in attached {
            permissions.attached.push(self.managed(arn)?);
        }
        permissions.boundary = role.boundary.clone().map(|arn| self.managed(arn)).transpose()?;
        Ok(permissions)
    }

    async fn inline(&self, role: &Role, policy: &PolicyName) -> Result<Option<InlinePolicy>, IamError> {
        let name = role.arn.name();
        let found = self.reads("GetRolePolicy", name.as_str(), |stored| inline(stored, name, policy));
        match found {
            Ok(text) => Ok(Some(InlinePolicy { name: policy.clone(), text })),
            Err(IamError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Embedded {
    fn managed(&self, arn: PolicyArn) -> Result<AttachedPolicy, IamError> {
        let version = self
            .reads("GetPolicy", arn.as_str(), |stored| in_force(stored, &arn).map(|(version, _)| version))?;
        let text = self
            .reads("GetPolicyVersion", arn.as_str(), |stored| in_force(stored, &arn).map(|(_, text)| text))?;
        Ok(AttachedPolicy { arn, version, text })
    }
}

impl ReadPolicy for Embedded {
    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        let name = |role: &StoredRole| role.role.arn.name().to_string();
        let attached = self.reads("ListEntitiesForPolicy", policy.as_str(), |stored| {
            users(stored, policy, |role| role.attached.contains(policy).then(|| PolicyUser::Role(name(role))))
        })?;
        let bounded = self.reads("ListEntitiesForPolicy", policy.as_str(), |stored| {
            let is_bounded = |role: &StoredRole| role.role.boundary.as_ref() == Some(policy);
            users(stored, policy, |role| is_bounded(role).then(|| PolicyUser::BoundaryOf(name(role))))
        })?;
        let users = [attached, bounded].concat();
        if users.is_empty() && self.stored().is_partial {
            let missing =
                format!("which roles have policy `{policy}` is missing: no event tells, and no whole dump");
            return Err(IamError::Unseen(missing));
        }
        Ok(users)
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        let mut ids: Vec<String> = self.reads("ListPolicyVersions", policy.as_str(), |stored| {
            Ok(known(stored, policy)?.versions.keys().cloned().collect())
        })?;
        // `v10` comes after `v9`.
        ids.sort_by_key(|id| std::cmp::Reverse((id.len(), id.clone())));
        let read = |version: String| {
            let text = self.reads("GetPolicyVersion", policy.as_str(), |stored| {
                known(stored, policy)?.versions.get(&version).cloned().ok_or_else(|| unknown(policy))
            })?;
            Ok(AttachedPolicy { arn: policy.clone(), version, text })
        };
        ids.into_iter().map(read).collect()
    }
}

impl ListRoles for Embedded {
    async fn page(&self, marker: Option<&str>) -> Result<Page, IamError> {
        self.reads("GetAccountAuthorizationDetails", "", |stored| {
            let start: usize = marker.map_or(Ok(0), str::parse).map_err(|_| {
                IamError::Unexpected(format!(
                    "ValidationError: invalid marker `{}`",
                    marker.unwrap_or_default()
                ))
            })?;
            let mut page = Page::default();
            if start == 0 {
                page.unreadable.clone_from(&stored.unreadable);
                if stored.is_partial {
                    let missing = "missing: neither events nor a whole dump tell of them";
                    page.unreadable.push(("other roles of the account".to_owned(), missing.to_owned()));
                }
            }
            for role in stored.roles.values().skip(start).take(PAGE) {
                match with_permissions(stored, role) {
                    Ok(role) => page.roles.push(role),
                    Err(error) => page.unreadable.push((role.role.arn.name().to_string(), error.to_string())),
                }
            }
            let end = start + PAGE;
            page.next = (end < stored.roles.len()).then(|| end.to_string());
            Ok(page)
        })
    }
}

fn with_permissions(stored: &Stored, role: &StoredRole) -> Result<Role, IamError> {
    if let Some(missing) = role.missing(Facet::All) {
        return Err(IamError::Unseen(missing));
    }
    let managed = |arn: &PolicyArn| {
        let (version, text) = in_force(stored, arn)?;
        Ok(AttachedPolicy { arn: arn.clone(), version, text })
    };
    let permissions = Permissions {
        inline: role.inline.clone(),
        attached: role.attached.iter().map(managed).collect::<Result<_, IamError>>()?,
        boundary: role.role.boundary.as_ref().map(managed).transpose()?,
    };
    Ok(Role { permissions: Some(permissions), ..stored.shown(role) })
}

fn users(
    stored: &Stored,
    policy: &PolicyArn,
    uses: impl Fn(&StoredRole) -> Option<PolicyUser>,
) -> Result<Vec<PolicyUser>, IamError> {
    stored.policies.get(policy).ok_or_else(|| missing(policy))?;
    Ok(stored.roles.values().filter_map(uses).collect())
}

impl WriteTrust for Embedded {
    async fn put_trust(&self, _: &Permit, role: &RoleName, document: &str) -> Result<(), IamError> {
        self.changes("UpdateAssumeRolePolicy", role.as_str(), |stored| {
            modifiable(stored, role)?;
            validate::trust(document, stored)?;
            stored.put_trust(role.as_str(), document);
            Ok(())
        })
    }
}

impl WriteInline for Embedded {
    async fn put_inline(
        &self,
        _: &Permit,
        role: &RoleName,
        policy: &PolicyName,
        document: &str,
    ) -> Result<(), IamError> {
        self.changes("PutRolePolicy", role.as_str(), |stored| {
            validate::policy_name(policy)?;
            let others = modifiable(stored, role)?.inline.iter().filter(|inline| inline.name != *policy);
            validate::inline(document, others.map(|inline| inline.text.as_str()), role)?;
            stored.put_inline(role.as_str(), policy, document);
            Ok(())
        })
    }

    async fn delete_inline(&self, _: &Permit, role: &RoleName, policy: &PolicyName) -> Result<(), IamError> {
        self.changes("DeleteRolePolicy", role.as_str(), |stored| {
            modifiable(stored, role)?;
            inline(stored, role, policy)?;
            stored.take_inline(role.as_str(), policy);
            Ok(())
        })
    }
}

impl WriteAttachments for Embedded {
    async fn attach(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        self.changes("AttachRolePolicy", role.as_str(), |stored| {
            let attached = &modifiable(stored, role)?.attached;
            known(stored, policy)?;
            let quota = stored.policies_per_role;
            if !attached.contains(policy) && attached.len() >= quota {
                return Err(IamError::LimitExceeded(format!(
                    "Cannot exceed quota for PoliciesPerRole: {quota}"
                )));
            }
            stored.attach(role.as_str(), policy);
            Ok(())
        })
    }

    async fn detach(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        self.changes("DetachRolePolicy", role.as_str(), |stored| {
            if !modifiable(stored, role)?.attached.contains(policy) {
                return Err(unknown(policy));
            }
            stored.detach(role.as_str(), policy);
            Ok(())
        })
    }
}

impl WriteLockdown for Embedded {
    async fn attach_lockdown(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> Result<(), IamError> {
        self.attach(permit, role, lockdown.policy()).await
    }

    async fn put_lockdown_boundary(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> Result<(), IamError> {
        self.put_boundary(permit, role, lockdown.boundary()).await
    }
}

impl WriteVersion for Embedded {
    async fn set_default_version(
        &self,
        _: &Permit,
        policy: &PolicyArn,
        version: &str,
    ) -> Result<(), IamError> {
        self.changes("SetDefaultPolicyVersion", policy.as_str(), |stored| {
            if policy.is_owned_by_aws() {
                return Err(IamError::Denied("policies of AWS are AWS's to change".to_owned()));
            }
            let managed = stored.policies.get_mut(policy).ok_or_else(|| unknown(policy))?;
            if !managed.versions.contains_key(version) {
                return Err(IamError::Absent(format!("{policy} {version}")));
            }
            version.clone_into(&mut managed.default);
            Ok(())
        })
    }
}

impl WriteBoundary for Embedded {
    async fn put_boundary(&self, _: &Permit, role: &RoleName, policy: &PolicyArn) -> Result<(), IamError> {
        self.changes("PutRolePermissionsBoundary", role.as_str(), |stored| {
            modifiable(stored, role)?;
            known(stored, policy)?;
            stored.put_boundary(role.as_str(), Some(policy.clone()));
            Ok(())
        })
    }
}

impl RemoveBoundary for Embedded {
    async fn delete_boundary(&self, _: &Permit, role: &RoleName) -> Result<(), IamError> {
        self.changes("DeleteRolePermissionsBoundary", role.as_str(), |stored| {
            if modifiable(stored, role)?.role.boundary.is_none() {
                return Err(IamError::Absent(format!("the permissions boundary of {role}")));
            }
            stored.put_boundary(role.as_str(), None);
            Ok(())
        })
    }
}

fn find<'a>(stored: &'a Stored, name: &RoleName) -> Result<&'a StoredRole, IamError> {
    let absent = || {
        let is_it = |of_dump: &str| of_dump.rsplit('/').next().is_some_and(|last| last == name.as_str());
        if let Some((role, why)) = stored.unreadable.iter().find(|(role, _)| is_it(role)) {
            IamError::Unseen(format!("role `{role}` of the dump can't be read: {why}"))
        } else if stored.is_partial && !stored.gone.contains(&name.as_str().to_lowercase()) {
            IamError::Unseen(format!("role `{name}` is missing: no event tells of it, and no whole dump"))
        } else {
            IamError::Absent(name.to_string())
        }
    };
    stored.role(name).ok_or_else(absent)
}

fn modifiable<'a>(stored: &'a Stored, name: &RoleName) -> Result<&'a StoredRole, IamError> {
    let found = find(stored, name)?;
    if found.role.is_owned_by_aws() { Err(IamError::Unmodifiable(name.to_string())) } else { Ok(found) }
}

fn inline(stored: &Stored, role: &RoleName, policy: &PolicyName) -> Result<String, IamError> {
    let policies = &find(stored, role)?.inline;
    let found = policies.iter().find(|inline| inline.name == *policy);
    found.map(|inline| inline.text.clone()).ok_or_else(|| IamError::Absent(policy.to_string()))
}

fn known<'a>(stored: &'a Stored, arn: &PolicyArn) -> Result<&'a Managed, IamError> {
    stored.policies.get(arn).ok_or_else(|| unknown(arn))
}

/// The version of a policy that is in force, and its document. What a role has exists, whether it was shown or not.
fn in_force(stored: &Stored, arn: &PolicyArn) -> Result<(String, String), IamError> {
    let policy = stored.policies.get(arn).ok_or_else(|| missing(arn))?;
    let text = policy.versions.get(&policy.default).cloned().ok_or_else(|| {
        let version = &policy.default;
        IamError::Unseen(format!(
            "version `{version}` of policy `{arn}`, which is in force, is missing: no event shows it, and no dump"
        ))
    })?;
    Ok((policy.default.clone(), text))
}

fn missing(arn: &PolicyArn) -> IamError {
    IamError::Unseen(format!("policy `{arn}` is missing: no event shows it, and no dump"))
}

fn unknown(arn: &PolicyArn) -> IamError {
    IamError::Absent(arn.to_string())
}
