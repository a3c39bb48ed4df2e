//! The space of requests: one dimension per thing a statement can look at, each a small exact
//! theory of its own.

mod dimension;
mod points;
mod test;
mod texts;
mod value;
mod word;

pub(crate) use dimension::{Dimension, Literal, Pick, Predicate, Quantity};
pub(crate) use test::{Comparison, Kind, ValueTest};
pub(crate) use texts::Texts;
pub(crate) use value::Value;

use std::collections::BTreeMap;

use super::{answer::Reason, words::Pattern};
use crate::ConditionKey;

/// What a dimension holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// The action of the `n`th request of a joint question.
    Action(usize),
    /// The resource of the `n`th request of a joint question.
    Resource(usize),
    /// The ARN of an AWS caller; his account is read off it.
    Caller,
    /// The organization path of an AWS caller; the organization's id is read off it.
    Organization,
    /// A condition key of the `n`th request, or of all of them.
    Key(Option<usize>, ConditionKey),
    /// Something the analysis does not look into, known by its text: true or false.
    Atom(String),
}

/// All dimensions of a question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Space {
    dimensions: Vec<Dimension>,
    names: BTreeMap<Name, usize>,
}

impl Space {
    pub(crate) const fn empty() -> Self {
        Self { dimensions: Vec::new(), names: BTreeMap::new() }
    }

    /// The dimension called `name`, made by `make` when it is met first.
    pub(crate) fn dimension(&mut self, name: Name, make: impl FnOnce() -> Dimension) -> usize {
        if let Some(known) = self.names.get(&name) {
            return *known;
        }
        let at = self.dimensions.len();
        self.dimensions.push(make());
        self.names.insert(name, at);
        at
    }

    /// The literal saying that `predicate` holds of `dimension`.
    pub(crate) fn literal(&mut self, dimension: usize, test: ValueTest, form: Predicate) -> Literal {
        let predicate = self.dimensions.get_mut(dimension).map_or(0, |d| d.predicate(test, form));
        Literal { dimension, predicate, holds: true }
    }

    /// The literal saying that the value of `dimension` is a word of `pattern`.
    pub(crate) fn within(&mut self, dimension: usize, pattern: Pattern) -> Literal {
        self.literal(dimension, ValueTest::Words(pattern), Predicate::PLAIN)
    }

    /// A free atom.
    pub(crate) fn atom(&mut self, text: String, reason: Reason) -> Literal {
        let at = self.dimension(Name::Atom(text), || Dimension::atom(reason));
        self.literal(at, ValueTest::Boolean(vec![true]), Predicate::PLAIN)
    }

    /// Suggests a value that the dimension surely has.
    pub(crate) fn suggest(&mut self, dimension: usize, text: String) {
        if let Some(dimension) = self.dimensions.get_mut(dimension) {
            dimension.suggest_own(text);
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = (&Name, usize)> {
        self.names.iter().map(|(name, at)| (name, *at))
    }

    pub(crate) fn find(&self, name: &Name) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Dimension> {
        self.dimensions.get(at)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Dimension> {
        self.dimensions.get_mut(at)
    }

    pub(crate) fn len(&self) -> usize {
        self.dimensions.len()
    }
}
