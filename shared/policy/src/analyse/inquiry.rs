//! One question about statements: is there a request to which all of these apply and none of those?
//! Takes care of the two readings of resources, of policy variables, and of confirming what is found.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::Reason,
    budget::Steps,
    compile::{Binding, Compiler, Reading, Side, Variables, literals, samples, set_tested, variables_of},
    point,
    search::{self, Clause, Found},
    space::Space,
    world::World,
};
use crate::{ConditionKey, Request, Statement};

/// The number of a statement in an inquiry.
pub(crate) type StatementId = usize;

/// Statements about which questions are asked, in one world.
pub(crate) struct Inquiry<'a> {
    statements: Vec<Traits<'a>>,
    world: Box<dyn World + 'a>,
    set_tested: BTreeSet<ConditionKey>,
    literals: BTreeMap<ConditionKey, Vec<String>>,
    sessions: BTreeMap<SessionKey, Session>,
    bindings: Option<Vec<BTreeMap<ConditionKey, Binding>>>,
}

struct Traits<'a> {
    statement: &'a Statement,
    /// Its resources can be read in two ways.
    ambiguous: bool,
    variables: BTreeSet<ConditionKey>,
}

/// What is asked.
pub(crate) struct Ask<'q> {
    /// All of these apply.
    pub(crate) inside: &'q [StatementId],
    /// None of these does.
    pub(crate) outside: &'q [StatementId],
    /// What else has to hold; `None` if it cannot.
    pub(crate) also: &'q dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
    /// Further boxes that the request has to avoid.
    pub(crate) avoid: &'q dyn Fn(&mut Compiler<'_>) -> Vec<Clause>,
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

type SessionKey = (Mode, Vec<ReadingKey>);
type ReadingKey = bool;

/// A space with the boxes compiled into it so far.
struct Session {
    space: Space,
    variables: Variables,
    readings: Vec<Reading>,
    inside: BTreeMap<StatementId, Vec<Option<Clause>>>,
    outside: BTreeMap<StatementId, Vec<Clause>>,
}

impl<'a> Inquiry<'a> {
    pub(crate) fn new(statements: Vec<&'a Statement>, world: Box<dyn World + 'a>) -> Self {
        let set_tested = set_tested(statements.iter().copied());
        let literals = literals(statements.iter().copied());
        let statements = statements
            .into_iter()
            .map(|statement| Traits {
                statement,
                ambiguous: ambiguous(statement),
                variables: variables_of(statement, &*world),
            })
            .collect();
        Self { statements, world, set_tested, literals, sessions: BTreeMap::new(), bindings: None }
    }

    /// Answers a question.
    pub(crate) fn decide(&mut self, ask: &Ask<'_>, steps: &mut Steps) -> Outcome {
        let variables = self.involved(ask).flat_map(|t| &t.variables).next().cloned();
        let readings: &[&[Reading]] = if self.involved(ask).any(|t| t.ambiguous) {
            &[&[Reading::Text, Reading::Segments], &[Reading::Text], &[Reading::Segments]]
        } else {
            &[&[Reading::Text]]
        };
        let mode = if variables.is_some() { Mode::Symbolic } else { Mode::Plain };
        let mut outcome = self.read(ask, &mode, readings, steps);
        if let (Outcome::Unknown(reason), Some(key)) = (&outcome, variables)
            && *reason != Reason::Budget
        {
            outcome = self.ground(ask, readings, steps).unwrap_or(Outcome::Unknown(Reason::Variable(key)));
        }
        outcome
    }

    fn involved<'s>(&'s self, ask: &'s Ask<'_>) -> impl Iterator<Item = &'s Traits<'a>> {
        ask.inside.iter().chain(ask.outside).filter_map(|id| self.statements.get(*id))
    }

    /// A request has to be one under every reading, a proof has to hold under each.
    fn read(&mut self, ask: &Ask<'_>, mode: &Mode, readings: &[&[Reading]], steps: &mut Steps) -> Outcome {
        let mut doubt = None;
        for (at, readings) in readings.iter().enumerate() {
            match self.ask(ask, mode, readings, steps) {
                Outcome::Nothing => {}
                Outcome::Request(request) if at == 0 => return Outcome::Request(request),
                Outcome::Request(_) => doubt = Some(Reason::Reading),
                Outcome::Unknown(reason) => doubt = Some(reason),
            }
        }
        doubt.map_or(Outcome::Nothing, Outcome::Unknown)
    }

    /// Tries values for the variables; only a confirmed request counts.
    fn ground(&mut self, ask: &Ask<'_>, readings: &[&[Reading]], steps: &mut Steps) -> Option<Outcome> {
        let bindings = match self.bindings.take() {
            Some(bindings) => bindings,
            None => samples(self.statements.iter().map(|t| t.statement), &*self.world),
        };
        let mut found = None;
        for binding in &bindings {
            let mode = Mode::Bound(binding.clone());
            let outcome = self.ask(ask, &mode, readings.first().copied().unwrap_or(&[Reading::Text]), steps);
            if matches!(outcome, Outcome::Request(_) | Outcome::Unknown(Reason::Budget)) {
                found = Some(outcome);
                break;
            }
        }
        self.bindings = Some(bindings);
        found
    }

    fn ask(&mut self, ask: &Ask<'_>, mode: &Mode, readings: &[Reading], steps: &mut Steps) -> Outcome {
        let key = (mode.clone(), readings.iter().map(|r| *r == Reading::Text).collect());
        let mut session = self.sessions.remove(&key).unwrap_or_else(|| Session::new(mode, readings));
        let outcome = self.ask_session(ask, mode, &mut session, steps);
        self.sessions.insert(key, session);
        outcome
    }

    fn ask_session(&self, ask: &Ask<'_>, mode: &Mode, session: &mut Session, steps: &mut Steps) -> Outcome {
        let Some(inside) = self.inside(ask, mode, session) else { return Outcome::Nothing };
        for id in ask.outside {
            self.compile_outside(session, *id);
        }
        let avoid = (ask.avoid)(&mut session.compiler(self, Reading::Text));
        let Session { space, outside, .. } = session;
        let boxes: Vec<&Clause> =
            ask.outside.iter().filter_map(|id| outside.get(id)).flatten().chain(&avoid).collect();
        match search::find(space, &inside, &boxes, steps) {
            Found::Nothing => Outcome::Nothing,
            Found::Unknown(reason) => Outcome::Unknown(reason),
            Found::Point(model) => {
                let mut request = point::request(space, &model, &*self.world);
                if let Some(request) = &mut request {
                    request.action = point::spelled(&request.action, self.involved(ask).map(|t| t.statement));
                }
                match request {
                    Some(request) if (ask.confirm)(&request) => Outcome::Request(Box::new(request)),
                    Some(_) | None => Outcome::Unknown(point::why_not(space)),
                }
            }
        }
    }

    /// The box of all statements inside together, under every reading.
    fn inside(&self, ask: &Ask<'_>, mode: &Mode, session: &mut Session) -> Option<Clause> {
        session.variables.forget_carriers();
        if *mode == Mode::Symbolic {
            session.inside.clear();
        }
        let mut all = Clause::new();
        for id in ask.inside {
            if !session.inside.contains_key(id) {
                let statement = self.statements.get(*id)?.statement;
                let boxes = session
                    .readings
                    .clone()
                    .into_iter()
                    .map(|r| session.compiler(self, r).statement(statement, Side::Inside))
                    .collect();
                session.inside.insert(*id, boxes);
            }
            for one in session.inside.get(id)? {
                all.extend(one.as_ref()?);
            }
        }
        all.extend((ask.also)(&mut session.compiler(self, Reading::Text))?);
        if let Mode::Bound(values) = mode {
            let pins: Vec<Option<Clause>> = values
                .iter()
                .map(|(key, value)| session.compiler(self, Reading::Text).pin(key, value.as_deref()))
                .collect();
            for pin in pins {
                all.extend(pin?);
            }
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    fn compile_outside(&self, session: &mut Session, id: StatementId) {
        if session.outside.contains_key(&id) {
            return;
        }
        let Some(traits) = self.statements.get(id) else { return };
        let readings = session.readings.clone();
        let mut boxes: Vec<Clause> = readings
            .into_iter()
            .filter_map(|r| session.compiler(self, r).statement(traits.statement, Side::Outside))
            .collect();
        boxes.dedup();
        session.outside.insert(id, boxes);
    }
}

impl Session {
    fn new(mode: &Mode, readings: &[Reading]) -> Self {
        let variables = match mode {
            Mode::Plain => Variables::none(),
            Mode::Symbolic => Variables::symbolic(),
            Mode::Bound(values) => Variables::Bound(values.clone()),
        };
        Self {
            space: Space::default(),
            variables,
            readings: readings.to_vec(),
            inside: BTreeMap::new(),
            outside: BTreeMap::new(),
        }
    }

    fn compiler<'s>(&'s mut self, inquiry: &'s Inquiry<'_>, reading: Reading) -> Compiler<'s> {
        Compiler {
            space: &mut self.space,
            world: &*inquiry.world,
            variables: &self.variables,
            reading,
            set_tested: &inquiry.set_tested,
            request: 0,
            literals: &inquiry.literals,
        }
    }
}

/// Whether some resource has a wildcard before its fifth colon, or fewer than five colons.
fn ambiguous(statement: &Statement) -> bool {
    let entries = statement.resource.iter().flat_map(|r| r.entries());
    entries.map(|entry| entry.glob.as_str()).any(|text| {
        text != "*" && {
            let mut segments = text.split(':');
            let first = segments.by_ref().take(5);
            let wild = first.filter(|s| s.contains(['*', '?'])).count() > 0;
            wild || segments.next().is_none()
        }
    })
}
