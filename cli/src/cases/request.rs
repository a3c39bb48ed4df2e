//! Reads the request of a case.

use policy::{AccountId, Caller, Context, Request};

use super::words;
use crate::input::json::{Kind, Node, Wrong};

pub(super) fn read(node: Node<'_>) -> Result<Request, Wrong> {
    if node.kind() != Kind::Object {
        return Err(node.wrong(format!("`request` is an object, not {}", node.kind().words())));
    }
    let (mut principal, mut action, mut resource) = (None, None, None);
    let (mut account, mut keys) = (None, Context::new());
    for (member, value) in node.members()? {
        match member.as_str() {
            "principal" => principal = Some(caller(value)?),
            "action" => action = Some(text(value, "action")?),
            "resource" => resource = Some(text(value, "resource")?),
            "resource_account" if value.kind() == Kind::Null => {}
            "resource_account" => account = Some(account_of(value)?),
            "context" if value.kind() == Kind::Null => {}
            "context" => keys = context(value)?,
            other => return Err(value.wrong(words::unknown(other, "a request", &words::REQUEST))),
        }
    }
    let missing = |part: &str| node.wrong(format!("the request has no `{part}`"));
    let resource = resource
        .ok_or_else(|| node.wrong("the request has no `resource`; write `*` for an action that has none"))?;
    let mut request = Request::new(
        principal.ok_or_else(|| missing("principal"))?,
        action.ok_or_else(|| missing("action"))?,
        resource,
    );
    request.resource_account = account;
    request.context = keys;
    Ok(request)
}

/// An ARN, an account, a service's name, `anonymous`; or an object that says which kind it is.
fn caller(node: Node<'_>) -> Result<Caller, Wrong> {
    if node.kind() == Kind::String {
        return Caller::parse(&node.string()?).map_err(|error| node.wrong(error.to_string()));
    }
    let expected =
        "`principal` is an ARN, `anonymous`, a service's name, {\"service\": ...} or {\"federated\": ...}";
    if node.kind() != Kind::Object {
        return Err(node.wrong(expected));
    }
    let members = node.members()?;
    let [(kind, value)] = members.as_slice() else { return Err(node.wrong(expected)) };
    let name = text(*value, kind)?;
    let (caller, what) = match kind.to_ascii_lowercase().as_str() {
        "service" => (Caller::service(&name), "service's name, such as `lambda.amazonaws.com`"),
        "federated" => {
            (Caller::federated(&name), "identity provider: give its ARN, or `cognito-identity.amazonaws.com`")
        }
        "aws" => (Caller::parse(&name), "ARN of a user, role, session or account root"),
        _ => return Err(node.wrong(expected)),
    };
    caller.map_err(|_| value.wrong(format!("`{name}` is no {what}")))
}

fn text(node: Node<'_>, what: &str) -> Result<String, Wrong> {
    if node.kind() == Kind::String {
        return node.string();
    }
    Err(node.wrong(format!("`{what}` is a string, not {}", node.kind().words())))
}

fn account_of(node: Node<'_>) -> Result<AccountId, Wrong> {
    let digits = if node.kind() == Kind::String { node.string()? } else { node.text.to_owned() };
    AccountId::parse(&digits)
        .ok_or_else(|| node.wrong(format!("`resource_account` is twelve digits, not `{digits}`")))
}

pub(super) fn context(node: Node<'_>) -> Result<Context, Wrong> {
    if node.kind() != Kind::Object {
        return Err(
            node.wrong(format!("`context` is an object of keys and values, not {}", node.kind().words()))
        );
    }
    let mut context = Context::new();
    for (key, value) in node.members()? {
        if value.kind() == Kind::Null {
            continue; // Written out as absent.
        }
        if context.get(&policy::ConditionKey::new(key.as_str())).is_some() {
            return Err(value
                .wrong(format!("the condition key `{key}` is given twice; upper and lower case are one")));
        }
        let values = if value.kind() == Kind::List { value.entries()? } else { vec![value] };
        let values = values.into_iter().map(|one| scalar(one, &key)).collect::<Result<Vec<_>, _>>()?;
        context.set(key, values);
    }
    Ok(context)
}

/// A value of a condition key. Numbers and booleans count as they are spelled.
fn scalar(node: Node<'_>, key: &str) -> Result<String, Wrong> {
    match node.kind() {
        Kind::String => node.string(),
        Kind::Bool | Kind::Number => Ok(node.text.to_owned()),
        kind @ (Kind::Null | Kind::List | Kind::Object) => Err(node.wrong(format!(
            "the value of `{key}` is a string, a boolean, a number or a list of them, not {}",
            kind.words()
        ))),
    }
}
