//! Whether the capabilities of a way can be had together: what the caller and its session bring
//! along, such as tags and MFA, has one value in all of its requests.

use super::{
    actions::{Use, Way},
    capabilities::Capabilities,
    capability::Kind,
    holder::{Holder, is_of_the_session},
};
use crate::{
    Context, Request, Statement,
    analyse::{
        budget::Steps,
        compile::{Compiler, Reading, Side, Variables, literals, set_tested, variables_of},
        inquiry::StatementId,
        search::{self, Clause, Found},
        space::Space,
        within::joined,
    },
};

/// How many choices of one Allow for each request are tried. Beyond that the way counts as open.
const CHOICES: usize = 256;

/// A request that a way takes.
struct Part<'w> {
    usage: &'w Use,
    kind: Kind,
    class: usize,
}

/// The requests of a way, compiled into one space.
struct Joint {
    space: Space,
    /// For each request the boxes that allow it.
    allows: Vec<Vec<Clause>>,
    denies: Vec<Clause>,
}

impl Capabilities<'_> {
    /// Whether no session could use all capabilities of the way, each of which is granted alone.
    ///
    /// Capabilities of one kind can be used by the same session, so one of each kind is looked at.
    pub(super) fn exclude_each_other(&mut self, way: &Way, steps: &mut Steps) -> bool {
        let mut parts: Vec<Part<'_>> = way.uses.iter().filter_map(|usage| self.part(usage)).collect();
        let is_asked = |part: &Part<'_>| self.class(part.class).is_some_and(|class| class.looks.session);
        if !parts.iter().any(is_asked) {
            return false;
        }
        parts.sort_by_key(|part| (part.kind, part.class));
        parts.dedup_by_key(|part| (part.kind, part.class));
        if parts.len() < 2 {
            return false;
        }
        let key: Vec<(Kind, usize)> = parts.iter().map(|part| (part.kind, part.class)).collect();
        if let Some(known) = self.apart.get(&key) {
            return *known;
        }
        let apart = self.are_apart(&parts, steps);
        self.apart.insert(key, apart);
        apart
    }

    fn part<'w>(&self, usage: &'w Use) -> Option<Part<'w>> {
        self.kind(usage).map(|(kind, class)| Part { usage, kind, class })
    }

    /// Proved under both readings of resources or not at all: a way is never closed by doubt.
    fn are_apart(&self, parts: &[Part<'_>], steps: &mut Steps) -> bool {
        !self.fit_one_session(parts)
            && [Reading::Text, Reading::Segments].into_iter().all(|reading| {
                self.compile(parts, reading).is_some_and(|mut joint| joint.is_impossible(steps))
            })
    }

    /// Whether the requests that were found can be made in one session as they are: with what each says of
    /// the session, all are still allowed.
    fn fit_one_session(&self, parts: &[Part<'_>]) -> bool {
        let requests: Vec<Request> = parts.iter().filter_map(|part| self.request(part.usage)).collect();
        let mut session = Context::new();
        for request in &requests {
            for (key, values) in request.context.iter().filter(|(key, _)| is_of_the_session(key)) {
                if session.get(key).is_some_and(|known| known != values) {
                    return false;
                }
                session.set(key.as_str(), values.iter().cloned());
            }
        }
        requests.len() == parts.len()
            && requests.into_iter().all(|mut request| {
                session.iter().for_each(|(key, values)| {
                    request.context.set(key.as_str(), values.iter().cloned());
                });
                self.is_allowed(&request)
            })
    }

    /// `None` where an atom or a variable would tie requests together that are not.
    fn compile(&self, parts: &[Part<'_>], reading: Reading) -> Option<Joint> {
        let statements = || self.roles.statements.iter().copied();
        let (set_tested, literals) = (set_tested(statements()), literals(statements()));
        let mut joint = Joint { space: Space::default(), allows: Vec::new(), denies: Vec::new() };
        for (request, part) in parts.iter().enumerate() {
            let world = Holder { facts: self.facts, carries: part.kind.carries, any_action: false };
            if self.statements(part).any(|s| !variables_of(s, &world).is_empty()) {
                return None;
            }
            let mut compiler = Compiler {
                space: &mut joint.space,
                world: &world,
                variables: &Variables::none(),
                reading,
                set_tested: &set_tested,
                request,
                literals: &literals,
            };
            joint.allows.push(self.allows(part, &mut compiler));
            let denies = self.limits.get(part.kind.limits).into_iter().flat_map(|limits| &limits.denies);
            let denies = denies.filter_map(|id| self.statement(*id));
            joint.denies.extend(denies.filter_map(|s| compiler.statement(s, Side::Outside)));
        }
        let opaque = joint.space.names().filter_map(|(_, at)| joint.space.get(at)).any(|d| d.is_opaque());
        (!opaque).then_some(joint)
    }

    /// The statements that cover the action.
    fn statements<'s>(&'s self, part: &Part<'_>) -> impl Iterator<Item = &'s Statement> {
        let limits = self.limits.get(part.kind.limits).into_iter();
        let limits = limits.flat_map(|limits| limits.further.iter().flatten().chain(&limits.denies));
        let allows = self.class(part.class).into_iter().flat_map(|class| &class.allows);
        allows.chain(limits).filter_map(|id| self.statement(*id))
    }

    fn allows(&self, part: &Part<'_>, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let Some(used) = part.kind.used(self.facts, compiler) else { return Vec::new() };
        let further = self.limits.get(part.kind.limits).map_or(&[][..], |limits| &limits.further);
        let allows: &[StatementId] = self.class(part.class).map_or(&[], |class| &class.allows);
        let mut boxes = Vec::new();
        for all in allows.iter().flat_map(|allow| joined(*allow, further)) {
            let statements = all.iter().filter_map(|id| self.statement(*id));
            let parts: Option<Vec<Clause>> =
                statements.map(|s| compiler.statement(s, Side::Inside)).collect();
            boxes.extend(
                parts.map(|parts| parts.concat().into_iter().chain(used.iter().copied()).collect::<Clause>()),
            );
        }
        boxes
    }
}

impl Joint {
    fn is_impossible(&mut self, steps: &mut Steps) -> bool {
        let choices = self.allows.iter().map(Vec::len).try_fold(1, usize::checked_mul);
        if choices.is_none_or(|choices| choices > CHOICES) {
            return false;
        }
        let denies: Vec<&Clause> = self.denies.iter().collect();
        let mut chosen = vec![Clause::new()];
        for request in &self.allows {
            let with = |known: &Clause| {
                request.iter().map(|next| [known.as_slice(), next].concat()).collect::<Vec<_>>()
            };
            chosen = chosen.iter().flat_map(with).collect();
        }
        chosen.into_iter().all(|mut inside| {
            inside.sort_unstable();
            inside.dedup();
            search::find(&mut self.space, &inside, &denies, steps) == Found::Nothing
        })
    }
}
