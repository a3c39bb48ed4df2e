//! The settings as they hold in one account: overrides applied, placeholders expanded, modes capped.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::{Document, Glob};
use serde::Serialize;
use time::OffsetDateTime;

use crate::exceptions::Exception;
use crate::finding::Guardrail;
use crate::known::Known;
use crate::lock_down_permissions::{Ceiling, Lockdown, Response};
use crate::names::{AccountId, PolicyArn, RoleArn};
use crate::permit::{Mode, Permit};
use crate::plan::Strategy;
use crate::role::{AttachedPolicy, Role};
use crate::settings::{
    self, Baseline, Field, LockDown as LockDownYaml, Lockdown as LockdownYaml, OnUnknown,
    Restrict as RestrictYaml, RevokeSessions, Scope as ScopeYaml, ScopeWord, SettingsError, Warning,
};

/// The account that the rules are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The partition: `aws`, `aws-us-gov`, `aws-cn` ...
    pub partition: String,
    /// The account id.
    pub id: AccountId,
}

/// What holds in one account.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) account: Account,
    pub(crate) organization: Option<Organization>,
    pub(crate) restrict: Restrict,
    pub(crate) lock_down: LockDown,
    protected: Vec<Protected>,
    baseline: Baseline,
    exceptions: Vec<Exception>,
    /// Exceptions hold at a moment; without one, none holds.
    now: Option<OffsetDateTime>,
    warnings: Vec<Warning>,
    known: Known,
}

/// The organization that the account is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) trusted: bool,
    /// Paths of organizational units, as patterns; empty means the whole organization.
    pub(crate) paths: Vec<String>,
    pub(crate) management_account: Option<AccountId>,
}

/// Who may assume roles, apart from the own account. By default the guardrail is off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restrict {
    pub(crate) mode: Mode,
    pub(crate) trusted_accounts: Vec<AccountId>,
    pub(crate) trusted_services: Vec<String>,
    pub(crate) source_bound_services: Vec<String>,
    pub(crate) trusted_saml_providers: Vec<String>,
    pub(crate) trusted_oidc_providers: Vec<settings::OidcProvider>,
    pub(crate) vendors: Vec<settings::Vendor>,
    pub(crate) trusted_networks: Vec<settings::TrustedNetwork>,
    pub(crate) repair: Vec<Strategy>,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) revoke_sessions: RevokeSessions,
}

/// What guarded roles may do. By default the guardrail is off.
#[derive(Clone, Debug, Default)]
pub(crate) struct LockDown {
    pub(crate) mode: Mode,
    pub(crate) scope: Scope,
    pub(crate) never: Vec<String>,
    pub(crate) escalation: Response,
    pub(crate) data_exposure: Response,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) ceilings: Vec<Ceiling>,
    pub(crate) safe_boundaries: Vec<PolicyArn>,
    pub(crate) safe_policies: Vec<PolicyArn>,
    pub(crate) lockdown: Option<Arc<Lockdown>>,
}

/// Which roles are guarded by the lock-down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Roles whose trust admits a service.
    #[default]
    ServiceRoles,
    /// Every role.
    AllRoles,
    /// Roles whose path matches one of the patterns.
    Paths(Vec<String>),
}

impl Scope {
    /// Does one of the patterns match this path?
    pub(crate) fn has_path(&self, path: &str) -> bool {
        match self {
            Self::Paths(patterns) => patterns.iter().any(|pattern| Glob::new(pattern.as_str()).matches(path)),
            Self::ServiceRoles | Self::AllRoles => false,
        }
    }
}

/// A role that gets findings, never writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Protected {
    /// The role, literally.
    pub role: RoleArn,
    /// Who answers for it.
    pub owner: String,
    /// Why it is protected.
    pub reason: String,
}

impl Rules {
    /// The account that the rules are for.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// How far a guardrail goes.
    #[must_use]
    pub fn mode(&self, guardrail: Guardrail) -> Mode {
        match guardrail {
            Guardrail::RestrictCrossAccountAccess => self.restrict.mode,
            Guardrail::LockDownPermissions => self.lock_down.mode,
        }
    }

    /// The permit to write for a guardrail; only enforce mode gives one.
    #[must_use]
    pub fn permit(&self, guardrail: Guardrail) -> Option<Permit> {
        let lockdown = match guardrail {
            Guardrail::LockDownPermissions => self.lock_down.lockdown.clone(),
            Guardrail::RestrictCrossAccountAccess => None,
        };
        Permit::for_mode(guardrail, self.mode(guardrail), lockdown)
    }

    /// What is done about what was unsafe when the first sweep came by.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        self.baseline
    }

    /// The entry that protects a role; ARNs are compared literally.
    #[must_use]
    pub fn protection(&self, role: &RoleArn) -> Option<&Protected> {
        self.protected.iter().find(|protected| protected.role == *role)
    }

    /// The same rules at this moment: the exceptions that have not expired are in force. Without a moment
    /// none is, so that what is forgotten is not let through.
    #[must_use]
    pub fn at(&self, now: OffsetDateTime) -> Self {
        Self { now: Some(now), ..self.clone() }
    }

    /// The same rules for many roles of an account, with the managed policies that they hold at hand: what several
    /// roles share is read and judged once. What is found does not depend on it.
    #[must_use]
    pub fn knowing(self, policies: impl IntoIterator<Item = AttachedPolicy>) -> Self {
        Self { known: Known::new(policies), ..self }
    }

    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// All exceptions, expired ones included.
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    pub(crate) fn exceptions_in_force(&self) -> impl Iterator<Item = &Exception> {
        let in_force = |exception: &&Exception| self.now.is_some_and(|now| !exception.is_expired(now));
        self.exceptions.iter().filter(in_force)
    }

    /// The exceptions in force from this guardrail for this role.
    pub(crate) fn exceptions_for<'r>(
        &'r self,
        guardrail: Guardrail,
        role: &'r Role,
    ) -> impl Iterator<Item = &'r Exception> {
        self.exceptions_in_force()
            .filter(move |exception| exception.guardrail == guardrail && exception.is_for(role))
    }

    /// The lockdown policy that guarded roles have to carry, if the settings ask for one.
    #[must_use]
    pub fn lockdown(&self) -> Option<&Lockdown> {
        self.lock_down.lockdown.as_deref()
    }

    pub(crate) fn without_exception(&self, exception: &Exception) -> Self {
        let mut rules = self.clone();
        rules.exceptions.retain(|other| other != exception);
        rules
    }

    /// What is allowed but unwise in the settings.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) fn resolve(
        yaml: settings::Resolved,
        documents: &BTreeMap<String, Document>,
        account: &Account,
        cap: Mode,
    ) -> Result<Self, SettingsError> {
        let at = Placeholders { account };
        let warnings = settings::warnings(&yaml);
        let in_organization = yaml.organization.is_some();
        let has_protected_roles = yaml.protected_roles.is_some();
        let protected = yaml
            .protected_roles
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(item, entry)| at.protected(entry, Field::of("protected_roles").item(item)))
            .collect::<Result<_, _>>()?;
        let exceptions = yaml.exceptions.into_iter().enumerate();
        let exceptions = exceptions
            .map(|(item, entry)| Exception::read(entry, &Field::of("exceptions").item(item), &at))
            .collect::<Result<_, _>>()?;
        let rules = Self {
            account: account.clone(),
            organization: yaml.organization.map(|organization| Organization {
                id: organization.id,
                trusted: organization.trusted,
                paths: organization.paths,
                management_account: organization.management_account,
            }),
            restrict: at.restrict(yaml.restrict, cap)?,
            lock_down: at.lock_down(yaml.lock_down, documents, in_organization, cap)?,
            protected,
            baseline: yaml.baseline.unwrap_or_default(),
            exceptions,
            now: None,
            warnings,
            known: Known::default(),
        };
        rules.require_protected_roles(has_protected_roles)
    }

    fn require_protected_roles(self, present: bool) -> Result<Self, SettingsError> {
        let enforced = [
            (Guardrail::RestrictCrossAccountAccess, "restrict_cross_account_access"),
            (Guardrail::LockDownPermissions, "lock_down_permissions"),
        ]
        .into_iter()
        .find(|(guardrail, _)| self.mode(*guardrail) == Mode::Enforce);
        match enforced {
            Some((_, name)) if !present => Err(SettingsError::NoProtectedRoles(name)),
            Some(_) | None => Ok(self),
        }
    }
}

/// Expands `${account}` and `${partition}`.
pub(crate) struct Placeholders<'a> {
    account: &'a Account,
}

impl Placeholders<'_> {
    pub(crate) fn expand(&self, text: &str) -> String {
        text.replace("${account}", self.account.id.as_str()).replace("${partition}", &self.account.partition)
    }

    fn expand_all(&self, texts: Option<Vec<String>>) -> Vec<String> {
        texts.unwrap_or_default().iter().map(|text| self.expand(text)).collect()
    }

    pub(crate) fn wrong(&self, field: Field, what: String) -> SettingsError {
        SettingsError::Account { account: self.account.id.clone(), field, what }
    }

    fn protected(&self, entry: settings::ProtectedRole, field: Field) -> Result<Protected, SettingsError> {
        let role = RoleArn::parse(&self.expand(&entry.role))
            .map_err(|error| self.wrong(field.key("role"), format!("in `protected_roles`, {error}")))?;
        Ok(Protected { role, owner: entry.owner, reason: entry.reason })
    }

    fn restrict(&self, yaml: Option<RestrictYaml>, cap: Mode) -> Result<Restrict, SettingsError> {
        let Some(yaml) = yaml else { return Ok(Restrict::default()) };
        Ok(Restrict {
            mode: self.mode("restrict_cross_account_access", yaml.mode)?.min(cap),
            trusted_accounts: yaml.trusted_accounts.unwrap_or_default(),
            trusted_services: self.expand_all(yaml.trusted_services),
            source_bound_services: self.expand_all(yaml.source_bound_services),
            trusted_saml_providers: self.expand_all(yaml.trusted_saml_providers),
            trusted_oidc_providers: yaml.trusted_oidc_providers.unwrap_or_default(),
            vendors: yaml.vendors.unwrap_or_default(),
            trusted_networks: yaml.trusted_networks.unwrap_or_default(),
            repair: yaml
                .repair
                .unwrap_or_else(|| vec![Strategy::Narrow, Strategy::Restore, Strategy::Quarantine]),
            on_unknown: yaml.on_unknown.unwrap_or_default(),
            revoke_sessions: yaml.revoke_sessions.unwrap_or_default(),
        })
    }

    fn lock_down(
        &self,
        yaml: Option<LockDownYaml>,
        documents: &BTreeMap<String, Document>,
        in_organization: bool,
        cap: Mode,
    ) -> Result<LockDown, SettingsError> {
        let Some(yaml) = yaml else { return Ok(LockDown::default()) };
        let ceilings = yaml.ceiling.unwrap_or_default().into_iter().filter_map(|ceiling| {
            let document = documents.get(&ceiling.file)?.clone();
            Some(Ceiling { roles: Glob::new(ceiling.roles), file: ceiling.file, document })
        });
        let never = yaml.never.unwrap_or_default();
        let lockdown = yaml.lockdown.map(|lockdown| self.lockdown(lockdown, &never, in_organization));
        Ok(LockDown {
            mode: self.mode("lock_down_permissions", yaml.mode)?.min(cap),
            scope: match yaml.scope {
                None | Some(ScopeYaml::Word(ScopeWord::ServiceRoles)) => Scope::ServiceRoles,
                Some(ScopeYaml::Word(ScopeWord::AllRoles)) => Scope::AllRoles,
                Some(ScopeYaml::Paths(paths)) => Scope::Paths(paths),
            },
            lockdown: lockdown.transpose()?,
            never,
            escalation: yaml.escalation.unwrap_or(Response::Report),
            data_exposure: yaml.data_exposure.unwrap_or(Response::Allow),
            on_unknown: yaml.on_unknown.unwrap_or_default(),
            ceilings: ceilings.collect(),
            safe_boundaries: self.policies("safe_boundaries", yaml.safe_boundaries)?,
            safe_policies: self.policies("safe_policies", yaml.safe_policies)?,
        })
    }

    fn lockdown(
        &self,
        yaml: LockdownYaml,
        never: &[String],
        in_organization: bool,
    ) -> Result<Arc<Lockdown>, SettingsError> {
        let slots = yaml.attachments.unwrap_or(Lockdown::USUAL_ATTACHMENTS);
        Lockdown::new(self.account, &yaml.policy, slots, never, in_organization).map(Arc::new).map_err(
            |what| {
                let field = Field::of("guardrails.lock_down_permissions.lockdown");
                self.wrong(field, format!("in `lockdown`, {what}"))
            },
        )
    }

    fn mode(&self, guardrail: &str, mode: Option<Mode>) -> Result<Mode, SettingsError> {
        mode.ok_or_else(|| {
            let what = format!("`{guardrail}` has no `mode`: write `off`, `monitor` or `enforce`");
            self.wrong(Field::of("guardrails").key(guardrail), what)
        })
    }

    fn policies(&self, key: &str, texts: Option<Vec<String>>) -> Result<Vec<PolicyArn>, SettingsError> {
        let field = |item| Field::of("guardrails.lock_down_permissions").key(key).item(item);
        let texts = self.expand_all(texts);
        let read = texts.iter().enumerate().map(|(item, text)| {
            PolicyArn::parse(text).map_err(|error| self.wrong(field(item), format!("in `{key}`, {error}")))
        });
        read.collect()
    }
}
