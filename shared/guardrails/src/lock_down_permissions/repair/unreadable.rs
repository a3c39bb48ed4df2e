//! A policy that cannot be read allows everything at worst, and denies nothing. It cannot be narrowed: its last good
//! version comes back, or it is taken away.

use super::{GUARDRAIL, breaks_any, forbidden};
use crate::finding::PolicyRef;
use crate::lock_down_permissions::held::Held;
use crate::plan::{self, LastGood, PlannedStep, Strategy};
use crate::role::Role;
use crate::rules::Rules;
use crate::step::Step;

/// The steps, after those before, that leave no unreadable policy; none unless the settings ask for them.
pub(super) fn taken_away(
    rules: &Rules,
    role: &Role,
    last_good: &LastGood,
    before: &[PlannedStep],
) -> Vec<PlannedStep> {
    let Some(mut role) = plan::after(rules, role, before, last_good) else { return Vec::new() };
    let held = Held::new(rules, &role);
    if !held.takes_doubts_at_their_worst() {
        return Vec::new();
    }
    let names: Vec<PolicyRef> = held.unreadable_names().cloned().collect();
    let mut steps = Vec::new();
    for name in names {
        let candidates = restored(&role, &name, last_good).into_iter().chain(removed(&role, &name));
        let with = |step: PlannedStep| {
            let after = plan::after(rules, &role, std::slice::from_ref(&step), last_good)?;
            is_better(rules, &after, &name).then_some((step, after))
        };
        if let Some((step, after)) = candidates.filter_map(with).next() {
            role = after;
            steps.push(step);
        }
    }
    steps
}

/// Is the policy gone or readable, and no limit broken?
fn is_better(rules: &Rules, role: &Role, name: &PolicyRef) -> bool {
    let held = Held::new(rules, role);
    held.unreadable_names().all(|other| other != name)
        && !breaks_any(&held, &forbidden(rules, role), &held.whole())
}

fn restored(role: &Role, name: &PolicyRef, last_good: &LastGood) -> Option<PlannedStep> {
    let step = match name {
        PolicyRef::Inline { name } => Step::PutInline {
            policy: name.clone(),
            before: Some(inline(role, name)?.to_owned()),
            after: last_good.inline.get(name)?.clone(),
        },
        PolicyRef::Managed { arn } => {
            let live = role.permissions.as_ref()?.attached.iter().find(|policy| policy.arn == *arn)?;
            let good = last_good.attached.get(arn).filter(|good| good.version != live.version)?;
            Step::SetDefaultVersion {
                policy: arn.clone(),
                before: live.version.clone(),
                after: good.version.clone(),
            }
        }
    };
    let sentence = format!("put the last good version of {name} back: what stands there cannot be read");
    Some(planned(Strategy::Restore, step, sentence))
}

fn removed(role: &Role, name: &PolicyRef) -> Option<PlannedStep> {
    let (step, verb) = match name {
        PolicyRef::Inline { name } => {
            (Step::DeleteInline { policy: name.clone(), before: inline(role, name)?.to_owned() }, "delete")
        }
        PolicyRef::Managed { arn } => (Step::DetachPolicy { policy: arn.clone() }, "detach"),
    };
    Some(planned(Strategy::Quarantine, step, format!("{verb} {name}: it cannot be read, nor narrowed")))
}

fn inline<'r>(role: &'r Role, name: &crate::names::PolicyName) -> Option<&'r str> {
    let inline = &role.permissions.as_ref()?.inline;
    inline.iter().find(|policy| policy.name == *name).map(|policy| policy.text.as_str())
}

fn planned(strategy: Strategy, step: Step, sentence: String) -> PlannedStep {
    let proof = vec![
        "what cannot be read is taken at its worst: it allows everything and denies nothing".to_owned(),
        "with all that is left of its policies the role is allowed nothing forbidden".to_owned(),
    ];
    PlannedStep::new(GUARDRAIL, strategy, step, proof, sentence)
}
