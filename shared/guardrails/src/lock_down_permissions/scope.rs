//! Which roles the lock-down guards.

use policy::{Element, Principal, PrincipalEntry};

use crate::repair::narrow;
use crate::role::Role;
use crate::rules::{Rules, Scope};

/// Does the lock-down guard this role? By default it guards roles whose trust admits a service, or may.
/// Conditions and denies are not looked at: rather one role too many than one too few.
#[must_use]
pub fn is_guarded(rules: &Rules, role: &Role) -> bool {
    match &rules.lock_down.scope {
        Scope::AllRoles => true,
        scope @ Scope::Paths(_) => scope.has_path(role.arn.path()),
        Scope::ServiceRoles => match rules.known().trust(&role.trust) {
            Ok(trust) => trust
                .statements
                .iter()
                .filter(|statement| narrow::may_allow(statement))
                .any(|statement| may_admit_a_service(statement.principal.as_ref())),
            Err(_) => true,
        },
    }
}

fn may_admit_a_service(principal: Option<&Element<PrincipalEntry>>) -> bool {
    match principal {
        None | Some(Element::AllBut(_)) => true,
        Some(Element::Only(entries)) => entries.iter().any(|entry| match &entry.principal {
            Principal::Anyone(_) | Principal::Service(_) | Principal::Unrecognised(_) => true,
            Principal::Account { .. }
            | Principal::Role { .. }
            | Principal::User { .. }
            | Principal::Session { .. }
            | Principal::FederatedUser { .. }
            | Principal::Saml { .. }
            | Principal::Oidc { .. }
            | Principal::Canonical(_)
            | Principal::UniqueId(_) => false,
        }),
    }
}
