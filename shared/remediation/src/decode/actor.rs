//! Who made a call. Every field may be missing: some real records have no `type`, older ones an empty
//! `sessionIssuer`.

use serde_json::Value;

use crate::log_text::LogText;
use crate::trigger::Actor;

pub(super) fn actor(record: &Value) -> Actor {
    let identity = record.get("userIdentity").unwrap_or(&Value::Null);
    let issuer = identity.pointer("/sessionContext/sessionIssuer").unwrap_or(&Value::Null);
    let who = ["arn", "principalId", "accountId"].iter().find_map(|field| text(identity, field));
    Actor {
        who,
        kind: text(identity, "type"),
        issuer: text(issuer, "arn"),
        invoked_by: text(identity, "invokedBy"),
        from: text(record, "sourceIPAddress"),
        user_agent: text(record, "userAgent"),
        console: record.get("sessionCredentialFromConsole").is_some_and(is_true),
    }
}

/// `true`, whether CloudTrail spells it as a boolean or as a string.
pub(super) fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

pub(super) fn text(value: &Value, field: &str) -> Option<LogText> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(LogText::new)
}
