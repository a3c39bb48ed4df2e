//! Single capabilities: may the holder do this to a resource that matters?

use std::collections::BTreeMap;

use super::{
    GrantFacts,
    catalogue::Path,
    holder::{Carries, Holder},
    target::Target,
};
use crate::{
    ActionPattern, ConditionKey, Element, Request, Statement,
    analyse::{
        Reason, Witness,
        budget::Steps,
        compile::{Compiler, add},
        inquiry::{Ask, Inquiry, Outcome, StatementId},
        search::Clause,
        space::{Predicate, ValueTest},
        within::{Permissions, Roles, Sorted, joined},
        words::{Pattern, Token},
    },
};

/// The capabilities of a holder, each decided once.
pub(super) struct Capabilities<'a> {
    pub(super) facts: &'a GrantFacts,
    pub(super) roles: Roles<'a>,
    pub(super) sorted: Sorted<'a>,
    /// One inquiry for each combination of keys that requests carry.
    inquiries: BTreeMap<(Carries, bool), Inquiry<'a>>,
    concerned: BTreeMap<&'static str, Concerned>,
    known: BTreeMap<Use, Outcome>,
    /// The first answer of each kind.
    alike: BTreeMap<Kind, Outcome>,
}

/// An action of a way, and the services it passes a role to.
type Use = (&'static str, &'static [&'static str]);

/// The statements that cover an action.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Concerned {
    pub(super) layers: Vec<Vec<StatementId>>,
    pub(super) denies: Vec<StatementId>,
}

/// Uses of one kind have the same answer, but for the name of the action.
type Kind = (Concerned, Target<'static>, Carries, &'static [&'static str]);

impl<'a> Capabilities<'a> {
    pub(super) fn new(permissions: &Permissions<'a>, facts: &'a GrantFacts) -> Self {
        let mut roles = Roles::default();
        let sorted = roles.sort(permissions);
        Self {
            facts,
            roles,
            sorted,
            inquiries: BTreeMap::new(),
            concerned: BTreeMap::new(),
            known: BTreeMap::new(),
            alike: BTreeMap::new(),
        }
    }

    /// Whether the holder may perform `action` on something that would give it more.
    pub(super) fn granted(
        &mut self,
        action: &'static str,
        services: &'static [&'static str],
        steps: &mut Steps,
    ) -> &Outcome {
        let services = if action == "iam:PassRole" { services } else { &[] };
        if !self.known.contains_key(&(action, services)) {
            let outcome = self.decide_use(action, services, steps);
            self.known.insert((action, services), outcome);
        }
        self.known.get(&(action, services)).unwrap_or(&Outcome::Nothing)
    }

    /// The requests that show that the actions of a path are granted, as far as they are.
    pub(super) fn requests(&self, path: &Path) -> impl Iterator<Item = &Request> {
        let services = |action| if action == "iam:PassRole" { path.services } else { &[] };
        path.actions.iter().filter_map(move |action| match self.known.get(&(*action, services(*action)))? {
            Outcome::Request(request) => Some(&**request),
            Outcome::Nothing | Outcome::Unknown(_) => None,
        })
    }

    /// The statements that cover the action; `None` if some layer has none.
    pub(super) fn concerned(&mut self, action: &'static str) -> Option<&Concerned> {
        if !self.concerned.contains_key(action) {
            self.concerned.insert(action, self.covering(&|element| covers(element, action)));
        }
        self.concerned.get(action).filter(|concerned| !concerned.layers.iter().any(Vec::is_empty))
    }

    /// The same, if it was asked before.
    pub(super) fn known_concerned(&self, action: &str) -> Option<&Concerned> {
        self.concerned.get(action)
    }

    fn covering(&self, covers: &dyn Fn(&Element<ActionPattern>) -> bool) -> Concerned {
        let some = |layer: &Vec<StatementId>| {
            let covers = |id: &&StatementId| self.statement(**id).is_some_and(|s| covers(&s.action));
            layer.iter().filter(covers).copied().collect()
        };
        Concerned { layers: self.sorted.layers.iter().map(some).collect(), denies: some(&self.sorted.denies) }
    }

    pub(super) fn statement(&self, id: StatementId) -> Option<&'a Statement> {
        self.roles.statements.get(id).copied()
    }

    fn decide_use(
        &mut self,
        action: &'static str,
        services: &'static [&'static str],
        steps: &mut Steps,
    ) -> Outcome {
        let Some(concerned) = self.concerned(action).cloned() else { return Outcome::Nothing };
        let carries = Carries::of(action);
        let asked = if self.may_look_at_services(&concerned) { services } else { &[] };
        let kind = (concerned, Target::of(action), carries, asked);
        if !self.alike.contains_key(&kind) {
            let facts = self.facts;
            let also = |compiler: &mut Compiler<'_>| capability(facts, action, asked, carries, compiler);
            let outcome = self.decide(&kind.0, (carries, false), action, &also, steps);
            self.alike.insert(kind.clone(), outcome);
        }
        match self.alike.get(&kind) {
            Some(Outcome::Request(request)) => {
                let mut request = request.clone();
                action.clone_into(&mut request.action);
                if let (true, Some(service)) = (kind.3.is_empty(), services.iter().min()) {
                    request.context.set("iam:PassedToService", [*service]);
                }
                if self.is_allowed(&request) {
                    Outcome::Request(request)
                } else {
                    Outcome::Unknown(Reason::Unconfirmed)
                }
            }
            Some(other) => other.clone(),
            None => Outcome::Nothing,
        }
    }

    /// Whether some statement might look at the service that a role is passed to.
    fn may_look_at_services(&self, concerned: &Concerned) -> bool {
        let looks = |statement: &Statement| {
            let mut resources = statement.resource.iter().flat_map(Element::entries);
            !statement.conditions.is_empty() || resources.any(|resource| resource.template.is_some())
        };
        let all = concerned.layers.iter().flatten().chain(&concerned.denies);
        all.filter_map(|id| self.statement(*id)).any(looks)
    }

    /// Whether the holder may perform some action that the glob matches.
    pub(super) fn any_action(&mut self, glob: &str, steps: &mut Steps) -> Outcome {
        let concerned = self.covering(&|_| true);
        self.decide(&concerned, (Carries::ALL, true), glob, &|_| Some(Clause::new()), steps)
    }

    /// Whether the holder may do what no list knows, to anything: nothing of note is left out.
    pub(super) fn anything_at_all(&mut self, steps: &mut Steps) -> bool {
        let action = "unheardof:anything";
        let concerned = self.covering(&|element| covers(element, action));
        let also = |compiler: &mut Compiler<'_>| {
            let resource = compiler.resource_dimension();
            Some(vec![compiler.space.within(resource, Pattern::literal("*"))])
        };
        let outcome = self.decide(&concerned, (Carries::ALL, true), action, &also, steps);
        matches!(outcome, Outcome::Request(_))
    }

    /// The witness, which speaks of the keys that some condition looks at.
    pub(super) fn witness(&self, request: Request) -> Witness {
        let conditions = || self.roles.statements.iter().flat_map(|s| &s.conditions);
        Witness::of_permission(request, |key| conditions().any(|c| c.key.is(key)))
    }

    pub(super) fn is_allowed(&self, request: &Request) -> bool {
        self.roles.allowed(&self.sorted, request) == Some(true)
    }

    fn decide(
        &mut self,
        concerned: &Concerned,
        (carries, any_action): (Carries, bool),
        action: &str,
        also: &dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
        steps: &mut Steps,
    ) -> Outcome {
        if concerned.layers.iter().any(Vec::is_empty) {
            return Outcome::Nothing;
        }
        let key = (carries, any_action);
        let mut inquiry = self.inquiries.remove(&key).unwrap_or_else(|| {
            let holder = Holder { facts: self.facts, carries, any_action };
            Inquiry::new(self.roles.statements.clone(), Box::new(holder))
        });
        let outcome = self.decide_by(&mut inquiry, concerned, action, also, steps);
        self.inquiries.insert(key, inquiry);
        outcome
    }

    fn decide_by(
        &self,
        inquiry: &mut Inquiry<'a>,
        concerned: &Concerned,
        action: &str,
        also: &dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
        steps: &mut Steps,
    ) -> Outcome {
        let confirm = |request: &Request| self.is_allowed(request);
        let (action, outside) = (Some(action), concerned.denies.as_slice());
        let mut doubt = Outcome::Nothing;
        for allow in concerned.layers.first().into_iter().flatten() {
            for inside in joined(*allow, &concerned.layers) {
                let ask = Ask { inside: &inside, outside, action, also, confirm: &confirm };
                match inquiry.decide(&ask, steps) {
                    Outcome::Nothing => {}
                    request @ Outcome::Request(_) => return request,
                    unknown @ Outcome::Unknown(_) => doubt = unknown,
                }
            }
        }
        doubt
    }
}

/// The box of requests that use the capability, but for their action.
pub(super) fn capability(
    facts: &GrantFacts,
    action: &str,
    services: &[&str],
    carries: Carries,
    compiler: &mut Compiler<'_>,
) -> Option<Clause> {
    let mut clause = Clause::new();
    let dimension = compiler.resource_dimension();
    let target = Target::of(action);
    compiler.space.suggest(dimension, target.sample(facts));
    clause.push(compiler.space.within(dimension, target.pattern(facts)));
    let harmless = target.harmless(facts);
    if !harmless.is_empty() {
        clause.push(compiler.space.within(dimension, literals(&harmless)).not());
    }
    let mut require = |key: &str, texts: &[String], negated: bool| {
        let key = ConditionKey::new(key);
        let meaning = compiler.world.key(&key);
        let form = Predicate { negated, on_missing: negated, ..Predicate::PLAIN };
        let truth = compiler.literal(&key, &meaning, ValueTest::Words(literals(texts)), form);
        add(&mut clause, truth)
    };
    if carries.boundary && !facts.safe_boundaries.is_empty() {
        require("iam:PermissionsBoundary", &facts.safe_boundaries, true)?;
    }
    if carries.policy && !facts.safe_policies.is_empty() {
        require("iam:PolicyARN", &facts.safe_policies, true)?;
    }
    if carries.service && !services.is_empty() {
        let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
        require("iam:PassedToService", &services, false)?;
    }
    Some(clause)
}

fn covers(element: &Element<ActionPattern>, action: &str) -> bool {
    element.entries().iter().any(|entry| entry.matches(action)) != element.is_inverted()
}

fn literals(texts: &[String]) -> Pattern {
    Pattern::union(texts.iter().map(|text| text.chars().map(Token::Literal)))
}
