//! Is everything that these policies allow allowed by a ceiling?

use super::{
    Answer, Budget, Witness,
    budget::Steps,
    confirm,
    inquiry::{Ask, Inquiry, Outcome, StatementId},
    world::{Meaning, World},
};
use crate::{
    AccountId, Caller, ConditionKey, Document, Effect, Partition, Principal, Request, Statement, Truth,
    keys::rules::CallerKind,
};

/// What a principal may do: a request is allowed if every layer allows it and no document denies it.
#[derive(Clone, Debug, Default)]
pub struct Permissions<'a> {
    /// Each layer is a set of documents of which one has to allow: identity policies, a permissions
    /// boundary, the service control policies of one level.
    pub layers: Vec<Vec<&'a Document>>,
}

impl<'a> Permissions<'a> {
    /// One layer: identity policies alone.
    #[must_use]
    pub fn of(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        Self { layers: vec![documents.into_iter().collect()] }
    }

    /// One more layer, such as a permissions boundary.
    #[must_use]
    pub fn limited_by(mut self, documents: impl IntoIterator<Item = &'a Document>) -> Self {
        self.layers.push(documents.into_iter().collect());
        self
    }

    /// Is the request allowed, as the plain evaluator sees it? `None` if it cannot say.
    #[must_use]
    pub fn allow(&self, request: &Request) -> Option<bool> {
        allowed(&self.layers, request)
    }
}

/// The answer to [`within`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// `Proved`: every request that the policies allow is allowed by the ceiling.
    pub answer: Answer<Witness>,
    /// The Allow statements of the policies' first layer that exceed the ceiling, or perhaps do.
    pub exceeding: Vec<Place>,
}

/// Where a statement of the first layer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The index of the document in the first layer.
    pub document: usize,
    /// The index of the statement in the document.
    pub statement: usize,
}

/// Is everything that `policies` allow allowed by `ceiling`?
///
/// Judged over every action name (AWS adds actions), every well-formed ARN or `*`, and every
/// context in which values have the type their tests ask for.
#[must_use]
pub fn within(policies: &Permissions<'_>, ceiling: &Permissions<'_>, budget: Budget) -> Within {
    let (mut answer, mut exceeding) = (Answer::Proved, Vec::new());
    for (place, one) in each_within(policies, ceiling, &|_| true, budget) {
        if !one.is_proved() {
            exceeding.push(place);
        }
        answer = worse(answer, one);
    }
    Within { answer, exceeding }
}

/// The same for each Allow statement of the policies' first layer that is `asked` about, in their order: after
/// all denies and under the further layers.
#[must_use]
pub fn each_within(
    policies: &Permissions<'_>,
    ceiling: &Permissions<'_>,
    asked: &dyn Fn(Place) -> bool,
    budget: Budget,
) -> Vec<(Place, Answer<Witness>)> {
    let mut roles = Roles::default();
    let policies = roles.sort(policies);
    let ceiling = roles.sort(ceiling);
    let confirm = |request: &Request| {
        roles.allowed(&policies, request) == Some(true) && roles.allowed(&ceiling, request) == Some(false)
    };
    let mut inquiry = Inquiry::new(roles.statements.clone(), Box::new(AnyRequest));
    let mut steps = Steps::new(budget);
    let mut exceeds = |allow: &StatementId| {
        let place = roles.places.get(*allow).copied().filter(|place| asked(*place))?;
        Some((place, answer(exceeds(&mut inquiry, *allow, &policies, &ceiling, &confirm, &mut steps))))
    };
    policies.layers.first().into_iter().flatten().filter_map(&mut exceeds).collect()
}

fn answer(outcome: Outcome) -> Answer<Witness> {
    match outcome {
        Outcome::Nothing => Answer::Proved,
        Outcome::Request(request) => Answer::Refuted(Witness::of_permission(*request, |_| true)),
        Outcome::Unknown(reason) => Answer::Unknown(reason),
    }
}

/// A refutation counts more than a doubt, a doubt more than a proof; the first of each is kept.
fn worse(answer: Answer<Witness>, one: Answer<Witness>) -> Answer<Witness> {
    match (answer, one) {
        (Answer::Refuted(witness), _) | (_, Answer::Refuted(witness)) => Answer::Refuted(witness),
        (Answer::Proved, one) => one,
        (answer, Answer::Proved | Answer::Unknown(_)) => answer,
    }
}

/// Does this Allow, joined with one of every further layer, exceed the ceiling?
fn exceeds(
    inquiry: &mut Inquiry<'_>,
    allow: StatementId,
    policies: &Sorted<'_>,
    ceiling: &Sorted<'_>,
    confirm: &dyn Fn(&Request) -> bool,
    steps: &mut Steps,
) -> Outcome {
    let mut result = Outcome::Nothing;
    let further = policies.layers.get(1..).unwrap_or_default();
    for inside in joined(allow, further) {
        for layer in &ceiling.layers {
            let outside: Vec<StatementId> = policies.denies.iter().chain(layer).copied().collect();
            let asked = ask(inquiry, &inside, &outside, confirm, steps);
            match asked {
                Outcome::Request(_) => return asked,
                Outcome::Unknown(_) => result = asked,
                Outcome::Nothing => {}
            }
        }
        for deny in &ceiling.denies {
            let inside: Vec<StatementId> = inside.iter().chain([deny]).copied().collect();
            let asked = ask(inquiry, &inside, &policies.denies, confirm, steps);
            match asked {
                Outcome::Request(_) => return asked,
                Outcome::Unknown(_) => result = asked,
                Outcome::Nothing => {}
            }
        }
    }
    result
}

fn ask(
    inquiry: &mut Inquiry<'_>,
    inside: &[StatementId],
    outside: &[StatementId],
    confirm: &dyn Fn(&Request) -> bool,
    steps: &mut Steps,
) -> Outcome {
    inquiry.decide(&Ask { inside, outside, action: None, also: &|_| Some(Vec::new()), confirm }, steps)
}

/// Every way to choose one Allow of each further layer.
pub(crate) fn joined(allow: StatementId, further: &[Vec<StatementId>]) -> Vec<Vec<StatementId>> {
    let mut all = vec![vec![allow]];
    for layer in further {
        all = all
            .iter()
            .flat_map(|known| layer.iter().map(|next| known.iter().copied().chain([*next]).collect()))
            .collect();
    }
    all
}

/// Statements by what they do.
#[derive(Default)]
pub(crate) struct Roles<'a> {
    pub(crate) statements: Vec<&'a Statement>,
    /// Where each statement stands in its layer.
    pub(crate) places: Vec<Place>,
}

/// The statements of some permissions.
pub(crate) struct Sorted<'a> {
    pub(crate) documents: Vec<Vec<&'a Document>>,
    pub(crate) layers: Vec<Vec<StatementId>>,
    pub(crate) denies: Vec<StatementId>,
}

impl<'a> Roles<'a> {
    pub(crate) fn sort(&mut self, permissions: &Permissions<'a>) -> Sorted<'a> {
        let mut sorted =
            Sorted { documents: permissions.layers.clone(), layers: Vec::new(), denies: Vec::new() };
        for layer in &permissions.layers {
            let mut allows = Vec::new();
            for (document, d) in layer.iter().enumerate() {
                for (statement, s) in d.statements.iter().enumerate() {
                    let id = self.statements.len();
                    self.statements.push(s);
                    self.places.push(Place { document, statement });
                    match s.effect {
                        // What may be an Allow is taken for one; the doubt is part of its box.
                        Effect::Allow | Effect::Unreadable => allows.push(id),
                        Effect::Deny => sorted.denies.push(id),
                    }
                }
            }
            sorted.layers.push(allows);
        }
        sorted
    }

    /// Whether the permissions allow the request; nothing if the evaluator cannot say.
    pub(crate) fn allowed(&self, sorted: &Sorted<'_>, request: &Request) -> Option<bool> {
        allowed(&sorted.documents, request)
    }
}

fn allowed(layers: &[Vec<&Document>], request: &Request) -> Option<bool> {
    let caller = Principal::Role {
        partition: Partition::Aws,
        account: request.resource_account().or_else(|| AccountId::parse("111122223333"))?,
        path: "/".into(),
        name: "x".into(),
    };
    let request = Request { principal: Caller::Known(caller), ..request.clone() };
    let mut allowed = Truth::True;
    for layer in layers {
        let (allow, deny) = confirm::identity(layer, &request);
        allowed = allowed & allow & !deny;
    }
    confirm::certainly(allowed)
}

/// Any request whatever: every key may be missing or have any value of the form that it has for everybody.
struct AnyRequest;

impl World for AnyRequest {
    fn key(&self, key: &ConditionKey) -> Meaning {
        Meaning::documented(key, CallerKind::Anybody, |_| None)
    }
}
