//! What a role holds: its policies, read, and the question whether some of them break a limit.

use std::sync::Arc;

use policy::Document;
use policy::analyse::Budget;
use policy::analyse::grants::GrantFacts;
use policy::analyse::within::{self, Permissions};

use super::culprit;
use super::known::KnownPolicy;
use super::limit::Limit;
use super::requests::{worst, worst_of};
use super::verdict::{Alone, Doubt, Verdict};
use crate::exceptions::Exempt;
use crate::finding::{Finding, Guardrail, PolicyRef};
use crate::known::Read;
use crate::role::Role;
use crate::rules::Rules;
use crate::settings::OnUnknown;
use crate::words::objection;

/// The policies of a role.
pub(crate) struct Held<'r> {
    pub(super) rules: &'r Rules,
    pub(crate) policies: Vec<HeldPolicy>,
    /// Why a policy could not be read.
    unreadable: Vec<(PolicyRef, String)>,
    pub(super) boundary: Option<Arc<KnownPolicy>>,
    /// There is a boundary, and its document is none.
    boundary_is_unreadable: bool,
    /// Denies what exceptions let through.
    pub(super) exempt: Option<Document>,
    pub(super) facts: Option<GrantFacts>,
}

/// One policy of a role.
pub(crate) struct HeldPolicy {
    pub(crate) name: PolicyRef,
    pub(crate) known: Arc<KnownPolicy>,
    /// The version, of a managed policy.
    pub(crate) version: Option<String>,
}

/// Policies that are judged together, under denies of others.
#[derive(Default)]
pub(crate) struct Group<'a> {
    pub(crate) policies: Vec<&'a KnownPolicy>,
    pub(crate) denies: Vec<&'a Document>,
}

impl<'a> Group<'a> {
    pub(crate) fn documents(&self) -> Vec<&'a Document> {
        self.policies.iter().map(|policy| &policy.document).chain(self.denies.iter().copied()).collect()
    }

    /// What limits one of its policies from outside.
    fn denies_around(&self, policy: &KnownPolicy) -> Vec<&'a Document> {
        let others = self.policies.iter().filter(|other| !std::ptr::eq(**other, policy));
        others.filter_map(|other| other.denies.as_ref()).chain(self.denies.iter().copied()).collect()
    }
}

impl<'r> Held<'r> {
    pub(crate) fn new(rules: &'r Rules, role: &Role) -> Self {
        let permissions = role.permissions.as_ref();
        let mut held = Self {
            rules,
            policies: Vec::new(),
            unreadable: Vec::new(),
            boundary: None,
            boundary_is_unreadable: false,
            exempt: Exempt::new(rules, Guardrail::LockDownPermissions, role).denied(),
            facts: rules.grant_facts(Some(&role.arn)),
        };
        let limits = Limit::of_requests(rules);
        for policy in permissions.iter().flat_map(|permissions| &permissions.inline) {
            let name = PolicyRef::Inline { name: policy.name.clone() };
            held.add(name, rules.known().inline(&policy.text, limits), None);
        }
        for policy in permissions.iter().flat_map(|permissions| &permissions.attached) {
            let name = PolicyRef::Managed { arn: policy.arn.clone() };
            held.add(name, rules.known().managed(policy, limits), Some(policy.version.clone()));
        }
        // A boundary that cannot be read limits nothing, as far as anyone can tell.
        let boundary = permissions.and_then(|permissions| permissions.boundary.as_ref());
        held.boundary = boundary.and_then(|boundary| rules.known().managed(boundary, limits).ok());
        held.boundary_is_unreadable = role.boundary.is_some() && held.boundary.is_none();
        held
    }

    fn add(&mut self, name: PolicyRef, read: Read, version: Option<String>) {
        match read {
            Ok(known) => self.policies.push(HeldPolicy { name, known, version }),
            Err(reason) => self.unreadable.push((name, reason)),
        }
    }

    /// The same role under another boundary.
    pub(crate) fn with_boundary(mut self, boundary: Document) -> Self {
        self.boundary = Some(Arc::new(self.read(boundary)));
        self
    }

    /// A document to ask about in the place of a policy.
    pub(crate) fn read(&self, document: Document) -> KnownPolicy {
        KnownPolicy::new(document, Limit::of_requests(self.rules))
    }

    /// A finding for each policy that is no policy document.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = Finding> {
        let finding = |(name, reason): &(PolicyRef, String)| {
            let mut finding = culprit::undecided(vec![name.clone()], reason.clone());
            if self.takes_doubts_at_their_worst() {
                culprit::tell_the_worst(&mut finding);
            }
            finding
        };
        self.unreadable.iter().map(finding)
    }

    /// The policies that are no policy documents.
    pub(crate) fn unreadable_names(&self) -> impl Iterator<Item = &PolicyRef> {
        self.unreadable.iter().map(|(name, _)| name)
    }

    /// Do the settings ask to repair what could not be decided?
    pub(super) fn takes_doubts_at_their_worst(&self) -> bool {
        match self.rules.lock_down.on_unknown {
            OnUnknown::Alert => false,
            OnUnknown::Repair => true,
        }
    }

    /// Does a repair count these policies as breaking the limit?
    pub(crate) fn is_to_be_repaired(&self, limit: &Limit<'_>, group: &Group<'_>) -> bool {
        let verdict = self.ask(limit, group);
        verdict.is_present() || (self.takes_doubts_at_their_worst() && verdict.is_at_worst_present())
    }

    /// All policies.
    pub(crate) fn whole(&self) -> Group<'_> {
        let policies = self.policies.iter().map(|policy| &*policy.known).collect();
        Group { policies, denies: Vec::new() }
    }

    /// One policy, under the denies of all others.
    fn alone<'a>(&'a self, policy: &'a HeldPolicy) -> Group<'a> {
        self.only(&[policy])
    }

    /// Some policies, under the denies of all others.
    pub(crate) fn only<'a>(&'a self, some: &[&'a HeldPolicy]) -> Group<'a> {
        let others = self.policies.iter().filter(|other| some.iter().all(|policy| policy.name != other.name));
        let denies = others.filter_map(|other| other.known.denies.as_ref()).collect();
        Group { policies: some.iter().map(|policy| &*policy.known).collect(), denies }
    }

    pub(super) fn under_boundary<'a>(&'a self, documents: &[&'a Document]) -> Permissions<'a> {
        let permissions = Permissions::of(documents.iter().copied());
        match &self.boundary {
            Some(boundary) => permissions.limited_by([&boundary.document]),
            None => permissions,
        }
    }

    /// Do these policies break the limit, under the role's boundary?
    pub(crate) fn ask(&self, limit: &Limit<'_>, group: &Group<'_>) -> Verdict {
        let Some(facts) = &self.facts else { return undecidable() };
        match limit {
            Limit::Administrator | Limit::Escalation => self.ask_ways(limit, group, facts),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => {
                let of = |policy: &&KnownPolicy| self.breaches(limit, policy, &group.denies_around(policy));
                let worst = worst(group.policies.iter().map(|policy| worst_of(&of(policy))));
                Verdict::of(worst, &group.documents())
            }
        }
    }

    /// The same for one policy under the denies of all others, and which of its statements are at fault.
    pub(crate) fn ask_alone(&self, limit: &Limit<'_>, policy: &HeldPolicy) -> Alone {
        let group = self.alone(policy);
        let Some(facts) = &self.facts else {
            return Alone { verdict: undecidable(), statements: Vec::new() };
        };
        match limit {
            Limit::Administrator | Limit::Escalation => {
                self.ask_ways_alone(limit, &policy.known, &group.denies, facts)
            }
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => {
                let breaches = self.breaches(limit, &policy.known, &group.denies);
                let guilty = breaches.iter().filter(|(_, answer)| answer.witness().is_some());
                let statements = guilty.map(|(statement, _)| *statement).collect();
                Alone { verdict: Verdict::of(worst_of(&breaches), &group.documents()), statements }
            }
        }
    }

    /// Does no boundary limit the role, and no exception?
    pub(super) fn is_unlimited(&self) -> bool {
        self.boundary.is_none() && self.exempt.is_none()
    }

    /// Is there a policy, or a boundary, that limits or allows nobody knows what?
    pub(crate) fn is_in_part_unreadable(&self) -> bool {
        !self.unreadable.is_empty() || self.boundary_is_unreadable
    }

    /// What is this role allowed that it was not allowed before? `None` if nothing.
    pub(crate) fn newly_allowed_since(&self, before: &Self) -> Option<String> {
        let (new, old) = (self.whole().documents(), before.whole().documents());
        newly_allowed(&self.under_boundary(&new), &before.under_boundary(&old))
    }

    /// What do the new policies allow that the old do not? `None` if nothing.
    pub(crate) fn newly_allowed(&self, new: &Group<'_>, old: &Group<'_>) -> Option<String> {
        newly_allowed(&self.under_boundary(&new.documents()), &self.under_boundary(&old.documents()))
    }
}

fn newly_allowed(new: &Permissions<'_>, old: &Permissions<'_>) -> Option<String> {
    objection(within::within(new, old, Budget::default()).answer)
}

fn undecidable() -> Verdict {
    Verdict::Undecided { reason: "the partition of the role is unknown".to_owned(), doubt: Doubt::Other }
}
