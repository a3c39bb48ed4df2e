//! The message that starts a sweep, `{"sweep": true}`, and the one with which a sweep goes on.

use serde::Deserialize;
use serde_json::Value;

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

pub(super) fn decode(message: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
    if function != Function::Sweep {
        return Err(refused(&format!(
            "`{function}` does not sweep; send the message to `{}`",
            Function::Sweep
        )));
    }
    let Message { sweep } = Message::deserialize(message).map_err(unreadable)?;
    let from = if sweep == Value::Bool(true) {
        None
    } else {
        Some(Progress::deserialize(sweep).map_err(unreadable)?)
    };
    if let Some(progress) = &from {
        same_account(&progress.account, account)?;
        if progress.version != 1 {
            let version = progress.version;
            return Err(refused(&format!("a sweep of version {version}; this release reads version 1")));
        }
    }
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: account.to_owned(),
        target: Target::Sweep(from.map(Box::new)),
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
