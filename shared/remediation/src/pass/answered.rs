//! What an instance of a function has judged lately. An event that is older than one whose change the live role
//! showed is answered by that pass, as if both had come in one batch: whoever changes a role time and again makes
//! no more work than the last of the changes. An event is not answered as long as a repair of its role is unfinished.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use guardrails::{Facet, RoleId};
use time::{Duration, OffsetDateTime};

use super::Passed;
use crate::outcome::Outcome;
use crate::trigger::{Cause, Seen, Target, Trigger};

/// Messages that come later than this are judged anew.
const REMEMBERED: Duration = Duration::minutes(10);

/// The newest changes that were answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    by_role: Mutex<BTreeMap<Which, Answer>>,
}

/// The newest change that was answered, and which role was found.
#[derive(Clone, Debug)]
struct Answer {
    change: Change,
    role: RoleId,
}

/// A facet of a role, by the name in lower case.
type Which = (String, Facet);

/// A change that an event tells of.
#[derive(Clone, Debug)]
pub(super) struct Change {
    which: Which,
    /// When it was made, to the second.
    at: OffsetDateTime,
    /// The parts of the role that it is about.
    parts: Vec<(&'static str, String)>,
}

impl Change {
    /// None if the event tells of no change to one role, or not when it was made. After a deletion the role is
    /// another one.
    pub(super) fn of(trigger: &Trigger) -> Option<Self> {
        let Target::Role(name) = &trigger.target else { return None };
        let is_change = matches!(trigger.cause, Cause::Created | Cause::Changed);
        let part = |seen: &Seen| {
            let (kind, name) = seen.part();
            (kind, name.to_owned())
        };
        Some(Self {
            which: (name.as_str().to_ascii_lowercase(), trigger.facet),
            at: trigger.time().filter(|_| is_change)?,
            parts: trigger.seen.iter().map(part).collect(),
        })
    }
}

impl Answered {
    /// The role that a later change to the same parts was answered for.
    pub(super) fn covers(&self, change: &Change) -> Option<RoleId> {
        let by_role = self.by_role.lock().unwrap_or_else(PoisonError::into_inner);
        let Answer { change: newest, role } = by_role.get(&change.which)?;
        let covers = change.at < newest.at && change.parts.iter().all(|part| newest.parts.contains(part));
        covers.then(|| role.clone())
    }

    /// The pass over this change is over. An event from the future answers none that is still to come.
    pub(super) fn note(&self, change: Change, passed: &[Passed], now: OffsetDateTime) {
        let is_answer = |passed: &Passed| {
            matches!(passed.outcome, Outcome::Compliant | Outcome::Exempt(_) | Outcome::Repaired(_))
        };
        let change = Change { at: change.at.min(now), ..change };
        let mut by_role = self.by_role.lock().unwrap_or_else(PoisonError::into_inner);
        by_role.retain(|_, known| now - known.change.at < REMEMBERED);
        let is_newest = by_role.get(&change.which).is_none_or(|known| known.change.at < change.at);
        let role = passed.last().and_then(|passed| passed.record.role_id.clone());
        if let (true, true, Some(role)) = (is_newest, passed.iter().all(is_answer), role) {
            by_role.insert(change.which.clone(), Answer { change, role });
        }
    }
}
