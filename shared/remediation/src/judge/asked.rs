//! Asks the guardrails themselves.

use guardrails::{Facet, Finding, LastGood, Role, Rules};

use super::Judgement;
use crate::record::RoleState;

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
