//! How a policy that allows something forbidden is put right.

use std::collections::BTreeMap;

use policy::Document;

use super::held::{Forbidden, Held, HeldPolicy};
use super::{GUARDRAIL, forbidden};
use crate::finding::{Finding, PolicyRef};
use crate::names::{PolicyArn, PolicyName};
use crate::narrow::{self, List, Rest};
use crate::plan::{LastGood, PlannedStep, Strategy, Why};
use crate::role::Role;
use crate::rules::Rules;
use crate::step::Step;

/// For each policy at fault its findings, and the step that closes them or why there is none.
pub(crate) fn repairs(
    rules: &Rules,
    role: &Role,
    findings: Vec<Finding>,
    last_good: &LastGood,
) -> Vec<(Vec<Finding>, Result<PlannedStep, Why>)> {
    let held = Held::new(rules, role);
    let forbidden = forbidden(rules);
    by_policy(findings)
        .into_iter()
        .map(|(name, findings)| {
            let policy = held.policies.iter().find(|policy| Some(&policy.name) == name.as_ref());
            let repair = match policy {
                Some(policy) => repair(&held, policy, &forbidden, last_good),
                None => Err(Why::Undecided { reason: "it is not in this snapshot of the role".to_owned() }),
            };
            (findings, repair)
        })
        .collect()
}

fn by_policy(findings: Vec<Finding>) -> BTreeMap<Option<PolicyRef>, Vec<Finding>> {
    let mut grouped: BTreeMap<Option<PolicyRef>, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        grouped.entry(finding.kind.policy().cloned()).or_default().push(finding);
    }
    grouped
}

fn repair(
    held: &Held,
    policy: &HeldPolicy,
    forbidden: &[Forbidden],
    last_good: &LastGood,
) -> Result<PlannedStep, Why> {
    let document = policy.document.as_ref().map_err(|reason| Why::Undecided { reason: reason.clone() })?;
    let is_guilty = |part: &Document| forbidden.iter().any(|f| held.ask(f, policy, part).is_present());
    if !is_guilty(document) {
        return Err(Why::Undecided { reason: "nothing shows that it allows what is forbidden".to_owned() });
    }
    match &policy.name {
        PolicyRef::Inline { name } => repair_inline(policy, document, name, &is_guilty, last_good),
        PolicyRef::Managed { arn } => repair_attached(arn),
    }
}

fn repair_inline(
    policy: &HeldPolicy,
    document: &Document,
    name: &PolicyName,
    is_guilty: &dyn Fn(&Document) -> bool,
    last_good: &LastGood,
) -> Result<PlannedStep, Why> {
    let guilty = narrow::guilty(document, List::Actions, is_guilty);
    match narrow::cut(document, List::Actions, &guilty, &[], is_guilty) {
        Rest::Kept(after) => Ok(put(policy, name, after, Strategy::Narrow)),
        Rest::Nothing => Ok(restore_or_delete(policy, name, is_guilty, last_good)),
        Rest::Failed => Err(Why::NoProof {
            reason: "no statement of it is at fault alone, so none can be cut out".to_owned(),
        }),
    }
}

fn put(policy: &HeldPolicy, name: &PolicyName, after: String, strategy: Strategy) -> PlannedStep {
    let sentence = match strategy {
        Strategy::Restore => format!("put the last good version of {} back", policy.name),
        Strategy::Narrow | Strategy::Quarantine | Strategy::Deny => {
            format!("take what is forbidden out of {} and keep the rest", policy.name)
        }
    };
    let mut proof = vec!["the policy allows nothing forbidden any more".to_owned()];
    if strategy == Strategy::Narrow {
        proof.push("only parts of Allow statements are taken away, so nothing new is allowed".to_owned());
        proof.push("every statement and action that is kept was not at fault".to_owned());
    }
    PlannedStep {
        step: Step::PutInline { policy: name.clone(), before: Some(policy.text.clone()), after },
        fallbacks: vec![Step::DeleteInline { policy: name.clone(), before: policy.text.clone() }],
        guardrail: GUARDRAIL,
        strategy,
        proof,
        sentence,
    }
}

fn restore_or_delete(
    policy: &HeldPolicy,
    name: &PolicyName,
    is_guilty: &dyn Fn(&Document) -> bool,
    last_good: &LastGood,
) -> PlannedStep {
    let good = last_good.inline.get(name).and_then(|text| Document::read(text.as_str()).ok());
    if let Some(good) = good.filter(|good| good.text != policy.text && !is_guilty(good)) {
        return put(policy, name, good.text, Strategy::Restore);
    }
    PlannedStep {
        step: Step::DeleteInline { policy: name.clone(), before: policy.text.clone() },
        fallbacks: Vec::new(),
        guardrail: GUARDRAIL,
        strategy: Strategy::Quarantine,
        proof: vec!["nothing in the policy is safe, and without it nothing new is allowed".to_owned()],
        sentence: format!("delete {}: nothing in it is safe", policy.name),
    }
}

/// An AWS managed policy can only be detached. Of a customer managed one, parts may be needed elsewhere.
fn repair_attached(arn: &PolicyArn) -> Result<PlannedStep, Why> {
    if !arn.is_owned_by_aws() {
        let reason = format!("`{arn}` is a customer managed policy, and no safe version of it is known");
        return Err(Why::NoProof { reason });
    }
    Ok(PlannedStep {
        step: Step::DetachPolicy { policy: arn.clone() },
        fallbacks: Vec::new(),
        guardrail: GUARDRAIL,
        strategy: Strategy::Quarantine,
        proof: vec!["without the policy nothing new is allowed".to_owned()],
        sentence: format!("detach `{arn}`: an AWS managed policy cannot be narrowed"),
    })
}
