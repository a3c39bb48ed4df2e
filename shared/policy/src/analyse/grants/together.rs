//! Whether the capabilities of a way can be had together: what the caller and its session bring
//! along, such as tags and MFA, has one value in all of its requests.

use super::{
    capability::{Capabilities, capability},
    catalogue::Path,
    holder::{Carries, Holder, is_of_the_session},
};
use crate::Context;
use crate::analyse::{
    budget::Steps,
    compile::{Compiler, Reading, Side, Variables, literals, set_tested, variables_of},
    inquiry::StatementId,
    search::{self, Clause, Found},
    space::Space,
    within::joined,
};

/// How many choices of one Allow for each request are tried. Beyond that the way counts as open.
const CHOICES: usize = 256;

/// The requests of a way, compiled into one space.
struct Joint {
    space: Space,
    /// For each request the boxes that allow it.
    allows: Vec<Vec<Clause>>,
    denies: Vec<Clause>,
}

impl Capabilities<'_> {
    /// Whether no session could use all capabilities of the path, each of which is granted alone.
    ///
    /// Proved under both readings of resources or not at all: a way is never closed by doubt.
    pub(super) fn exclude_each_other(&mut self, path: &Path, steps: &mut Steps) -> bool {
        self.depends_on_the_session(path)
            && !self.fit_one_session(path)
            && [Reading::Text, Reading::Segments].into_iter().all(|reading| {
                self.compile(path, reading).is_some_and(|mut joint| joint.is_impossible(steps))
            })
    }

    fn depends_on_the_session(&self, path: &Path) -> bool {
        let asked = |action: &&'static str| {
            self.statements(action).flat_map(|(_, s)| &s.conditions).any(|c| is_of_the_session(&c.key))
        };
        path.actions.iter().any(asked)
    }

    /// Whether the requests that were found can be made in one session as they are: with what each says of
    /// the session, all are still allowed.
    fn fit_one_session(&self, path: &Path) -> bool {
        let mut session = Context::new();
        for request in self.requests(path) {
            for (key, values) in request.context.iter().filter(|(key, _)| is_of_the_session(key)) {
                if session.get(key).is_some_and(|known| known != values) {
                    return false;
                }
                session.set(key.as_str(), values.iter().cloned());
            }
        }
        self.requests(path).count() == path.actions.len()
            && self.requests(path).all(|request| {
                let mut request = request.clone();
                session.iter().for_each(|(key, values)| {
                    request.context.set(key.as_str(), values.iter().cloned());
                });
                self.is_allowed(&request)
            })
    }

    /// The statements that cover an action whose capability was asked for.
    fn statements(&self, action: &'static str) -> impl Iterator<Item = (StatementId, &'_ crate::Statement)> {
        let concerned = self.known_concerned(action);
        let ids = concerned.into_iter().flat_map(|c| c.layers.iter().flatten().chain(&c.denies));
        ids.filter_map(|id| Some((*id, self.statement(*id)?)))
    }

    /// `None` where an atom or a variable would tie requests together that are not.
    fn compile(&self, path: &Path, reading: Reading) -> Option<Joint> {
        let statements = || self.roles.statements.iter().copied();
        let (set_tested, literals) = (set_tested(statements()), literals(statements()));
        let mut joint = Joint { space: Space::default(), allows: Vec::new(), denies: Vec::new() };
        for (request, action) in path.actions.iter().enumerate() {
            let carries = Carries::of(action);
            let world = Holder { facts: self.facts, carries, any_action: false };
            if self.statements(action).any(|(_, s)| !variables_of(s, &world).is_empty()) {
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
            joint.allows.push(self.allows(action, path, carries, &mut compiler));
            let denies = self.known_concerned(action).into_iter().flat_map(|c| &c.denies);
            let denies = denies.filter_map(|id| self.statement(*id));
            joint.denies.extend(denies.filter_map(|s| compiler.statement(s, Side::Outside)));
        }
        let opaque = joint.space.names().filter_map(|(_, at)| joint.space.get(at)).any(|d| d.is_opaque());
        (!opaque).then_some(joint)
    }

    fn allows(
        &self,
        action: &'static str,
        path: &Path,
        carries: Carries,
        compiler: &mut Compiler<'_>,
    ) -> Vec<Clause> {
        let Some(used) = capability(self.facts, action, path.services, carries, compiler) else {
            return Vec::new();
        };
        let layers = self.known_concerned(action).map_or(&[][..], |concerned| &concerned.layers);
        let mut boxes = Vec::new();
        for all in layers.first().into_iter().flatten().flat_map(|allow| joined(*allow, layers)) {
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
