//! The guardrail over what a role may do: no administrator in any disguise, and nothing that the settings
//! never allow.

mod held;
mod repair;

use policy::{Document, Element, Principal};

use crate::facet::Facet;
use crate::finding::{Finding, Guardrail, Kind, Severity};
use crate::narrow::{self, Guilty, List};
use crate::permit::Mode;
use crate::role::Role;
use crate::rules::{Rules, Scope};
use held::{Forbidden, Held, HeldPolicy, Verdict};

pub(crate) use repair::repairs;

const GUARDRAIL: Guardrail = Guardrail::LockDownPermissions;

/// What is wrong with the role's permissions: one finding for each policy and each forbidden thing it allows.
pub(crate) fn check(rules: &Rules, role: &Role) -> Vec<Finding> {
    if rules.mode(GUARDRAIL) == Mode::Off || !is_guarded(rules, role) {
        return Vec::new();
    }
    if role.permissions.is_none() {
        return vec![unread()];
    }
    let held = Held::new(rules, role);
    let forbidden = forbidden(rules);
    held.policies.iter().flat_map(|policy| check_policy(&held, policy, &forbidden)).collect()
}

/// Does the lock-down guard this role? By default it guards roles whose trust admits a service, or may.
#[must_use]
pub fn is_guarded(rules: &Rules, role: &Role) -> bool {
    match &rules.lock_down.scope {
        Scope::AllRoles => true,
        Scope::Paths(patterns) => {
            patterns.iter().any(|pattern| policy::Glob::new(pattern.as_str()).matches(role.arn.path()))
        }
        Scope::ServiceRoles => match Document::read(role.trust.as_str()) {
            Ok(trust) => trust
                .statements
                .iter()
                .filter(|s| narrow::may_allow(s))
                .any(|s| admits_a_service(s.principal.as_ref())),
            Err(_) => true,
        },
    }
}

fn admits_a_service(principal: Option<&Element<policy::PrincipalEntry>>) -> bool {
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

/// What no guarded role may be allowed.
fn forbidden(rules: &Rules) -> Vec<Forbidden> {
    let never = rules.lock_down.never.iter().cloned().map(Forbidden::Never);
    std::iter::once(Forbidden::Administrator).chain(never).collect()
}

fn check_policy(held: &Held, policy: &HeldPolicy, forbidden: &[Forbidden]) -> Vec<Finding> {
    let document = match &policy.document {
        Ok(document) => document,
        Err(reason) => return vec![undecided(policy, Vec::new(), reason.clone())],
    };
    let mut findings: Vec<Finding> = Vec::new();
    for forbidden in forbidden {
        let found = match held.ask(forbidden, policy, document) {
            Verdict::Absent => continue,
            Verdict::Undecided { reason } => undecided(policy, Vec::new(), reason),
            Verdict::Present { witness } => present(held, policy, document, forbidden, witness),
        };
        let is_told = findings
            .iter()
            .any(|told| told.severity == Severity::Critical && told.statements == found.statements);
        if !is_told {
            findings.push(found);
        }
    }
    findings
}

fn present(
    held: &Held,
    policy: &HeldPolicy,
    document: &Document,
    forbidden: &Forbidden,
    witness: String,
) -> Finding {
    let is_guilty = |part: &Document| held.ask(forbidden, policy, part).is_present();
    let parts = narrow::guilty(document, List::Actions, &is_guilty);
    let place = match parts.as_slice() {
        [] => policy.name.to_string(),
        parts => format!("{} of {}", statements(parts), policy.name),
    };
    let (kind, severity, what) = match forbidden {
        Forbidden::Administrator => (
            Kind::Administrator { policy: policy.name.clone() },
            Severity::Critical,
            "makes the role an administrator".to_owned(),
        ),
        Forbidden::Never(never) => (
            Kind::NeverAllowed { policy: policy.name.clone(), never: never.clone() },
            Severity::High,
            format!("allows `{never}`, which is never allowed"),
        ),
    };
    Finding {
        guardrail: GUARDRAIL,
        kind,
        severity,
        facet: Facet::Permissions,
        statements: parts.iter().map(|part| part.statement).collect(),
        sentence: format!("{place} {what}: {witness}"),
        witness: Some(witness),
    }
}

fn statements(parts: &[Guilty]) -> String {
    let numbers: Vec<String> = parts.iter().map(|part| (part.statement + 1).to_string()).collect();
    let word = if numbers.len() == 1 { "statement" } else { "statements" };
    format!("{word} {}", numbers.join(", "))
}

/// What was not read is not known to be safe.
fn unread() -> Finding {
    Finding {
        guardrail: GUARDRAIL,
        kind: Kind::PermissionsUnread,
        severity: Severity::Medium,
        facet: Facet::Permissions,
        statements: Vec::new(),
        witness: None,
        sentence: "the permissions of the role were not read".to_owned(),
    }
}

fn undecided(policy: &HeldPolicy, statements: Vec<usize>, reason: String) -> Finding {
    Finding {
        guardrail: GUARDRAIL,
        severity: Severity::Medium,
        facet: Facet::Permissions,
        statements,
        witness: None,
        sentence: format!("{} could not be decided: {reason}", policy.name),
        kind: Kind::PermissionsUndecided { policy: policy.name.clone(), reason },
    }
}
