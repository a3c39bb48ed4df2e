//! Lets go of policies whose denies may hold back what others allow: last, when it is known what the others keep.
//!
//! Where something would come free, the policy stays and what is never allowed is denied beside it, or what it
//! denies is denied by a new inline policy first.

use policy::{Document, stored_size};

use super::attached::detached;
use super::inline::{DENIES_ONLY_NEVER, denial_of_never, quarantined};
use super::{GUARDRAIL, HeldPolicy, Repair, Repaired, Staying, is_inline};
use crate::finding::PolicyRef;
use crate::lock_down_permissions::known::KnownPolicy;
use crate::names::{PolicyArn, PolicyName};
use crate::plan::{PlannedStep, Strategy};
use crate::repair::INLINE_QUOTA;
use crate::step::Step;

/// The inline policy that denies what is never allowed beside a policy that has to stay.
const DENY: &str = "rescind-deny";

/// The inline policy that denies what a policy denied that was detached.
const KEEP: &str = "rescind-keep";

/// A policy, by its place among those of the role.
type Placed<'p> = (usize, &'p HeldPolicy);

const FREES_NOTHING: &str = "what the policy denies is not allowed by any other, so nothing new is allowed";
const DENIED_INSTEAD: &str =
    "what the policy denies is denied by an inline policy, so nothing new is allowed";

impl Repair<'_> {
    /// The steps that put these policies right without anything coming free.
    pub(super) fn let_go(&mut self, policies: Vec<Placed<'_>>) -> Vec<PlannedStep> {
        let (mut steps, mut attached) = (Vec::new(), Vec::new());
        for (index, policy) in policies {
            let repaired = match &policy.name {
                PolicyRef::Inline { name } => Some(
                    self.last_good_version(index, policy, name).unwrap_or_else(|| quarantined(policy, name)),
                ),
                PolicyRef::Managed { arn } if self.is_lockdown(arn) => continue,
                PolicyRef::Managed { arn } => self.version_set_back(index, policy, arn),
            };
            match repaired {
                Some(Repaired { kept, step }) => {
                    steps.push(self.explained(step, index, policy));
                    self.keep(index, kept.map(|document| self.held.read(document).into()));
                }
                None => attached.push((index, policy)),
            }
        }
        while let Some(first) = attached.first() {
            let free = self.comes_free(*first, &attached).unwrap_or_default();
            let is_free = |one: &Placed<'_>| self.comes_free(*one, &attached).is_none();
            match attached.iter().position(is_free) {
                Some(place) => steps.extend(self.detach(attached.remove(place), FREES_NOTHING)),
                None => steps.extend(self.hold_back(attached.remove(0), &free)),
            }
        }
        steps
    }

    /// What would be allowed that is not allowed now, if this one were detached before the others?
    fn comes_free(&self, (index, _): Placed<'_>, attached: &[Placed<'_>]) -> Option<String> {
        let mut new = self.with(index, None);
        let others = attached.iter().filter(|(other, _)| *other != index);
        new.policies.extend(others.map(|(_, policy)| &*policy.known));
        self.held.newly_allowed(&new, &self.held.whole())
    }

    fn detach(&mut self, (index, policy): Placed<'_>, nothing_new: &str) -> Option<PlannedStep> {
        let PolicyRef::Managed { arn } = &policy.name else { return None };
        let step = self.explained(detached(arn, nothing_new), index, policy);
        self.keep(index, None);
        Some(step)
    }

    /// The steps for a policy without which something would come free.
    fn hold_back(&mut self, (index, policy): Placed<'_>, free: &str) -> Vec<PlannedStep> {
        let PolicyRef::Managed { arn } = &policy.name else { return Vec::new() };
        if let Some(step) = self.never_denied_beside(index, policy, arn, free) {
            self.keep(index, Some(policy.known.clone()));
            return vec![step];
        }
        if let Some(first) = self.denies_kept(policy, arn, free) {
            return std::iter::once(first).chain(self.detach((index, policy), DENIED_INSTEAD)).collect();
        }
        let why = format!(
            "`{arn}` has to stay, because it denies what other policies allow, and the inline policies of the role \
             leave no room to deny it instead; without it: {free}"
        );
        self.staying.push(Staying { policy: Some(policy.name.clone()), why });
        Vec::new()
    }

    /// The policy stays as it is, and what is never allowed is denied beside it: nothing safe is lost by that.
    fn never_denied_beside(
        &mut self,
        index: usize,
        policy: &HeldPolicy,
        arn: &PolicyArn,
        free: &str,
    ) -> Option<PlannedStep> {
        let statement = denial_of_never(self.held, self.limits)?;
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let (name, denial) = self.room_for(DENY, Document::read(text).ok()?)?;
        self.added.push((name.clone(), denial));
        if self.is_unsafe(index, &policy.known) {
            self.added.pop();
            return None;
        }
        let proof = vec![
            "with this Deny the role is allowed nothing forbidden".to_owned(),
            "only a Deny is added, so nothing new is allowed".to_owned(),
            DENIES_ONLY_NEVER.to_owned(),
        ];
        let sentence = format!(
            "deny what is never allowed in the new inline policy `{name}`: `{arn}` has to stay, because it denies \
             what other policies allow; without it: {free}"
        );
        self.newest(Strategy::Deny, proof, sentence)
    }

    /// What the policy denies is denied by a new inline policy, so that it can go.
    fn denies_kept(&mut self, policy: &HeldPolicy, arn: &PolicyArn, free: &str) -> Option<PlannedStep> {
        let added = self.room_for(KEEP, policy.known.denies.clone()?)?;
        let proof = vec!["only a Deny is added, so nothing new is allowed".to_owned()];
        let sentence = format!(
            "deny in the new inline policy `{}` what `{arn}` denies, so that nothing comes free without it: {free}",
            added.0
        );
        self.added.push(added);
        self.newest(Strategy::Deny, proof, sentence)
    }

    /// The step that puts the newest of the added policies in force.
    fn newest(&self, strategy: Strategy, proof: Vec<String>, sentence: String) -> Option<PlannedStep> {
        let (name, added) = self.added.last()?;
        let step = Step::PutInline { policy: name.clone(), before: None, after: added.document.text.clone() };
        Some(PlannedStep::new(GUARDRAIL, strategy, step, proof, sentence))
    }

    /// A new inline policy under a free name; `None` if the inline policies of the role leave no room for it.
    fn room_for(&self, name: &str, document: Document) -> Option<(PolicyName, KnownPolicy)> {
        let size = |known: &KnownPolicy| stored_size(&known.document.text);
        let inline = self.held.policies.iter().zip(&self.kept).filter(|(policy, _)| is_inline(policy));
        // Nobody knows which of the steps is written first.
        let held = inline.map(|(policy, kept)| size(&policy.known).max(kept.as_deref().map_or(0, size)));
        let added = self.added.iter().map(|(_, added)| size(added));
        let all = held.chain(added).sum::<usize>() + stored_size(&document.text);
        if all > INLINE_QUOTA || self.held.is_in_part_unreadable() {
            return None;
        }
        let names = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
        let mut names = names.map_while(|name| PolicyName::parse(&name).ok());
        let name = names.find(|name| !self.has_inline(name))?;
        Some((name, self.held.read(document)))
    }

    fn has_inline(&self, name: &PolicyName) -> bool {
        let is_held = self.held.policies.iter().any(|policy| match &policy.name {
            PolicyRef::Inline { name: held } => held == name,
            PolicyRef::Managed { .. } => false,
        });
        is_held || self.added.iter().any(|(added, _)| added == name)
    }

    /// Would something come free that the policy denies, with this document in its place?
    pub(super) fn frees(&self, index: usize, policy: &HeldPolicy, document: &KnownPolicy) -> bool {
        let Some(denies) = &policy.known.denies else { return false };
        let (new, mut held) = (self.with(index, Some(document)), self.with(index, Some(document)));
        held.denies.push(denies);
        self.held.newly_allowed(&new, &held).is_some()
    }
}
