//! The message for one of the many roles that use a policy which was changed.

use guardrails::{PolicyArn, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Decoded, Refused, same_account};
use crate::function::Function;
use crate::log_text::LogText;
use crate::trigger::{Actor, Cause, EventNote, Seen, Target, Trigger};

/// One role that uses a policy, and the event that changed the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyUserMessage {
    /// The wire version, 1.
    pub version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// The role.
    pub role: RoleName,
    /// The policy that it has attached or as its boundary.
    pub policy: PolicyArn,
    /// The version that the event made the default, as long as nobody is known to have changed that since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_version: Option<String>,
    /// The event.
    pub event: Option<EventNote>,
    /// Who caused it.
    pub actor: Actor,
}

impl PolicyUserMessage {
    /// What the role is told of the event.
    pub(crate) fn new(trigger: &Trigger, policy: &PolicyArn, role: RoleName) -> Self {
        let default = trigger.seen.iter().find_map(|seen| match seen {
            Seen::Version { version, .. } => Some(version.clone()),
            Seen::Trust(_)
            | Seen::Inline { .. }
            | Seen::NoInline(_)
            | Seen::Attached(_)
            | Seen::Detached(_)
            | Seen::Boundary(_)
            | Seen::NoBoundary => None,
        });
        Self {
            version: 1,
            account: trigger.account.clone(),
            role,
            policy: policy.clone(),
            default_version: default,
            event: trigger.event.clone(),
            actor: trigger.actor.clone(),
        }
    }
}

pub(super) fn decode(message: &Value, function: Function, account: &str) -> Result<Decoded, Refused> {
    let unreadable = |text: String| Refused::NotAnEvent(LogText::new(&text));
    if !function.follows_policies() {
        let to = Function::ChangePolicyVersion;
        return Err(unreadable(format!("`{function}` does not follow policies; send the message to `{to}`")));
    }
    let message = PolicyUserMessage::deserialize(message)
        .map_err(|error| unreadable(format!("a user of a policy that can't be read: {error}")))?;
    same_account(&message.account, account)?;
    if message.version != 1 {
        let version = message.version;
        return Err(unreadable(format!(
            "a user of a policy of version {version}; this release reads version 1"
        )));
    }
    let PolicyUserMessage { policy, default_version, .. } = message;
    let seen = default_version.map(|version| Seen::Version { policy, version });
    Ok(Decoded::Trigger(Box::new(Trigger {
        account: message.account,
        target: Target::Role(message.role),
        facet: function.facet(),
        cause: Cause::Changed,
        actor: message.actor,
        event: message.event,
        seen: seen.into_iter().collect(),
        also: Vec::new(),
    })))
}
