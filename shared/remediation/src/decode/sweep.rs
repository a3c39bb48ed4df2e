//! The message that begins a sweep, `{"sweep": true}`, and the one with which a sweep goes on.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Decoded, Refused, same_account};
use crate::function::Function;
use crate::log_text::LogText;
use crate::pass::Progress;
use crate::trigger::{Actor, Cause, Target, Trigger};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    sweep: Value,
}

/// Which sweep is to go on. Where it stands, the history tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepUnderWay {
    /// The wire version, 1.
    pub version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// When the sweep began.
    #[serde(with = "time::serde::rfc3339")]
    pub begun: OffsetDateTime,
}

impl SweepUnderWay {
    pub(crate) fn of(progress: &Progress) -> Self {
        Self { version: 1, account: progress.account.clone(), begun: progress.begun }
    }

    /// The message that begins a sweep, or has this one go on.
    #[must_use]
    pub fn message(under_way: Option<&Self>) -> Value {
        under_way.map_or_else(|| json!({"sweep": true}), |under_way| json!({"sweep": under_way}))
    }
}

pub(super) fn decode(message: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
    if function != Function::Sweep {
        return Err(refused(&format!(
            "`{function}` does not sweep; send the message to `{}`",
            Function::Sweep
        )));
    }
    let Message { sweep } = Message::deserialize(message).map_err(unreadable)?;
    let under_way = if sweep == Value::Bool(true) {
        None
    } else {
        Some(SweepUnderWay::deserialize(sweep).map_err(unreadable)?)
    };
    if let Some(SweepUnderWay { version, account: of, .. }) = &under_way {
        same_account(of, account)?;
        if *version != 1 {
            return Err(refused(&format!("a sweep of version {version}; this release reads version 1")));
        }
    }
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: account.to_owned(),
        target: Target::Sweep(under_way.map(|under_way| under_way.begun)),
        facet: function.facet(),
        cause: Cause::Sweep,
        actor: Actor::default(),
        event: None,
        seen: Vec::new(),
        also: Vec::new(),
    })))
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn unreadable(error: serde_json::Error) -> Refused {
    refused(&format!("a sweep that can't be read: {error}"))
}

fn refused(text: &str) -> Refused {
    Refused::NotAnEvent(LogText::new(text))
}
