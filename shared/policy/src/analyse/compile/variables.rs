//! Policy variables. Their values are constants of the world, or bound to one value each for a
//! try (to refute), or letters of the alphabet that stand for any text (to prove).

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    ConditionKey, Part, Statement, Template, Variable,
    analyse::{
        space::Value,
        words::variable_letter,
        world::{Meaning, World},
    },
    keys::rules,
};

/// The value of a variable for one try: missing, or a text.
pub(crate) type Binding = Option<String>;

/// The letter of each variable, told apart by key and default.
type Letters = BTreeMap<(ConditionKey, Option<Box<str>>), char>;

/// How variables are treated.
#[derive(Clone, Debug)]
pub(crate) enum Variables {
    /// Every variable has the value given here.
    Bound(BTreeMap<ConditionKey, Binding>),
    /// Every variable is a letter.
    Symbolic {
        /// The letter of each variable, told apart by key and default.
        letters: RefCell<Letters>,
        /// The dimensions in which a pattern already carries a variable's letter.
        carriers: RefCell<BTreeSet<(usize, usize)>>,
    },
}

/// What a variable comes to.
pub(crate) enum Resolved {
    Text(String),
    Missing,
    Letter(char),
}

impl Variables {
    pub(crate) const fn none() -> Self {
        Self::Bound(BTreeMap::new())
    }

    pub(crate) fn symbolic() -> Self {
        Self::Symbolic { letters: RefCell::default(), carriers: RefCell::default() }
    }

    pub(crate) const fn are_symbolic(&self) -> bool {
        matches!(self, Self::Symbolic { .. })
    }

    /// Lets the next box inside carry letters of its own.
    pub(crate) fn forget_carriers(&self) {
        if let Self::Symbolic { carriers, .. } = self {
            carriers.borrow_mut().clear();
        }
    }

    /// Whether this is the first pattern to carry a letter in the dimension.
    pub(crate) fn claim_carrier(&self, dimension: usize, request: usize) -> bool {
        match self {
            Self::Symbolic { carriers, .. } => carriers.borrow_mut().insert((dimension, request)),
            Self::Bound(_) => false,
        }
    }

    pub(crate) fn resolve(&self, variable: &Variable, world: &dyn World) -> Resolved {
        let default = |resolved: Option<String>| match (resolved, &variable.default) {
            (Some(text), _) => Resolved::Text(text),
            (None, Some(default)) => Resolved::Text(default.to_string()),
            (None, None) => Resolved::Missing,
        };
        // Variables take single-valued keys only.
        if rules::several(&variable.key) == Some(true) {
            return Resolved::Missing;
        }
        if let Meaning::Constant(value) = world.key(&variable.key) {
            return match value {
                Value::Missing => default(None),
                Value::One(text) => default(Some(text)),
                Value::Several(_) | Value::Empty { .. } => Resolved::Missing,
            };
        }
        match self {
            Self::Bound(values) => default(values.get(&variable.key).cloned().flatten()),
            Self::Symbolic { letters, .. } => {
                let mut letters = letters.borrow_mut();
                let next = u32::try_from(letters.len()).unwrap_or(u32::MAX);
                let known = letters.entry((variable.key.clone(), variable.default.clone()));
                let letter = *known.or_insert_with(|| variable_letter(next).unwrap_or('\u{ffffd}'));
                Resolved::Letter(letter)
            }
        }
    }
}

/// The keys of a statement's variables that the world has no constant for.
pub(crate) fn variables_of(statement: &Statement, world: &dyn World) -> BTreeSet<ConditionKey> {
    let keys = templates(statement).flat_map(|(_, template)| template.variables()).map(|v| v.key.clone());
    keys.filter(|key| !matches!(world.key(key), Meaning::Constant(_))).collect()
}

/// The texts of a statement that have variables.
pub(crate) fn templates(statement: &Statement) -> impl Iterator<Item = (&str, &Template)> {
    let resources = statement
        .resource
        .iter()
        .flat_map(|r| r.entries())
        .filter_map(|r| Some((r.glob.as_str(), r.template.as_ref()?)));
    let values = statement
        .conditions
        .iter()
        .flat_map(|c| &c.values)
        .filter_map(|v| Some((&*v.text, v.template.as_ref()?)));
    resources.chain(values)
}

/// How many values are tried for one variable, and how many combinations of values in all.
const VALUES: usize = 10;
const COMBINATIONS: usize = 256;

/// Values to try for the variables of `statements`: missing, fresh ones, those their own key is
/// compared with, and what other texts hold in the variable's place.
pub(crate) fn samples<'a>(
    statements: impl Iterator<Item = &'a Statement> + Clone,
    world: &dyn World,
) -> Vec<BTreeMap<ConditionKey, Binding>> {
    let keys: BTreeSet<ConditionKey> = statements.clone().flat_map(|s| variables_of(s, world)).collect();
    let mut all = vec![BTreeMap::new()];
    for key in keys {
        let mut values: Vec<Binding> = world.samples(&key).into_iter().map(Some).collect();
        values.push(None);
        let own =
            statements.clone().flat_map(|s| &s.conditions).filter(|c| c.key == key).flat_map(|c| &c.values);
        values.extend(own.filter(|v| v.template.is_none()).map(|v| Some(v.text.to_string())));
        values.extend(fragments(&key, statements.clone()).into_iter().map(Some));
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.clone()));
        values.truncate(VALUES);
        let extend = |known: &BTreeMap<ConditionKey, Binding>| {
            values
                .iter()
                .map(|value| {
                    let mut next = known.clone();
                    next.insert(key.clone(), value.clone());
                    next
                })
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(extend).take(COMBINATIONS).collect();
    }
    all
}

/// What stands in other texts where a text has the variable.
fn fragments<'a>(key: &ConditionKey, statements: impl Iterator<Item = &'a Statement> + Clone) -> Vec<String> {
    let mut found = Vec::new();
    for (_, template) in statements.clone().flat_map(templates) {
        let Some(at) =
            template.parts.iter().position(|part| matches!(part, Part::Variable(v) if v.key == *key))
        else {
            continue;
        };
        let text_at = |at: Option<usize>| match at.and_then(|at| template.parts.get(at)) {
            Some(Part::Text(text)) => text.to_string(),
            Some(Part::Escaped(_) | Part::Variable(_)) | None => String::new(),
        };
        let (before, after) = (text_at(at.checked_sub(1)), text_at(at.checked_add(1)));
        let (before, after) =
            (before.rsplit(['*', '?']).next().unwrap_or(""), after.split(['*', '?']).next().unwrap_or(""));
        for text in statements.clone().flat_map(texts) {
            let inner = text.split_once(before).map(|(_, rest)| rest).and_then(|rest| {
                if after.is_empty() { Some(rest) } else { rest.split_once(after).map(|(inner, _)| inner) }
            });
            if let Some(inner) = inner.filter(|inner| !inner.contains("${")) {
                found.push(inner.replace(['*', '?'], "x"));
            }
        }
    }
    found
}

fn texts(statement: &Statement) -> impl Iterator<Item = &str> {
    let resources = statement.resource.iter().flat_map(|r| r.entries()).map(|r| r.glob.as_str());
    resources.chain(statement.conditions.iter().flat_map(|c| &c.values).map(|v| &*v.text))
}
