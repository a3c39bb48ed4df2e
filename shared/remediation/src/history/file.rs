//! The history as a file of JSON lines: for the command line and for tests.
//!
//! A process may die in the middle of a line. Such a line is reported and survived, wherever it stands; the
//! next entry starts on a line of its own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use guardrails::{Facet, RoleId};
use time::OffsetDateTime;

use super::log::Entry;
use super::{History, Hold, Intent, LastGood};
use crate::ports::PortError;
use crate::record::Record;

/// A history in one file.
#[derive(Debug)]
pub struct FileHistory {
    inner: Mutex<Inner>,
    damaged: Vec<Damaged>,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The line, counted from 1.
    pub line: usize,
    /// Why it could not be read.
    pub why: String,
}

#[derive(Debug)]
struct Inner {
    file: File,
    entries: Vec<Entry>,
    torn: bool,
}

impl FileHistory {
    /// Opens the file and reads what it holds; makes it if there is none.
    ///
    /// # Errors
    /// The file can't be opened or read.
    pub fn open(path: &Path) -> Result<Self, PortError> {
        let failed = |error| PortError(format!("the history `{}` can't be read: {error}", path.display()));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(failed)?;
        let torn = bytes.last().is_some_and(|last| *last != b'\n');
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(error) => damaged.push(Damaged { line: index + 1, why: error.to_string() }),
            }
        }
        Ok(Self { inner: Mutex::new(Inner { file, entries, torn }), damaged })
    }

    /// The lines that could not be read when the file was opened.
    #[must_use]
    pub fn damaged(&self) -> &[Damaged] {
        &self.damaged
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Appends a hold. Only the command line does; functions have no code that makes one.
    ///
    /// # Errors
    /// The file takes no more lines.
    pub fn hold(&self, hold: Hold) -> Result<(), PortError> {
        self.push(Entry::Hold(hold))
    }

    fn push(&self, entry: Entry) -> Result<(), PortError> {
        let mut line = entry.line()?;
        let mut inner = self.lock();
        if inner.torn {
            line.insert(0, '\n');
        }
        let written = inner.file.write_all(line.as_bytes()).and_then(|()| inner.file.sync_data());
        inner.torn = written.is_err();
        written.map_err(|error| PortError(format!("the history takes no lines: {error}")))?;
        inner.entries.push(entry);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> Vec<Record> {
        let entries = self.entries();
        entries
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Record(record) => Some(*record),
                Entry::Intent(_) | Entry::Hold(_) => None,
            })
            .collect()
    }
}

impl History for FileHistory {
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        self.push(Entry::Intent(Box::new(intent.clone())))
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        self.push(Entry::Record(Box::new(record.clone())))
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
