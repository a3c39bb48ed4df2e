//! The history as a file of JSON lines: for the command line and for tests.
//!
//! A process may die in the middle of a line. Such a line is reported and survived, wherever it stands; the
//! next entry starts on a line of its own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use guardrails::{Digest, Facet, RoleId, RoleName};
use time::OffsetDateTime;

use super::log::Entry;
use super::memory::MemoryHistory;
use super::{Archive, Claim, History, Hold, Intent, Known, Repair, RepairId, RoleVersion};
use crate::budget::{Ask, Turn};
use crate::pass::Progress;
use crate::ports::PortError;
use crate::record::Record;

/// A history in one file.
#[derive(Debug)]
pub struct FileHistory {
    memory: MemoryHistory,
    file: Mutex<Lines>,
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
struct Lines {
    file: File,
    /// The last line has no end: it was torn.
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
        Ok(Self { memory: MemoryHistory::of(entries), file: Mutex::new(Lines { file, torn }), damaged })
    }

    /// The lines that could not be read when the file was opened.
    #[must_use]
    pub fn damaged(&self) -> &[Damaged] {
        &self.damaged
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.memory.entries()
    }

    /// Appends an entry. Holds come in only here; functions have no code that makes one.
    ///
    /// # Errors
    /// The file takes no more lines.
    pub fn push(&self, entry: Entry) -> Result<(), PortError> {
        self.write(&mut self.lines(), entry)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, lines: &mut Lines, entry: Entry) -> Result<(), PortError> {
        let mut line = entry.line()?;
        if lines.torn {
            line.insert(0, '\n');
        }
        let written = lines.file.write_all(line.as_bytes()).and_then(|()| lines.file.sync_data());
        lines.torn = written.is_err();
        written.map_err(|error| PortError(format!("the history takes no lines: {error}")))?;
        self.memory.push(entry);
        Ok(())
    }
}

impl History for FileHistory {
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        self.push(Entry::Intent(Box::new(intent.clone())))
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        self.push(Entry::Record(Box::new(record.clone())))
    }

    async fn good(&self, role: &RoleId, facet: Facet) -> Result<Vec<RoleVersion>, PortError> {
        self.memory.good(role, facet).await
    }

    async fn knows(&self, role: &RoleId, facet: Facet, digest: Digest) -> Result<Option<Known>, PortError> {
        self.memory.knows(role, facet, digest).await
    }

    async fn baseline(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        self.memory.baseline(account).await
    }

    async fn end_baseline(&self, account: &str, at: OffsetDateTime) -> Result<(), PortError> {
        self.push(Entry::Baseline { version: 1, account: account.to_owned(), at })
    }

    async fn sweep(&self, account: &str) -> Result<Option<Progress>, PortError> {
        self.memory.sweep(account).await
    }

    async fn keep_sweep(&self, progress: &Progress) -> Result<bool, PortError> {
        self.memory.keep_sweep(progress).await
    }

    async fn ask_for_sweep(&self, account: &str, after: OffsetDateTime) -> Result<(), PortError> {
        self.memory.ask_for_sweep(account, after).await
    }

    async fn asked_for(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        self.memory.asked_for(account).await
    }

    async fn take(&self, account: &str, ask: Ask, now: OffsetDateTime) -> Result<Turn, PortError> {
        self.memory.take(account, ask, now).await
    }

    async fn unfinished(&self, role: &RoleId, facet: Facet) -> Result<Vec<Repair>, PortError> {
        self.memory.unfinished(role, facet).await
    }

    async fn roles_named(&self, name: &RoleName) -> Result<Vec<RoleId>, PortError> {
        self.memory.roles_named(name).await
    }

    async fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> Result<u32, PortError> {
        self.memory.repairs_since(role, facet, since).await
    }

    async fn holds(&self, role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        self.memory.holds(role, facet, now).await
    }

    async fn claim_notice(&self, id: &str, now: OffsetDateTime) -> Result<Claim, PortError> {
        let mut lines = self.lines();
        let claim = self.memory.claim(id, now);
        if claim == Claim::Granted {
            self.write(&mut lines, Entry::Notice { version: 1, id: id.to_owned(), at: now, sent: false })?;
        }
        Ok(claim)
    }

    async fn notice_sent(&self, id: &str, now: OffsetDateTime) -> Result<(), PortError> {
        self.push(Entry::Notice { version: 1, id: id.to_owned(), at: now, sent: true })
    }
}

impl Archive for FileHistory {
    async fn versions(&self, role: &RoleId) -> Result<Vec<RoleVersion>, PortError> {
        self.memory.versions(role).await
    }

    async fn repairs(&self, role: &RoleId) -> Result<Vec<Repair>, PortError> {
        self.memory.repairs(role).await
    }

    async fn repair(&self, id: &RepairId) -> Result<Option<Repair>, PortError> {
        self.memory.repair(id).await
    }

    async fn hold(&self, hold: &Hold) -> Result<(), PortError> {
        self.push(Entry::Hold(hold.clone()))
    }

    async fn all_holds(&self, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        self.memory.all_holds(now).await
    }
}

#[cfg(test)]
mod tests;
