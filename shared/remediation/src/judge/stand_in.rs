//! A guardrail one can see through, for tests of the pass: in a trust policy every `Allow` for others than
//! services and the own account is guilty; so is every inline policy with `"Action":"*"`.

use guardrails::{
    Facet, Finding, Guardrail, Kind, Mode, Open, PlannedStep, PolicyRef, Role, Rules, Severity, Step,
    Strategy, Why,
};
use serde_json::Value;

use super::Judgement;
use crate::record::RoleState;

const INERT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]}]}"#;
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":"000000000000"}}}]}"#;

pub(crate) fn check(rules: &Rules, role: &Role, facet: Facet) -> Vec<Finding> {
    let mut found = Vec::new();
    let guilty = guilty_statements(rules, &role.trust);
    if facet.has_trust() && is_on(rules, Guardrail::RestrictCrossAccountAccess) && !guilty.is_empty() {
        found.push(Finding {
            guardrail: Guardrail::RestrictCrossAccountAccess,
            kind: Kind::TrustReachesOutside { reach: "external_account".to_owned(), principals: Vec::new() },
            severity: Severity::Critical,
            facet: Facet::Trust,
            statements: guilty,
            witness: None,
            sentence: "the trust policy lets an outsider in who knows `s3cret-id`".to_owned(),
        });
    }
    if facet.has_permissions() && is_on(rules, Guardrail::LockDownPermissions) {
        let policies = role.permissions.iter().flat_map(|permissions| &permissions.inline);
        for policy in policies.filter(|policy| policy.text.contains(r#""Action":"*""#)) {
            found.push(Finding {
                guardrail: Guardrail::LockDownPermissions,
                kind: Kind::Administrator { policy: PolicyRef::Inline { name: policy.name.clone() } },
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

pub(crate) fn plan(rules: &Rules, role: &Role, findings: Vec<Finding>, _: Option<&RoleState>) -> Judgement {
    let mut judgement = Judgement { steps: Vec::new(), open: Vec::new() };
    for finding in findings {
        match why_open(rules, role) {
            Some(why) => judgement.open.push(Open { finding, why }),
            None => judgement.steps.push(planned(rules, role, &finding)),
        }
    }
    judgement
}

fn is_on(rules: &Rules, guardrail: Guardrail) -> bool {
    rules.mode(guardrail) != Mode::Off
}

/// Roles whose names say so can't be repaired.
fn why_open(rules: &Rules, role: &Role) -> Option<Why> {
    let name = role.arn.name().as_str();
    if role.is_owned_by_aws() {
        return Some(Why::OwnedByAws);
    }
    if let Some(entry) = rules.protection(&role.arn) {
        return Some(Why::Protected { reason: entry.reason.clone() });
    }
    match name {
        "undecided" => Some(Why::Undecided { reason: "a condition".to_owned() }),
        "no-proof" => Some(Why::NoProof { reason: "it would lock a service out".to_owned() }),
        _ => None,
    }
}

fn planned(rules: &Rules, role: &Role, finding: &Finding) -> PlannedStep {
    let (step, fallbacks) = match finding.kind.policy() {
        Some(PolicyRef::Inline { name }) => {
            let policies = role.permissions.iter().flat_map(|permissions| &permissions.inline);
            let text = policies.filter(|policy| policy.name == *name).map(|policy| policy.text.clone());
            (Step::DeleteInline { policy: name.clone(), before: text.collect() }, Vec::new())
        }
        Some(PolicyRef::Managed { .. }) | None => trust_step(rules, role),
    };
    PlannedStep {
        step,
        fallbacks,
        guardrail: finding.guardrail,
        strategy: Strategy::Narrow,
        proof: vec!["the guilty statement is gone".to_owned()],
        sentence: "takes the guilty part away".to_owned(),
    }
}

fn trust_step(rules: &Rules, role: &Role) -> (Step, Vec<Step>) {
    let guilty = guilty_statements(rules, &role.trust);
    let kept: Vec<Value> = statements(&role.trust)
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !guilty.contains(index))
        .map(|(_, statement)| statement)
        .collect();
    let narrowed = serde_json::json!({"Version": "2012-10-17", "Statement": kept}).to_string();
    let to = |after: &str| Step::PutTrust { before: role.trust.clone(), after: after.to_owned() };
    if kept.is_empty() { (to(INERT), vec![to(NOBODY)]) } else { (to(&narrowed), vec![to(INERT), to(NOBODY)]) }
}

fn guilty_statements(rules: &Rules, trust: &str) -> Vec<usize> {
    let own = rules.account().id.as_str();
    let is_guilty = |statement: &Value| {
        let principal = statement.get("Principal").map(Value::to_string).unwrap_or_default();
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        allows && !principal.contains("Service") && !principal.contains(own)
    };
    let all = statements(trust).into_iter().enumerate();
    all.filter(|(_, statement)| is_guilty(statement)).map(|(index, _)| index).collect()
}

fn statements(trust: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(trust).unwrap_or_default();
    document.get("Statement").and_then(Value::as_array).cloned().unwrap_or_default()
}
