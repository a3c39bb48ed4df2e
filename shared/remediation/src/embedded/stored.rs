//! What the account stores.

use std::collections::{BTreeMap, BTreeSet};

use guardrails::{Digest, Facet, InlinePolicy, PolicyArn, PolicyName, Role, RoleArn, RoleId, RoleName};
use serde_json::Value;
use time::OffsetDateTime;

use super::validate::MANAGED_POLICIES;

/// What an account stores, and how it can be changed behind IAM's back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub(super) partition: String,
    pub(super) account: String,
    /// By lower-case name: IAM tells roles apart regardless of case.
    pub(super) roles: BTreeMap<String, StoredRole>,
    pub(super) policies: BTreeMap<PolicyArn, Managed>,
    /// Principals that exist besides the account's roles, with their unique ids.
    pub(super) ids: BTreeMap<String, String>,
    /// Roles of a dump that could not be understood: name, and why.
    pub(super) unreadable: Vec<(String, String)>,
    /// Roles that were deleted, by lower-case name.
    pub(super) gone: BTreeSet<String>,
    /// Whether there may be more than is stored here, because events or a dump with gaps told of it.
    pub(super) is_partial: bool,
    /// How many managed policies a role can have attached.
    pub(super) policies_per_role: usize,
    made: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredRole {
    pub(super) role: Role,
    /// The ids that stood behind the principals when the trust policy was stored.
    principals: BTreeMap<String, String>,
    pub(super) inline: Vec<InlinePolicy>,
    pub(super) attached: BTreeSet<PolicyArn>,
    /// Documents that an event put in and does not show.
    pub(super) unseen: Unseen,
}

/// Documents that nobody has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unseen {
    pub(super) trust: bool,
    pub(super) inline: BTreeSet<PolicyName>,
    /// Which inline and attached policies there are.
    pub(super) lists: bool,
}

/// A managed policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Managed {
    pub(super) versions: BTreeMap<String, String>,
    pub(super) default: String,
}

impl Stored {
    pub(super) fn new(partition: &str, account: &str) -> Self {
        let mut stored = Self {
            partition: partition.to_owned(),
            account: account.to_owned(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            ids: BTreeMap::new(),
            unreadable: Vec::new(),
            gone: BTreeSet::new(),
            is_partial: false,
            policies_per_role: MANAGED_POLICIES,
            made: 0,
        };
        // The one managed policy of AWS whose document everybody knows.
        if let Ok(arn) = PolicyArn::parse(&format!("arn:{partition}:iam::aws:policy/AdministratorAccess")) {
            let text =
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
            stored.put_policy(&arn, "v1", text);
        }
        stored
    }

    /// The partition that the account is in.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The account's id.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// A unique id that was never given before.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        let digest = Digest::of(&format!("{} {} {}", self.account, prefix, self.made)).to_string();
        format!("{prefix}{}", digest.to_uppercase().chars().take(17).collect::<String>())
    }

    pub(super) fn role(&self, name: &RoleName) -> Option<&StoredRole> {
        self.roles.get(&name.as_str().to_lowercase())
    }

    /// The unique id of a role or user that exists.
    pub(super) fn id_of(&self, arn: &str) -> Option<String> {
        let of_role = self.roles.values().find(|stored| stored.role.arn.as_str() == arn);
        of_role.map(|stored| stored.role.id.to_string()).or_else(|| self.ids.get(arn).cloned())
    }

    /// The ids behind the principals of a trust policy. A document that is stored names only principals that
    /// existed, so those not known yet come into being.
    pub(super) fn principals_of(&mut self, trust: &str) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::new();
        for arn in principals(trust) {
            if self.id_of(&arn).is_none() {
                self.put_principal(&arn);
            }
            if let Some(id) = self.id_of(&arn) {
                ids.insert(arn, id);
            }
        }
        ids
    }

    /// Looks the principals of all trust policies up again: a role may name one that was put in after it.
    pub(super) fn refresh_principals(&mut self) {
        let trusts: Vec<(String, String)> =
            self.roles.iter().map(|(key, stored)| (key.clone(), stored.role.trust.clone())).collect();
        for (key, trust) in trusts {
            self.put_trust(&key, &trust);
        }
    }

    /// The role as `GetRole` shows it: where a principal was deleted since, or made anew, its old id.
    pub(super) fn shown(&self, stored: &StoredRole) -> Role {
        let mut role = stored.role.clone();
        for (arn, id) in &stored.principals {
            if self.id_of(arn).as_ref() != Some(id) {
                role.trust = role.trust.replace(&format!("\"{arn}\""), &format!("\"{id}\""));
            }
        }
        role
    }
}

impl StoredRole {
    /// What nobody has shown of it, although it belongs to the facet; a sentence.
    pub(super) fn missing(&self, facet: Facet) -> Option<String> {
        let what = if facet.has_trust() && self.unseen.trust {
            "the trust policy".to_owned()
        } else if facet.has_permissions() && self.unseen.lists {
            "the list of inline and attached policies".to_owned()
        } else {
            let policy = self.unseen.inline.first().filter(|_| facet.has_permissions())?;
            format!("inline policy `{policy}`")
        };
        let name = self.role.arn.name();
        Some(format!("{what} of role `{name}` is missing: no event shows it, and no dump"))
    }

    pub(super) fn new(
        arn: RoleArn,
        id: RoleId,
        trust: &str,
        principals: BTreeMap<String, String>,
        created: OffsetDateTime,
    ) -> Self {
        let role = Role {
            arn,
            id,
            created,
            max_session_seconds: 3_600,
            trust: trust.to_owned(),
            boundary: None,
            permissions: None,
        };
        Self { role, principals, inline: Vec::new(), attached: BTreeSet::new(), unseen: Unseen::default() }
    }

    pub(super) fn put_trust(&mut self, trust: &str, principals: BTreeMap<String, String>) {
        trust.clone_into(&mut self.role.trust);
        self.principals = principals;
        self.unseen.trust = false;
    }

    pub(super) fn put_inline(&mut self, name: &PolicyName, text: &str) {
        self.inline.retain(|policy| policy.name != *name);
        self.unseen.inline.remove(name);
        self.inline.push(InlinePolicy { name: name.clone(), text: text.to_owned() });
        self.inline.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// The roles and users that a trust policy names by ARN.
fn principals(trust: &str) -> BTreeSet<String> {
    let Ok(document) = serde_json::from_str::<Value>(trust) else { return BTreeSet::new() };
    statements(&document)
        .into_iter()
        .flat_map(|statement| ["Principal", "NotPrincipal"].map(|element| statement.get(element)))
        .flatten()
        .filter_map(|principal| principal.get("AWS"))
        .flat_map(list)
        .filter_map(Value::as_str)
        .filter(|text| text.contains(":iam::") && (text.contains(":role/") || text.contains(":user/")))
        .map(str::to_owned)
        .collect()
}

pub(super) fn statements(document: &Value) -> Vec<&Value> {
    document.get("Statement").map(list).unwrap_or_default()
}

/// One value, or the values of a list.
pub(super) fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}
