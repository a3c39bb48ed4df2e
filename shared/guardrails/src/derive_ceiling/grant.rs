//! Statements as sets that can be cut and joined, and the document they make.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Document, MAX_BYTES};
use serde::Deserialize;

use super::NoCeiling;
use crate::words::json_string;

/// One statement without its effect and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    actions: Entries,
    resources: Entries,
    conditions: Conditions,
}

/// Operator, key, values: JSON for each value, so that a number stays one.
type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// An element, or its `Not...` form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entries {
    Only(BTreeSet<String>),
    AllBut(BTreeSet<String>),
}

/// One or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    // First: any value can be one.
    More(Vec<T>),
    One(T),
}

/// A statement of an identity policy. Anything else in it, and it is not understood.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(dead_code, reason = "Sid and effect may be there, and are known")]
struct Written {
    sid: Option<String>,
    effect: String,
    action: Option<OneOrMore<String>>,
    not_action: Option<OneOrMore<String>>,
    resource: Option<OneOrMore<String>>,
    not_resource: Option<OneOrMore<String>>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMore<serde_json::Value>>>,
}

impl Grant {
    /// `*` on `*`.
    pub(super) fn everything() -> Self {
        let all = || Entries::Only(BTreeSet::from(["*".to_owned()]));
        Self { actions: all(), resources: all(), conditions: Conditions::new() }
    }

    /// The statement; `None` if there is anything in it that is not understood.
    pub(super) fn read(statement: &str) -> Option<Self> {
        let written: Written = serde_json::from_str(statement).ok()?;
        let conditions = written.condition.into_iter().map(|(operator, keys)| {
            let keys = keys.into_iter().map(|(key, values)| {
                (key, values.all().into_iter().map(|value| value.to_string()).collect())
            });
            (operator, keys.collect())
        });
        Some(Self {
            actions: entries(written.action, written.not_action)?,
            resources: entries(written.resource, written.not_resource)?,
            conditions: conditions.collect(),
        })
    }

    /// The statement, and what may be left of it under these denies. What is left is for the caller to prove.
    pub(super) fn without(&self, denies: &[&Self]) -> Vec<Self> {
        let mut actions = self.clone();
        let mut variants = vec![self.clone()];
        for deny in denies {
            actions.actions.take_away(&deny.actions);
            let mut resources = self.clone();
            resources.resources.take_away(&deny.resources);
            variants.push(resources);
        }
        variants.push(actions);
        variants.sort();
        variants.dedup();
        // The statement itself comes first: if it holds whole, nothing else is needed.
        let whole = variants.iter().position(|variant| variant == self).unwrap_or_default();
        variants.swap(0, whole);
        variants
    }

    /// The statement if it holds; otherwise what of its actions holds, and of the other actions what of the
    /// resources.
    pub(super) fn largest_part(self, holds: &mut dyn FnMut(&Self) -> bool) -> Vec<Self> {
        if self.is_empty() {
            return Vec::new();
        }
        if holds(&self) {
            return vec![self];
        }
        let mut kept = Vec::new();
        let mut rest = self.clone();
        if let Entries::Only(actions) = &self.actions {
            let with = |part: &[String]| Self { actions: Entries::only(part), ..self.clone() };
            let good = good_entries(actions, &mut |part| holds(&with(part)));
            rest.actions = Entries::Only(actions.difference(&good).cloned().collect());
            if !good.is_empty() {
                kept.push(Self { actions: Entries::Only(good), ..self.clone() });
            }
        }
        if let (false, Entries::Only(resources)) = (rest.is_empty(), &self.resources) {
            let with = |part: &[String]| Self { resources: Entries::only(part), ..rest.clone() };
            let good = good_entries(resources, &mut |part| holds(&with(part)));
            if !good.is_empty() {
                kept.push(Self { resources: Entries::Only(good), ..rest });
            }
        }
        kept
    }

    /// Does it cover nothing at all?
    fn is_empty(&self) -> bool {
        self.actions.is_empty() || self.resources.is_empty()
    }

    /// Takes the other statement in, if the two differ in their actions only.
    pub(super) fn absorb(&mut self, other: &Self) -> bool {
        let same = self.resources == other.resources && self.conditions == other.conditions;
        match (&mut self.actions, &other.actions) {
            (Entries::Only(own), Entries::Only(others)) if same => {
                own.extend(others.iter().cloned());
                true
            }
            (Entries::Only(_) | Entries::AllBut(_), Entries::Only(_) | Entries::AllBut(_)) => self == other,
        }
    }
}

impl Entries {
    fn only(entries: &[String]) -> Self {
        Self::Only(entries.iter().cloned().collect())
    }

    /// What can be said of the difference: it may be too much or too little.
    fn take_away(&mut self, gone: &Self) {
        match (&mut *self, gone) {
            (Self::AllBut(own), Self::Only(gone)) => own.extend(gone.iter().cloned()),
            (Self::Only(own), Self::Only(gone)) if own.contains("*") => *self = Self::AllBut(gone.clone()),
            (Self::Only(own), Self::AllBut(left)) if own.contains("*") => *self = Self::Only(left.clone()),
            (Self::Only(own), Self::Only(gone)) => own.retain(|entry| !gone.contains(entry)),
            (Self::Only(_) | Self::AllBut(_), Self::AllBut(_)) => {}
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Only(entries) => entries.is_empty(),
            Self::AllBut(_) => false,
        }
    }
}

impl<T> OneOrMore<T> {
    fn all(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

fn entries(only: Option<OneOrMore<String>>, all_but: Option<OneOrMore<String>>) -> Option<Entries> {
    match (only, all_but) {
        (Some(only), None) => Some(Entries::Only(only.all().into_iter().collect())),
        (None, Some(all_but)) => Some(Entries::AllBut(all_but.all().into_iter().collect())),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// The entries that hold, asked half by half.
fn good_entries(entries: &BTreeSet<String>, holds: &mut dyn FnMut(&[String]) -> bool) -> BTreeSet<String> {
    let entries: Vec<String> = entries.iter().cloned().collect();
    let mut good = BTreeSet::new();
    let mut halves = vec![entries.as_slice()];
    while let Some(part) = halves.pop() {
        // A statement of one entry has been asked as a whole.
        if part.len() < entries.len() && holds(part) {
            good.extend(part.iter().cloned());
        } else if part.len() > 1 {
            let (first, second) = part.split_at(part.len() / 2);
            halves.extend([second, first]);
        }
    }
    good
}

/// The document of these statements.
pub(super) fn document(denies: &[Grant], allows: &[Grant]) -> Result<Document, NoCeiling> {
    let text = text(denies, allows);
    if text.len() > MAX_BYTES {
        return Err(NoCeiling::TooLong);
    }
    Document::read(text).map_err(|_| NoCeiling::TooLong)
}

/// The text of this document.
pub(super) fn text(denies: &[Grant], allows: &[Grant]) -> String {
    let denies = denies.iter().map(|deny| statement("Deny", deny));
    let allows = allows.iter().map(|allow| statement("Allow", allow));
    let statements: Vec<String> = denies.chain(allows).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn statement(effect: &str, grant: &Grant) -> String {
    let mut members = vec![format!(r#""Effect":"{effect}""#)];
    members.push(element("Action", &grant.actions));
    members.push(element("Resource", &grant.resources));
    if !grant.conditions.is_empty() {
        let operators = grant.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                format!("{}:[{}]", json_string(key), values.join(","))
            });
            format!("{}:{{{}}}", json_string(operator), keys.collect::<Vec<_>>().join(","))
        });
        members.push(format!(r#""Condition":{{{}}}"#, operators.collect::<Vec<_>>().join(",")));
    }
    format!("{{{}}}", members.join(","))
}

fn element(name: &str, entries: &Entries) -> String {
    let (not, entries) = match entries {
        Entries::Only(entries) => ("", entries),
        Entries::AllBut(entries) => ("Not", entries),
    };
    match entries.first() {
        Some(one) if entries.len() == 1 => format!(r#""{not}{name}":{}"#, json_string(one)),
        Some(_) | None => {
            let entries: Vec<String> = entries.iter().map(|entry| json_string(entry)).collect();
            format!(r#""{not}{name}":[{}]"#, entries.join(","))
        }
    }
}
