//! The order of the steps, and what each waits for: wherever the plan stops, the role is allowed nothing that it
//! was not allowed before.
//!
//! Most steps only take away: they are safe alone, and after whatever others were done. A step that may give
//! something back waits for those that take just that away, and for the one before it that may give back, too.
//! So it is enough to look at the role after the steps that it waits for: whatever else was done only takes away.

use policy::{Document, Effect};

use super::held::Held;
use super::repair::Staying;
use crate::finding::PolicyRef;
use crate::names::PolicyName;
use crate::plan::{self, LastGood, PlannedStep, Strategy};
use crate::repair::narrow;
use crate::role::{InlinePolicy, Role};
use crate::rules::Rules;
use crate::settings::OnUnknown;
use crate::step::Step;

/// The steps in a safe order, each with what it waits for; and the policies whose steps have none.
pub(super) fn in_order(
    rules: &Rules,
    role: &Role,
    steps: Vec<PlannedStep>,
    last_good: &LastGood,
) -> (Vec<PlannedStep>, Vec<Staying>) {
    let (taking, giving): (Vec<_>, Vec<_>) = steps.into_iter().partition(only_takes(rules, role));
    let mut sequence = Sequence { rules, role, last_good, steps: Vec::new(), giving: Vec::new() };
    for planned in taking {
        sequence.add(planned);
    }
    let staying = sequence.add_giving(giving);
    (sequence.steps, staying)
}

/// Does the step take something away, whatever else the role has, and give nothing back?
fn only_takes(rules: &Rules, role: &Role) -> impl Fn(&PlannedStep) -> bool {
    // Where doubts are taken at their worst, what cannot be read denies nothing.
    let at_worst = takes_doubts_at_their_worst(rules);
    let only_allows = move |text: &str| {
        does_nothing_but(Effect::Allow, text) || (at_worst && Document::read(text).is_err())
    };
    move |planned| match &planned.step {
        Step::PutTrust { .. } | Step::AttachPolicy { .. } => true,
        Step::PutInline { before: None, after, .. } => does_nothing_but(Effect::Deny, after),
        Step::PutInline { before: Some(_), .. } => match planned.strategy {
            Strategy::Narrow | Strategy::Quarantine | Strategy::Deny => true,
            Strategy::Restore => false,
        },
        Step::DeleteInline { before, .. } => only_allows(before),
        Step::DetachPolicy { policy } => {
            let mut attached = role.permissions.iter().flat_map(|permissions| &permissions.attached);
            let found = attached.find(|attached| attached.arn == *policy);
            found.is_some_and(|attached| only_allows(&attached.text))
        }
        Step::PutBoundary { before, .. } => before.is_none(),
        Step::SetDefaultVersion { .. } | Step::DeleteBoundary { .. } => false,
    }
}

fn takes_doubts_at_their_worst(rules: &Rules) -> bool {
    match rules.lock_down.on_unknown {
        OnUnknown::Alert => false,
        OnUnknown::Repair => true,
    }
}

fn does_nothing_but(effect: Effect, text: &str) -> bool {
    Document::read(text)
        .is_ok_and(|document| document.statements.iter().all(|statement| statement.effect == effect))
}

struct Sequence<'a> {
    rules: &'a Rules,
    role: &'a Role,
    last_good: &'a LastGood,
    steps: Vec<PlannedStep>,
    /// Which of the steps may give something back.
    giving: Vec<usize>,
}

impl Sequence<'_> {
    /// A step that only takes away waits for those without which it does not find what it expects.
    fn add(&mut self, planned: PlannedStep) {
        let all = self.all();
        let fits = |role: &Role| self.has_room(role);
        let needed = self.needed(&planned, &[], &all, &fits).unwrap_or(all);
        self.push(planned, &needed);
    }

    /// A step that may give something back waits for what holds it back; it is left out if nothing does. Which of them
    /// goes before which is found out.
    fn add_giving(&mut self, mut open: Vec<PlannedStep>) -> Vec<Staying> {
        let before = Held::new(self.rules, self.role);
        let gained = |role: &Role| {
            let after = Held::new(self.rules, role);
            // Taken at its worst, what could not be read allowed everything; so it must be gone.
            let is_unknown = if takes_doubts_at_their_worst(self.rules) {
                after.unreadable_names().next().is_some()
            } else {
                before.is_in_part_unreadable()
            };
            if is_unknown {
                return Some("nobody knows what: a policy could not be read".to_owned());
            }
            after.newly_allowed_since(&before)
        };
        let is_right = |role: &Role| gained(role).is_none();
        while !open.is_empty() {
            let (chain, others) = self.chain();
            let safe = |planned: &PlannedStep| self.needed(planned, &chain, &others, &is_right);
            let found = open.iter().enumerate().find_map(|(place, planned)| Some((place, safe(planned)?)));
            let Some((place, needed)) = found.or_else(|| self.coming_back(&open)) else { break };
            let planned = open.remove(place);
            self.giving.push(self.steps.len());
            self.push(PlannedStep { gives: true, ..planned }, &needed);
        }
        let staying = |planned: PlannedStep| {
            let after = self.after(&self.all(), &planned);
            let what = after.and_then(|role| gained(&role));
            let what = what.unwrap_or_else(|| "it does not find what it expects".to_owned());
            let why = format!("no step was found that allows the role nothing new: {what}");
            Staying { policy: object(planned.step), why }
        };
        open.into_iter().map(staying).collect()
    }

    /// A step after which only that comes back which a good version allows, which is told; it waits for all others.
    fn coming_back(&self, open: &[PlannedStep]) -> Option<(usize, Vec<usize>)> {
        let all = self.all();
        let comes_back = |planned: &PlannedStep| {
            self.after(&all, planned).is_some_and(|role| self.only_comes_back(planned, &role))
        };
        Some((open.iter().position(comes_back)?, all))
    }

    fn all(&self) -> Vec<usize> {
        (0..self.steps.len()).collect()
    }

    fn push(&mut self, mut planned: PlannedStep, needed: &[usize]) {
        let needs = needed.iter().filter_map(|index| self.steps.get(*index));
        planned.needs = needs.map(|needed| needed.step.clone()).collect();
        self.steps.push(planned);
    }

    /// The steps that may give something back, with all that they wait for; and the other steps.
    fn chain(&self) -> (Vec<usize>, Vec<usize>) {
        let giving = || self.giving.iter().filter_map(|index| self.steps.get(*index));
        (0..self.steps.len()).partition(|index| {
            let step = self.steps.get(*index).map(|planned| &planned.step);
            self.giving.contains(index)
                || giving().any(|planned| planned.needs.iter().any(|need| Some(need) == step))
        })
    }

    /// The fewest of `others` after which, and after `given`, the step does what it should; with `given`.
    fn needed(
        &self,
        planned: &PlannedStep,
        given: &[usize],
        others: &[usize],
        is_right: &dyn Fn(&Role) -> bool,
    ) -> Option<Vec<usize>> {
        let joined = |some: &[usize]| {
            let mut all = [given, some].concat();
            all.sort_unstable();
            all
        };
        let mut is_enough =
            |some: &[usize]| self.after(&joined(some), planned).is_some_and(|role| is_right(&role));
        if is_enough(&[]) {
            return Some(joined(&[]));
        }
        is_enough(others).then(|| joined(&narrow::together(others, &mut is_enough)))
    }

    fn after(&self, steps: &[usize], last: &PlannedStep) -> Option<Role> {
        let steps = steps.iter().filter_map(|index| self.steps.get(*index)).chain([last]);
        let steps: Vec<PlannedStep> = steps.cloned().collect();
        plan::after(self.rules, self.role, &steps, self.last_good)
    }

    /// Are there no more attachments than the settings say a role can have? One that goes leaves its slot.
    fn has_room(&self, role: &Role) -> bool {
        let attached = |role: &Role| role.permissions.as_ref().map_or(0, |held| held.attached.len());
        let most = self.rules.lockdown().map_or(usize::MAX, super::Lockdown::attachments);
        attached(role) <= most.max(attached(self.role))
    }

    /// Is what the role gains, all that is planned before being done, allowed by the good version that comes back,
    /// and not by others whom the live version held back?
    fn only_comes_back(&self, planned: &PlannedStep, role: &Role) -> bool {
        if planned.strategy != Strategy::Restore {
            return false;
        }
        let live = match &planned.step {
            Step::PutInline { before, .. } => before.clone(),
            Step::SetDefaultVersion { policy, .. } => {
                let is_lockdown =
                    |lockdown: &super::Lockdown| [lockdown.policy(), lockdown.boundary()].contains(&policy);
                if self.rules.lockdown().is_some_and(is_lockdown) {
                    return true;
                }
                let mut attached = self.role.permissions.iter().flat_map(|held| &held.attached);
                let is_boundary = self.role.boundary.as_ref() == Some(policy);
                attached.find(|held| held.arn == *policy && !is_boundary).map(|held| held.text.clone())
            }
            Step::PutTrust { .. }
            | Step::DeleteInline { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => None,
        };
        let live = match live.map(Document::read) {
            Some(Ok(live)) => live,
            Some(Err(_)) => return takes_doubts_at_their_worst(self.rules),
            None => return false,
        };
        let Some(denies) = narrow::denies(&live) else { return true };
        let mut held_back = role.clone();
        let Some(permissions) = &mut held_back.permissions else { return false };
        let Ok(name) = PolicyName::parse("live") else { return false };
        permissions.inline.push(InlinePolicy { name, text: denies.text });
        let held_back = Held::new(self.rules, &held_back);
        Held::new(self.rules, role).newly_allowed_since(&held_back).is_none()
    }
}

/// The policy that the step is about; none if it is about the trust policy.
fn object(step: Step) -> Option<PolicyRef> {
    match step {
        Step::PutTrust { .. } => None,
        Step::PutInline { policy, .. } | Step::DeleteInline { policy, .. } => {
            Some(PolicyRef::Inline { name: policy })
        }
        Step::AttachPolicy { policy }
        | Step::DetachPolicy { policy }
        | Step::SetDefaultVersion { policy, .. }
        | Step::PutBoundary { after: policy, .. }
        | Step::DeleteBoundary { before: policy } => Some(PolicyRef::Managed { arn: policy }),
    }
}
