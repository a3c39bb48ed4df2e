//! The catalogue's actions, numbered: which of them a statement covers is a set of bits, and most policies are
//! done with once these sets are compared.

use std::{ops::Range, sync::LazyLock};

use super::{
    catalogue::{Kind, PATHS, Path},
    holder::Carries,
    target::Target,
};
use crate::{ActionPattern, Document, Effect, Element, Statement, glob::is_literal};

/// The catalogue, in the form in which policies are compared with it.
pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

pub(super) struct Catalogue {
    /// Sorted by name.
    actions: Vec<Action>,
    /// The numbers of all of them.
    all: Actions,
    /// Each service with the numbers of its actions.
    services: Vec<(&'static str, Range<usize>)>,
    /// In the order of [`PATHS`].
    pub(super) ways: Vec<Way>,
    /// For each action the numbers of the ways of which it is the rarest.
    by_rarest: Vec<Vec<usize>>,
    /// How many ways an administrator has.
    pub(super) core: usize,
}

/// An action that some path takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) target: Target<'static>,
    pub(super) carries: Carries,
}

/// A path, its actions as numbers.
pub(super) struct Way {
    pub(super) path: &'static Path,
    pub(super) actions: Actions,
    /// The last of the actions. `iam:PassRole`, which many ways take, comes first.
    rarest: usize,
    /// One for each action of the path, in its order.
    pub(super) uses: Vec<Use>,
}

/// An action of a way, and the services it passes a role to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) number: usize,
    pub(super) action: Action,
    pub(super) services: &'static [&'static str],
}

impl Catalogue {
    fn new() -> Self {
        let mut names: Vec<&'static str> = PATHS.iter().flat_map(|path| path.actions).copied().collect();
        names.sort_unstable();
        names.dedup();
        let action = |name| Action { name, target: Target::of(name), carries: Carries::of(name) };
        let actions: Vec<Action> = names.iter().copied().map(action).collect();
        let service = |name: &&'static str| name.split_once(':').map_or(*name, |(service, _)| service);
        let mut at = 0;
        let services = names.chunk_by(|one, next| service(one) == service(next)).filter_map(|chunk| {
            at += chunk.len();
            Some((service(chunk.first()?), at - chunk.len()..at))
        });
        let services = services.collect();
        let ways: Vec<Way> = PATHS.iter().map(|path| Way::new(path, &actions)).collect();
        let numbered =
            |number| (0..).zip(&ways).filter(move |(_, way)| way.rarest == number).map(|(at, _)| at);
        let by_rarest = (0..actions.len()).map(|number| numbered(number).collect()).collect();
        let core = ways.iter().filter(|way| way.path.kind == Kind::Core).count();
        let mut all = Actions::NONE;
        (0..actions.len()).for_each(|number| all.insert(number));
        Self { actions, all, services, ways, by_rarest, core }
    }

    /// The actions that the element covers.
    pub(super) fn covered(&self, element: &Element<ActionPattern>) -> Actions {
        let mut named = Actions::NONE;
        for entry in element.entries() {
            self.add_matching(entry, &mut named);
        }
        if element.is_inverted() { self.all.without(named) } else { named }
    }

    /// The ways of which the set holds all actions, in their order. Most policies reach few.
    pub(super) fn within(&self, reach: Actions) -> Vec<&Way> {
        let rarest = reach.numbers().filter_map(|number| self.by_rarest.get(number));
        let mut numbers: Vec<usize> = rarest.flatten().copied().collect();
        numbers.sort_unstable();
        let ways = numbers.into_iter().filter_map(|number| self.ways.get(number));
        ways.filter(|way| reach.includes(way.actions)).collect()
    }

    /// Does the set hold all actions of every way that an administrator has?
    pub(super) fn has_all_core(&self, reach: Actions) -> bool {
        self.within(reach).iter().filter(|way| way.path.kind == Kind::Core).count() == self.core
    }

    fn add_matching(&self, entry: &ActionPattern, set: &mut Actions) {
        let glob = entry.glob.as_str();
        if glob == "*" {
            *set = self.all;
            return;
        }
        let range = match glob.split_once(':') {
            Some((service, _)) if is_literal(service) => self.of_service(service),
            Some(_) | None => 0..self.actions.len(),
        };
        for (number, action) in (range.start..).zip(self.actions.get(range).unwrap_or_default()) {
            if entry.matches(action.name) {
                set.insert(number);
            }
        }
    }

    fn of_service(&self, service: &str) -> Range<usize> {
        let found = self.services.iter().find(|(known, _)| known.eq_ignore_ascii_case(service));
        found.map_or(0..0, |(_, range)| range.clone())
    }
}

impl Way {
    fn new(path: &'static Path, actions: &[Action]) -> Self {
        let mut set = Actions::NONE;
        let uses = path.actions.iter().filter_map(|name| {
            let number = actions.binary_search_by(|action| action.name.cmp(name)).ok()?;
            let action = *actions.get(number)?;
            set.insert(number);
            Some(Use { number, action, services: if action.carries.service { path.services } else { &[] } })
        });
        let uses: Vec<Use> = uses.collect();
        let rarest = uses.last().map_or(0, |usage| usage.number);
        Self { path, actions: set, rarest, uses }
    }
}

/// What of the catalogue the Allow statements of a document name, whatever their conditions and resources.
#[derive(Clone, Copy, Debug)]
pub struct Reach(Actions);

impl Reach {
    /// Of one document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let allows = document.statements.iter().filter(|statement| statement.effect != Effect::Deny);
        Self(allows.map(|statement| CATALOGUE.covered(&statement.action)).fold(Actions::NONE, Actions::or))
    }

    /// The statements of a document of this reach that decide whether it opens a way: those that take part in one, or
    /// deny a part of it. A condition that sees a key as a set changes what others say of that key.
    #[must_use]
    pub fn deciding(self, document: &Document) -> Vec<usize> {
        let wanted = CATALOGUE.within(self.0).iter().map(|way| way.actions).fold(Actions::NONE, Actions::or);
        let decides = |statement: &Statement| {
            !CATALOGUE.covered(&statement.action).and(wanted).is_empty()
                || statement.conditions.iter().any(|condition| condition.operator.quantifier.is_some())
        };
        (0..).zip(&document.statements).filter(|(_, one)| decides(one)).map(|(at, _)| at).collect()
    }

    /// Might documents of this reach together open every way that an administrator has?
    #[must_use]
    pub fn opens_all(together: impl IntoIterator<Item = Self>) -> bool {
        let all = together.into_iter().fold(Actions::NONE, |all, reach| all.or(reach.0));
        CATALOGUE.has_all_core(all)
    }

    /// Can documents of this reach together open no way to more permissions? Soon told, and true of most.
    #[must_use]
    pub fn opens_nothing(together: impl IntoIterator<Item = Self>) -> bool {
        let all = together.into_iter().fold(Actions::NONE, |all, reach| all.or(reach.0));
        CATALOGUE.within(all).is_empty()
    }
}

/// How many words of 64 actions a set has. A test counts the catalogue's actions.
const WORDS: usize = 8;

/// A set of the catalogue's actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Actions([u64; WORDS]);

impl Actions {
    pub(super) const NONE: Self = Self([0; WORDS]);

    pub(super) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn has(self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// The numbers of its actions.
    fn numbers(self) -> impl Iterator<Item = usize> {
        (0..).zip(self.0).flat_map(|(at, word): (usize, u64)| {
            let rest = std::iter::successors(Some(word), |left| Some(left & left.wrapping_sub(1)));
            rest.take_while(|left| *left != 0).map(move |left| at * 64 + left.trailing_zeros() as usize)
        })
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    pub(super) fn includes(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.joined(other, |mine, theirs| mine & theirs)
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.joined(other, |mine, theirs| mine | theirs)
    }

    pub(super) fn without(self, other: Self) -> Self {
        self.joined(other, |mine, theirs| mine & !theirs)
    }

    fn joined(mut self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = join(*mine, theirs);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Actions, CATALOGUE, WORDS};
    use crate::{ActionPattern, Element, Glob, Span};

    fn pattern(text: &str) -> ActionPattern {
        ActionPattern { glob: Glob::new(text), span: Span::new(0, 0) }
    }

    #[test]
    fn every_action_has_a_bit_and_every_way_its_uses() {
        let count = CATALOGUE.actions.len();
        assert!(count > 300 && count <= 64 * WORDS, "{count}");
        assert!((0..count).all(|number| CATALOGUE.all.has(number)));
        for way in &CATALOGUE.ways {
            assert!(way.uses.iter().map(|usage| usage.action.name).eq(way.path.actions.iter().copied()));
        }
    }

    #[test]
    fn what_is_covered_is_what_the_evaluator_matches() {
        let globs = [
            "*",
            "**",
            "iam:*",
            "IAM:put*",
            "i?m:*",
            "*:Create*",
            "iam",
            "",
            ":",
            "iam:",
            "ec2:*",
            "ec2-instance-connect:*",
            "sagemaker:Create?rainingJob",
            "*PassRole",
            "iam*",
            "lambda:CreateFunction",
            "nobody:*",
        ];
        for glob in globs {
            for element in [Element::Only(vec![pattern(glob)]), Element::AllBut(vec![pattern(glob)])] {
                let covered = CATALOGUE.covered(&element);
                for (number, action) in CATALOGUE.actions.iter().enumerate() {
                    let matches = pattern(glob).matches(action.name) != element.is_inverted();
                    assert_eq!(covered.has(number), matches, "{element:?} and {}", action.name);
                }
            }
        }
        assert!(CATALOGUE.covered(&Element::Only(Vec::new())).is_empty());
        assert!(CATALOGUE.covered(&Element::anything()).includes(CATALOGUE.all));
        assert!(!Actions::NONE.includes(CATALOGUE.all));
    }
}
