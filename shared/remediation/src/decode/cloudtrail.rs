//! A CloudTrail record in its EventBridge envelope.

use guardrails::{Facet, PolicyArn, PolicyName};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::actor::{actor, is_true, text};
use super::{Decoded, Ignored, Refused, role_name, same_account};
use crate::log_text::LogText;
use crate::trigger::{Cause, EventNote, Seen, Target, Trigger};

pub(super) fn decode(event: &Value, facet: Facet, account: &str) -> Result<Decoded, Refused> {
    let record = event.get("detail").unwrap_or(&Value::Null);
    check_envelope(event, record, account)?;
    let Some(call) = record.get("eventName").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        let text = "`detail.eventName` is missing: it names the API call";
        return Err(Refused::NotAnEvent(LogText::new(text)));
    };
    if let Some(code) = text(record, "errorCode") {
        return Ok(Decoded::Ignored(Ignored::FailedCall { call: LogText::new(call), code }));
    }
    if record.get("readOnly").is_some_and(is_true) {
        return Ok(Decoded::Ignored(Ignored::ReadOnly(LogText::new(call))));
    }
    let Some(target) = target(record, call)? else {
        return Ok(Decoded::Ignored(Ignored::NotServed(LogText::new(call))));
    };
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: account.to_owned(),
        target,
        facet,
        cause: cause(call),
        actor: actor(record),
        event: Some(note(event, record, call)),
        seen: seen(parameters(record), call),
    })))
}

fn check_envelope(event: &Value, record: &Value, account: &str) -> Result<(), Refused> {
    must_be("source", event.get("source"), "aws.iam")?;
    must_be("detail.eventSource", record.get("eventSource"), "iam.amazonaws.com")?;
    let kind = event.get("detail-type").and_then(Value::as_str).unwrap_or_default();
    // AWS's guide for China writes "Amazon API Call via CloudTrail".
    if !kind.ends_with("API Call via CloudTrail") {
        let expected = "AWS API Call via CloudTrail";
        return Err(Refused::Forged { field: "detail-type", given: LogText::new(kind), expected });
    }
    same_account(event.get("account").and_then(Value::as_str).unwrap_or_default(), account)?;
    match record.get("recipientAccountId").and_then(Value::as_str) {
        Some(recipient) => same_account(recipient, account),
        None => Ok(()),
    }
}

fn must_be(field: &'static str, given: Option<&Value>, expected: &'static str) -> Result<(), Refused> {
    match given.and_then(Value::as_str) {
        Some(given) if given == expected => Ok(()),
        given => Err(Refused::Forged { field, given: LogText::new(given.unwrap_or_default()), expected }),
    }
}

/// The role that the call names; all roles if it must have named one that the record does not show.
fn target(record: &Value, call: &str) -> Result<Option<Target>, Refused> {
    let asked = parameters(record).get("roleName");
    let answered = record.pointer("/responseElements/role/roleName");
    if let Some(name) = asked.or(answered).and_then(Value::as_str) {
        return role_name(name).map(Target::Role).map(Some);
    }
    let omitted = parameters(record).get("omitted").is_some_and(is_true);
    Ok((names_a_role(call) || (omitted && may_name_a_role(call))).then_some(Target::Omitted))
}

fn parameters(record: &Value) -> &Value {
    record.get("requestParameters").unwrap_or(&Value::Null)
}

/// Calls that can't be made without a role's name.
fn names_a_role(call: &str) -> bool {
    matches!(
        call,
        "CreateRole"
            | "UpdateAssumeRolePolicy"
            | "PutRolePolicy"
            | "DeleteRolePolicy"
            | "AttachRolePolicy"
            | "DetachRolePolicy"
            | "PutRolePermissionsBoundary"
            | "DeleteRolePermissionsBoundary"
    )
}

/// Calls with their parameters left out that may be about a role; the rest is about users, groups and such.
fn may_name_a_role(call: &str) -> bool {
    call.contains("Role")
}

fn cause(call: &str) -> Cause {
    match call {
        "CreateRole" | "CreateServiceLinkedRole" => Cause::Created,
        "DeleteRole" | "DeleteServiceLinkedRole" => Cause::Deleted,
        _ => Cause::Changed,
    }
}

fn note(event: &Value, record: &Value, call: &str) -> EventNote {
    let time = [record.get("eventTime"), event.get("time")]
        .into_iter()
        .flatten()
        .find_map(|time| OffsetDateTime::parse(time.as_str()?, &Rfc3339).ok());
    EventNote {
        id: text(record, "eventID"),
        corrects: record.get("addendum").and_then(|addendum| text(addendum, "originalEventID")),
        name: LogText::new(call),
        time,
    }
}

fn seen(parameters: &Value, call: &str) -> Option<Seen> {
    let field = |name| parameters.get(name).and_then(Value::as_str);
    let policy = || PolicyName::parse(field("policyName")?).ok();
    let arn = |name| PolicyArn::parse(field(name)?).ok();
    match call {
        "CreateRole" => Some(Seen::Trust(field("assumeRolePolicyDocument")?.to_owned())),
        "UpdateAssumeRolePolicy" => Some(Seen::Trust(field("policyDocument")?.to_owned())),
        "PutRolePolicy" => {
            Some(Seen::Inline { policy: policy()?, text: field("policyDocument")?.to_owned() })
        }
        "DeleteRolePolicy" => policy().map(Seen::NoInline),
        "AttachRolePolicy" => arn("policyArn").map(Seen::Attached),
        "DetachRolePolicy" => arn("policyArn").map(Seen::Detached),
        "PutRolePermissionsBoundary" => arn("permissionsBoundary").map(Seen::Boundary),
        "DeleteRolePermissionsBoundary" => Some(Seen::NoBoundary),
        _ => None,
    }
}
