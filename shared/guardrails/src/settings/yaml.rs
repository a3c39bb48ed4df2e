//! The settings as they are written, field by field. Anything optional here has its default in
//! [`crate::rules`], so that "not said" and "said" stay apart until an account's overrides are applied.

use std::collections::BTreeMap;

use policy::Glob;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::network::TrustedNetwork;
use crate::finding::Guardrail;
use crate::lock_down_permissions::Response;
use crate::names::{AccountId, RoleId, RoleName};
use crate::permit::Mode;
use crate::plan::Strategy;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields exist to be refused")]
pub(crate) struct Settings {
    version: Version,
    organization: Option<Organization>,
    guardrails: Guardrails,
    protected_roles: Option<Vec<ProtectedRole>>,
    baseline: Option<Baseline>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    accounts: BTreeMap<AccountId, AccountOverride>,
}

/// The settings of one account, before defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) organization: Option<Organization>,
    pub(crate) restrict: Option<Restrict>,
    pub(crate) lock_down: Option<LockDown>,
    pub(crate) protected_roles: Option<Vec<ProtectedRole>>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) exceptions: Vec<Exception>,
}

impl Settings {
    /// The files that the settings name, and where.
    pub(crate) fn files(&self) -> impl Iterator<Item = (Field, &str)> {
        let own = self
            .accounts
            .iter()
            .map(|(id, own)| (Field::of("accounts").key(id.as_str()).key("guardrails"), &own.guardrails));
        own.chain([(Field::of("guardrails"), &self.guardrails)]).flat_map(|(field, guardrails)| {
            let lock_down = guardrails.lock_down_permissions.as_ref();
            let ceilings = lock_down.and_then(|lock_down| lock_down.ceiling.as_ref()).into_iter().flatten();
            let field = field.key("lock_down_permissions").key("ceiling");
            ceilings
                .enumerate()
                .map(move |(place, ceiling)| (field.clone().item(place).key("file"), ceiling.file.as_str()))
        })
    }

    /// The accounts with values of their own.
    pub(crate) fn own_accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.keys()
    }

    /// What an account overrides stands in front of what holds for all.
    pub(crate) fn for_account(&self, account: &AccountId) -> Resolved {
        let general = Resolved {
            organization: self.organization.clone(),
            restrict: self.guardrails.restrict_cross_account_access.clone(),
            lock_down: self.guardrails.lock_down_permissions.clone(),
            protected_roles: self.protected_roles.clone(),
            baseline: self.baseline,
            exceptions: self.exceptions.clone(),
        };
        match self.accounts.get(account).cloned() {
            None => general,
            Some(own) => Resolved {
                organization: own.organization.or(general.organization),
                restrict: merge(
                    own.guardrails.restrict_cross_account_access,
                    general.restrict,
                    Restrict::over,
                ),
                lock_down: merge(own.guardrails.lock_down_permissions, general.lock_down, LockDown::over),
                protected_roles: own.protected_roles.or(general.protected_roles),
                baseline: general.baseline,
                exceptions: general.exceptions,
            },
        }
    }
}

fn merge<T>(own: Option<T>, general: Option<T>, over: fn(T, T) -> T) -> Option<T> {
    match (own, general) {
        (Some(own), Some(general)) => Some(over(own, general)),
        (own, general) => own.or(general),
    }
}

/// The version of the settings' shape. An unknown one is refused rather than misread.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
struct Version;

impl TryFrom<u64> for Version {
    type Error = String;
    fn try_from(version: u64) -> Result<Self, String> {
        if version == 1 { Ok(Self) } else { Err(format!("version {version} is unknown: this is version 1")) }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountOverride {
    organization: Option<Organization>,
    #[serde(default)]
    guardrails: Guardrails,
    protected_roles: Option<Vec<ProtectedRole>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) trusted: bool,
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    pub(crate) management_account: Option<AccountId>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guardrails {
    restrict_cross_account_access: Option<Restrict>,
    lock_down_permissions: Option<LockDown>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restrict {
    pub(crate) mode: Option<Mode>,
    pub(crate) trusted_accounts: Option<Vec<AccountId>>,
    pub(crate) trusted_services: Option<Vec<String>>,
    pub(crate) source_bound_services: Option<Vec<String>>,
    pub(crate) trusted_saml_providers: Option<Vec<String>>,
    pub(crate) trusted_oidc_providers: Option<Vec<OidcProvider>>,
    pub(crate) vendors: Option<Vec<Vendor>>,
    pub(crate) trusted_networks: Option<Vec<TrustedNetwork>>,
    pub(crate) repair: Option<Vec<Strategy>>,
    pub(crate) revoke_sessions: Option<RevokeSessions>,
    pub(crate) on_unknown: Option<OnUnknown>,
}

impl Restrict {
    fn over(self, general: Self) -> Self {
        Self {
            mode: self.mode.or(general.mode),
            trusted_accounts: self.trusted_accounts.or(general.trusted_accounts),
            trusted_services: self.trusted_services.or(general.trusted_services),
            source_bound_services: self.source_bound_services.or(general.source_bound_services),
            trusted_saml_providers: self.trusted_saml_providers.or(general.trusted_saml_providers),
            trusted_oidc_providers: self.trusted_oidc_providers.or(general.trusted_oidc_providers),
            vendors: self.vendors.or(general.vendors),
            trusted_networks: self.trusted_networks.or(general.trusted_networks),
            repair: self.repair.or(general.repair),
            revoke_sessions: self.revoke_sessions.or(general.revoke_sessions),
            on_unknown: self.on_unknown.or(general.on_unknown),
        }
    }
}

/// The claims that must be bound, each to one of its patterns.
pub type ClaimPatterns = BTreeMap<String, Vec<String>>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcProvider {
    pub(crate) issuer: String,
    #[serde(default)]
    pub(crate) claims: ClaimPatterns,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vendor {
    pub(crate) account: AccountId,
    #[serde(default)]
    #[expect(dead_code, reason = "there is one way only, and it is worth writing down in the settings")]
    external_id: ExternalId,
    /// Name patterns of the roles that the vendor may assume; all of them when absent.
    pub(crate) roles: Option<Vec<String>>,
}

impl Vendor {
    /// May the vendor assume a role of this name, with an external id?
    pub(crate) fn is_for(&self, role: &RoleName) -> bool {
        let matches = |pattern: &String| Glob::new(pattern.as_str()).matches(role.as_str());
        self.roles.as_ref().is_none_or(|patterns| patterns.iter().any(matches))
    }
}

/// Must a vendor's statement bind `sts:ExternalId` to a literal?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExternalId {
    #[default]
    Required,
}

/// What to do about what could not be decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// It is a finding. A trust policy is repaired only where it may reach outside, permissions are not.
    #[default]
    Alert,
    /// It is repaired at its worst reading.
    Repair,
}

/// After which repairs of a trust policy sessions are revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeSessions {
    /// After none.
    Off,
    /// Where the trust reached another account, an identity provider or the public.
    #[default]
    External,
    /// After every one.
    Always,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockDown {
    pub(crate) mode: Option<Mode>,
    pub(crate) scope: Option<Scope>,
    pub(crate) ceiling: Option<Vec<CeilingFile>>,
    pub(crate) never: Option<Vec<String>>,
    pub(crate) escalation: Option<Response>,
    pub(crate) data_exposure: Option<Response>,
    pub(crate) on_unknown: Option<OnUnknown>,
    pub(crate) safe_boundaries: Option<Vec<String>>,
    pub(crate) safe_policies: Option<Vec<String>>,
    pub(crate) lockdown: Option<Lockdown>,
}

impl LockDown {
    fn over(self, general: Self) -> Self {
        Self {
            mode: self.mode.or(general.mode),
            scope: self.scope.or(general.scope),
            ceiling: self.ceiling.or(general.ceiling),
            never: self.never.or(general.never),
            escalation: self.escalation.or(general.escalation),
            data_exposure: self.data_exposure.or(general.data_exposure),
            on_unknown: self.on_unknown.or(general.on_unknown),
            safe_boundaries: self.safe_boundaries.or(general.safe_boundaries),
            safe_policies: self.safe_policies.or(general.safe_policies),
            lockdown: self.lockdown.or(general.lockdown),
        }
    }
}

/// Which roles the lock-down guards.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Scope {
    Word(ScopeWord),
    Paths(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeWord {
    ServiceRoles,
    AllRoles,
}

/// The policy that guarded roles have to carry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lockdown {
    /// The name of the managed policy, as the template makes it.
    pub(crate) policy: String,
    /// How many managed policies a role of the account can have.
    pub(crate) attachments: Option<usize>,
}

/// The most that some roles may be allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CeilingFile {
    /// A pattern for the path and name of the roles.
    pub(crate) roles: String,
    /// A policy document, beside the settings.
    pub(crate) file: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProtectedRole {
    pub(crate) role: String,
    pub(crate) owner: String,
    pub(crate) reason: String,
}

/// What is done about what was unsafe when the first sweep came by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// People are told, and decide.
    #[default]
    Report,
    /// It is repaired like a change.
    Repair,
}

/// What one role may have although a guardrail forbids it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    pub(crate) role: String,
    /// The role's unique id: it does not hold for a role created later under the same name.
    pub(crate) role_id: Option<RoleId>,
    pub(crate) guardrail: Guardrail,
    pub(crate) principal: Option<String>,
    pub(crate) permission: Option<String>,
    #[serde(default, rename = "match")]
    pub(crate) matching: Match,
    pub(crate) owner: String,
    pub(crate) reason: String,
    /// The last day on which it holds, UTC.
    pub(crate) until: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Match {
    #[default]
    Literal,
    Pattern,
}
