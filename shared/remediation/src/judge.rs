//! What the guardrails say about a role: the one place where a pass asks them.

use guardrails::{Facet, Finding, Guardrail, LastGood, Mode, Open, PlannedStep, Role, Rules};

use crate::record::RoleState;

/// The steps and open findings of a plan.
pub(crate) struct Judgement {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) open: Vec<Open>,
}

/// What is wrong with the facet of the role.
pub(crate) fn check(rules: &Rules, role: &Role, facet: Facet) -> Vec<Finding> {
    guardrails::check(rules, role, facet)
}

/// What to do about it.
pub(crate) fn plan(
    rules: &Rules,
    role: &Role,
    findings: Vec<Finding>,
    last_good: Option<&RoleState>,
) -> Judgement {
    let last_good = last_good.map(documents).unwrap_or_default();
    let plan = guardrails::plan(rules, role, findings, &last_good);
    Judgement { steps: plan.steps().to_vec(), open: plan.open().to_vec() }
}

/// Does the lock-down look at this role?
pub(crate) fn is_guarded(rules: &Rules, role: &Role) -> bool {
    rules.mode(Guardrail::LockDownPermissions) != Mode::Off && guardrails::is_guarded(rules, role)
}

fn documents(state: &RoleState) -> LastGood {
    let inline = state.permissions.iter().flat_map(|permissions| &permissions.inline);
    let attached = state.permissions.iter().flat_map(|permissions| &permissions.attached);
    LastGood {
        trust: Some(state.trust.clone()),
        inline: inline.map(|policy| (policy.name.clone(), policy.text.clone())).collect(),
        attached: attached.map(|policy| (policy.arn.clone(), policy.clone())).collect(),
        boundary: state.permissions.as_ref().and_then(|permissions| permissions.boundary.clone()),
    }
}
