//! The history in memory: what the other histories that can answer are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guardrails::{Digest, Facet, RoleId, RoleName};
use time::OffsetDateTime;

use super::log::Entry;
use super::{
    Archive, Claim, History, Hold, Intent, Known, MOST_GOOD, Repair, RepairId, RoleVersion, overlaps, parts,
    versions_of,
};
use crate::budget::{Ask, Bucket, Turn};
use crate::pass::Progress;
use crate::ports::PortError;
use crate::record::Record;

/// A history that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    entries: Mutex<Vec<Entry>>,
    /// By account; of use only as long as the process lives.
    sweeps: Mutex<BTreeMap<String, SweepState>>,
    /// Of each account.
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

/// Where the last sweep of an account stands.
#[derive(Clone, Debug, Default)]
struct SweepState {
    progress: Option<Progress>,
    asked: Option<OffsetDateTime>,
}

impl MemoryHistory {
    /// A history of these entries, oldest first.
    #[must_use]
    pub fn of(entries: Vec<Entry>) -> Self {
        Self { entries: Mutex::new(entries), ..Self::default() }
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.locked().clone()
    }

    /// Appends an entry. Holds come in only here; functions have no code that makes one.
    pub fn push(&self, entry: Entry) {
        self.locked().push(entry);
    }

    /// The answer to a claim; [`Claim::Granted`] is still to be noted.
    pub(super) fn claim(&self, id: &str, now: OffsetDateTime) -> Claim {
        claim(&self.locked(), id, now)
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sweeps(&self) -> MutexGuard<'_, BTreeMap<String, SweepState>> {
        self.sweeps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `pick` makes of every record of this role.
    fn records<T>(&self, role: &RoleId, pick: impl FnMut(&Record) -> T) -> Vec<T> {
        let entries = self.locked();
        let records = entries.iter().filter_map(|entry| match entry {
            Entry::Record(record) if record.role_id.as_ref() == Some(role) => Some(&**record),
            Entry::Record(_)
            | Entry::Intent(_)
            | Entry::Hold(_)
            | Entry::Notice { .. }
            | Entry::Baseline { .. } => None,
        });
        records.map(pick).collect()
    }

    /// The versions of a facet, oldest first, each only where it is news.
    fn versions_of(&self, role: &RoleId, facet: Facet) -> Vec<RoleVersion> {
        let mut seen: Vec<RoleVersion> = self.records(role, versions_of).into_iter().flatten().collect();
        seen.retain(|version| version.facet == facet);
        seen.sort_by_key(|version| version.at);
        let mut versions: Vec<RoleVersion> = Vec::new();
        for version in seen {
            if version.is_news_after(versions.last().map(|newest| (newest.digest, newest.verdict))) {
                versions.push(version);
            }
        }
        versions
    }

    /// Of several holds on one document the last counts.
    fn holds_at(&self, now: OffsetDateTime) -> Vec<Hold> {
        let mut holds: Vec<Hold> = Vec::new();
        for entry in &*self.locked() {
            if let Entry::Hold(hold) = entry {
                holds.retain(|other| !other.is_on_the_same_as(hold));
                holds.push(hold.clone());
            }
        }
        holds.retain(|hold| hold.until > now);
        holds
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

    async fn good(&self, role: &RoleId, facet: Facet) -> Result<Vec<RoleVersion>, PortError> {
        let mut good: Vec<RoleVersion> = Vec::new();
        for version in self.versions_of(role, facet).into_iter().rev() {
            if version.verdict.is_good() && good.iter().all(|newer| newer.digest != version.digest) {
                good.push(version);
            }
        }
        good.truncate(MOST_GOOD);
        Ok(good)
    }

    async fn knows(&self, role: &RoleId, facet: Facet, digest: Digest) -> Result<Option<Known>, PortError> {
        let versions = self.versions_of(role, facet);
        Ok(versions.iter().find(|version| version.digest == digest).map(RoleVersion::known))
    }

    async fn baseline(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        Ok(self.locked().iter().find_map(|entry| match entry {
            Entry::Baseline { account: of, at, .. } if of == account => Some(*at),
            Entry::Baseline { .. }
            | Entry::Intent(_)
            | Entry::Record(_)
            | Entry::Hold(_)
            | Entry::Notice { .. } => None,
        }))
    }

    async fn end_baseline(&self, account: &str, at: OffsetDateTime) -> Result<(), PortError> {
        self.push(Entry::Baseline { version: 1, account: account.to_owned(), at });
        Ok(())
    }

    async fn sweep(&self, account: &str) -> Result<Option<Progress>, PortError> {
        Ok(self.sweeps().get(account).and_then(|sweep| sweep.progress.clone()))
    }

    async fn keep_sweep(&self, progress: &Progress) -> Result<bool, PortError> {
        let mut sweeps = self.sweeps();
        let sweep = sweeps.entry(progress.account.clone()).or_default();
        let last = sweep.progress.as_ref().map_or(0, |last| last.revision);
        let is_next = last + 1 == progress.revision;
        if is_next {
            sweep.progress = Some(progress.clone());
        }
        Ok(is_next)
    }

    async fn ask_for_sweep(&self, account: &str, after: OffsetDateTime) -> Result<(), PortError> {
        self.sweeps().entry(account.to_owned()).or_default().asked = Some(after);
        Ok(())
    }

    async fn asked_for(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        Ok(self.sweeps().get(account).and_then(|sweep| sweep.asked))
    }

    async fn take(&self, account: &str, ask: Ask, now: OffsetDateTime) -> Result<Turn, PortError> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(account.to_owned()).or_insert(Bucket::FULL);
        let (after, turn) = bucket.take(ask, now);
        *bucket = after;
        Ok(turn)
    }

    async fn unfinished(&self, role: &RoleId, facet: Facet) -> Result<Vec<Repair>, PortError> {
        let mut begun: Vec<Intent> = Vec::new();
        for entry in &*self.locked() {
            match entry {
                Entry::Intent(intent) if intent.role_id == *role => begun.push(Intent::clone(intent)),
                Entry::Record(record) => begun.retain(|intent| !intent.is_told_by(record)),
                Entry::Intent(_) | Entry::Hold(_) | Entry::Notice { .. } | Entry::Baseline { .. } => {}
            }
        }
        if begun.is_empty() {
            return Ok(Vec::new());
        }
        let mut repairs = self.repairs(role).await?;
        repairs.retain(|repair| {
            let mut intents = begun.iter().filter(|intent| intent.repair == repair.id);
            intents.any(|intent| overlaps(intent.facet, facet))
        });
        Ok(repairs)
    }

    async fn roles_named(&self, name: &RoleName) -> Result<Vec<RoleId>, PortError> {
        let mut roles: Vec<RoleId> = Vec::new();
        for entry in &*self.locked() {
            let (arn, id) = match entry {
                Entry::Intent(intent) => (Some(&intent.role), Some(&intent.role_id)),
                Entry::Record(record) => (record.role.as_ref(), record.role_id.as_ref()),
                Entry::Hold(hold) => (Some(&hold.role), Some(&hold.role_id)),
                Entry::Notice { .. } | Entry::Baseline { .. } => (None, None),
            };
            let is_named = arn.is_some_and(|arn| arn.name().as_str().eq_ignore_ascii_case(name.as_str()));
            roles.extend(id.filter(|id| is_named && !roles.contains(id)).cloned());
        }
        Ok(roles)
    }

    async fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> Result<u32, PortError> {
        let is_counted = |record: &Record| {
            record.is_repair()
                && overlaps(record.facet, facet)
                && record.times.written.is_some_and(|written| written >= since)
        };
        // Several passes may have told of one repair.
        let counted = self.records(role, |record| is_counted(record).then(|| record.repair.clone()));
        let repairs: BTreeSet<_> = counted.into_iter().flatten().collect();
        Ok(u32::try_from(repairs.len()).unwrap_or(u32::MAX))
    }

    async fn holds(&self, role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        let mut holds = self.holds_at(now);
        holds.retain(|hold| hold.role_id == *role && overlaps(hold.facet, facet));
        Ok(holds)
    }

    async fn claim_notice(&self, id: &str, now: OffsetDateTime) -> Result<Claim, PortError> {
        let mut entries = self.locked();
        let claim = claim(&entries, id, now);
        if claim == Claim::Granted {
            entries.push(Entry::Notice { version: 1, id: id.to_owned(), at: now, sent: false });
        }
        Ok(claim)
    }

    async fn notice_sent(&self, id: &str, now: OffsetDateTime) -> Result<(), PortError> {
        self.push(Entry::Notice { version: 1, id: id.to_owned(), at: now, sent: true });
        Ok(())
    }
}

fn claim(entries: &[Entry], id: &str, now: OffsetDateTime) -> Claim {
    let notes = entries.iter().filter_map(|entry| match entry {
        Entry::Notice { id: of, at, sent, .. } if of == id => Some((*at, *sent)),
        Entry::Notice { .. }
        | Entry::Intent(_)
        | Entry::Record(_)
        | Entry::Hold(_)
        | Entry::Baseline { .. } => None,
    });
    notes.fold(Claim::Granted, |claim, (at, sent)| {
        if sent || claim == Claim::Sent {
            Claim::Sent
        } else if at + Claim::LEASE > now {
            Claim::Sending
        } else {
            claim
        }
    })
}

impl Archive for MemoryHistory {
    async fn versions(&self, role: &RoleId) -> Result<Vec<RoleVersion>, PortError> {
        let mut versions: Vec<RoleVersion> =
            parts(Facet::All).flat_map(|facet| self.versions_of(role, facet)).collect();
        versions.sort_by_key(|version| version.at);
        Ok(versions)
    }

    async fn repairs(&self, role: &RoleId) -> Result<Vec<Repair>, PortError> {
        let entries = self.entries();
        let intents = entries.iter().filter_map(|entry| match entry {
            Entry::Intent(intent) if intent.role_id == *role => Some(Intent::clone(intent)),
            Entry::Intent(_)
            | Entry::Record(_)
            | Entry::Hold(_)
            | Entry::Notice { .. }
            | Entry::Baseline { .. } => None,
        });
        Ok(Repair::group(intents.collect(), self.records(role, Record::clone)))
    }

    async fn repair(&self, id: &RepairId) -> Result<Option<Repair>, PortError> {
        Ok(self.repairs(id.role()).await?.into_iter().find(|repair| repair.id == *id))
    }

    async fn hold(&self, hold: &Hold) -> Result<(), PortError> {
        self.push(Entry::Hold(hold.clone()));
        Ok(())
    }

    async fn all_holds(&self, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        let mut holds = self.holds_at(now);
        holds.sort_by_key(|hold| hold.role_id.clone());
        Ok(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::block_on;

    #[test]
    fn it_does_what_every_history_must() {
        assert_eq!(block_on(crate::history::conformance::run(&MemoryHistory::default(), 1)), [""; 0]);
    }
}
