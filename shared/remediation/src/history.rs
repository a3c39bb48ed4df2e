//! The memory of what was intended, what came of it, and what was good before.
//!
//! The port is asked before every write: no intent recorded, no write. What is stored is a wire type with a
//! version, apart from the types the pass works with.

pub mod file;
pub mod log;
pub mod memory;

use std::future::Future;

use guardrails::{Digest, Facet, RoleArn, RoleId, Step};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ports::PortError;
use crate::record::{Record, RoleState};

/// Keeps intents and outcomes and answers what a pass asks about the past.
///
/// `facet` is `trust` or `permissions` in every question; `all` asks about both together.
pub trait History: Sync {
    /// Appends what is about to be written, with the whole state before. Must be durable when it returns.
    fn intend(&self, intent: &Intent) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Appends how a pass ended.
    fn append(&self, record: &Record) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The last state of the facet that a pass found or made safe, under this very role id.
    fn last_good(
        &self,
        role: &RoleId,
        facet: Facet,
    ) -> impl Future<Output = Result<Option<LastGood>, PortError>> + Send;

    /// How many times the facet was repaired since then: the write budget.
    fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> impl Future<Output = Result<u32, PortError>> + Send;

    /// The holds on the facet that have not ended.
    fn holds(
        &self,
        role: &RoleId,
        facet: Facet,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<Hold>, PortError>> + Send;
}

/// What a pass is about to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The wire version, 1.
    pub version: u32,
    /// The pass, as in its record.
    pub pass: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The role.
    pub role: RoleArn,
    /// Its unique id.
    pub role_id: RoleId,
    /// What is repaired.
    pub facet: Facet,
    /// The whole state before.
    pub before: RoleState,
    /// The writes, in order.
    pub steps: Vec<Step>,
}

/// A state that was safe when it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastGood {
    /// The state; what the pass did not read is missing in it.
    pub state: RoleState,
    /// When it was read.
    pub at: OffsetDateTime,
}

/// An operator's word that exactly this document stays until then. Functions honour holds and can't make
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The wire version, 1.
    pub version: u32,
    /// The role.
    pub role_id: RoleId,
    /// The facet that is held: `trust` or `permissions`.
    pub facet: Facet,
    /// The digest of exactly the restored state ([`RoleState::digest`]).
    pub digest: Digest,
    /// The end of the hold.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Who holds it.
    pub by: String,
}
