//! Limits that forbid single requests: what is never allowed, what a ceiling does not allow, data that no policy
//! names. A statement breaks such a limit or does not, whatever stands beside it; denies, a boundary and
//! exceptions only take away from it.

use std::sync::LazyLock;

use policy::Document;
use policy::analyse::grants::Capabilities;
use policy::analyse::within::{self, Permissions};
use policy::analyse::{Answer, Budget, Witness};

use super::data;
use super::held::Held;
use super::known::{Breaches, KnownPolicy, is_plain};
use super::limit::Limit;
use super::lockdown::ALLOW_ALL;
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
    pub(super) fn breaches(&self, limit: &Limit<'_>, policy: &KnownPolicy, denies: &[&Document]) -> Breaches {
        let Some(number) = limit.number(self.rules) else { return Breaches::new() };
        let document = &policy.document;
        let by_itself = || self.look_for(limit, document, Around::NOTHING, &|_| true);
        let alone = policy.breaches(number, by_itself);
        if alone.is_empty() || (denies.is_empty() && self.is_unlimited()) {
            return alone;
        }
        let denies: Vec<&Document> = denies.iter().copied().chain(&self.exempt).collect();
        let boundary = self.boundary.as_ref().map(|boundary| &boundary.document);
        let around = Around { denies: &denies, boundary };
        let (left, open): (Breaches, Breaches) =
            alone.into_iter().partition(|(_, answer)| around.leaves(answer));
        if open.is_empty() {
            return left;
        }
        let is_open = |statement| open.iter().any(|(known, _)| *known == statement);
        let mut breaches = self.look_for(limit, document, around, &is_open);
        breaches.extend(left);
        breaches.sort_by_key(|(statement, _)| *statement);
        breaches
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

/// Allows everything.
static EVERYTHING: LazyLock<Option<Document>> = LazyLock::new(|| Document::read(ALLOW_ALL).ok());

/// A refutation counts more than a doubt; the first of each is kept.
pub(super) fn worst(breaches: Breaches) -> Answer<Witness> {
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
