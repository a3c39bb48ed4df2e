//! Limits that forbid single requests: what is never allowed, what a ceiling does not allow, data that no policy
//! names. A statement breaks such a limit or does not, whatever stands beside it; denies, a boundary and
//! exceptions only take away from it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use policy::Document;
use policy::analyse::grants::Capabilities;
use policy::analyse::within::{self, Permissions};
use policy::analyse::{Answer, Budget, Witness};

use super::data;
use super::held::Held;
use super::known::{self, Breaches, KnownPolicy, is_plain};
use super::limit::Limit;
use super::lockdown::ALLOW_ALL;
use super::verdict::Doubt;
use crate::known::{About, Asked, LoneStatement};
use crate::repair::narrow;

/// What stands around a document.
#[derive(Clone, Copy)]
struct Around<'a> {
    denies: &'a [&'a Document],
    boundary: Option<&'a Document>,
}

impl Held<'_> {
    /// Which statements of a policy break the limit under these denies of others, and under the boundary?
    ///
    /// What the policy breaks by itself is found out once. Nothing more can be broken in the role; and where the
    /// request that showed it is still allowed, it need not be looked for again.
    pub(super) fn breaches(
        &self,
        limit: &Limit<'_>,
        policy: &KnownPolicy,
        denies: &[&Document],
    ) -> Arc<Breaches> {
        let Some(number) = limit.number(self.rules) else { return Arc::default() };
        let document = &policy.document;
        let alone = policy.breaches(number, || self.by_itself(limit, number, policy));
        if alone.is_empty() || (denies.is_empty() && self.is_unlimited()) {
            return alone;
        }
        let denies: Vec<&Document> = denies.iter().copied().chain(&self.exempt).collect();
        let boundary = self.boundary.as_ref().map(|boundary| &boundary.document);
        let around = Around { denies: &denies, boundary };
        let (left, open): (Vec<_>, Vec<_>) = alone.iter().partition(|(_, answer)| around.leaves(answer));
        if open.is_empty() {
            return alone;
        }
        let find = || {
            let is_open = |statement| open.iter().any(|(known, _)| *known == statement);
            let mut breaches = self.look_for(limit, document, around, &is_open);
            breaches.extend(left.iter().map(|&known| known.clone()));
            breaches.sort_by_key(|(statement, _)| *statement);
            Arc::new(breaches)
        };
        let mut documents = std::iter::once(document).chain(denies.iter().copied()).chain(boundary);
        if documents.any(known::looks_at_the_role) {
            return find();
        }
        let asked = Asked::of(About::Requests(number), document, &denies, boundary);
        self.rules.known().breaches(asked, find)
    }

    /// What a policy breaks by itself. A statement without a Deny beside it is asked about once, wherever it stands.
    fn by_itself(&self, limit: &Limit<'_>, number: usize, policy: &KnownPolicy) -> Breaches {
        let document = &policy.document;
        let find = |asked: &dyn Fn(usize) -> bool| self.look_for(limit, document, Around::NOTHING, asked);
        let Some(remembered) = self.rules.known().statements().filter(|_| stand_alone(policy)) else {
            return find(&|_| true);
        };
        let keys =
            narrow::allowing(document).filter_map(|at| Some((at, LoneStatement::of(number, document, at)?)));
        let mut answers = Breaches::new();
        let mut open = BTreeMap::new();
        for (at, key) in keys {
            match remembered.get(&key) {
                Some(answer) => answers.push((at, answer)),
                None => _ = open.insert(at, key),
            }
        }
        if !open.is_empty() {
            let found = find(&|at| open.contains_key(&at));
            for (at, key) in open {
                let broken = found.iter().find(|(known, _)| *known == at);
                let answer = broken.map_or(Answer::Proved, |(_, answer)| answer.clone());
                // What the whole document had no time for, the statement alone may have.
                if !matches!(answer, Answer::Unknown(_)) {
                    remembered.keep(key, answer.clone());
                }
                answers.push((at, answer));
            }
        }
        answers.retain(|(_, answer)| !answer.is_proved());
        answers.sort_by_key(|(at, _)| *at);
        answers
    }

    fn look_for(
        &self,
        limit: &Limit<'_>,
        document: &Document,
        around: Around<'_>,
        asked: &dyn Fn(usize) -> bool,
    ) -> Breaches {
        let under = around.limiting(document);
        match limit {
            Limit::Never(action) => self.allowed(action, &under, document, asked),
            Limit::DataExposure => {
                let unnamed = data::unnamed(self.rules.account());
                self.allowed("*", &under.limited_by(&unnamed), document, asked)
            }
            Limit::Ceiling(ceiling) => {
                let ceiling = Permissions::of([&ceiling.document]);
                let asked = |place: within::Place| place.document == 0 && asked(place.statement);
                let each = within::each_within(&under, &ceiling, &asked, Budget::default()).into_iter();
                let broken = each.filter(|(_, answer)| !answer.is_proved());
                broken.map(|(place, answer)| (place.statement, answer)).collect()
            }
            Limit::Administrator | Limit::Escalation => Breaches::new(),
        }
    }

    /// The statements of the document that allow a request whose action matches.
    fn allowed(
        &self,
        action: &str,
        permissions: &Permissions<'_>,
        document: &Document,
        asked: &dyn Fn(usize) -> bool,
    ) -> Breaches {
        let Some(facts) = &self.facts else { return Breaches::new() };
        let mut capabilities = Capabilities::new(permissions, facts);
        let statements = narrow::allowing(document).filter(|statement| asked(*statement));
        let answers = statements.map(|statement| {
            capabilities.consider(|place| place.document == 0 && place.statement == statement);
            (statement, capabilities.never_allow(action, Budget::default()))
        });
        answers.filter(|(_, answer)| !answer.is_proved()).collect()
    }
}

impl<'a> Around<'a> {
    const NOTHING: Self = Self { denies: &[], boundary: None };

    fn limiting(self, document: &'a Document) -> Permissions<'a> {
        let all = Permissions::of(std::iter::once(document).chain(self.denies.iter().copied()));
        self.boundary.iter().fold(all, |all, &boundary| all.limited_by([boundary]))
    }

    /// Is the request that shows it still allowed? Only said of what looks at nothing but action and resource:
    /// nobody knows what else the request has.
    fn leaves(self, answer: &Answer<Witness>) -> bool {
        let Answer::Refuted(witness) = answer else { return false };
        let Some(everything) = EVERYTHING.as_ref() else { return false };
        self.denies.iter().chain(&self.boundary).all(|document| is_plain(document))
            && self.limiting(everything).allow(witness.request()) == Some(true)
    }
}

/// Does every statement of the policy mean what it means alone, for any role? A condition that sees a key as a set
/// changes what other statements say of that key.
fn stand_alone(policy: &KnownPolicy) -> bool {
    let conditions = || policy.document.statements.iter().flat_map(|statement| &statement.conditions);
    policy.denies.is_none()
        && !known::looks_at_the_role(&policy.document)
        && conditions().all(|condition| condition.operator.quantifier.is_none())
}

/// Allows everything.
static EVERYTHING: LazyLock<Option<Document>> = LazyLock::new(|| Document::read(ALLOW_ALL).ok());

/// A refutation counts more than a doubt, a doubt about a policy more than another; the first of each is kept.
pub(super) fn worst(answers: impl IntoIterator<Item = Answer<Witness>>) -> Answer<Witness> {
    let mut worst = Answer::Proved;
    for answer in answers {
        if weight(&answer) > weight(&worst) {
            worst = answer;
        }
    }
    worst
}

fn weight(answer: &Answer<Witness>) -> u8 {
    match answer {
        Answer::Proved => 0,
        Answer::Unknown(reason) => match Doubt::of(reason) {
            Doubt::Other => 1,
            Doubt::Reading => 2,
        },
        Answer::Refuted(_) => 3,
    }
}

pub(super) fn worst_of(breaches: &Breaches) -> Answer<Witness> {
    worst(breaches.iter().map(|(_, answer)| answer.clone()))
}
