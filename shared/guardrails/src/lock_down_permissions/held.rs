//! What a role holds: its policies, read, and the question whether some of them break a limit.

use std::sync::{Arc, LazyLock};

use policy::Document;
use policy::analyse::grants::{self, GrantFacts};
use policy::analyse::within::{self, Permissions};
use policy::analyse::{Answer, Budget};

use super::culprit;
use super::data;
use super::known::{self, Breaches, KnownPolicy, is_plain};
use super::limit::Limit;
use super::lockdown::ALLOW_ALL;
use super::verdict::{Evidence, Verdict};
use crate::exceptions::Exempt;
use crate::finding::{Finding, Guardrail, PolicyRef};
use crate::repair::narrow;
use crate::role::Role;
use crate::rules::Rules;
use crate::words::objection;

/// The policies of a role.
pub(crate) struct Held<'r> {
    rules: &'r Rules,
    pub(crate) policies: Vec<HeldPolicy>,
    /// Why a policy could not be read.
    unreadable: Vec<(PolicyRef, String)>,
    boundary: Option<Arc<KnownPolicy>>,
    /// There is a boundary, and its document is none.
    boundary_is_unreadable: bool,
    /// Denies what exceptions let through.
    exempt: Option<Document>,
    facts: Option<GrantFacts>,
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
            held.add(name, known::read(&policy.text, limits), None);
        }
        for policy in permissions.iter().flat_map(|permissions| &permissions.attached) {
            let name = PolicyRef::Managed { arn: policy.arn.clone() };
            held.add(name, rules.known().read(policy, limits), Some(policy.version.clone()));
        }
        // A boundary that cannot be read limits nothing, as far as anyone can tell.
        let boundary = permissions.and_then(|permissions| permissions.boundary.as_ref());
        held.boundary = boundary.and_then(|boundary| rules.known().read(boundary, limits).ok());
        held.boundary_is_unreadable = role.boundary.is_some() && held.boundary.is_none();
        held
    }

    fn add(&mut self, name: PolicyRef, read: Result<Arc<KnownPolicy>, String>, version: Option<String>) {
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
        self.unreadable.iter().map(|(name, reason)| culprit::undecided(vec![name.clone()], reason.clone()))
    }

    /// All policies.
    pub(crate) fn whole(&self) -> Group<'_> {
        let policies = self.policies.iter().map(|policy| &*policy.known).collect();
        Group { policies, denies: Vec::new() }
    }

    /// A document in the place of one policy, under the denies of all others.
    pub(crate) fn alone<'a>(&'a self, policy: &HeldPolicy, document: &'a KnownPolicy) -> Group<'a> {
        let others = self.policies.iter().filter(|other| other.name != policy.name);
        let denies = others.filter_map(|other| other.known.denies.as_ref()).collect();
        Group { policies: vec![document], denies }
    }

    /// Some policies, under the denies of all others.
    pub(crate) fn only<'a>(&'a self, some: &[&'a HeldPolicy]) -> Group<'a> {
        let others = self.policies.iter().filter(|other| some.iter().all(|policy| policy.name != other.name));
        let denies = others.filter_map(|other| other.known.denies.as_ref()).collect();
        Group { policies: some.iter().map(|policy| &*policy.known).collect(), denies }
    }

    fn under_boundary<'a>(&'a self, documents: &[&'a Document]) -> Permissions<'a> {
        let permissions = Permissions::of(documents.iter().copied());
        match &self.boundary {
            Some(boundary) => permissions.limited_by([&boundary.document]),
            None => permissions,
        }
    }

    /// Do these policies break the limit, under the role's boundary?
    pub(crate) fn ask(&self, limit: &Limit<'_>, group: &Group<'_>) -> Verdict {
        let Some(facts) = &self.facts else {
            return Verdict::Undecided { reason: "the partition of the role is unknown".to_owned() };
        };
        match limit {
            Limit::Administrator => self.ask_administrator(group, facts),
            Limit::Escalation => self.ask_escalation(group, facts),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => {
                let breaches = group
                    .policies
                    .iter()
                    .flat_map(|policy| self.breaches(limit, policy, &group.denies_around(policy)));
                Verdict::of(worst(breaches.collect()), &group.documents())
            }
        }
    }

    /// Which statements of a policy break a limit under these denies of others, and under the boundary? For
    /// limits that forbid single requests: each statement breaks one or does not, whatever stands beside it.
    pub(super) fn breaches(&self, limit: &Limit<'_>, policy: &KnownPolicy, denies: &[&Document]) -> Breaches {
        let Some(number) = limit.number(self.rules) else { return Breaches::new() };
        let alone = policy.breaches(number, || self.look_for(limit, &policy.document, &[], None));
        let denies: Vec<&Document> = denies.iter().copied().chain(&self.exempt).collect();
        let boundary = self.boundary.as_ref().map(|boundary| &boundary.document);
        if alone.is_empty() || (denies.is_empty() && boundary.is_none()) {
            return alone;
        }
        let is_left = |answer: &Answer<_>| match answer {
            Answer::Refuted(witness) => leaves(&denies, boundary, witness),
            Answer::Proved | Answer::Unknown(_) => false,
        };
        if alone.iter().all(|(_, answer)| is_left(answer)) {
            return alone;
        }
        let found = self.look_for(limit, &policy.document, &denies, boundary).into_iter();
        found.filter(|(statement, _)| alone.iter().any(|(known, _)| known == statement)).collect()
    }

    fn look_for(
        &self,
        limit: &Limit<'_>,
        document: &Document,
        denies: &[&Document],
        boundary: Option<&Document>,
    ) -> Breaches {
        let of_requests = |action: &str, among: Option<&Document>| {
            let Some(facts) = &self.facts else { return Breaches::new() };
            let alone = narrow::allowing(document)
                .filter_map(|statement| Some((statement, narrow::only(document, statement, &[])?)));
            let answers = alone.map(|(statement, alone)| {
                let permissions = limited(&alone, denies, boundary);
                let permissions = among.iter().fold(permissions, |all, &among| all.limited_by([among]));
                (statement, grants::never_allows(&permissions, action, facts, Budget::default()))
            });
            answers.filter(|(_, answer)| !answer.is_proved()).collect()
        };
        match limit {
            Limit::Never(action) => of_requests(action, None),
            Limit::DataExposure => of_requests("*", data::unnamed(self.rules.account()).as_ref()),
            Limit::Ceiling(ceiling) => {
                let ceiling = Permissions::of([&ceiling.document]);
                let each =
                    within::each_within(&limited(document, denies, boundary), &ceiling, Budget::default())
                        .into_iter();
                let own = each.filter(|(place, answer)| place.document == 0 && !answer.is_proved());
                own.map(|(place, answer)| (place.statement, answer)).collect()
            }
            Limit::Administrator | Limit::Escalation => Breaches::new(),
        }
    }

    fn ask_administrator(&self, group: &Group<'_>, facts: &GrantFacts) -> Verdict {
        if !group.policies.iter().any(|policy| policy.is_broad) {
            return Verdict::Absent;
        }
        let documents = group.documents();
        let judged: Vec<&Document> = documents.iter().copied().chain(&self.exempt).collect();
        let permissions = self.under_boundary(&judged);
        if grants::is_administrator(&permissions, facts, Budget::default()) {
            return Verdict::Present(Evidence {
                witness: "all actions are allowed, but for what can be undone".to_owned(),
                ..Evidence::default()
            });
        }
        let is_held_by_boundary = || {
            self.boundary.as_ref().is_some_and(|boundary| {
                !grants::is_administrator(&Permissions::of([&boundary.document]), facts, Budget::default())
            })
        };
        // Under a boundary, rewriting itself gives a role no more than the boundary allows.
        if !may_rewrite_policies(&documents) || is_held_by_boundary() {
            return Verdict::Absent;
        }
        let self_rewrite = facts.self_arn.as_deref().map(self_rewrite).map(Document::read);
        let own = permissions.limited_by(self_rewrite.iter().flatten());
        Verdict::of(grants::never_allows(&own, "*", facts, Budget::default()), &documents)
    }

    fn ask_escalation(&self, group: &Group<'_>, facts: &GrantFacts) -> Verdict {
        let documents = group.documents();
        let judged: Vec<&Document> = documents.iter().copied().chain(&self.exempt).collect();
        let grants = grants::grants(&self.under_boundary(&judged), facts, Budget::default());
        match Verdict::of(grants.answer, &documents) {
            Verdict::Present(evidence) => Verdict::Present(Evidence {
                path: grants.paths.first().into_iter().flatten().map(|&action| action.to_owned()).collect(),
                ways: grants.paths.len(),
                ..evidence
            }),
            other @ (Verdict::Absent | Verdict::Undecided { .. }) => other,
        }
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

/// A refutation counts more than a doubt; the first of each is kept.
pub(super) fn worst(breaches: Breaches) -> Answer<policy::analyse::Witness> {
    let mut doubt = Answer::Proved;
    for (_, answer) in breaches {
        match answer {
            Answer::Refuted(_) => return answer,
            Answer::Unknown(_) if doubt.is_proved() => doubt = answer,
            Answer::Proved | Answer::Unknown(_) => {}
        }
    }
    doubt
}

/// Allows everything.
static EVERYTHING: LazyLock<Option<Document>> = LazyLock::new(|| Document::read(ALLOW_ALL).ok());

/// Is the request that shows it still allowed? Only said of denies and boundaries that look at nothing but
/// action and resource: whatever else they may look at, the request need not have.
fn leaves(denies: &[&Document], boundary: Option<&Document>, witness: &policy::analyse::Witness) -> bool {
    let Some(everything) = EVERYTHING.as_ref() else { return false };
    denies.iter().chain(&boundary).all(|document| is_plain(document))
        && limited(everything, denies, boundary).allow(witness.request()) == Some(true)
}

/// A document under denies and a boundary.
fn limited<'a>(
    document: &'a Document,
    denies: &[&'a Document],
    boundary: Option<&'a Document>,
) -> Permissions<'a> {
    let all = Permissions::of(std::iter::once(document).chain(denies.iter().copied()));
    boundary.iter().fold(all, |all, &boundary| all.limited_by([boundary]))
}

/// Might the permissions allow what [`self_rewrite`] is about? Told from the actions alone, which is quick.
fn may_rewrite_policies(documents: &[&Document]) -> bool {
    let statements = documents.iter().flat_map(|document| &document.statements);
    let mut allows = statements.filter(|statement| narrow::may_allow(statement));
    allows.any(|statement| REWRITES.iter().any(|action| statement.covers_action(action)))
}

/// What a role gives itself everything with.
pub(super) const REWRITES: [&str; 2] = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];

/// The requests by which a role gives itself everything. A role path may hold any visible character, so the
/// ARN is escaped.
fn self_rewrite(arn: &str) -> String {
    let mut own = String::with_capacity(arn.len());
    for character in arn.chars() {
        match character {
            '*' => own.push_str("${*}"),
            '?' => own.push_str("${?}"),
            '$' => own.push_str("${$}"),
            '"' | '\\' => own.extend(['\\', character]),
            other => own.push(other),
        }
    }
    format!(
        concat!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:PutRolePolicy","#,
            r#""Resource":"{own}"}},{{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"{own}","#,
            r#""Condition":{{"ArnEquals":{{"iam:PolicyARN":"arn:{partition}:iam::aws:policy/AdministratorAccess"}}}}}}]}}"#
        ),
        own = own,
        partition = arn.split(':').nth(1).unwrap_or("aws"),
    )
}
