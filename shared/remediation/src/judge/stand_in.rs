//! The guardrails for tests of the pass: trust policies go to the guardrails themselves; in place of the
//! lock-down stands a rule one can see through, that no inline policy may hold `"Action":"*"`.

use guardrails::{
    Facet, Finding, Guardrail, Kind, Mode, PlannedStep, PolicyRef, Role, Rules, Severity, Step, Strategy,
};

use super::{Judgement, asked};
use crate::record::RoleState;

pub(crate) fn check(rules: &Rules, role: &Role, facet: Facet) -> Vec<Finding> {
    let mut found = Vec::new();
    if facet.has_trust() {
        found.extend(asked::check(rules, role, Facet::Trust));
    }
    if facet.has_permissions() && rules.mode(Guardrail::LockDownPermissions) != Mode::Off {
        let policies = role.permissions.iter().flat_map(|permissions| &permissions.inline);
        for policy in policies.filter(|policy| policy.text.contains(r#""Action":"*""#)) {
            found.push(Finding {
                guardrail: Guardrail::LockDownPermissions,
                kind: Kind::Administrator { policies: vec![PolicyRef::Inline { name: policy.name.clone() }] },
                severity: Severity::High,
                facet: Facet::Permissions,
                statements: vec![0],
                witness: None,
                sentence: format!("the inline policy `{}` allows every action", policy.name),
            });
        }
    }
    found
}

pub(crate) fn plan(
    rules: &Rules,
    role: &Role,
    findings: Vec<Finding>,
    last_good: Option<&RoleState>,
) -> Judgement {
    let (trust, permissions): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.guardrail == Guardrail::RestrictCrossAccountAccess);
    let mut judgement = asked::plan(rules, role, trust, last_good);
    judgement.steps.extend(permissions.iter().map(|finding| delete(role, finding)));
    judgement
}

fn delete(role: &Role, finding: &Finding) -> PlannedStep {
    let policies = role.permissions.iter().flat_map(|permissions| &permissions.inline);
    let policy = policies
        .into_iter()
        .find(|policy| finding.kind.policies() == [PolicyRef::Inline { name: policy.name.clone() }])
        .unwrap();
    PlannedStep {
        step: Step::DeleteInline { policy: policy.name.clone(), before: policy.text.clone() },
        fallbacks: Vec::new(),
        guardrail: finding.guardrail,
        strategy: Strategy::Quarantine,
        proof: vec!["a policy that is gone allows nothing".to_owned()],
        sentence: format!("delete the inline policy `{}`", policy.name),
    }
}
