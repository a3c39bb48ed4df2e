//! The history as lines of the log: durable as far as the log is, and without an answer about the past.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use guardrails::{Digest, Facet, RoleId, RoleName};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Claim, History, Hold, Intent, Known, Repair, RoleVersion};
use crate::budget::{Ask, Turn};
use crate::log_text::json_line;
use crate::pass::Progress;
use crate::ports::PortError;
use crate::record::Record;

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// What is about to be written.
    Intent(Box<Intent>),
    /// How a pass ended.
    Record(Box<Record>),
    /// An operator's hold.
    Hold(Hold),
    /// A notification was claimed, or sent.
    Notice {
        /// The wire version, 1.
        version: u32,
        /// The notification.
        id: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// It was sent.
        sent: bool,
    },
    /// The first sweep had seen every role of the account.
    Baseline {
        /// The wire version, 1.
        version: u32,
        /// The account.
        account: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

impl Entry {
    pub(super) fn line(&self) -> Result<String, PortError> {
        let mut line = json_line(self).map_err(|error| PortError(error.to_string()))?;
        line.push('\n');
        Ok(line)
    }
}

/// Writes every entry as one JSON line.
#[derive(Debug)]
pub struct LogHistory<W> {
    to: Mutex<W>,
}

impl<W: Write + Send> LogHistory<W> {
    /// A history on this writer, such as standard output.
    pub fn new(to: W) -> Self {
        Self { to: Mutex::new(to) }
    }

    fn write(&self, entry: &Entry) -> Result<(), PortError> {
        let line = entry.line()?;
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        to.write_all(line.as_bytes())
            .and_then(|()| to.flush())
            .map_err(|error| PortError(format!("the log takes no lines: {error}")))
    }
}

impl<W: Write + Send> History for LogHistory<W> {
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        self.write(&Entry::Intent(Box::new(intent.clone())))
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        self.write(&Entry::Record(Box::new(record.clone())))
    }

    async fn good(&self, _: &RoleId, _: Facet) -> Result<Vec<RoleVersion>, PortError> {
        Ok(Vec::new())
    }

    async fn knows(&self, _: &RoleId, _: Facet, _: Digest) -> Result<Option<Known>, PortError> {
        Ok(None)
    }

    async fn baseline(&self, _: &str) -> Result<Option<OffsetDateTime>, PortError> {
        Ok(None)
    }

    async fn end_baseline(&self, _: &str, _: OffsetDateTime) -> Result<(), PortError> {
        Ok(())
    }

    async fn sweep(&self, _: &str) -> Result<Option<Progress>, PortError> {
        Ok(None)
    }

    async fn keep_sweep(&self, _: &Progress) -> Result<bool, PortError> {
        Ok(true)
    }

    async fn ask_for_sweep(&self, _: &str, _: OffsetDateTime) -> Result<(), PortError> {
        Ok(())
    }

    async fn asked_for(&self, _: &str) -> Result<Option<OffsetDateTime>, PortError> {
        Ok(None)
    }

    async fn take(&self, _: &str, _: Ask, _: OffsetDateTime) -> Result<Turn, PortError> {
        Ok(Turn::Now)
    }

    async fn unfinished(&self, _: &RoleId, _: Facet) -> Result<Vec<Repair>, PortError> {
        Ok(Vec::new())
    }

    async fn roles_named(&self, _: &RoleName) -> Result<Vec<RoleId>, PortError> {
        Ok(Vec::new())
    }

    async fn repairs_since(&self, _: &RoleId, _: Facet, _: OffsetDateTime) -> Result<u32, PortError> {
        Ok(0)
    }

    async fn holds(&self, _: &RoleId, _: Facet, _: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        Ok(Vec::new())
    }

    async fn claim_notice(&self, _: &str, _: OffsetDateTime) -> Result<Claim, PortError> {
        Ok(Claim::Granted)
    }

    async fn notice_sent(&self, _: &str, _: OffsetDateTime) -> Result<(), PortError> {
        Ok(())
    }
}
