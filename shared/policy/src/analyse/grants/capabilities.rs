//! A role's permissions, compiled once for all that is asked of them.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    GrantFacts, Grants,
    actions::{Actions, CATALOGUE, Use, Way},
    capability::{Kind, Looks},
    catalogue,
    holder::{Carries, Holder},
};
use crate::{
    Request, Statement,
    analyse::{
        Answer, Budget, Reason, Witness,
        budget::Steps,
        compile::Compiler,
        inquiry::{Ask, Inquiry, Outcome, StatementId},
        search::Clause,
        within::{Permissions, Place, Roles, Sorted, joined},
        words::Pattern,
    },
};

/// What some permissions let their holder do, found out statement by statement and remembered.
///
/// All questions about a role are asked of one of these: what one question settled, the next one knows. With
/// [`consider`](Self::consider) they are asked of some of the Allow statements only.
pub struct Capabilities<'a> {
    pub(super) facts: &'a GrantFacts,
    pub(super) roles: Roles<'a>,
    sorted: Sorted<'a>,
    /// For each statement, whether it counts.
    counts: Vec<bool>,
    /// For each statement, the actions of the catalogue that it covers. Empty until it is needed.
    covered: Vec<Actions>,
    /// The ways of which every layer covers all actions.
    within_reach: Vec<&'static Way>,
    classes: Option<Vec<Class>>,
    pub(super) limits: Vec<Rc<Limits>>,
    /// One inquiry for each combination of keys that requests carry.
    inquiries: BTreeMap<(Carries, bool), Inquiry<'a>>,
    /// For each kind of capability, what each Allow statement says.
    settled: BTreeMap<(Kind, StatementId), Outcome>,
    /// The kind and class that was found granted last: many capabilities in a row have the same.
    granted_last: Option<(Kind, usize)>,
    /// For some kinds of capability and their classes, whether no session can have all of them.
    pub(super) apart: BTreeMap<Vec<(Kind, usize)>, bool>,
}

/// Actions that the same statements cover.
#[derive(Debug)]
pub(super) struct Class {
    actions: Actions,
    /// The Allow statements of the first layer.
    pub(super) allows: Vec<StatementId>,
    /// The number of its limits.
    limits: usize,
    pub(super) looks: Looks,
}

/// What stands around an Allow statement of the first layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// The Allow statements of each further layer, of which one has to allow too.
    pub(super) further: Vec<Vec<StatementId>>,
    pub(super) denies: Vec<StatementId>,
}

/// Whether a capability is granted.
enum Granted {
    Yes,
    Perhaps(Reason),
    No,
}

/// Whether a way is open.
enum Opening {
    /// Every capability is granted, all at once; each has its request.
    Open,
    Perhaps(Reason),
    Closed,
}

impl<'a> Capabilities<'a> {
    /// Those of a role with these permissions, of which the first layer are the identity policies.
    #[must_use]
    pub fn new(permissions: &Permissions<'a>, facts: &'a GrantFacts) -> Self {
        let mut roles = Roles::default();
        let sorted = roles.sort(permissions);
        Self {
            facts,
            counts: vec![true; roles.statements.len()],
            roles,
            sorted,
            covered: Vec::new(),
            within_reach: Vec::new(),
            classes: None,
            limits: Vec::new(),
            inquiries: BTreeMap::new(),
            settled: BTreeMap::new(),
            granted_last: None,
            apart: BTreeMap::new(),
        }
    }

    /// From now on only those Allow statements of the first layer count for which `counts` is true, and every
    /// Deny, as if the others did not stand there.
    pub fn consider(&mut self, counts: impl Fn(Place) -> bool) {
        for id in self.sorted.layers.first().into_iter().flatten() {
            if let (Some(place), Some(slot)) = (self.roles.places.get(*id), self.counts.get_mut(*id)) {
                *slot = counts(*place);
            }
        }
        self.classes = None;
        self.granted_last = None;
        self.apart.clear();
    }

    /// Which ways to more permissions than it has are open to the holder?
    #[must_use]
    pub fn grants(&mut self, budget: Budget) -> Grants {
        let mut steps = Steps::new(budget);
        let mut result = Grants { answer: Answer::Proved, escalates: false, admin: false, paths: Vec::new() };
        let mut core = 0;
        for way in self.ways() {
            match self.open(way, &mut steps) {
                Opening::Open => {
                    core += usize::from(way.path.kind == catalogue::Kind::Core);
                    result.paths.push(way.path.actions);
                    if !matches!(result.answer, Answer::Refuted(_)) {
                        result.answer = self.shown(way);
                    }
                }
                Opening::Perhaps(reason) => {
                    if result.answer.is_proved() {
                        result.answer = Answer::Unknown(reason);
                    }
                }
                Opening::Closed => {}
            }
        }
        result.escalates = !result.answer.is_proved();
        result.admin =
            core == CATALOGUE.core && matches!(self.anything_at_all(&mut steps), Outcome::Request(_));
        result
    }

    /// Is some way to more permissions open, as a request shows?
    ///
    /// The same as a refutation by [`grants`](Self::grants), and sooner told.
    #[must_use]
    pub fn open_a_way(&mut self, budget: Budget) -> bool {
        let mut steps = Steps::new(budget);
        self.ways().any(|way| {
            matches!(self.open(way, &mut steps), Opening::Open)
                && matches!(self.shown(way), Answer::Refuted(_))
        })
    }

    /// For each action of an open path, the Allow statements of the first layer that grant it, each alone and
    /// after all denies, or perhaps do. Without those of one action the path is closed.
    #[must_use]
    pub fn guilty(&mut self, path: &[&'static str], budget: Budget) -> Vec<Vec<Place>> {
        let mut steps = Steps::new(budget);
        let Some(way) = CATALOGUE.ways.iter().find(|way| way.path.actions == path) else { return Vec::new() };
        way.uses.iter().map(|usage| self.granted_by(usage, &mut steps)).collect()
    }

    /// Are the permissions those of an administrator, but for what the holder can undo? Then a request that shows it.
    ///
    /// The same as [`Grants::admin`], and soon decided for everybody else.
    #[must_use]
    pub fn are_an_administrators(&mut self, budget: Budget) -> Option<Witness> {
        let mut steps = Steps::new(budget);
        let Outcome::Request(anything) = self.anything_at_all(&mut steps) else { return None };
        let mut core = CATALOGUE.ways.iter().filter(|way| way.path.kind == catalogue::Kind::Core);
        if !core.clone().all(|way| matches!(self.open(way, &mut steps), Opening::Open)) {
            return None;
        }
        // Whoever may rewrite any policy may do everything.
        let telling = core.find(|way| way.path.actions == ["iam:CreatePolicyVersion"]);
        let shown = telling.and_then(|way| self.shown(way).witness().cloned());
        Some(shown.unwrap_or_else(|| self.witness(*anything)))
    }

    /// Are the permissions perhaps those of an administrator, for all that could be decided? Then why that is not
    /// known.
    #[must_use]
    pub fn may_be_an_administrators(&mut self, budget: Budget) -> Option<Reason> {
        let mut steps = Steps::new(budget);
        let mut doubt = match self.anything_at_all(&mut steps) {
            Outcome::Nothing => return None,
            Outcome::Unknown(reason) => Some(reason),
            Outcome::Request(_) => None,
        };
        for way in CATALOGUE.ways.iter().filter(|way| way.path.kind == catalogue::Kind::Core) {
            match self.open(way, &mut steps) {
                Opening::Closed => return None,
                Opening::Perhaps(reason) => doubt = doubt.or(Some(reason)),
                Opening::Open => {}
            }
        }
        doubt
    }

    /// Is no request allowed whose action matches the glob `action`, on any resource, in any context?
    ///
    /// `Refuted` shows a request that is allowed.
    #[must_use]
    pub fn never_allow(&mut self, action: &str, budget: Budget) -> Answer<Witness> {
        match self.any(action, &|_| true, &|_| Some(Clause::new()), &mut Steps::new(budget)) {
            Outcome::Nothing => Answer::Proved,
            Outcome::Request(request) => Answer::Refuted(self.witness(*request)),
            Outcome::Unknown(reason) => Answer::Unknown(reason),
        }
    }
}

impl<'a> Capabilities<'a> {
    /// The ways within reach that count for this holder.
    fn ways(&mut self) -> impl Iterator<Item = &'static Way> + use<> {
        self.classify();
        let capped = self.sorted.layers.len() > 1;
        let counts = move |way: &&Way| way.path.kind != catalogue::Kind::Boundary || capped;
        self.within_reach.clone().into_iter().filter(counts)
    }

    /// Whether every capability of the way is granted, all at once.
    fn open(&mut self, way: &Way, steps: &mut Steps) -> Opening {
        self.classify();
        let mut doubt = None;
        // `iam:PassRole`, which comes first, is another question for each service.
        for usage in way.uses.iter().rev() {
            match self.granted(usage, steps) {
                Granted::No => return Opening::Closed,
                Granted::Perhaps(reason) => doubt = doubt.or(Some(reason)),
                Granted::Yes => {}
            }
        }
        match doubt {
            Some(reason) => Opening::Perhaps(reason),
            None if way.uses.len() > 1
                && self.asks_of_the_session()
                && self.exclude_each_other(way, steps) =>
            {
                Opening::Closed
            }
            None => Opening::Open,
        }
    }

    /// The request that an open way ends with. One was confirmed for each kind of capability; this one is
    /// confirmed in its own name too.
    fn shown(&self, way: &Way) -> Answer<Witness> {
        let request = way.uses.last().and_then(|usage| self.request(usage));
        match request.filter(|request| self.is_allowed(request)) {
            Some(request) => Answer::Refuted(self.witness(request)),
            None => Answer::Unknown(Reason::Unconfirmed),
        }
    }

    /// Whether the holder may use the capability on something that would give it more.
    fn granted(&mut self, usage: &Use, steps: &mut Steps) -> Granted {
        let Some((kind, class)) = self.kind(usage) else { return Granted::No };
        if self.granted_last == Some((kind, class)) {
            return Granted::Yes;
        }
        let mut granted = Granted::No;
        for at in 0.. {
            let Some(allow) = self.allow(class, at) else { break };
            match self.settle(kind, allow, usage, steps) {
                Granted::Yes => {
                    self.granted_last = Some((kind, class));
                    return Granted::Yes;
                }
                doubt @ Granted::Perhaps(_) => granted = doubt,
                Granted::No => {}
            }
        }
        granted
    }

    fn granted_by(&mut self, usage: &Use, steps: &mut Steps) -> Vec<Place> {
        self.classify();
        let Some((kind, class)) = self.kind(usage) else { return Vec::new() };
        let allows: Vec<StatementId> = (0..).map_while(|at| self.allow(class, at)).collect();
        let guilty = allows
            .into_iter()
            .filter(|allow| !matches!(self.settle(kind, *allow, usage, steps), Granted::No))
            .collect::<Vec<_>>();
        guilty.iter().filter_map(|allow| self.roles.places.get(*allow)).copied().collect()
    }

    /// The kind of the capability and the number of its action's class; nothing if no way within reach takes it.
    pub(super) fn kind(&self, usage: &Use) -> Option<(Kind, usize)> {
        let classes = self.classes.as_deref()?;
        let at = classes.iter().position(|class| class.actions.has(usage.number))?;
        let class = classes.get(at)?;
        Some((Kind::of(usage, class.limits, class.looks, self.facts), at))
    }

    /// Does some statement ask for what a session has only one of?
    fn asks_of_the_session(&self) -> bool {
        self.classes.iter().flatten().any(|class| class.looks.session)
    }

    pub(super) fn class(&self, at: usize) -> Option<&Class> {
        self.classes.as_ref()?.get(at)
    }

    fn allow(&self, class: usize, at: usize) -> Option<StatementId> {
        self.class(class)?.allows.get(at).copied()
    }

    /// The request that shows that a capability is granted, if it is.
    pub(super) fn request(&self, usage: &Use) -> Option<Request> {
        let (kind, class) = self.kind(usage)?;
        let settled = self.class(class)?.allows.iter().filter_map(|allow| self.settled.get(&(kind, *allow)));
        let found = settled.filter_map(|outcome| match outcome {
            Outcome::Request(request) => Some(&**request),
            Outcome::Nothing | Outcome::Unknown(_) => None,
        });
        found.map(|found| kind.request(usage, self.facts, found)).next()
    }

    /// What one Allow statement says of a kind of capability.
    fn settle(&mut self, kind: Kind, allow: StatementId, usage: &Use, steps: &mut Steps) -> Granted {
        if let Some(known) = self.settled.get(&(kind, allow)) {
            return Granted::of(known);
        }
        let Some(limits) = self.limits.get(kind.limits).cloned() else { return Granted::No };
        let facts = self.facts;
        let also = |compiler: &mut Compiler<'_>| kind.used(facts, compiler);
        let asked =
            Asked { limits: &limits, world: (kind.carries, false), action: usage.action.name, also: &also };
        let outcome = self.decide(allow, &asked, steps);
        let granted = Granted::of(&outcome);
        if outcome != Outcome::Unknown(Reason::Budget) {
            self.settled.insert((kind, allow), outcome);
        }
        granted
    }

    /// Sorts the actions of the ways within reach by the statements that cover them.
    fn classify(&mut self) {
        if self.classes.is_some() {
            return;
        }
        if self.covered.is_empty() {
            self.covered = self.roles.statements.iter().map(|s| CATALOGUE.covered(&s.action)).collect();
        }
        let layers = self.sorted.layers.iter().map(|layer| self.covered_by(layer));
        self.within_reach = CATALOGUE.within(layers.reduce(Actions::and).unwrap_or(Actions::NONE));
        let wanted = self.within_reach.iter().map(|way| way.actions).fold(Actions::NONE, Actions::or);
        let mut classes: Vec<Actions> = if wanted.is_empty() { Vec::new() } else { vec![wanted] };
        for covered in self.counting().filter_map(|id| self.covered.get(id)) {
            if !classes.is_empty() && !covered.and(wanted).is_empty() && !covered.includes(wanted) {
                let parts = classes.iter().flat_map(|class| [class.and(*covered), class.without(*covered)]);
                classes = parts.filter(|part| !part.is_empty()).collect();
            }
        }
        let classes = classes.into_iter().map(|actions| self.class_of(actions)).collect();
        self.classes = Some(classes);
    }

    fn class_of(&mut self, actions: Actions) -> Class {
        let covers =
            |id: &StatementId| self.covered.get(*id).is_some_and(|covered| covered.includes(actions));
        let (allows, limits) = self.covering(&covers);
        let all = allows.iter().chain(limits.further.iter().flatten()).chain(&limits.denies);
        let looks =
            all.filter_map(|id| self.statement(*id)).map(Looks::of).fold(Looks::default(), Looks::and);
        let known = self.limits.iter().position(|known| **known == limits);
        let at = known.unwrap_or_else(|| {
            self.limits.push(Rc::new(limits));
            self.limits.len() - 1
        });
        Class { actions, allows, limits: at, looks }
    }

    /// The statements for which `covers` is true: the Allows of the first layer that count, and what limits them.
    fn covering(&self, covers: &dyn Fn(&StatementId) -> bool) -> (Vec<StatementId>, Limits) {
        let some = |ids: &[StatementId]| ids.iter().filter(|id| covers(id)).copied().collect::<Vec<_>>();
        let mut allows = self.sorted.layers.first().map(|layer| some(layer)).unwrap_or_default();
        allows.retain(|id| self.does_count(*id));
        let further = self.sorted.layers.iter().skip(1).map(|layer| some(layer)).collect();
        (allows, Limits { further, denies: some(&self.sorted.denies) })
    }

    fn covered_by(&self, layer: &[StatementId]) -> Actions {
        let counting = layer.iter().filter(|id| self.does_count(**id));
        counting.filter_map(|id| self.covered.get(*id)).copied().fold(Actions::NONE, Actions::or)
    }

    fn counting(&self) -> impl Iterator<Item = StatementId> {
        self.counts.iter().enumerate().filter_map(|(id, counts)| counts.then_some(id))
    }

    fn does_count(&self, id: StatementId) -> bool {
        self.counts.get(id) == Some(&true)
    }

    pub(super) fn statement(&self, id: StatementId) -> Option<&'a Statement> {
        self.roles.statements.get(id).copied()
    }
}

/// A question about one Allow statement of the first layer.
struct Asked<'q> {
    limits: &'q Limits,
    /// Which of IAM's own keys requests carry, and whether they may miss them.
    world: (Carries, bool),
    action: &'q str,
    also: &'q dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
}

impl<'a> Capabilities<'a> {
    /// A request for what no list knows, of anything, if the holder may make it: nothing of note is left out.
    fn anything_at_all(&mut self, steps: &mut Steps) -> Outcome {
        let action = "unheardof:anything";
        let also = |compiler: &mut Compiler<'_>| {
            let resource = compiler.resource_dimension();
            Some(vec![compiler.space.within(resource, Pattern::literal("*"))])
        };
        self.any(action, &|statement| statement.covers_action(action), &also, steps)
    }

    /// Whether the holder may perform some action that the glob matches, as far as these statements tell.
    fn any(
        &mut self,
        glob: &str,
        covers: &dyn Fn(&Statement) -> bool,
        also: &dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
        steps: &mut Steps,
    ) -> Outcome {
        let (allows, limits) = self.covering(&|id| self.statement(*id).is_some_and(covers));
        let asked = Asked { limits: &limits, world: (Carries::ALL, true), action: glob, also };
        let mut doubt = Outcome::Nothing;
        for allow in allows {
            match self.decide(allow, &asked, steps) {
                Outcome::Nothing => {}
                request @ Outcome::Request(_) => return request,
                unknown @ Outcome::Unknown(_) => doubt = unknown,
            }
        }
        doubt
    }

    fn decide(&mut self, allow: StatementId, asked: &Asked<'_>, steps: &mut Steps) -> Outcome {
        let mut inquiry = self.inquiries.remove(&asked.world).unwrap_or_else(|| {
            let (carries, any_action) = asked.world;
            let holder = Holder { facts: self.facts, carries, any_action };
            Inquiry::new(self.roles.statements.clone(), Box::new(holder))
        });
        let outcome = self.decide_by(&mut inquiry, allow, asked, steps);
        self.inquiries.insert(asked.world, inquiry);
        outcome
    }

    fn decide_by(
        &self,
        inquiry: &mut Inquiry<'a>,
        allow: StatementId,
        asked: &Asked<'_>,
        steps: &mut Steps,
    ) -> Outcome {
        let confirm = |request: &Request| self.is_allowed(request);
        let mut doubt = Outcome::Nothing;
        for inside in joined(allow, &asked.limits.further) {
            let ask = Ask {
                inside: &inside,
                outside: &asked.limits.denies,
                action: Some(asked.action),
                also: asked.also,
                confirm: &confirm,
            };
            match inquiry.decide(&ask, steps) {
                Outcome::Nothing => {}
                request @ Outcome::Request(_) => return request,
                unknown @ Outcome::Unknown(_) => doubt = unknown,
            }
        }
        doubt
    }

    /// The witness, which speaks of the keys that some condition looks at.
    fn witness(&self, request: Request) -> Witness {
        let conditions = || self.roles.statements.iter().flat_map(|s| &s.conditions);
        Witness::of_permission(request, |key| conditions().any(|c| c.key.is(key)))
    }

    pub(super) fn is_allowed(&self, request: &Request) -> bool {
        self.roles.allowed(&self.sorted, request) == Some(true)
    }
}

impl Granted {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Nothing => Self::No,
            Outcome::Unknown(reason) => Self::Perhaps(reason.clone()),
            Outcome::Request(_) => Self::Yes,
        }
    }
}
