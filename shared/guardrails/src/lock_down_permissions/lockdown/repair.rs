//! How the lockdown is put in force again: a loosened version set back, the policy attached, or its other form
//! made the boundary of a role that can have no further policy. Never so that anything new is allowed.

use super::{Force, Gap, Lockdown, carried, due, gap};
use crate::finding::Finding;
use crate::lock_down_permissions::held::Held;
use crate::lock_down_permissions::{self, GUARDRAIL};
use crate::plan::{LastGood, PlannedStep, Strategy, Why};
use crate::role::{AttachedPolicy, Role};
use crate::rules::Rules;
use crate::step::Step;

/// The step, or why there is none; nothing if the lockdown is in force, or not asked for.
pub(crate) fn repair(rules: &Rules, role: &Role, last_good: &LastGood) -> Option<Result<PlannedStep, Why>> {
    let (lockdown, permissions) = (due(rules, role)?, role.permissions.as_ref()?);
    match gap(lockdown, permissions)? {
        Gap::Missing if permissions.attached.len() < lockdown.attachments() => Some(Ok(attach(lockdown))),
        Gap::Missing => Some(make_boundary(rules, role, lockdown)),
        Gap::Loosened { .. } => Some(set_back(rules, role, lockdown, last_good)),
        // The finding says so, and nothing is written for that alone.
        Gap::Undecided { .. } => None,
    }
}

fn attach(lockdown: &Lockdown) -> PlannedStep {
    let policy = lockdown.policy().clone();
    let sentence = format!("attach the lockdown policy `{policy}`");
    let proof = vec!["the policy allows nothing, so nothing new is allowed".to_owned()];
    planned(Step::AttachPolicy { policy }, Strategy::Deny, proof, sentence)
}

/// No slot is free. A boundary has a slot of its own, if it is free or its policy holds nothing back.
fn make_boundary(rules: &Rules, role: &Role, lockdown: &Lockdown) -> Result<PlannedStep, Why> {
    let step = Step::PutBoundary { before: role.boundary.clone(), after: lockdown.boundary().clone() };
    let nothing_new = match &role.boundary {
        None => "a boundary only takes away, so nothing new is allowed".to_owned(),
        Some(boundary) => {
            if let Some(what) = comes_free(rules, role, lockdown, &step) {
                let slots = lockdown.attachments();
                return Err(Why::NoProof {
                    reason: format!(
                        "the role has all of its {slots} policies, and the boundary `{boundary}` has to stay; \
                         without it: {what}"
                    ),
                });
            }
            format!("the boundary `{boundary}` holds back nothing more, so nothing new is allowed")
        }
    };
    let sentence = format!(
        "make `{}` the boundary: the role has all of its {} policies, so the lockdown policy cannot be attached",
        lockdown.boundary(),
        lockdown.attachments()
    );
    Ok(planned(step, Strategy::Deny, vec![nothing_new], sentence))
}

/// What the role would be allowed if the lockdown took the place of its boundary.
fn comes_free(rules: &Rules, role: &Role, lockdown: &Lockdown, step: &Step) -> Option<String> {
    let held = Held::new(rules, role);
    if held.is_in_part_unreadable() {
        return Some("nobody knows what: a policy could not be read".to_owned());
    }
    let forms = lockdown.forms();
    let repaired = step.applied_to(role, &forms.iter().collect::<Vec<_>>())?;
    if let Some(what) = Held::new(rules, &repaired).newly_allowed_since(&held) {
        return Some(what);
    }
    // A limit may ask for the boundary itself, and not only for what it leaves.
    let before = lock_down_permissions::check(rules, role);
    let is_new = |finding: &Finding| before.iter().all(|old| old.kind != finding.kind);
    lock_down_permissions::check(rules, &repaired).into_iter().find(is_new).map(|new| new.sentence)
}

/// A version that denies enough, as far as one is known.
fn set_back(
    rules: &Rules,
    role: &Role,
    lockdown: &Lockdown,
    last_good: &LastGood,
) -> Result<PlannedStep, Why> {
    for live in role.permissions.iter().flat_map(|permissions| carried(lockdown, permissions)) {
        let known = last_good.managed().into_iter().filter(|known| known.arn == live.arn);
        let mut others = known.filter(|known| known.version != live.version);
        if let Some(good) = others.find(|known| lockdown.ask(known) == Force::Whole) {
            return Ok(back_to(rules, role, live, good));
        }
    }
    let reason =
        "no version of the lockdown policy is known that denies all that the settings ask: deploy it again";
    Err(Why::NoProof { reason: reason.to_owned() })
}

fn back_to(rules: &Rules, role: &Role, live: &AttachedPolicy, good: &AttachedPolicy) -> PlannedStep {
    let AttachedPolicy { arn, version, .. } = good;
    let step =
        Step::SetDefaultVersion { policy: arn.clone(), before: live.version.clone(), after: version.clone() };
    let restored = step.applied_to(role, &[good]).map(|restored| Held::new(rules, &restored));
    let nothing_new =
        match restored.and_then(|restored| restored.newly_allowed_since(&Held::new(rules, role))) {
            None => "nothing is allowed that was not allowed before".to_owned(),
            Some(what) => format!("comes back with this version: {what}"),
        };
    let proof = vec![format!("version {version} denies all that the settings ask"), nothing_new];
    let sentence =
        format!("set the lockdown policy `{arn}` back to version {version}, for every role that carries it");
    planned(step, Strategy::Restore, proof, sentence)
}

fn planned(step: Step, strategy: Strategy, proof: Vec<String>, sentence: String) -> PlannedStep {
    PlannedStep::new(GUARDRAIL, strategy, step, proof, sentence)
}
