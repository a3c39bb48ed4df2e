//! How a role that breaks a limit is put right.
//!
//! Its policies are put back one after the other, first those that have not changed since the role was last
//! good: so the policy that was changed last is the one repaired. What cannot be put back whole is narrowed;
//! the denies of all policies stay in force until all are decided on. Only then a policy is let go of whose
//! denies hold something back, and only if nothing comes free by that.

mod attached;
mod inline;
mod let_go;
mod unreadable;

use std::sync::Arc;

use policy::Document;

use super::held::{Group, Held, HeldPolicy};
use super::known::KnownPolicy;
use super::limit::{Limit, Response};
use super::{GUARDRAIL, lockdown, sequence};
use crate::finding::PolicyRef;
use crate::names::{PolicyArn, PolicyName};
use crate::plan::{self, LastGood, PlannedStep, Strategy, Why};
use crate::repair::narrow;
use crate::role::{AttachedPolicy, Role};
use crate::rules::Rules;
use crate::step::Step;
use crate::words::listed;

/// What is done about a role.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    pub(crate) steps: Vec<PlannedStep>,
    /// Why the lockdown is not put in force again.
    pub(crate) lockdown_is_left: Option<Why>,
    /// The policies that stay although they are at fault, and why.
    pub(crate) staying: Vec<Staying>,
}

/// A policy that stays although it is at fault.
#[derive(Debug)]
pub(crate) struct Staying {
    /// None if it is no permission policy.
    pub(crate) policy: Option<PolicyRef>,
    pub(crate) why: String,
}

/// The steps after which the lockdown is in force, no limit is broken any more and, where the settings ask for it, no
/// policy is left that cannot be read, as far as there are any.
pub(crate) fn repair(rules: &Rules, role: &Role, last_good: &LastGood) -> Repairs {
    let mut repairs = of_what_is_read(rules, role, last_good);
    repairs.steps.extend(unreadable::taken_away(rules, role, last_good, &repairs.steps));
    let (steps, mut staying) = sequence::in_order(rules, role, repairs.steps, last_good);
    staying.extend(repairs.staying);
    Repairs { steps, staying, ..repairs }
}

/// The steps for the policies that can be read.
///
/// The limits are kept by the other policies alone: who may repair these cannot attach the lockdown, and the
/// lockdown can be detached again. But if it is all that has changed, only it is put back.
fn of_what_is_read(rules: &Rules, role: &Role, last_good: &LastGood) -> Repairs {
    let ask = |role: &Role| lockdown::repair(rules, role, last_good).transpose();
    let after = |steps: &[PlannedStep]| plan::after(rules, role, steps, last_good);
    let lockdown = ask(role);
    if let Ok(Some(step)) = &lockdown {
        let steps = vec![step.clone()];
        let is_safe = |role: Role| limits_kept(rules, &role, last_good).steps.is_empty();
        if is_known_otherwise(rules, role, last_good) && after(&steps).is_some_and(is_safe) {
            return Repairs { steps, ..Repairs::default() };
        }
    }
    let mut repairs = limits_kept(rules, role, last_good);
    let lockdown = match lockdown {
        Ok(Some(step)) if matches!(step.step, Step::AttachPolicy { .. }) => {
            repairs.steps.insert(0, step);
            Ok(None)
        }
        Ok(Some(step)) if matches!(step.step, Step::SetDefaultVersion { .. }) => {
            // What comes back with the version must not break a limit.
            let restored = after(&[repairs.steps.as_slice(), std::slice::from_ref(&step)].concat());
            let more = restored.map(|role| limits_kept(rules, &role, last_good)).unwrap_or_default();
            repairs.steps.extend(more.steps);
            repairs.staying.extend(more.staying);
            Ok(Some(step))
        }
        // A policy that goes leaves its slot, a boundary that comes back wants its own.
        _ if !repairs.steps.is_empty() => after(&repairs.steps).map_or(Ok(None), |role| ask(&role)),
        lockdown => lockdown,
    };
    match lockdown {
        Ok(step) => repairs.steps.extend(step),
        Err(why) => repairs.lockdown_is_left = Some(why),
    }
    repairs
}

/// Apart from the lockdown, is the role as the history knows it?
fn is_known_otherwise(rules: &Rules, role: &Role, last_good: &LastGood) -> bool {
    let Some((permissions, lockdown)) = role.permissions.as_ref().zip(rules.lockdown()) else { return false };
    let boundary = |arn: Option<&PolicyArn>| arn.filter(|arn| *arn != lockdown.boundary()).cloned();
    permissions.inline.iter().all(|policy| last_good.inline.get(&policy.name) == Some(&policy.text))
        && permissions
            .attached
            .iter()
            .filter(|policy| policy.arn != *lockdown.policy())
            .all(|policy| last_good.attached.get(&policy.arn).is_some_and(|good| good.text == policy.text))
        && boundary(role.boundary.as_ref()) == boundary(last_good.boundary.as_ref().map(|good| &good.arn))
}

/// The steps after which no limit is broken any more, as far as there are any.
fn limits_kept(rules: &Rules, role: &Role, last_good: &LastGood) -> Repairs {
    let held = Held::new(rules, role);
    let limits = forbidden(rules, role);
    if !breaks_any(&held, &limits, &held.whole()) {
        return Repairs::default();
    }
    if let Some(step) = boundary_put_back(rules, role, &limits, last_good) {
        return Repairs { steps: vec![step], ..Repairs::default() };
    }
    Repair::new(rules, &held, &limits, last_good).repairs()
}

/// The limits that a repair keeps.
fn forbidden<'r>(rules: &'r Rules, role: &Role) -> Vec<Limit<'r>> {
    let mut limits: Vec<Limit<'_>> = Limit::of(rules, role)
        .into_iter()
        .filter(|(_, response)| *response == Response::Forbid)
        .map(|(limit, _)| limit)
        .collect();
    // Whoever has no way to more is no administrator: one question less, many times.
    if limits.contains(&Limit::Escalation) {
        limits.retain(|limit| *limit != Limit::Administrator);
    }
    // What forbids single requests is decided soonest.
    limits.sort_by_key(|limit| matches!(limit, Limit::Administrator | Limit::Escalation));
    limits
}

fn breaks_any(held: &Held<'_>, limits: &[Limit<'_>], group: &Group<'_>) -> bool {
    limits.iter().any(|limit| held.is_to_be_repaired(limit, group))
}

/// A boundary that was replaced or taken away, if with it nothing is wrong and nothing is newly allowed.
fn boundary_put_back(
    rules: &Rules,
    role: &Role,
    limits: &[Limit<'_>],
    last_good: &LastGood,
) -> Option<PlannedStep> {
    let good = last_good.boundary.as_ref()?;
    if rules.lockdown().is_some_and(|lockdown| role.boundary.as_ref() == Some(lockdown.boundary())) {
        return None;
    }
    let live = role.permissions.as_ref().and_then(|permissions| permissions.boundary.as_ref());
    let (step, sentence) = match live {
        Some(live) if live.arn == good.arn => {
            if live.version == good.version || live.arn.is_owned_by_aws() {
                return None;
            }
            version_of_boundary_set_back(live, good)
        }
        Some(_) | None => (
            Step::PutBoundary { before: role.boundary.clone(), after: good.arn.clone() },
            format!("put the permissions boundary `{}` back", good.arn),
        ),
    };
    let document = Document::read(good.text.as_str()).ok()?;
    let (before, held) = (Held::new(rules, role), Held::new(rules, role).with_boundary(document));
    if breaks_any(&held, limits, &held.whole()) || held.newly_allowed_since(&before).is_some() {
        return None;
    }
    let proof = vec![
        "under this boundary the role is allowed nothing forbidden".to_owned(),
        "nothing is allowed that was not allowed before".to_owned(),
    ];
    Some(PlannedStep::new(GUARDRAIL, Strategy::Restore, step, proof, sentence))
}

fn version_of_boundary_set_back(live: &AttachedPolicy, good: &AttachedPolicy) -> (Step, String) {
    let step = Step::SetDefaultVersion {
        policy: live.arn.clone(),
        before: live.version.clone(),
        after: good.version.clone(),
    };
    let (arn, version) = (&good.arn, &good.version);
    (step, format!("set the permissions boundary `{arn}` back to version {version}, for every role under it"))
}

/// The state of a repair: what of each policy has been put back so far.
struct Repair<'a> {
    rules: &'a Rules,
    held: &'a Held<'a>,
    limits: &'a [Limit<'a>],
    last_good: &'a LastGood,
    kept: Vec<Option<Arc<KnownPolicy>>>,
    /// New inline policies that do nothing but deny.
    added: Vec<(PolicyName, KnownPolicy)>,
    staying: Vec<Staying>,
}

impl<'a> Repair<'a> {
    fn new(rules: &'a Rules, held: &'a Held<'a>, limits: &'a [Limit<'a>], last_good: &'a LastGood) -> Self {
        let denies = |policy: &HeldPolicy| Some(Arc::new(held.read(policy.known.denies.clone()?)));
        let kept = held.policies.iter().map(denies).collect();
        Self { rules, held, limits, last_good, kept, added: Vec::new(), staying: Vec::new() }
    }

    fn is_lockdown(&self, arn: &PolicyArn) -> bool {
        self.rules.lockdown().is_some_and(|lockdown| lockdown.policy() == arn)
    }

    fn repairs(mut self) -> Repairs {
        let mut order: Vec<(usize, &HeldPolicy)> = self.held.policies.iter().enumerate().collect();
        order.sort_by_key(|(_, policy)| (self.has_changed(policy), is_inline(policy)));
        let (mut steps, mut last) = (Vec::new(), Vec::new());
        for (index, policy) in order {
            if !self.is_unsafe(index, &policy.known) {
                self.keep(index, Some(Arc::clone(&policy.known)));
                continue;
            }
            let repaired = match &policy.name {
                PolicyRef::Inline { name } => self.repair_inline(index, policy, name),
                PolicyRef::Managed { arn } => self.repair_attached(index, policy, arn),
            };
            match repaired {
                Some(Repaired { kept, step }) => {
                    steps.push(self.explained(step, index, policy));
                    self.keep(index, kept.map(|document| Arc::new(self.held.read(document))));
                }
                // What it denies stays in force until all others are decided on.
                None => last.push((index, policy)),
            }
        }
        steps.extend(self.let_go(last));
        Repairs { steps, staying: self.staying, lockdown_is_left: None }
    }

    /// What is at fault only together with what others allow is told so.
    fn explained(&self, mut step: PlannedStep, index: usize, policy: &HeldPolicy) -> PlannedStep {
        let others: Vec<usize> = (0..self.kept.len()).filter(|other| *other != index).collect();
        let mut is_broken = |some: &[usize]| {
            let (mut policies, mut denies) = (vec![&*policy.known], Vec::new());
            for (other, kept) in self.kept.iter().enumerate().filter(|(other, _)| *other != index) {
                match kept {
                    Some(kept) if some.contains(&other) => policies.push(kept),
                    Some(kept) => denies.extend(&kept.denies),
                    None => {}
                }
            }
            breaks_any(self.held, self.limits, &Group { policies, denies })
        };
        if !is_broken(&[]) && is_broken(&others) {
            let needed = narrow::together(&others, &mut is_broken);
            let names = needed.into_iter().filter_map(|other| self.held.policies.get(other));
            let names: Vec<String> = names.map(|policy| policy.name.to_string()).collect();
            step.sentence.push_str(&format!("; it is forbidden only together with {}", listed(&names)));
        }
        step
    }

    fn keep(&mut self, index: usize, document: Option<Arc<KnownPolicy>>) {
        if let Some(kept) = self.kept.get_mut(index) {
            *kept = document;
        }
    }

    /// All that is kept, with this document in the place of one policy.
    fn with<'d>(&'d self, index: usize, document: Option<&'d KnownPolicy>) -> Group<'d> {
        let others = self.kept.iter().enumerate().filter(|(other, _)| *other != index);
        let policies = others.filter_map(|(_, kept)| kept.as_deref()).chain(document);
        let added = self.added.iter().map(|(_, added)| added);
        Group { policies: policies.chain(added).collect(), denies: Vec::new() }
    }

    /// Would the role break a limit with this document in the place of a policy?
    fn is_unsafe(&self, index: usize, document: &KnownPolicy) -> bool {
        breaks_any(self.held, self.limits, &self.with(index, Some(document)))
    }

    /// Nothing says that a policy has changed where the history does not know it.
    fn has_changed(&self, policy: &HeldPolicy) -> bool {
        let good = match &policy.name {
            PolicyRef::Inline { name } => self.last_good.inline.get(name),
            PolicyRef::Managed { arn } => self.last_good.attached.get(arn).map(|good| &good.text),
        };
        good != Some(&policy.known.document.text)
    }
}

/// A policy put right.
struct Repaired {
    /// What is in force of it afterwards.
    kept: Option<Document>,
    step: PlannedStep,
}

fn is_inline(policy: &HeldPolicy) -> bool {
    match policy.name {
        PolicyRef::Inline { .. } => true,
        PolicyRef::Managed { .. } => false,
    }
}
