//! A CloudTrail record in its EventBridge envelope.

use guardrails::{PolicyArn, PolicyName};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::actor::{actor, is_true, text};
use super::{Decoded, Ignored, Refused, provider, role_name, same_account};
use crate::function::Function;
use crate::log_text::LogText;
use crate::trigger::{Cause, EventNote, Seen, Target, Trigger};

/// The source of the events of IAM Roles Anywhere, whose trust anchors let certificates in.
const ROLES_ANYWHERE: &str = "aws.rolesanywhere";

pub(super) fn decode(event: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
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
    let Some(target) = target(record, call, function)? else {
        return Ok(Decoded::Ignored(Ignored::NotServed(LogText::new(call))));
    };
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: account.to_owned(),
        target,
        facet: function.facet(),
        cause: cause(call),
        actor: actor(record),
        event: Some(note(event, record, call)),
        seen: seen(record, call).into_iter().collect(),
        also: Vec::new(),
    })))
}

fn check_envelope(event: &Value, record: &Value, account: &str) -> Result<(), Refused> {
    let (source, event_source) = match event.get("source").and_then(Value::as_str) {
        Some(ROLES_ANYWHERE) => (ROLES_ANYWHERE, "rolesanywhere.amazonaws.com"),
        Some(_) | None => ("aws.iam", "iam.amazonaws.com"),
    };
    must_be("source", event.get("source"), source)?;
    must_be("detail.eventSource", record.get("eventSource"), event_source)?;
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

/// What the call names; all roles if it must have named one that the record does not show.
fn target(record: &Value, call: &str, function: Function) -> Result<Option<Target>, Refused> {
    if let Some(provider) = provider::changed(record, call) {
        return Ok(function.follows_identity_providers().then_some(Target::TrustersOf(provider)));
    }
    if changes_a_policy(call) {
        return Ok(function.follows_policies().then(|| match arn(parameters(record), "policyArn") {
            Some(policy) => Target::UsersOf(policy),
            None => Target::Omitted,
        }));
    }
    let asked = parameters(record).get("roleName");
    let answered = record.pointer("/responseElements/role/roleName");
    if let Some(name) = asked.or(answered).and_then(Value::as_str) {
        return role_name(name).map(Target::Role).map(Some);
    }
    let omitted = parameters(record).get("omitted").is_some_and(is_true);
    Ok((names_a_role(call) || (omitted && may_name_a_role(call))).then_some(Target::Omitted))
}

/// Calls that change what every role with the policy may do, and name no role.
fn changes_a_policy(call: &str) -> bool {
    matches!(call, "CreatePolicyVersion" | "SetDefaultPolicyVersion")
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

fn arn(parameters: &Value, field: &str) -> Option<PolicyArn> {
    PolicyArn::parse(parameters.get(field)?.as_str()?).ok()
}

fn seen(record: &Value, call: &str) -> Option<Seen> {
    let parameters = parameters(record);
    let field = |name| parameters.get(name).and_then(Value::as_str);
    let policy = || PolicyName::parse(field("policyName")?).ok();
    let arn = |name| arn(parameters, name);
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
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => {
            Some(Seen::Version { policy: arn("policyArn")?, version: default_version(record)? })
        }
        _ => None,
    }
}

/// The version that the call made the default; `None` for a new version that is not.
fn default_version(record: &Value) -> Option<String> {
    let chosen = parameters(record).get("versionId");
    let made = record.pointer("/responseElements/policyVersion");
    let made = made.filter(|made| made.get("isDefaultVersion").is_some_and(is_true));
    let version = chosen.or_else(|| made?.get("versionId"))?.as_str()?;
    Some(version.to_owned())
}
