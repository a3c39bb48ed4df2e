//! How a role that breaks a limit is put right.
//!
//! Its policies are put back one after the other, first those that have not changed since the role was last
//! good: so the policy that was changed last is the one repaired. What cannot be put back whole is narrowed;
//! the denies of all policies stay in force from the beginning to the end.

mod attached;
mod inline;

use policy::Document;

use super::GUARDRAIL;
use super::held::{Held, HeldPolicy};
use super::limit::{Limit, Response};
use crate::finding::PolicyRef;
use crate::plan::{LastGood, PlannedStep, Strategy};
use crate::role::Role;
use crate::rules::Rules;
use crate::step::Step;

/// The steps after which no limit is broken any more, as far as there are any.
pub(crate) fn repair(rules: &Rules, role: &Role, last_good: &LastGood) -> Vec<PlannedStep> {
    let held = Held::new(rules, role);
    let mut limits: Vec<Limit<'_>> = Limit::of(rules, role)
        .into_iter()
        .filter(|(_, response)| *response == Response::Forbid)
        .map(|(limit, _)| limit)
        .collect();
    // Whoever has no way to more is no administrator: one question less, many times.
    if limits.contains(&Limit::Escalation) {
        limits.retain(|limit| *limit != Limit::Administrator);
    }
    if !breaks_any(&held, &limits, &held.whole()) {
        return Vec::new();
    }
    if let Some(step) = boundary_put_back(rules, role, &limits, last_good) {
        return vec![step];
    }
    Repair::new(&held, &limits, last_good).steps()
}

fn breaks_any(held: &Held, limits: &[Limit<'_>], documents: &[&Document]) -> bool {
    limits.iter().any(|limit| held.ask(limit, documents).is_present())
}

/// A boundary that was replaced or taken away, if with it nothing is wrong.
fn boundary_put_back(
    rules: &Rules,
    role: &Role,
    limits: &[Limit<'_>],
    last_good: &LastGood,
) -> Option<PlannedStep> {
    let good = last_good.boundary.as_ref().filter(|good| role.boundary.as_ref() != Some(&good.arn))?;
    let document = Document::read(good.text.as_str()).ok()?;
    let held = Held::new(rules, role).with_boundary(document);
    if breaks_any(&held, limits, &held.whole()) {
        return None;
    }
    Some(PlannedStep {
        step: Step::PutBoundary { before: role.boundary.clone(), after: good.arn.clone() },
        fallbacks: Vec::new(),
        guardrail: GUARDRAIL,
        strategy: Strategy::Restore,
        proof: vec!["under this boundary the role is allowed nothing forbidden".to_owned()],
        sentence: format!("put the permissions boundary `{}` back", good.arn),
    })
}

/// The state of a repair: what of each policy has been put back so far.
struct Repair<'a> {
    held: &'a Held,
    limits: &'a [Limit<'a>],
    last_good: &'a LastGood,
    kept: Vec<Option<Document>>,
    /// A policy with denies was detached: what it held back must not come free.
    frees: bool,
}

impl<'a> Repair<'a> {
    fn new(held: &'a Held, limits: &'a [Limit<'a>], last_good: &'a LastGood) -> Self {
        let kept = held.policies.iter().map(|policy| policy.denies.clone()).collect();
        Self { held, limits, last_good, kept, frees: false }
    }

    fn steps(mut self) -> Vec<PlannedStep> {
        let mut order: Vec<(usize, &HeldPolicy)> = self.held.policies.iter().enumerate().collect();
        order.sort_by_key(|(_, policy)| (self.has_changed(policy), is_inline(policy)));
        let mut steps = Vec::new();
        for (index, policy) in order {
            if !self.is_unsafe(index, &policy.document) {
                self.keep(index, Some(policy.document.clone()));
                continue;
            }
            let (kept, step) = match &policy.name {
                PolicyRef::Inline { name } => self.repair_inline(index, policy, name),
                PolicyRef::Managed { arn } => self.repair_attached(index, policy, arn),
            };
            self.frees |= kept.is_none() && policy.denies.is_some();
            self.keep(index, kept);
            steps.extend(step);
        }
        // What a policy denies is let go of only when nothing else allows it any more.
        steps.sort_by_key(|planned| matches!(planned.step, Step::DetachPolicy { .. }));
        steps
    }

    fn keep(&mut self, index: usize, document: Option<Document>) {
        if let Some(kept) = self.kept.get_mut(index) {
            *kept = document;
        }
    }

    /// All that is kept, with this document in the place of one policy.
    fn with<'d>(&'d self, index: usize, document: Option<&'d Document>) -> Vec<&'d Document> {
        let others = self.kept.iter().enumerate().filter(|(other, _)| *other != index);
        others.filter_map(|(_, kept)| kept.as_ref()).chain(document).collect()
    }

    /// Would the role break a limit, or gain something, with this document in the place of a policy?
    fn is_unsafe(&self, index: usize, document: &Document) -> bool {
        let documents = self.with(index, Some(document));
        breaks_any(self.held, self.limits, &documents)
            || (self.frees && self.held.newly_allowed(&documents, &self.held.whole()).is_some())
    }

    /// Nothing says that a policy has changed where the history does not know it.
    fn has_changed(&self, policy: &HeldPolicy) -> bool {
        let good = match &policy.name {
            PolicyRef::Inline { name } => self.last_good.inline.get(name),
            PolicyRef::Managed { arn } => self.last_good.attached.get(arn).map(|good| &good.text),
        };
        good != Some(&policy.document.text)
    }
}

fn is_inline(policy: &HeldPolicy) -> bool {
    match policy.name {
        PolicyRef::Inline { .. } => true,
        PolicyRef::Managed { .. } => false,
    }
}
