//! From a point of the space back to a request.

use super::{
    answer::Reason,
    space::{Name, Space, Value},
    world::World,
};
use crate::{Caller, Request, Statement};

/// Spellings to show actions with; the analysis itself works in lower case.
pub(crate) const ACTIONS: [&str; 12] = [
    "s3:GetObject",
    "iam:CreateUser",
    "ec2:RunInstances",
    "sts:AssumeRole",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "dynamodb:Scan",
    "sqs:SendMessage",
    "iam:PassRole",
    "s3:DeleteBucket",
    "s3:PutObject",
    "logs:PutLogEvents",
];

/// The request that `model` describes; nothing if it holds a variable's letter.
pub(crate) fn request(space: &Space, model: &[usize], world: &dyn World) -> Option<Request> {
    let mut request = Request::new(Caller::Anonymous, "s3:GetObject", "*");
    for (name, at) in space.names() {
        let value = space.get(at)?.value(*model.get(at)?);
        if value.texts().iter().any(|text| text.chars().any(|c| super::words::Class::VARIABLE.has(c))) {
            return None;
        }
        match (name, value) {
            (Name::Action(0), Value::One(action)) => request.action.clone_from(action),
            (Name::Resource(0), Value::One(resource)) => request.resource.clone_from(resource),
            (Name::Key(_, key), Value::One(_) | Value::Several(_) | Value::Empty { .. }) => {
                request.context.set(key.as_str(), value.texts().iter().map(String::as_str));
            }
            (
                Name::Action(_)
                | Name::Resource(_)
                | Name::Caller
                | Name::Organization
                | Name::Key(..)
                | Name::Atom(_),
                Value::Missing | Value::One(_) | Value::Several(_) | Value::Empty { .. },
            ) => {}
        }
    }
    world.complete(&mut request, &|name| {
        Some(space.get(space.find(name)?)?.value(*model.get(space.find(name)?)?).clone())
    });
    Some(request)
}

/// The action in a spelling that is known, or with as much of it as a statement spells out.
pub(crate) fn spelled<'a>(action: &str, statements: impl Iterator<Item = &'a Statement>) -> String {
    if let Some(known) = ACTIONS.iter().find(|known| known.eq_ignore_ascii_case(action)) {
        return (*known).to_owned();
    }
    let entries = statements.flat_map(|s| s.action.entries());
    let starts = entries.filter_map(|entry| entry.glob.as_str().split(['*', '?']).next());
    let split = |start: &'a str| {
        let (same, rest) = action.split_at_checked(start.len())?;
        same.eq_ignore_ascii_case(start).then(|| format!("{start}{rest}"))
    };
    let longest = starts.filter(|start| split(start).is_some()).max_by_key(|start| start.len());
    longest.and_then(split).unwrap_or_else(|| action.to_owned())
}

/// Why a point may not have been confirmed: what was not looked into.
pub(crate) fn why_not(space: &Space) -> Reason {
    let mut opaque = space.names().filter_map(|(_, at)| space.get(at)).filter(|d| d.is_opaque());
    opaque.next().map_or(Reason::Unconfirmed, |dimension| dimension.reason().clone())
}
