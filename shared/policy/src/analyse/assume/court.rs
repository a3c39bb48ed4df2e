//! Hears one kind of caller: which boxes the documents give it, and what is asked of them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Reach,
    callers::{Kind, Region},
};
use crate::{
    Caller, ConditionKey, Document, Effect, Element, Principal, Request, Statement,
    analyse::{
        Answer, Reason, Witness,
        budget::Steps,
        compile::{Binding, Compiler, Reading, Side, Variables, literals, samples, set_tested, variables_of},
        confirm,
        inquiry::Outcome,
        point,
        search::{self, Clause, Found},
        space::Space,
        world::Meaning,
    },
};

/// The number of an allow box.
pub(super) type AllowId = usize;

pub(super) struct Court<'a> {
    document: &'a Document,
    other: Option<&'a Document>,
    kind: &'a dyn Kind,
    set_tested: BTreeSet<ConditionKey>,
    variable: Option<ConditionKey>,
    literals: BTreeMap<ConditionKey, Vec<String>>,
    bench: Bench,
    /// One bench for each try of values for the variables.
    tries: RefCell<Vec<Try>>,
}

/// One choice of values for the variables, compiled when first needed.
struct Try {
    values: BTreeMap<ConditionKey, Binding>,
    bench: Option<Bench>,
}

/// What is asked of an allow box: what else has to hold, and the boxes to avoid.
type Framed<'b> = (Clause, Vec<&'b Clause>);
type Framing<'q> = &'q dyn for<'b> Fn(&'b Bench) -> Option<Framed<'b>>;

/// Everything compiled into one space.
struct Bench {
    space: RefCell<Space>,
    /// What has to hold of the variables that this bench binds.
    pins: Option<Clause>,
    allows: Vec<(usize, Clause)>,
    denies: Vec<Clause>,
    other_allows: Vec<Clause>,
    other_denies: Vec<Clause>,
    axioms: Vec<Clause>,
    unlikely: Vec<Clause>,
    allowed: Vec<Clause>,
    named_outsiders: Vec<Clause>,
    regions: Vec<(Reach, Region)>,
}

impl<'a> Court<'a> {
    /// Opens the hearing of a document, compared with another one if that is given.
    pub(super) fn open(document: &'a Document, other: Option<&'a Document>, kind: &'a dyn Kind) -> Self {
        let statements = || std::iter::once(document).chain(other).flat_map(|d| &d.statements);
        let set_tested = set_tested(statements());
        let variable = statements().find_map(|s| variables_of(s, kind).into_iter().next());
        let mut court = Self {
            document,
            other,
            kind,
            set_tested,
            variable,
            literals: literals(statements()),
            bench: Bench::empty(),
            tries: RefCell::default(),
        };
        let variables = if court.variable.is_some() { Variables::symbolic() } else { Variables::none() };
        court.bench = court.convene(&variables, &BTreeMap::new());
        if court.variable.is_some() {
            let tries =
                samples(statements(), kind).into_iter().map(|values| Try { values, bench: None }).collect();
            court.tries = RefCell::new(tries);
        }
        court
    }

    pub(super) fn allows(&self) -> std::ops::Range<AllowId> {
        0..self.bench.allows.len()
    }

    pub(super) fn statement(&self, allow: AllowId) -> usize {
        self.bench.allows.get(allow).map_or(0, |(statement, _)| *statement)
    }

    /// The widest reach of an allow box after all denies, and whether that is certain.
    pub(super) fn reach(&mut self, allow: AllowId, steps: &mut Steps) -> (Reach, bool) {
        for at in 0..self.bench.regions.len() {
            let asked = self.ask(
                allow,
                steps,
                &|bench| {
                    let (_, (inside, outside)) = bench.regions.get(at)?;
                    Some((inside.clone(), bench.denies.iter().chain(outside).chain(&bench.axioms).collect()))
                },
                &|_| true,
            );
            let reach = self.bench.regions.get(at).map_or(Reach::None, |(reach, _)| *reach);
            match asked {
                Outcome::Nothing => {}
                Outcome::Request(_) => return (reach, true),
                Outcome::Unknown(_) => return (reach, false),
            }
        }
        (Reach::None, true)
    }

    /// Somebody outside the allowed set whom the allow box admits.
    pub(super) fn outsider(&mut self, allow: AllowId, steps: &mut Steps) -> Outcome {
        // The first region that holds an outsider gives the witness of the widest reach.
        let mut doubt = Outcome::Nothing;
        for at in 0..self.bench.regions.len() {
            let outcome = self.ask(
                allow,
                steps,
                &|bench| {
                    let (_, (inside, outside)) = bench.regions.get(at)?;
                    let boxes = bench
                        .denies
                        .iter()
                        .chain(outside)
                        .chain(&bench.axioms)
                        .chain(&bench.unlikely)
                        .chain(&bench.allowed);
                    Some((inside.clone(), boxes.collect()))
                },
                &|_| true,
            );
            match outcome {
                Outcome::Request(_) => return outcome,
                Outcome::Unknown(_) if doubt == Outcome::Nothing => doubt = outcome,
                Outcome::Nothing | Outcome::Unknown(_) => {}
            }
        }
        doubt
    }

    /// Somebody (of the allowed set, if `allowed_only`) whom the allow box admits and the other
    /// document does not.
    pub(super) fn not_admitted_by_other(
        &mut self,
        allow: AllowId,
        allowed_only: bool,
        steps: &mut Steps,
    ) -> Outcome {
        if allowed_only && self.is_undocumented(allow) {
            // Whoever may not have been admitted at all is nobody to keep.
            return Outcome::Nothing;
        }
        let inside = if allowed_only { self.bench.allowed.len() } else { 1 };
        let denies = self.bench.other_denies.len();
        let guilty = allowed_only && self.outsider(allow, steps) != Outcome::Nothing;
        let mut doubt = Outcome::Nothing;
        // Either no Allow of the other document applies, or one of its Denies does.
        for (place, deny) in
            (0..inside).flat_map(|p| std::iter::once(None).chain((0..denies).map(Some)).map(move |d| (p, d)))
        {
            let outcome = self.ask(
                allow,
                steps,
                &|bench| {
                    let mut inside =
                        if allowed_only { bench.allowed.get(place)?.clone() } else { Clause::new() };
                    let mut outside: Vec<&Clause> =
                        bench.denies.iter().chain(&bench.axioms).chain(&bench.unlikely).collect();
                    if guilty {
                        outside.extend(&bench.named_outsiders);
                    }
                    match deny {
                        Some(deny) => inside.extend(bench.other_denies.get(deny)?),
                        None => outside.extend(&bench.other_allows),
                    }
                    Some((inside, outside))
                },
                &|request| self.other.is_some_and(|other| confirm::admits(other, request) == Some(false)),
            );
            match outcome {
                Outcome::Request(_) => return outcome,
                Outcome::Unknown(_) => doubt = outcome,
                Outcome::Nothing => {}
            }
        }
        doubt
    }

    /// Whether the allow box hangs on what no page of AWS decides.
    fn is_undocumented(&self, allow: AllowId) -> bool {
        let space = self.bench.space.borrow();
        let clause = self.bench.allows.get(allow).into_iter().flat_map(|(_, clause)| clause);
        let dimensions = clause.filter_map(|literal| space.get(literal.dimension));
        dimensions.filter(|d| d.is_opaque()).any(|d| matches!(d.reason(), Reason::Undocumented(_)))
    }

    /// Keeps the first refutation, else the first doubt.
    pub(super) fn worse(&self, answer: Answer<Witness>, outcome: Outcome, reach: Reach) -> Answer<Witness> {
        match (answer, outcome) {
            (Answer::Refuted(witness), _) => Answer::Refuted(witness),
            (Answer::Proved | Answer::Unknown(_), Outcome::Request(request)) => {
                let subject = self.kind.subject(&request, reach);
                let withheld = self.withheld(&request);
                Answer::Refuted(Witness::of_admission(*request, &subject, &withheld))
            }
            (Answer::Proved, Outcome::Unknown(reason)) => Answer::Unknown(reason),
            (answer, Outcome::Nothing | Outcome::Unknown(_)) => answer,
        }
    }

    /// The keys that the document asks for, that the caller could send, and does not.
    fn withheld(&self, request: &Request) -> Vec<String> {
        let keys = self.document.statements.iter().flat_map(|s| &s.conditions).map(|c| &c.key);
        let missing = keys.filter(|key| request.context.get(key).is_none());
        let free = missing.filter(|key| matches!(self.kind.key(key), Meaning::Free { .. }));
        let names: BTreeSet<&ConditionKey> = free.collect();
        names.into_iter().map(ToString::to_string).collect()
    }

    fn ask(
        &self,
        allow: AllowId,
        steps: &mut Steps,
        ask: Framing<'_>,
        confirm: &dyn Fn(&Request) -> bool,
    ) -> Outcome {
        let mut space = self.bench.space.take();
        let outcome = self.ask_bench(&self.bench, &mut space, allow, steps, ask, confirm);
        self.bench.space.replace(space);
        match (&self.variable, outcome) {
            (Some(key), Outcome::Unknown(reason)) if reason != Reason::Budget => self
                .try_values(allow, steps, ask, confirm)
                .unwrap_or(Outcome::Unknown(Reason::Variable(key.clone()))),
            (_, outcome) => outcome,
        }
    }

    fn try_values(
        &self,
        allow: AllowId,
        steps: &mut Steps,
        ask: Framing<'_>,
        confirm: &dyn Fn(&Request) -> bool,
    ) -> Option<Outcome> {
        let mut tries = self.tries.borrow_mut();
        for Try { values, bench } in tries.iter_mut() {
            let bench = bench.get_or_insert_with(|| self.convene(&Variables::Bound(values.clone()), values));
            // The boxes of a try need not be as many: an allow may be impossible under it.
            let statement = self.statement(allow);
            for at in (0..bench.allows.len())
                .filter(|at| bench.allows.get(*at).is_some_and(|(s, _)| *s == statement))
            {
                let mut space = bench.space.take();
                let outcome = self.ask_bench(bench, &mut space, at, steps, ask, confirm);
                bench.space.replace(space);
                if matches!(outcome, Outcome::Request(_) | Outcome::Unknown(Reason::Budget)) {
                    return Some(outcome);
                }
            }
        }
        None
    }

    fn ask_bench(
        &self,
        bench: &Bench,
        space: &mut Space,
        allow: AllowId,
        steps: &mut Steps,
        ask: Framing<'_>,
        confirm: &dyn Fn(&Request) -> bool,
    ) -> Outcome {
        let (Some((_, own)), Some((inside, outside)), Some(pins)) =
            (bench.allows.get(allow), ask(bench), &bench.pins)
        else {
            return Outcome::Nothing;
        };
        let inside: Clause = own.iter().chain(&inside).chain(pins).copied().collect();
        match search::find(space, &inside, &outside, steps) {
            Found::Nothing => Outcome::Nothing,
            Found::Unknown(reason) => Outcome::Unknown(reason),
            Found::Point(model) => {
                let request = self.request(space, &model);
                let mut forms = request.into_iter().flat_map(|request| self.forms(request));
                let confirmed = forms.find(|request| {
                    confirm::admits(self.document, request) == Some(true) && confirm(request)
                });
                confirmed.map_or_else(
                    || Outcome::Unknown(point::why_not(space)),
                    |request| Outcome::Request(Box::new(request)),
                )
            }
        }
    }

    fn request(&self, space: &Space, model: &[usize]) -> Option<Request> {
        let mut request = point::request(space, model, self.kind)?;
        request.resource = "*".to_owned();
        let value =
            |name: &_| Some(space.get(space.find(name)?)?.value(*model.get(space.find(name)?)?).clone());
        request.principal = self.kind.caller(&value)?;
        request.action = match self.kind.action() {
            "sts:assumerole" => "sts:AssumeRole".to_owned(),
            "sts:assumerolewithsaml" => "sts:AssumeRoleWithSAML".to_owned(),
            _ => "sts:AssumeRoleWithWebIdentity".to_owned(),
        };
        Some(request)
    }

    /// The request, and the same made by the sessions that the document names: a session carries
    /// the ARN of its role.
    fn forms(&self, request: Request) -> Vec<Request> {
        let entries =
            self.document.statements.iter().filter_map(|s| s.principal.as_ref()).flat_map(|p| p.entries());
        let sessions = entries.map(|entry| &entry.principal).filter(|session| may_act_as(session, &request));
        let forms: Vec<Request> = sessions
            .map(|session| Request { principal: Caller::Known(session.clone()), ..request.clone() })
            .collect();
        std::iter::once(request).chain(forms).collect()
    }

    fn convene(&self, variables: &Variables, values: &BTreeMap<ConditionKey, Binding>) -> Bench {
        let mut bench = Bench::empty();
        let mut space = Space::default();
        let mut compiler = Compiler {
            space: &mut space,
            world: self.kind,
            variables,
            reading: Reading::Text,
            set_tested: &self.set_tested,
            request: 0,
            literals: &self.literals,
        };
        self.kind.prepare(&mut compiler);
        (bench.allows, bench.denies) = self.boxes(self.document, Side::Inside, &mut compiler);
        if let Some(other) = self.other {
            let (allows, denies) = self.boxes(other, Side::Outside, &mut compiler);
            bench.other_allows = allows.into_iter().map(|(_, clause)| clause).collect();
            bench.other_denies = denies;
        }
        bench.pins = Some(Clause::new());
        for (key, value) in values {
            let pin = compiler.pin(key, value.as_deref());
            bench.pins = bench.pins.zip(pin).map(|(mut all, pin)| {
                all.extend(pin);
                all
            });
        }
        bench.allowed = self.kind.allowed(&mut compiler);
        bench.named_outsiders = self.kind.named_outsiders(&mut compiler);
        bench.regions = self.kind.regions(&mut compiler);
        bench.axioms = self.kind.axioms(&mut compiler);
        bench.unlikely = self.kind.unlikely(&mut compiler);
        bench.space = RefCell::new(space);
        bench
    }

    /// The boxes of a document's Allows and Denies. Where the Allows stand outside, the Denies are
    /// asked about inside.
    fn boxes(
        &self,
        document: &Document,
        allows_side: Side,
        compiler: &mut Compiler<'_>,
    ) -> (Vec<(usize, Clause)>, Vec<Clause>) {
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        let denies_side = if allows_side == Side::Inside { Side::Outside } else { Side::Inside };
        for (at, statement) in document.statements.iter().enumerate() {
            compiler.variables.forget_carriers();
            match statement.effect {
                Effect::Allow | Effect::Unreadable => {
                    allows.extend(
                        self.statement_boxes(statement, allows_side, compiler)
                            .into_iter()
                            .map(|clause| (at, clause)),
                    );
                }
                Effect::Deny => denies.extend(self.statement_boxes(statement, denies_side, compiler)),
            }
        }
        (allows, denies)
    }

    fn statement_boxes(&self, statement: &Statement, side: Side, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let matches = statement.action.entries().iter().any(|pattern| pattern.matches(self.kind.action()));
        let nothing = statement.action.entries().is_empty() && !statement.action.is_inverted();
        if matches == statement.action.is_inverted() || nothing {
            return Vec::new();
        }
        let mut callers: Vec<Clause> = match &statement.principal {
            Some(Element::Only(entries)) => {
                entries.iter().flat_map(|entry| self.kind.named(entry, statement.effect, compiler)).collect()
            }
            // IAM takes no such statement for a role, so nothing is built on its Deny.
            Some(Element::AllBut(_)) if statement.effect == Effect::Deny => {
                let what = "`NotPrincipal` in a trust policy".to_owned();
                let text = format!("{:?}", statement.principal);
                vec![vec![compiler.space.atom(text, Reason::Unreadable(what))]]
            }
            None if statement.effect == Effect::Deny => Vec::new(),
            // With Allow everybody else.
            Some(Element::AllBut(_)) | None => vec![Clause::new()],
        };
        callers.dedup();
        let whole = |element: &Element<crate::ResourcePattern>| {
            !element.is_inverted() && element.entries().iter().any(|e| e.glob.as_str() == "*")
        };
        let limited = statement.resource.as_ref().filter(|resource| !whole(resource));
        let doubt = limited.map(|resource| {
            compiler
                .space
                .atom(format!("{resource:?}"), Reason::Unreadable("`Resource` in a trust policy".to_owned()))
        });
        callers
            .into_iter()
            .filter_map(|mut caller| {
                caller.extend(doubt);
                compiler.circumstances(statement, side, caller)
            })
            .collect()
    }
}

/// Whether the principal is a session of the role, or a federated user of the account, that the request shows.
fn may_act_as(principal: &Principal, request: &Request) -> bool {
    let Caller::Known(caller) = &request.principal else { return false };
    match principal {
        Principal::Session { partition, account, role, .. } => {
            matches!(caller, Principal::Role { partition: p, account: a, name, .. }
                if (partition, account, role) == (p, a, name))
        }
        Principal::FederatedUser { account, .. } => caller.account() == Some(*account),
        Principal::Anyone(_)
        | Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::Service(_)
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::Canonical(_)
        | Principal::UniqueId(_)
        | Principal::Unrecognised(_) => false,
    }
}

impl Bench {
    const fn empty() -> Self {
        Self {
            space: RefCell::new(Space::empty()),
            pins: None,
            allows: Vec::new(),
            denies: Vec::new(),
            other_allows: Vec::new(),
            other_denies: Vec::new(),
            axioms: Vec::new(),
            unlikely: Vec::new(),
            allowed: Vec::new(),
            named_outsiders: Vec::new(),
            regions: Vec::new(),
        }
    }
}
