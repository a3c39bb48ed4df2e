//! What the guardrails say about a role: the one place where a pass asks them.
#![expect(
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    reason = "a stand-in until the guardrails can be asked"
)]

use guardrails::{Facet, Finding, Guardrail, Mode, Open, PlannedStep, Role, Rules, Severity, Step, Strategy};
use serde_json::Value;
use time::OffsetDateTime;

pub(crate) struct Judgement {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) open: Vec<Open>,
}

const INERT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]}]}"#;

pub(crate) fn check(rules: &Rules, role: &Role, facet: Facet, _now: OffsetDateTime) -> Vec<Finding> {
    let mut found = Vec::new();
    let on = |g| rules.mode(g) != Mode::Off;
    if facet.has_trust() && on(Guardrail::RestrictCrossAccountAccess) {
        let guilty = guilty(rules, &role.trust);
        if !guilty.is_empty() {
            found.push(Finding {
                guardrail: Guardrail::RestrictCrossAccountAccess,
                kind: guardrails::finding::Kind::TrustReachesOutside { reach: "external_account".into() },
                severity: Severity::Critical,
                facet: Facet::Trust,
                statements: guilty,
                witness: None,
                sentence: "the trust policy lets an outsider in".into(),
            });
        }
    }
    if facet.has_permissions() && on(Guardrail::LockDownPermissions) {
        for policy in role.permissions.iter().flat_map(|p| &p.inline) {
            if policy.text.contains(r#""Action":"*""#) {
                found.push(Finding {
                    guardrail: Guardrail::LockDownPermissions,
                    kind: guardrails::finding::Kind::Administrator { policy: policy.name.to_string() },
                    severity: Severity::Critical,
                    facet: Facet::Permissions,
                    statements: vec![0],
                    witness: None,
                    sentence: "an inline policy allows every action".into(),
                });
            }
        }
    }
    found
}

fn guilty(rules: &Rules, trust: &str) -> Vec<usize> {
    let Ok(value) = serde_json::from_str::<Value>(trust) else { return vec![0] };
    let own = rules.account().id.as_str();
    value["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, s)| {
            let principal = s["Principal"].to_string();
            s["Effect"] == "Allow" && !principal.contains("Service") && !principal.contains(own)
        })
        .map(|(i, _)| i)
        .collect()
}

pub(crate) fn plan(
    rules: &Rules,
    role: &Role,
    findings: Vec<Finding>,
    _last_good: Option<&Role>,
) -> Judgement {
    let mut out = Judgement { steps: vec![], open: vec![] };
    for finding in findings {
        if role.is_owned_by_aws() {
            out.open.push(Open { finding, why: guardrails::Why::OwnedByAws });
        } else if let Some(p) = rules.protection(&role.arn) {
            out.open.push(Open { finding, why: guardrails::Why::Protected { reason: p.reason.clone() } });
        } else {
            let step = match &finding.kind {
                guardrails::finding::Kind::Administrator { policy } => {
                    let inline = role
                        .permissions
                        .iter()
                        .flat_map(|p| &p.inline)
                        .find(|p| p.name.as_str() == policy)
                        .unwrap();
                    Step::DeleteInline { policy: inline.name.clone(), before: inline.text.clone() }
                }
                _ => {
                    let mut v: Value = serde_json::from_str(&role.trust).unwrap_or_default();
                    let mut i = 0;
                    let keep = v["Statement"]
                        .as_array_mut()
                        .map(|list| {
                            list.retain(|_| {
                                i += 1;
                                !finding.statements.contains(&(i - 1))
                            });
                            list.len()
                        })
                        .unwrap_or(0);
                    Step::PutTrust {
                        before: role.trust.clone(),
                        after: if keep == 0 { INERT.into() } else { v.to_string() },
                    }
                }
            };
            out.steps.push(PlannedStep {
                step,
                guardrail: finding.guardrail,
                strategy: Strategy::Narrow,
                proof: vec![],
                sentence: "takes the guilty part away".into(),
            });
        }
    }
    out
}

/// Further forms of a step, if IAM refuses the document of the first.
pub(crate) fn reserve(planned: &PlannedStep) -> Vec<Step> {
    match &planned.step {
        Step::PutTrust { before, .. } => vec![Step::PutTrust { before: before.clone(), after: INERT.into() }],
        _ => vec![],
    }
}

pub(crate) fn is_guarded(rules: &Rules, role: &Role) -> bool {
    rules.mode(Guardrail::LockDownPermissions) != Mode::Off && role.trust.contains("Service")
}
