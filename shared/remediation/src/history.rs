//! The memory of what was intended, what came of it, and what was good before.
//!
//! The port is asked before every write: no intent recorded, no write. What is stored is a wire type with a
//! version, apart from the types the pass works with.

pub mod conformance;
pub mod file;
pub mod log;
pub mod memory;
mod notice;
mod repair;
mod version;

use std::future::Future;

use guardrails::{Digest, Facet, RoleArn, RoleId, RoleName, Step};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use notice::Claim;
pub use repair::{Repair, RepairId, RepairIdError};
pub use version::{Known, RoleVersion, Verdict, parts, versions_of};

use crate::budget::{Ask, Turn};
use crate::pass::Progress;
use crate::ports::PortError;
use crate::record::{Record, RoleState};
use crate::trigger::{Actor, EventNote};

/// The most versions that [`History::good`] returns for a facet.
pub const MOST_GOOD: usize = 5;

/// Keeps intents and outcomes and answers what a pass asks about the past.
///
/// Roles are known by their unique id: a role that was deleted and created again under the same name has
/// another id, and no past.
pub trait History: Sync {
    /// Appends what is about to be written, with the whole state before. Must be durable when it returns.
    fn intend(&self, intent: &Intent) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Appends how a pass ended, and the versions it saw that are news.
    fn append(&self, record: &Record) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The newest versions of the facet (`trust` or `permissions`) that were safe when they were seen, the
    /// newest first, no document twice, at most [`MOST_GOOD`]. They are candidates: whether one is good today
    /// only today's check can tell. Unsafe versions never crowd them out.
    fn good(
        &self,
        role: &RoleId,
        facet: Facet,
    ) -> impl Future<Output = Result<Vec<RoleVersion>, PortError>> + Send;

    /// The first time this very document (`trust` or `permissions`, by [`RoleState::digest`]) was seen. What
    /// is not known is a change, whoever noticed it.
    fn knows(
        &self,
        role: &RoleId,
        facet: Facet,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<Known>, PortError>> + Send;

    /// When the first sweep of the account had seen every role; `None` while it has not. A history without a
    /// memory never ends its baseline.
    fn baseline(
        &self,
        account: &str,
    ) -> impl Future<Output = Result<Option<OffsetDateTime>, PortError>> + Send;

    /// Ends the baseline. Only the first call counts.
    fn end_baseline(
        &self,
        account: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Where the sweep of the account stands that is under way, or was the last.
    fn sweep(&self, account: &str) -> impl Future<Output = Result<Option<Progress>, PortError>> + Send;

    /// Keeps where the sweep stands if the one kept last has the revision before; `false` if somebody else was
    /// quicker.
    fn keep_sweep(&self, progress: &Progress) -> impl Future<Output = Result<bool, PortError>> + Send;

    /// Asks for another sweep after the one that began then.
    fn ask_for_sweep(
        &self,
        account: &str,
        after: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The sweep after which another one was last asked for.
    fn asked_for(
        &self,
        account: &str,
    ) -> impl Future<Output = Result<Option<OffsetDateTime>, PortError>> + Send;

    /// Takes calls to IAM out of the account's bucket ([`Bucket::take`]), which all functions share. A history
    /// without a memory limits nobody.
    ///
    /// [`Bucket::take`]: crate::budget::Bucket::take
    fn take(
        &self,
        account: &str,
        ask: Ask,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Turn, PortError>> + Send;

    /// The repairs of the facet that nobody was told of, oldest first: the pass did not live to tell, and none that
    /// began with the same message has told since.
    fn unfinished(
        &self,
        role: &RoleId,
        facet: Facet,
    ) -> impl Future<Output = Result<Vec<Repair>, PortError>> + Send;

    /// The ids of the roles that ever had this name, the newest last.
    fn roles_named(&self, name: &RoleName) -> impl Future<Output = Result<Vec<RoleId>, PortError>> + Send;

    /// How many times the facet was repaired ([`Record::is_repair`]) since then: the write budget. `all` counts both facets.
    fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> impl Future<Output = Result<u32, PortError>> + Send;

    /// The holds on the facet that have not ended. `all` asks about both facets.
    fn holds(
        &self,
        role: &RoleId,
        facet: Facet,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<Hold>, PortError>> + Send;

    /// Asks to send the notification with this id. What is granted lapses after [`Claim::LEASE`] unless
    /// [`History::notice_sent`] confirms it, so that a crash in between loses nothing: whoever gets the
    /// message again claims it again.
    fn claim_notice(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Claim, PortError>> + Send;

    /// The notification was sent; nobody need send it again.
    fn notice_sent(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What people ask of a history, and the one way to make a hold. Functions have none of it.
pub trait Archive: History {
    /// Every version of both facets, oldest first.
    fn versions(&self, role: &RoleId) -> impl Future<Output = Result<Vec<RoleVersion>, PortError>> + Send;

    /// Every repair of the role, oldest first.
    fn repairs(&self, role: &RoleId) -> impl Future<Output = Result<Vec<Repair>, PortError>> + Send;

    /// One repair.
    fn repair(&self, id: &RepairId) -> impl Future<Output = Result<Option<Repair>, PortError>> + Send;

    /// Makes a hold. It takes the place of an earlier one on the same document; one that ends now ends it.
    fn hold(&self, hold: &Hold) -> impl Future<Output = Result<(), PortError>> + Send;

    /// All holds that have not ended, by role.
    fn all_holds(&self, now: OffsetDateTime) -> impl Future<Output = Result<Vec<Hold>, PortError>> + Send;
}

/// What a pass is about to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The wire version, 1.
    pub version: u32,
    /// The pass, as in its record.
    pub pass: String,
    /// The repair that it is part of; the same for all intents of a pass.
    pub repair: RepairId,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The role.
    pub role: RoleArn,
    /// Its unique id.
    pub role_id: RoleId,
    /// What is repaired.
    pub facet: Facet,
    /// The event behind it; whoever tells of the repair may know only another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventNote>,
    /// Who made the call of that event.
    #[serde(default)]
    pub actor: Actor,
    /// The whole state before.
    pub before: RoleState,
    /// The writes, in order.
    pub steps: Vec<Step>,
}

impl Intent {
    /// Were people told of it by this, the record of a later moment? Whoever answers the same message again tells of
    /// all that it led to.
    fn is_told_by(&self, record: &Record) -> bool {
        let is_it = |repair: &RepairId| *repair == self.repair || self.pass == record.pass;
        !record.untold && record.repair.as_ref().is_some_and(is_it)
    }
}

/// An operator's word that exactly this document stays until then. Functions honour holds and can't make
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The wire version, 1.
    pub version: u32,
    /// The role.
    pub role_id: RoleId,
    /// The role's ARN, for people.
    pub role: RoleArn,
    /// The facet that is held: `trust` or `permissions`.
    pub facet: Facet,
    /// The digest of exactly the restored state ([`RoleState::digest`]).
    pub digest: Digest,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The end of the hold.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Who holds it.
    pub by: String,
}

impl Hold {
    /// Does the role still show what is held?
    #[must_use]
    pub fn is_on(&self, state: &RoleState) -> bool {
        let is_read = self.facet == Facet::Trust || state.permissions.is_some();
        is_read && state.id == self.role_id && state.digest(self.facet) == self.digest
    }

    /// The same document under another hold.
    fn is_on_the_same_as(&self, other: &Self) -> bool {
        (&self.role_id, self.facet, self.digest) == (&other.role_id, other.facet, other.digest)
    }
}

/// Do the facets have a part in common?
#[must_use]
pub fn overlaps(one: Facet, other: Facet) -> bool {
    (one.has_trust() && other.has_trust()) || (one.has_permissions() && other.has_permissions())
}
