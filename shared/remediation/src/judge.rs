//! What the guardrails say about a role: the one place where a pass asks them.

use guardrails::{
    Facet, Finding, Guardrail, LastGood, Mode, Open, PlannedStep, Role, Rules, Why, without_containments,
};

use crate::history::RoleVersion;
use crate::record::PermissionsState;

/// The steps and open findings of a plan.
pub(crate) struct Judgement {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) open: Vec<Open>,
}

/// What is wrong with the facet of the role. A containment hides nothing: it goes when the fight is over.
pub(crate) fn check(rules: &Rules, role: &Role, facet: Facet) -> Vec<Finding> {
    guardrails::check(rules, &without_containments(role), facet)
}

/// What to do about it.
pub(crate) fn plan(rules: &Rules, role: &Role, findings: Vec<Finding>, last_good: &LastGood) -> Judgement {
    let plan = guardrails::plan(rules, &without_containments(role), findings, last_good);
    Judgement { steps: plan.steps().to_vec(), open: plan.open().to_vec() }
}

/// Notices, as a plan leaves them.
pub(crate) fn noticed(notices: &[Finding]) -> Vec<Open> {
    notices.iter().map(|finding| Open { finding: finding.clone(), why: Why::Notice }).collect()
}

/// The role as these steps leave it, as far as they tell.
pub(crate) fn after(role: &Role, steps: &[PlannedStep]) -> Role {
    steps.iter().fold(role.clone(), |role, planned| planned.step.applied_to(&role, &[]).unwrap_or(role))
}

/// Does the lock-down look at this role?
pub(crate) fn is_guarded(rules: &Rules, role: &Role) -> bool {
    rules.mode(Guardrail::LockDownPermissions) != Mode::Off && guardrails::is_guarded(rules, role)
}

/// Of the versions that were safe once, newest first, the newest that passes today's check: of the trust policy
/// and of the permissions each. What was safe under another role id is nobody's past.
pub(crate) fn last_good(rules: &Rules, role: &Role, versions: &[RoleVersion]) -> LastGood {
    // A version may be older than the lockdown, which the role then did not carry.
    let is_safe = |findings: &[Finding]| findings.iter().all(|finding| finding.kind.is_about_lockdown());
    let passes = |version: &&RoleVersion| {
        version.state.id == role.id && is_safe(&check(rules, &as_it_was(role, version), version.facet))
    };
    let newest = |facet| versions.iter().filter(|version| version.facet == facet).find(passes);
    let permissions = newest(Facet::Permissions).and_then(|version| version.state.permissions.clone());
    let Some(PermissionsState { inline, attached, boundary }) = permissions else {
        return LastGood { trust: newest(Facet::Trust).map(trust), ..LastGood::default() };
    };
    LastGood {
        trust: newest(Facet::Trust).map(trust),
        inline: inline.into_iter().map(|policy| (policy.name, policy.text)).collect(),
        attached: attached.into_iter().map(|policy| (policy.arn.clone(), policy)).collect(),
        boundary,
        lockdown: Vec::new(),
    }
}

fn trust(version: &RoleVersion) -> String {
    version.state.trust.clone()
}

/// Today's role with the facet of that version.
fn as_it_was(role: &Role, version: &RoleVersion) -> Role {
    let was = version.state.to_role();
    if version.facet == Facet::Trust {
        return Role { trust: was.trust, ..role.clone() };
    }
    Role { boundary: was.boundary, permissions: was.permissions, ..role.clone() }
}
