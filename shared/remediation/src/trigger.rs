//! Why a pass runs, and over which role.
//!
//! A trigger is a hint, never the evidence: the live role decides. What the event said about the role
//! serves one purpose, to tell whether the read is fresh enough.

use std::time::Duration;

use guardrails::{Facet, IdentityProvider, PolicyArn, PolicyName, RoleId, RoleName};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::decode::{Purpose, Revoke};
use crate::log_text::LogText;

/// One reason to look at one role, or at several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The account that the event is about, 12 digits; equal to the invoked function's.
    pub account: String,
    /// The roles to look at.
    pub target: Target,
    /// What to read and check.
    pub facet: Facet,
    /// Why.
    pub cause: Cause,
    /// Who caused it, as CloudTrail tells.
    pub actor: Actor,
    /// The event, when there is one.
    pub event: Option<EventNote>,
    /// What the events say the role shows since: of each part of the role the newest that is known.
    pub seen: Vec<Seen>,
    /// Other events that this pass answers too, because they are about the same facet of the same role.
    pub also: Vec<Along>,
}

/// The roles that a trigger is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This role.
    Role(RoleName),
    /// The roles that have this policy attached, or as their boundary: the policy has changed.
    UsersOf(PolicyArn),
    /// The roles that trust this identity provider: it has changed, and people are told who lets it in.
    TrustersOf(IdentityProvider),
    /// CloudTrail left the parameters out (a call padded beyond 100 KB) or they name no role although the
    /// call must have: any role may have changed, so all are looked at.
    Omitted,
    /// Every role: a new sweep, or the one that began then.
    Sweep(Option<OffsetDateTime>),
}

/// Why a pass runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A `CreateRole`: the role may not be readable yet.
    Created,
    /// A `DeleteRole`: the role may still be readable.
    Deleted,
    /// Any other write to a role.
    Changed,
    /// Another function handed the role over.
    HandedOver {
        /// The id that the role had then.
        role_id: RoleId,
        /// How often it had been handed over before.
        hops: u32,
        /// The sessions to revoke.
        revoke: Option<Revoke>,
        /// The plan that it has a part of.
        purpose: Option<Box<Purpose>>,
    },
    /// Someone named the role: `{"role": "name"}` or the command line.
    ByHand,
    /// The sweep came by.
    Sweep,
}

/// Who made the call. Text of strangers throughout; never a reason to allow anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The ARN of the caller, else its principal id, else its account.
    pub who: Option<LogText>,
    /// The kind of identity, as CloudTrail spells it; absent in some real records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LogText>,
    /// The role that a session comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<LogText>,
    /// The service that called for someone; a hint that the change will be applied again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<LogText>,
    /// The address, or the name of a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<LogText>,
    /// The user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<LogText>,
    /// The session was opened in the console.
    #[serde(default)]
    pub console: bool,
}

/// The event behind a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventNote {
    /// CloudTrail's `eventID`: the same over repeated deliveries.
    pub id: Option<LogText>,
    /// The record that this one corrects (`addendum`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<LogText>,
    /// The API call.
    pub name: LogText,
    /// When the call ended, to the second.
    #[serde(with = "time::serde::rfc3339::option")]
    pub time: Option<OffsetDateTime>,
}

/// An event that another one's pass answers, and who caused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Along {
    /// The event.
    pub event: EventNote,
    /// Who made the call.
    pub actor: Actor,
}

/// What an event says the role shows since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// This trust policy.
    Trust(String),
    /// This inline policy.
    Inline {
        /// Its name.
        policy: PolicyName,
        /// Its document, as submitted.
        text: String,
    },
    /// No inline policy of this name.
    NoInline(PolicyName),
    /// This policy attached.
    Attached(PolicyArn),
    /// This policy not attached.
    Detached(PolicyArn),
    /// This version of a managed policy, attached or as the boundary.
    Version {
        /// The policy.
        policy: PolicyArn,
        /// Its default version.
        version: String,
    },
    /// This boundary.
    Boundary(PolicyArn),
    /// No boundary.
    NoBoundary,
}

impl Trigger {
    /// A trigger without an event, for one role.
    #[must_use]
    pub fn by_hand(account: &str, role: RoleName, facet: Facet) -> Self {
        Self {
            account: account.to_owned(),
            target: Target::Role(role),
            facet,
            cause: Cause::ByHand,
            actor: Actor::default(),
            event: None,
            seen: Vec::new(),
            also: Vec::new(),
        }
    }

    /// When the call ended, as far as the event tells.
    #[must_use]
    pub fn time(&self) -> Option<OffsetDateTime> {
        self.event.as_ref()?.time
    }

    /// How long ago the call ended; `None` without an event time. An event from the future has age zero.
    #[must_use]
    pub fn age(&self, now: OffsetDateTime) -> Option<Duration> {
        let time = self.time()?;
        Some(Duration::try_from(now - time).unwrap_or_default())
    }
}

impl Cause {
    /// The word that records use.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Changed => "changed",
            Self::HandedOver { .. } => "handed_over",
            Self::ByHand => "by_hand",
            Self::Sweep => "sweep",
        }
    }
}

impl Seen {
    /// The part of the role that it is about.
    pub(crate) fn part(&self) -> (&'static str, &str) {
        match self {
            Self::Trust(_) => ("trust", ""),
            Self::Inline { policy, .. } | Self::NoInline(policy) => ("inline", policy.as_str()),
            Self::Attached(arn) | Self::Detached(arn) => ("attached", arn.as_str()),
            Self::Version { policy, .. } => ("version", policy.as_str()),
            Self::Boundary(_) | Self::NoBoundary => ("boundary", ""),
        }
    }
}
