//! The history in memory: what the other histories that can answer are made of.

use std::sync::{Mutex, PoisonError};

use guardrails::{Facet, RoleId};
use time::OffsetDateTime;

use super::log::Entry;
use super::{History, Hold, Intent, LastGood};
use crate::ports::PortError;
use crate::record::Record;

/// A history that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    entries: Mutex<Vec<Entry>>,
}

impl MemoryHistory {
    /// A history of these entries, oldest first.
    #[must_use]
    pub fn of(entries: Vec<Entry>) -> Self {
        Self { entries: Mutex::new(entries) }
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends an entry. Holds come in only here; functions have no code that makes one.
    pub fn push(&self, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn records(&self) -> Vec<Record> {
        let records = self.entries().into_iter().filter_map(|entry| match entry {
            Entry::Record(record) => Some(*record),
            Entry::Intent(_) | Entry::Hold(_) => None,
        });
        records.collect()
    }
}

impl History for MemoryHistory {
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        self.push(Entry::Intent(Box::new(intent.clone())));
        Ok(())
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        self.push(Entry::Record(Box::new(record.clone())));
        Ok(())
    }

    async fn last_good(&self, role: &RoleId, facet: Facet) -> Result<Option<LastGood>, PortError> {
        Ok(self.records().iter().rev().find_map(|record| good(record, role, facet)))
    }

    async fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> Result<u32, PortError> {
        let repairs = self.records().into_iter().filter(|record| {
            record.role_id.as_ref() == Some(role)
                && overlaps(record.facet, facet)
                && record.times.written.is_some_and(|written| written >= since)
        });
        Ok(u32::try_from(repairs.count()).unwrap_or(u32::MAX))
    }

    async fn holds(&self, role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        let holds = self.entries().into_iter().filter_map(|entry| match entry {
            Entry::Hold(hold) => Some(hold),
            Entry::Intent(_) | Entry::Record(_) => None,
        });
        Ok(holds
            .filter(|hold| hold.role_id == *role && overlaps(hold.facet, facet) && hold.until > now)
            .collect())
    }
}

/// The safe state that a record tells of, if it is about this facet.
fn good(record: &Record, role: &RoleId, facet: Facet) -> Option<LastGood> {
    if record.role_id.as_ref() != Some(role) || !covers(record.facet, facet) {
        return None;
    }
    let (state, at) = match record.outcome() {
        "compliant" => (record.before.as_ref()?, record.times.started),
        "repaired" => (record.after.as_ref()?, record.times.verified?),
        _ => return None,
    };
    Some(LastGood { state: state.clone(), at })
}

fn covers(read: Facet, asked: Facet) -> bool {
    (read.has_trust() || !asked.has_trust()) && (read.has_permissions() || !asked.has_permissions())
}

fn overlaps(one: Facet, other: Facet) -> bool {
    (one.has_trust() && other.has_trust()) || (one.has_permissions() && other.has_permissions())
}
