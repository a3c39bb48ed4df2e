//! What came in: a trigger, something that is not ours to look at, or something not to be believed.
//!
//! The reading is lenient where AWS varies (every field of a CloudTrail record is optional: a strict reading
//! refuses a fifth of real records, and a parse failure is a blind spot that an attacker can choose), and
//! strict where a stranger could lie: the source, the account, and the size.

mod actor;
mod cloudtrail;
mod policy_user;
mod provider;
mod purpose;
mod sweep;

use guardrails::{Facet, RoleId, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

pub use policy_user::PolicyUserMessage;
pub use purpose::{Part, Purpose};
pub use sweep::SweepUnderWay;

use crate::function::Function;
use crate::history::RepairId;
use crate::log_text::LogText;
use crate::trigger::{Actor, Cause, Target, Trigger};

/// The largest message that is read, in bytes: EventBridge and SQS carry less.
pub const LARGEST: usize = 512 * 1024;

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decoded {
    /// A reason to look at a role.
    Trigger(Box<Trigger>),
    /// Not ours to look at.
    Ignored(Ignored),
    /// Not to be believed.
    Refused(Refused),
}

/// Why an event is not ours to look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// The call failed, so it changed nothing.
    #[error("the call `{call}` failed with `{code}`, so it changed nothing")]
    FailedCall {
        /// The API call.
        call: LogText,
        /// CloudTrail's error code.
        code: LogText,
    },
    /// The call only reads.
    #[error("the call `{0}` only reads")]
    ReadOnly(LogText),
    /// The role was judged after a later change to the same.
    #[error("the event `{0}` is older than one that was answered already, about the same of the same role")]
    Answered(LogText),
    /// The call names nothing that this function looks at.
    #[error("not served: the call `{0}` names no role")]
    NotServed(LogText),
}

/// Why an event is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than anything AWS delivers.
    #[error("the message has {0} bytes; at most {LARGEST} are read")]
    TooLarge(usize),
    /// Not JSON, or nested deeper than 127 levels.
    #[error("the message is not JSON that can be read: {0}")]
    NotJson(LogText),
    /// Nothing that a function accepts; the text says what it looks like and what to send instead.
    #[error("the message is not an event: {0}")]
    NotAnEvent(LogText),
    /// Somebody else's event under the looks of IAM's: any principal may put events with another source.
    #[error("`{field}` is `{given}`, but events of IAM carry `{expected}`")]
    Forged {
        /// The field that gives it away.
        field: &'static str,
        /// What it holds.
        given: LogText,
        /// What it should hold.
        expected: &'static str,
    },
    /// Another account's event.
    #[error("the event is about account `{given}`, but this function works for `{expected}`")]
    ForeignAccount {
        /// The account of the event.
        given: LogText,
        /// The account of the function.
        expected: String,
    },
    /// The role that IAM returned lies in another account.
    #[error("IAM returned the role `{role}`, which is not in account `{expected}`")]
    ForeignRole {
        /// The ARN that IAM returned.
        role: LogText,
        /// The account of the function.
        expected: String,
    },
    /// A name that no role can have.
    #[error("{0}")]
    NotARoleName(LogText),
    /// A facet that this function can't read.
    #[error("`{function}` does not look at that facet; send the message to another function")]
    FacetNotServed {
        /// The function.
        function: Function,
    },
}

/// The message with which one function hands a role over to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverMessage {
    /// The wire version; see [`Self::VERSION`].
    pub version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// The name of the role.
    pub role: RoleName,
    /// The role's unique id.
    pub role_id: RoleId,
    /// What to look at.
    pub facet: Facet,
    /// How often the role was handed over before on account of the same event. It ends somewhere: two functions
    /// that can't do their part must not send the role to and fro.
    #[serde(default)]
    pub hops: u32,
    /// The sessions to revoke, after the trust policy of the role was repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revoke>,
    /// The plan of which the receiver has a part; since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}

impl HandOverMessage {
    /// The version that is sent. Messages of version 1, which tell no purpose, are still read.
    pub const VERSION: u32 = 2;
}

/// Sessions to revoke: those that were issued in this time, both ends included. A claim, not a command: the
/// function that carries it out revokes no more than can be true of the live role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The repair after which they are revoked.
    pub repair: RepairId,
    /// The first moment.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// The last moment.
    #[serde(with = "time::serde::rfc3339")]
    pub to: OffsetDateTime,
}

/// Decodes the text of one message: the body of an SQS message, or a file.
pub fn decode_text(text: &str, function: Function, account: &str) -> Decoded {
    if text.len() > LARGEST {
        return Decoded::Refused(Refused::TooLarge(text.len()));
    }
    match serde_json::from_str(text) {
        Ok(value) => decode(&value, function, account),
        Err(error) => Decoded::Refused(Refused::NotJson(LogText::new(&error.to_string()))),
    }
}

/// Decodes one message for the function that runs in this account: an EventBridge event, a hand-over, a sweep, a
/// user of a policy, or `{"role": "name"}`.
pub fn decode(message: &Value, function: Function, account: &str) -> Decoded {
    let decoded = if message.get("detail").is_some() {
        cloudtrail::decode(message, function, account)
    } else if message.get("role_id").is_some() {
        handed_over(message, function, account)
    } else if message.get("sweep").is_some() {
        sweep::decode(message, function, account)
    } else if message.get("policy").is_some() {
        policy_user::decode(message, function, account)
    } else if let Some(role) = message.get("role") {
        by_hand(message, role, function, account)
    } else {
        Err(not_an_event(message))
    };
    decoded.unwrap_or_else(Decoded::Refused)
}

fn handed_over(message: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
    let message = HandOverMessage::deserialize(message).map_err(|error| {
        Refused::NotAnEvent(LogText::new(&format!("a hand-over that can't be read: {error}")))
    })?;
    if !(1..=HandOverMessage::VERSION).contains(&message.version) {
        let text = format!(
            "a hand-over of version {}; this release reads versions 1 to {}",
            message.version,
            HandOverMessage::VERSION
        );
        return Err(Refused::NotAnEvent(LogText::new(&text)));
    }
    same_account(&message.account, account)?;
    if !serves(function.facet(), message.facet) {
        return Err(Refused::FacetNotServed { function });
    }
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: message.account,
        target: Target::Role(message.role),
        facet: message.facet,
        cause: Cause::HandedOver {
            role_id: message.role_id,
            hops: message.hops,
            revoke: message.revoke,
            purpose: message.purpose.map(Box::new),
        },
        actor: Actor::default(),
        event: None,
        seen: Vec::new(),
        also: Vec::new(),
    })))
}

fn by_hand(message: &Value, role: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
    if message.as_object().is_none_or(|fields| fields.len() != 1) {
        let text = "a message by hand has exactly one field: {\"role\": \"name\"}";
        return Err(Refused::NotAnEvent(LogText::new(text)));
    }
    let Some(name) = role.as_str() else {
        return Err(Refused::NotAnEvent(LogText::new("`role` must be the name of a role, as a string")));
    };
    Ok(Decoded::Trigger(Box::new(Trigger::by_hand(account, role_name(name)?, function.facet()))))
}

fn not_an_event(message: &Value) -> Refused {
    let looks = if message.get("Records").is_some() {
        "a batch: its records go in one by one"
    } else if message.get("eventSource").is_some() {
        "a bare CloudTrail record: put it under `detail` of an EventBridge event"
    } else {
        "send an EventBridge event of IAM (`rescind event` prints one) or {\"role\": \"name\"}"
    };
    Refused::NotAnEvent(LogText::new(looks))
}

fn role_name(name: &str) -> Result<RoleName, Refused> {
    RoleName::parse(name).map_err(|error| Refused::NotARoleName(LogText::new(&error.to_string())))
}

pub(crate) fn same_account(given: &str, expected: &str) -> Result<(), Refused> {
    if given == expected {
        Ok(())
    } else {
        Err(Refused::ForeignAccount { given: LogText::new(given), expected: expected.to_owned() })
    }
}

fn serves(own: Facet, asked: Facet) -> bool {
    (own.has_trust() || !asked.has_trust()) && (own.has_permissions() || !asked.has_permissions())
}

#[cfg(test)]
mod tests;
