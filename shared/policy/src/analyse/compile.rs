//! From statements to boxes: every element of a statement becomes at most one literal.

mod condition;
mod text;
mod variables;

pub(crate) use text::Shape;
pub(crate) use variables::{Binding, Variables, samples, templates, variables_of};

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::Reason,
    point::ACTIONS,
    search::Clause,
    space::{Dimension, Literal, Name, Predicate, Space, Texts, ValueTest},
    words::{Class, Pattern, Token},
    world::World,
};
use crate::{ActionPattern, ConditionKey, Effect, Element, ResourcePattern, Statement};
use text::Piece;

/// What an element comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Always,
    Never,
    Is(Literal),
}

impl Truth {
    pub(crate) fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Is(literal) => Self::Is(literal.not()),
        }
    }
}

/// On which side of the question a box stands. It matters where a variable's value is unknown:
/// inside, a box is taken as wide as it can be, outside as narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Inside,
    Outside,
}

/// How a wildcard before the fifth colon of a resource is read. AWS documents both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// As text: a star crosses colons.
    Text,
    /// Segment by segment.
    Segments,
}

/// Resources to try first, for readable witnesses.
const RESOURCES: [&str; 3] = ["*", "arn:aws:s3:::example-bucket/key", "arn:aws:iam::999988887777:role/x"];

/// Turns statements into boxes.
pub(crate) struct Compiler<'a> {
    pub(crate) space: &'a mut Space,
    pub(crate) world: &'a dyn World,
    pub(crate) variables: &'a Variables,
    pub(crate) reading: Reading,
    /// Keys that are tested with a set operator somewhere in the question.
    pub(crate) set_tested: &'a BTreeSet<ConditionKey>,
    /// Which request of a joint question this is.
    pub(crate) request: usize,
    /// The texts that each key is compared with for equality.
    pub(crate) literals: &'a BTreeMap<ConditionKey, Vec<String>>,
}

/// The keys that `statements` test with a set operator.
pub(crate) fn set_tested<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> BTreeSet<ConditionKey> {
    let conditions = statements.into_iter().flat_map(|s| &s.conditions);
    conditions.filter(|c| c.operator.quantifier.is_some()).map(|c| c.key.clone()).collect()
}

/// The texts that each key is compared with for equality.
pub(crate) fn literals<'a>(
    statements: impl IntoIterator<Item = &'a Statement>,
) -> BTreeMap<ConditionKey, Vec<String>> {
    let mut all: BTreeMap<ConditionKey, Vec<String>> = BTreeMap::new();
    for condition in statements.into_iter().flat_map(|s| &s.conditions) {
        let plain = condition.values.iter().filter(|v| v.template.is_none() && !v.text.contains(['*', '?']));
        all.entry(condition.key.clone()).or_default().extend(plain.map(|v| v.text.to_string()));
    }
    all
}

impl Compiler<'_> {
    /// The texts that `key` is compared with for equality.
    pub(crate) fn literals_of(&self, key: &ConditionKey) -> Vec<String> {
        self.literals.get(key).cloned().unwrap_or_default()
    }

    /// The box of a statement's resource, conditions and doubts; `None` if it is empty. The action is
    /// [`action`](Self::action)'s.
    pub(crate) fn statement(&mut self, statement: &Statement, side: Side) -> Option<Clause> {
        let mut clause = Clause::new();
        if let Some(resource) = &statement.resource {
            let resource = self.resource(resource, side);
            add(&mut clause, resource)?;
        }
        self.circumstances(statement, side, clause)
    }

    /// The same without the resource.
    pub(crate) fn circumstances(
        &mut self,
        statement: &Statement,
        side: Side,
        mut clause: Clause,
    ) -> Option<Clause> {
        for condition in &statement.conditions {
            let truth = self.condition(condition, side);
            add(&mut clause, truth)?;
        }
        if let Some(doubt) = self.doubt(statement) {
            clause.push(doubt);
        }
        clause.sort_unstable();
        clause.dedup();
        Some(clause)
    }

    /// A statement that was not understood applies perhaps. The atom is known by the statement's
    /// text, so that the same statement on both sides applies to the same requests.
    fn doubt(&mut self, statement: &Statement) -> Option<Literal> {
        let first = statement.unreadable.first();
        let what = match first {
            Some(diagnostic) => diagnostic.message.clone(),
            None if statement.effect == Effect::Unreadable => "the effect of a statement".to_owned(),
            None => return None,
        };
        let text = format!(
            "{:?} {:?} {:?} {:?}",
            statement.action, statement.resource, statement.conditions, statement.unreadable
        );
        Some(self.space.atom(text, Reason::Unreadable(what)))
    }

    pub(crate) fn action_dimension(&mut self) -> usize {
        self.space.dimension(Name::Action(self.request), || {
            let mut dimension = Dimension::new(false, false, Texts::Of(action_names()), Reason::Unconfirmed);
            ACTIONS.iter().for_each(|action| dimension.suggest_own(action.to_ascii_lowercase()));
            dimension
        })
    }

    pub(crate) fn action(&mut self, element: &Element<ActionPattern>) -> Truth {
        if let Some(trivial) =
            trivial(element, element.entries().iter().any(|entry| entry.glob.as_str() == "*"))
        {
            return trivial;
        }
        let pattern = action_pattern(element.entries().iter().map(|entry| entry.glob.as_str()));
        let dimension = self.action_dimension();
        signed(element, self.space.within(dimension, pattern))
    }

    pub(crate) fn resource_dimension(&mut self) -> usize {
        self.space.dimension(Name::Resource(self.request), || {
            let some = Token::One(Class::SEGMENT);
            let segment = Token::Many(Class::SEGMENT);
            let colon = Token::Literal(':');
            let mut arn: Vec<Token> = "arn:".chars().map(Token::Literal).collect();
            arn.extend([some, segment, colon, some, segment, colon, segment, colon, segment, colon]);
            arn.extend([Token::One(Class::TEXT), Token::Many(Class::TEXT)]);
            let base = Pattern::union([vec![Token::Literal('*')], arn]);
            let mut dimension = Dimension::new(false, false, Texts::Of(base), Reason::Unconfirmed);
            RESOURCES.iter().for_each(|resource| dimension.suggest_own((*resource).to_owned()));
            dimension
        })
    }

    pub(crate) fn resource(&mut self, element: &Element<ResourcePattern>, side: Side) -> Truth {
        if let Some(trivial) =
            trivial(element, element.entries().iter().any(|entry| entry.glob.as_str() == "*"))
        {
            return trivial;
        }
        let shape = match self.reading {
            Reading::Text => Shape::Glob,
            Reading::Segments => Shape::Segments,
        };
        let mut texts: Vec<Vec<Piece>> = Vec::new();
        let mut unknown = false;
        for entry in element.entries() {
            if let Some(pieces) = self.pieces(entry.glob.as_str(), entry.template.as_ref(), shape) {
                texts.extend(filled_up(&pieces));
                unknown |= pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)));
                texts.push(pieces);
            }
        }
        if unknown && element.is_inverted() {
            return Truth::Is(self.opaque(
                format!("NotResource {texts:?}"),
                element.entries().iter().filter_map(|e| e.template.as_ref()),
            ));
        }
        let dimension = self.resource_dimension();
        let pattern = self.pattern(&texts, shape, side, element.is_inverted(), dimension);
        signed(element, self.space.within(dimension, pattern))
    }
}

impl Compiler<'_> {
    /// The box in which `key` has this value, or is missing.
    pub(crate) fn pin(&mut self, key: &ConditionKey, value: Option<&str>) -> Option<Clause> {
        let meaning = self.world.key(key);
        let truth = match value {
            Some(text) => {
                self.literal(key, &meaning, ValueTest::Words(Pattern::literal(text)), Predicate::PLAIN)
            }
            None => self.literal(key, &meaning, ValueTest::Presence, Predicate::PLAIN).not(),
        };
        let mut clause = Clause::new();
        add(&mut clause, truth)?;
        Some(clause)
    }
}

/// A short ARN stands for one with `*` in the missing parts (IAM User Guide, "Resource").
fn filled_up(pieces: &[Piece]) -> Option<Vec<Piece>> {
    let colons = pieces.iter().filter(|piece| **piece == Piece::Character(':')).count();
    let arn = "arn:".chars().map(Piece::Character);
    let is_short =
        colons < 5 && pieces.len() >= 3 && pieces.iter().copied().zip(arn).all(|(own, arn)| own == arn);
    let missing = || (colons..5).flat_map(|_| [Piece::Character(':'), Piece::Star]);
    is_short.then(|| pieces.iter().copied().chain(missing()).collect())
}

/// Every name that an action can have, in lower case.
pub(crate) fn action_names() -> Pattern {
    let name = Class::LOWER.and(Class::DIGIT);
    let service = name.and(Class::DASH);
    Pattern::union([[
        Token::One(service),
        Token::Many(service),
        Token::Literal(':'),
        Token::One(name),
        Token::Many(name),
    ]])
}

/// The union of action globs, in lower case: the letter case of actions does not count.
pub(crate) fn action_pattern<'a>(globs: impl Iterator<Item = &'a str>) -> Pattern {
    Pattern::union(globs.map(|glob| {
        glob.chars().map(|c| match c {
            '*' => Token::Many(Class::TEXT),
            '?' => Token::One(Class::CHARACTER),
            c => Token::Literal(c.to_ascii_lowercase()),
        })
    }))
}

/// Whether the statement covers every resource, told from its spelling.
pub(crate) fn covers_any_resource(statement: &Statement) -> bool {
    statement.resource.as_ref().is_none_or(|element| match element {
        Element::Only(entries) => entries.iter().any(|entry| entry.glob.as_str() == "*"),
        Element::AllBut(entries) => entries.is_empty(),
    })
}

/// An element that covers nothing or everything. An empty list grants and denies nothing.
fn trivial<T>(element: &Element<T>, everything: bool) -> Option<Truth> {
    match element {
        Element::Only(entries) if entries.is_empty() => Some(Truth::Never),
        Element::Only(_) if everything => Some(Truth::Always),
        Element::AllBut(entries) if entries.is_empty() => Some(Truth::Always),
        Element::AllBut(_) if everything => Some(Truth::Never),
        Element::Only(_) | Element::AllBut(_) => None,
    }
}

fn signed<T>(element: &Element<T>, literal: Literal) -> Truth {
    if element.is_inverted() { Truth::Is(literal).not() } else { Truth::Is(literal) }
}

/// Adds a truth to a box; `None` if that makes the box empty.
pub(crate) fn add(clause: &mut Clause, truth: Truth) -> Option<()> {
    match truth {
        Truth::Always => Some(()),
        Truth::Never => None,
        Truth::Is(literal) => {
            clause.push(literal);
            Some(())
        }
    }
}
