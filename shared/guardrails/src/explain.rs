//! Which rules and exceptions apply to one role, and why.

use serde::Serialize;

use crate::exceptions::{Exception, exceptions_in_use};
use crate::facet::Facet;
use crate::finding::Guardrail;
use crate::lock_down_permissions::{Response, applicable_ceiling, is_guarded};
use crate::names::{AccountId, PolicyArn, RoleArn};
use crate::permit::Mode;
use crate::plan::Strategy;
use crate::role::Role;
use crate::rules::{Protected, Rules, Scope};
use crate::settings::{ClaimPatterns, Field, OnUnknown, RevokeSessions};

/// What the settings say about one role.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The guardrail of trust.
    pub restrict_cross_account_access: WhoMayAssume,
    /// The guardrail of permissions.
    pub lock_down_permissions: WhatItMayDo,
    /// The entry that protects the role from writes.
    pub protected: Option<Protected>,
    /// Its path is one that only AWS can use: IAM refuses every write to it.
    pub is_owned_by_aws: bool,
    /// The exceptions for this role, expired ones included, in the order of the settings.
    pub exceptions: Vec<Concerned>,
}

/// Who may assume the role, apart from its own account.
#[derive(Clone, Debug, Serialize)]
pub struct WhoMayAssume {
    /// How far the guardrail goes.
    pub mode: Mode,
    /// Accounts.
    pub accounts: Vec<AccountId>,
    /// The organization whose members may, if they may.
    pub organization: Option<String>,
    /// Only members below these paths; all of them when empty.
    pub organization_paths: Vec<String>,
    /// Services.
    pub services: Vec<String>,
    /// Services, if the trust policy binds the source.
    pub source_bound_services: Vec<String>,
    /// SAML providers.
    pub saml_providers: Vec<String>,
    /// OIDC providers.
    pub oidc_providers: Vec<Issuer>,
    /// Vendors, with an external id.
    pub vendors: Vec<VendorRule>,
    /// Whoever comes from here.
    pub networks: Vec<String>,
    /// What is done about a trust policy that could not be decided.
    pub on_unknown: OnUnknown,
    /// How a trust policy is made safe.
    pub repair: Vec<Strategy>,
    /// After which repairs sessions are revoked.
    pub revoke_sessions: RevokeSessions,
}

/// An OIDC provider and the claims that must be bound.
#[derive(Clone, Debug, Serialize)]
pub struct Issuer {
    /// The issuer.
    pub issuer: String,
    /// The claims, each with its patterns.
    pub claims: ClaimPatterns,
}

/// A vendor, and whether it may assume this role.
#[derive(Clone, Debug, Serialize)]
pub struct VendorRule {
    /// The account.
    pub account: AccountId,
    /// Name patterns of the roles that are made for it; every role when `None`.
    pub roles: Option<Vec<String>>,
    /// May it assume this role?
    pub may_assume: bool,
}

/// What the role may do.
#[derive(Clone, Debug, Serialize)]
pub struct WhatItMayDo {
    /// How far the guardrail goes.
    pub mode: Mode,
    /// Is the role guarded?
    pub guarded: Guarded,
    /// The ceiling that holds for it.
    pub ceiling: Option<CeilingRule>,
    /// Patterns of actions that are never allowed.
    pub never: Vec<String>,
    /// The lockdown policy that it has to carry, if it is guarded.
    pub lockdown: Option<PolicyArn>,
    /// What is done about ways to more permissions.
    pub escalation: Response,
    /// What is done about data that no policy names.
    pub data_exposure: Response,
    /// What is done about permissions that could not be decided.
    pub on_unknown: OnUnknown,
}

/// Does the lock-down guard the role, and what decides it?
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guarded {
    /// `None` when it depends on what is not known here.
    pub is_guarded: Option<bool>,
    /// Why.
    pub because: String,
}

/// The first ceiling whose pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CeilingRule {
    /// The pattern.
    pub roles: String,
    /// The file, as the settings name it.
    pub file: String,
}

/// An exception for the role.
#[derive(Clone, Debug, Serialize)]
pub struct Concerned {
    /// Where it stands in the settings.
    pub field: Field,
    /// The exception.
    pub exception: Exception,
    /// Would anything be found without it? `None` when the role itself is not known, or the day has passed.
    pub is_needed: Option<bool>,
}

impl Rules {
    /// What the rules say about a role. With the role itself, its trust decides whether it is guarded, and its
    /// documents whether an exception is needed.
    #[must_use]
    pub fn explain(&self, arn: &RoleArn, role: Option<&Role>) -> Explanation {
        Explanation {
            restrict_cross_account_access: self.who_may_assume(arn),
            lock_down_permissions: self.what_it_may_do(arn, role),
            protected: self.protection(arn).cloned(),
            is_owned_by_aws: arn.is_owned_by_aws(),
            exceptions: self.concerned(arn, role),
        }
    }

    fn who_may_assume(&self, arn: &RoleArn) -> WhoMayAssume {
        let restrict = &self.restrict;
        let organization = self.organization.as_ref().filter(|organization| organization.trusted);
        WhoMayAssume {
            mode: self.mode(Guardrail::RestrictCrossAccountAccess),
            accounts: restrict.trusted_accounts.clone(),
            organization: organization.map(|organization| organization.id.clone()),
            organization_paths: organization.map(|o| o.paths.clone()).unwrap_or_default(),
            services: restrict.trusted_services.clone(),
            source_bound_services: restrict.source_bound_services.clone(),
            saml_providers: restrict.trusted_saml_providers.clone(),
            oidc_providers: restrict
                .trusted_oidc_providers
                .iter()
                .map(|oidc| Issuer { issuer: oidc.issuer.clone(), claims: oidc.claims.clone() })
                .collect(),
            vendors: restrict
                .vendors
                .iter()
                .map(|vendor| VendorRule {
                    account: vendor.account.clone(),
                    roles: vendor.roles.clone(),
                    may_assume: vendor.is_for(arn.name()),
                })
                .collect(),
            networks: restrict.trusted_networks.iter().map(|network| network.as_str().to_owned()).collect(),
            on_unknown: restrict.on_unknown,
            repair: restrict.repair.clone(),
            revoke_sessions: restrict.revoke_sessions,
        }
    }

    fn what_it_may_do(&self, arn: &RoleArn, role: Option<&Role>) -> WhatItMayDo {
        let lock_down = &self.lock_down;
        WhatItMayDo {
            mode: self.mode(Guardrail::LockDownPermissions),
            guarded: self.guarded(arn, role),
            ceiling: applicable_ceiling(self, arn).map(|ceiling| CeilingRule {
                roles: ceiling.roles.as_str().to_owned(),
                file: ceiling.file.clone(),
            }),
            never: lock_down.never.clone(),
            lockdown: lock_down.lockdown.as_ref().map(|lockdown| lockdown.policy().clone()),
            escalation: lock_down.escalation,
            data_exposure: lock_down.data_exposure,
            on_unknown: lock_down.on_unknown,
        }
    }

    fn guarded(&self, arn: &RoleArn, role: Option<&Role>) -> Guarded {
        let scope = &self.lock_down.scope;
        let known = match (scope, role) {
            (Scope::AllRoles, _) => Some(true),
            (Scope::Paths(_), _) => Some(scope.has_path(arn.path())),
            (Scope::ServiceRoles, role) => role.map(|role| is_guarded(self, role)),
        };
        let because = match (scope, known) {
            (Scope::AllRoles, _) => "`scope` is `all_roles`".to_owned(),
            (Scope::Paths(patterns), matches) => {
                let matches = if matches == Some(true) { "matches" } else { "matches none of" };
                format!("its path `{}` {matches} the `scope` `{}`", arn.path(), patterns.join("`, `"))
            }
            (Scope::ServiceRoles, Some(true)) => "its trust policy admits a service, or may".to_owned(),
            (Scope::ServiceRoles, Some(false)) => "its trust policy admits no service".to_owned(),
            (Scope::ServiceRoles, None) => {
                "`scope` is `service_roles`: it is guarded as soon as its trust policy admits a service"
                    .to_owned()
            }
        };
        Guarded { is_guarded: known, because }
    }

    fn concerned(&self, arn: &RoleArn, role: Option<&Role>) -> Vec<Concerned> {
        let used = role.map(|role| exceptions_in_use(self, role, Facet::All));
        let in_force: Vec<&Exception> = self.exceptions_in_force().collect();
        let about = self.exceptions().iter().enumerate().filter(|(_, exception)| exception.is_about(arn));
        about
            .map(|(place, exception)| Concerned {
                field: Field::of("exceptions").item(place),
                exception: exception.clone(),
                is_needed: used
                    .as_ref()
                    .filter(|_| in_force.contains(&exception))
                    .map(|used| used.iter().any(|(needed, _)| needed == exception)),
            })
            .collect()
    }
}
