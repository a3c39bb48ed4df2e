//! One question about statements: is there a request to which all of these apply and none of those?
//! Takes care of the two readings of resources, of policy variables, and of confirming what is found.

mod narrow;
mod only;
mod spelling;

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    answer::Reason,
    budget::{Exhausted, Steps},
    compile::{
        Binding, Compiler, Reading, Side, Truth, Variables, action_pattern, add, samples, set_tested,
        variables_of,
    },
    point,
    search::{self, Clause, Found},
    space::{Literal, Space},
    world::World,
};
use crate::{ConditionKey, Request, Statement};
use narrow::Narrowed;
use spelling::Spelled;

/// The number of a statement in an inquiry.
pub(crate) type StatementId = usize;

/// Statements about which questions are asked, in one world.
pub(crate) struct Inquiry<'a> {
    statements: Vec<&'a Statement>,
    /// Their action elements, each looked into when first needed.
    spelled: Vec<OnceCell<Spelled<'a>>>,
    world: Box<dyn World + 'a>,
    set_tested: BTreeSet<ConditionKey>,
    sessions: Sessions,
}

/// What is asked.
pub(crate) struct Ask<'q> {
    /// All of these apply.
    pub(crate) inside: &'q [StatementId],
    /// None of these does.
    pub(crate) outside: &'q [StatementId],
    /// The glob that the action matches; absent, it is any action.
    pub(crate) action: Option<&'q str>,
    /// What else has to hold; `None` if it cannot.
    pub(crate) also: &'q dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
    /// Whether the evaluator agrees with the request that was found.
    pub(crate) confirm: &'q dyn Fn(&Request) -> bool,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is no such request.
    Nothing,
    /// This one, confirmed.
    Request(Box<Request>),
    /// Not decided.
    Unknown(Reason),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Plain,
    Symbolic,
    Bound(BTreeMap<ConditionKey, Binding>),
}

type Sessions = BTreeMap<(Mode, &'static [Reading]), Session>;

/// A space with the boxes compiled into it so far, all without their actions.
struct Session {
    space: Space,
    variables: Variables,
    readings: &'static [Reading],
    actions: BTreeMap<StatementId, Truth>,
    inside: BTreeMap<StatementId, Option<Clause>>,
    outside: BTreeMap<StatementId, Vec<Clause>>,
}

/// A question, and what is left of it.
struct Question<'q> {
    ask: &'q Ask<'q>,
    narrowed: Narrowed<'q>,
}

impl<'a> Inquiry<'a> {
    pub(crate) fn new(statements: Vec<&'a Statement>, world: Box<dyn World + 'a>) -> Self {
        let set_tested = set_tested(statements.iter().copied());
        let spelled = statements.iter().map(|_| OnceCell::new()).collect();
        Self { statements, spelled, world, set_tested, sessions: BTreeMap::new() }
    }

    /// Answers a question.
    pub(crate) fn decide(&mut self, ask: &Ask<'_>, steps: &mut Steps) -> Outcome {
        let mut sessions = std::mem::take(&mut self.sessions);
        let outcome = match self.narrow(ask, steps) {
            Ok(None) => Outcome::Nothing,
            Ok(Some(narrowed)) => self.decide_narrowed(&Question { ask, narrowed }, &mut sessions, steps),
            Err(Exhausted) => Outcome::Unknown(Reason::Budget),
        };
        self.sessions = sessions;
        outcome
    }

    fn decide_narrowed(
        &self,
        question: &Question<'_>,
        sessions: &mut Sessions,
        steps: &mut Steps,
    ) -> Outcome {
        let variable = self.involved(question).flat_map(|s| variables_of(s, &*self.world)).next();
        let readings = if self.involved(question).any(ambiguous) { BOTH_READINGS } else { ONE_READING };
        let Some(key) = variable else { return self.read(question, &Mode::Plain, readings, sessions, steps) };
        if let Some(values) = self.only_values(question) {
            return self.read(question, &Mode::Bound(values), readings, sessions, steps);
        }
        match self.read(question, &Mode::Symbolic, readings, sessions, steps) {
            Outcome::Unknown(reason) if reason != Reason::Budget => {
                let found = self.ground(question, readings, sessions, steps);
                found.unwrap_or(Outcome::Unknown(Reason::Variable(key)))
            }
            outcome @ (Outcome::Nothing | Outcome::Request(_) | Outcome::Unknown(_)) => outcome,
        }
    }

    fn statement(&self, id: StatementId) -> Option<&'a Statement> {
        self.statements.get(id).copied()
    }

    fn involved<'s>(
        &'s self,
        question: &'s Question<'_>,
    ) -> impl Iterator<Item = &'a Statement> + Clone + 's {
        let Question { ask, narrowed } = question;
        ask.inside.iter().chain(&narrowed.outside).filter_map(|id| self.statement(*id))
    }

    /// A request has to be one under every reading, a proof has to hold under each.
    fn read(
        &self,
        question: &Question<'_>,
        mode: &Mode,
        readings: &'static [&'static [Reading]],
        sessions: &mut Sessions,
        steps: &mut Steps,
    ) -> Outcome {
        let mut doubt = None;
        for (at, readings) in readings.iter().enumerate() {
            match self.ask(question, mode, readings, sessions, steps) {
                Outcome::Nothing => {}
                Outcome::Request(request) if at == 0 => return Outcome::Request(request),
                Outcome::Request(_) => doubt = Some(Reason::Reading),
                // The evaluator knows one reading only.
                Outcome::Unknown(Reason::Unconfirmed) if at > 0 => doubt = Some(Reason::Reading),
                Outcome::Unknown(reason) => doubt = Some(reason),
            }
        }
        doubt.map_or(Outcome::Nothing, Outcome::Unknown)
    }

    /// Tries values for the variables; only a confirmed request counts.
    fn ground(
        &self,
        question: &Question<'_>,
        readings: &'static [&'static [Reading]],
        sessions: &mut Sessions,
        steps: &mut Steps,
    ) -> Option<Outcome> {
        let readings = readings.first()?;
        samples(self.involved(question), &*self.world)
            .into_iter()
            .map(|binding| self.ask(question, &Mode::Bound(binding), readings, sessions, steps))
            .find(|outcome| matches!(outcome, Outcome::Request(_) | Outcome::Unknown(Reason::Budget)))
    }

    fn ask(
        &self,
        question: &Question<'_>,
        mode: &Mode,
        readings: &'static [Reading],
        sessions: &mut Sessions,
        steps: &mut Steps,
    ) -> Outcome {
        let session =
            sessions.entry((mode.clone(), readings)).or_insert_with(|| Session::new(mode, readings));
        let Some(inside) = self.inside(question, mode, session) else { return Outcome::Nothing };
        let against = self.against(question, session);
        let Some(outside) = relevant(&against, &inside, &session.outside) else { return Outcome::Nothing };
        let outside: Vec<&Clause> = outside.iter().map(|clause| &**clause).collect();
        match search::find(&mut session.space, &inside, &outside, steps) {
            Found::Nothing => Outcome::Nothing,
            Found::Unknown(reason) => Outcome::Unknown(reason),
            Found::Point(model) => self.confirmed(question, &session.space, &model),
        }
    }

    fn confirmed(&self, question: &Question<'_>, space: &Space, model: &[usize]) -> Outcome {
        let Question { ask, narrowed } = question;
        let request = point::request(space, model, &*self.world).map(|mut request| {
            let action = narrowed.action().unwrap_or(&request.action);
            request.action = point::spelled(&action.to_ascii_lowercase(), self.involved(question));
            request
        });
        match request {
            Some(request) if (ask.confirm)(&request) => Outcome::Request(Box::new(request)),
            Some(_) | None => Outcome::Unknown(point::why_not(space)),
        }
    }

    /// The box of all statements inside together, under every reading.
    fn inside(&self, question: &Question<'_>, mode: &Mode, session: &mut Session) -> Option<Clause> {
        session.variables.forget_carriers();
        if *mode == Mode::Symbolic {
            session.inside.clear();
        }
        let readings = session.readings;
        let mut all = self.action(question, session)?;
        for id in question.ask.inside {
            if !session.inside.contains_key(id) {
                let statement = self.statement(*id)?;
                let compile = |r: &Reading| session.compiler(self, *r).statement(statement, Side::Inside);
                let boxes: Option<Vec<Clause>> = readings.iter().map(compile).collect();
                session.inside.insert(*id, boxes.map(|boxes| boxes.concat()));
            }
            all.extend(session.inside.get(id)?.as_ref()?);
        }
        all.extend((question.ask.also)(&mut session.compiler(self, Reading::Text))?);
        if let Mode::Bound(values) = mode {
            for (key, value) in values {
                all.extend(session.compiler(self, Reading::Text).pin(key, value.as_deref())?);
            }
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    /// What has to hold of the action; nothing, if there is only one.
    fn action(&self, question: &Question<'_>, session: &mut Session) -> Option<Clause> {
        let narrowed = &question.narrowed;
        let mut clause = Clause::new();
        if narrowed.action().is_some() {
            return Some(clause);
        }
        for id in &narrowed.partial {
            add(&mut clause, session.action(self, *id, self.statement(*id)?))?;
        }
        if !narrowed.globs.contains(&"*") {
            let mut compiler = session.compiler(self, Reading::Text);
            let dimension = compiler.action_dimension();
            clause.push(compiler.space.within(dimension, action_pattern(narrowed.globs.iter().copied())));
        }
        Some(clause)
    }

    /// Compiles what stands outside: each statement, and what its action adds to its boxes.
    fn against(&self, question: &Question<'_>, session: &mut Session) -> Vec<(StatementId, Option<Literal>)> {
        let readings = session.readings;
        let mut against = Vec::new();
        for id in &question.narrowed.outside {
            let Some(statement) = self.statement(*id) else { continue };
            if !session.outside.contains_key(id) {
                let compile = |r: &Reading| session.compiler(self, *r).statement(statement, Side::Outside);
                let mut boxes: Vec<Clause> = readings.iter().filter_map(compile).collect();
                boxes.dedup();
                session.outside.insert(*id, boxes);
            }
            let is_covered = self.spelled(*id).is_some_and(|element| question.narrowed.is_covered(element));
            match if is_covered { Truth::Always } else { session.action(self, *id, statement) } {
                Truth::Always => against.push((*id, None)),
                Truth::Is(literal) => against.push((*id, Some(literal))),
                Truth::Never => {}
            }
        }
        against
    }
}

/// The boxes outside that have a point in common with the one inside, as far as their literals tell; `None`
/// if one of them covers it.
fn relevant<'b>(
    against: &[(StatementId, Option<Literal>)],
    inside: &Clause,
    boxes: &'b BTreeMap<StatementId, Vec<Clause>>,
) -> Option<Vec<Cow<'b, Clause>>> {
    let holds = |literal: &Literal| inside.binary_search(literal).is_ok();
    let mut relevant = Vec::new();
    for (id, action) in against {
        for clause in boxes.get(id).into_iter().flatten() {
            let literals = || action.iter().chain(clause);
            if literals().all(holds) {
                return None;
            }
            if literals().any(|literal| holds(&literal.not())) {
                continue;
            }
            relevant.push(match action {
                None => Cow::Borrowed(clause),
                Some(_) => Cow::Owned(literals().copied().collect()),
            });
        }
    }
    Some(relevant)
}

impl Session {
    fn new(mode: &Mode, readings: &'static [Reading]) -> Self {
        let variables = match mode {
            Mode::Plain => Variables::none(),
            Mode::Symbolic => Variables::symbolic(),
            Mode::Bound(values) => Variables::Bound(values.clone()),
        };
        Self {
            space: Space::default(),
            variables,
            readings,
            actions: BTreeMap::new(),
            inside: BTreeMap::new(),
            outside: BTreeMap::new(),
        }
    }

    fn action(&mut self, inquiry: &Inquiry<'_>, id: StatementId, statement: &Statement) -> Truth {
        if let Some(known) = self.actions.get(&id) {
            return *known;
        }
        let truth = self.compiler(inquiry, Reading::Text).action(&statement.action);
        self.actions.insert(id, truth);
        truth
    }

    fn compiler<'s>(&'s mut self, inquiry: &'s Inquiry<'_>, reading: Reading) -> Compiler<'s> {
        Compiler {
            space: &mut self.space,
            world: &*inquiry.world,
            variables: &self.variables,
            reading,
            set_tested: &inquiry.set_tested,
            request: 0,
            literals: &NO_LITERALS,
        }
    }
}

const ONE_READING: &[&[Reading]] = &[&[Reading::Text]];
const BOTH_READINGS: &[&[Reading]] =
    &[&[Reading::Text, Reading::Segments], &[Reading::Text], &[Reading::Segments]];

/// No world of an inquiry asks for the texts that keys are compared with.
static NO_LITERALS: BTreeMap<ConditionKey, Vec<String>> = BTreeMap::new();

/// Whether some resource has a wildcard before its fifth colon.
fn ambiguous(statement: &Statement) -> bool {
    let entries = statement.resource.iter().flat_map(|r| r.entries());
    entries
        .map(|entry| entry.glob.as_str())
        .any(|text| text != "*" && text.split(':').take(5).any(|segment| segment.contains(['*', '?'])))
}
