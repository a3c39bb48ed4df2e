//! Why one statement does not apply, or only perhaps.

use policy::{Condition, Doubt, Element, Mismatch, Request, Statement};

use super::caller;
use crate::quote::{plain, quoted, several};

pub(super) fn mismatch(request: &Request, statement: &Statement, why: Mismatch) -> String {
    match why {
        Mismatch::Action => {
            let patterns = statement.action.entries().iter().map(|pattern| pattern.glob.as_str());
            element("Action", &statement.action, several(patterns), &request.action)
        }
        Mismatch::Resource => statement.resource.as_ref().map_or_else(
            || absent("Resource"),
            |resource| {
                let patterns = resource.entries().iter().map(|pattern| pattern.glob.as_str());
                element("Resource", resource, several(patterns), &request.resource)
            },
        ),
        Mismatch::Principal => statement.principal.as_ref().map_or_else(
            || absent("Principal"),
            |principal| {
                let entries = principal.entries().iter().map(|entry| entry.text.as_ref());
                element("Principal", principal, several(entries), &caller(&request.principal))
            },
        ),
        Mismatch::Condition(index) => {
            statement.conditions.get(index).map_or_else(String::new, |condition| unmet(request, condition))
        }
        Mismatch::Layer => "policies of this kind do not concern this caller".to_owned(),
    }
}

fn absent(element: &str) -> String {
    format!("it has no `{element}`")
}

/// What is not understood about a statement.
pub(super) fn doubt(statement: &Statement, doubt: Doubt) -> String {
    match doubt {
        Doubt::Unreadable => statement
            .unreadable
            .first()
            .map_or_else(|| "a part of it can't be read".to_owned(), |diagnostic| plain(&diagnostic.message)),
        Doubt::Principal => "its principal is none that is known".to_owned(),
        Doubt::Condition(index) => statement.conditions.get(index).map_or_else(String::new, |condition| {
            format!("its condition {} can't be judged", test(condition))
        }),
    }
}

/// Why an element with these entries does not cover what was asked for.
fn element<T>(name: &str, element: &Element<T>, entries: String, asked: &str) -> String {
    let asked = quoted(asked);
    match element {
        Element::Only(list) if list.is_empty() => format!("its `{name}` is empty"),
        Element::Only(_) => format!("its `{name}` ({entries}) does not cover {asked}"),
        Element::AllBut(_) => format!("its `Not{name}` ({entries}) leaves out {asked}"),
    }
}

fn unmet(request: &Request, condition: &Condition) -> String {
    let key = quoted(condition.key.as_str());
    let has = match request.context.get(&condition.key) {
        None => format!("the request has no {key}"),
        Some([]) => format!("the request has {key} without a value"),
        Some(values) => format!("the request has {key} = {}", several(values.iter().map(AsRef::as_ref))),
    };
    format!("its condition {} does not hold: {has}", test(condition))
}

/// `StringEquals aws:PrincipalOrgID = o-1`.
fn test(condition: &Condition) -> String {
    let values = several(condition.values.iter().map(|value| value.text.as_ref()));
    let values = if values.is_empty() { "no value".to_owned() } else { values };
    format!("{} {} ({values})", plain(&condition.operator.to_string()), quoted(condition.key.as_str()))
}
