//! Where a sweep stands, as the history keeps it from one invocation to the next.

use std::time::Duration;

use guardrails::RoleId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::outcome::Outcome;
use crate::ports::Page;

/// Longer than a function lives, and it keeps its progress once more before it ends.
const QUIET: Duration = Duration::from_secs(120);

/// Where a sweep stands. It lies in the history and never travels: whoever may write to the sweep's queue must
/// not be able to end the baseline early, or to have roles passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The wire version, 1.
    pub version: u32,
    /// The account, 12 digits.
    pub account: String,
    /// When the sweep began, which tells it from others.
    #[serde(with = "time::serde::rfc3339")]
    pub begun: OffsetDateTime,
    /// How often progress was kept in this account: of two invocations that keep theirs only one can go on.
    pub revision: u64,
    /// When it was kept.
    #[serde(with = "time::serde::rfc3339")]
    pub kept: OffsetDateTime,
    /// IAM's marker of the page; absent for the first.
    pub marker: Option<String>,
    /// The last role of the page that was looked at.
    pub done: Option<RoleId>,
    /// What was found so far.
    pub tally: Tally,
    /// All roles were looked at.
    pub over: bool,
}

/// What a sweep found, in numbers of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Looked at.
    pub roles: u32,
    /// Unsafe by a change that no event told of, and repaired.
    pub repaired: u32,
    /// Unsafe by such a change, and handed over to who may repair it.
    pub handed_over: u32,
    /// Unsafe by such a change, and not repaired.
    pub left: u32,
    /// Unsafe since before rescind came; people decide.
    pub waiting: u32,
    /// Not understood.
    pub unread: u32,
    /// Not taken by the history; the baseline does not end without them.
    pub unrecorded: u32,
}

impl Progress {
    /// A sweep that begins, after the one that was there before it.
    pub(crate) fn begun(account: &str, begun: OffsetDateTime, before: Option<&Self>) -> Self {
        Self {
            version: 1,
            account: account.to_owned(),
            begun,
            revision: before.map_or(0, |before| before.revision),
            kept: begun,
            marker: None,
            done: None,
            tally: Tally::default(),
            over: false,
        }
    }

    pub(super) fn turn_to(&mut self, marker: String) {
        self.marker = Some(marker);
        self.done = None;
    }

    /// Back to the first page: IAM does not know the marker any more.
    pub(super) fn start_over(&mut self) {
        (self.marker, self.done, self.tally) = (None, None, Tally::default());
    }

    /// How many roles of this page were looked at. The page may have changed since; then all of it counts.
    pub(super) fn position(&self, page: &Page) -> usize {
        let done = |done: &RoleId| page.roles.iter().position(|role| role.id == *done);
        self.done.as_ref().and_then(done).map_or(0, |position| position + 1)
    }

    /// No invocation lives any more that works on it.
    pub(super) fn is_left_lying(&self, now: OffsetDateTime) -> bool {
        !self.over && now - self.kept > QUIET
    }
}

impl Tally {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Repaired(_) => self.repaired += 1,
            Outcome::HandedOver(_) => self.handed_over += 1,
            Outcome::Compliant | Outcome::Gone | Outcome::Exempt(_) | Outcome::Held { .. } => {}
            Outcome::Unrepaired(_)
            | Outcome::WouldRepair
            | Outcome::Contested(_)
            | Outcome::Unmodifiable
            | Outcome::Protected(_)
            | Outcome::Unjudged(_)
            | Outcome::Swept { .. }
            | Outcome::Ignored(_)
            | Outcome::Refused(_) => self.left += 1,
        }
    }

    pub(crate) fn sentence(&self, is_over: bool) -> String {
        let Self { roles, repaired, handed_over, left, waiting, unread, unrecorded } = self;
        let begin = if is_over { "all roles looked at" } else { "goes on in another invocation; so far" };
        format!(
            "{begin}: {roles}; of changes that no event told of, {repaired} repaired, {handed_over} handed \
             over, {left} left; {waiting} unsafe since before rescind came; {unread} not understood; \
             {unrecorded} not recorded"
        )
    }
}
