//! The history in one DynamoDB table, beside the log.
//!
//! | partition | sort key | holds |
//! |---|---|---|
//! | `role#ID` | `head` | digest and verdict of the newest version of each facet; when it was last repaired; which repairs nobody was told of |
//! | | `seen#FACET#DIGEST` | when and why a document was first seen |
//! | | `good#FACET#TIME`, `bad#FACET#TIME` | versions, apart, so that bad ones never crowd out good ones |
//! | | `repair#START#intent#TIME`, `repair#START#outcome` | what was about to be written, and what came of it |
//! | `name#NAME` | `ID` | the roles that had this name |
//! | `account#ID` | `baseline` | the end of the first sweep |
//! | | `sweep` | where the sweep stands that is under way, or was the last |
//! | | `sweep-asked` | the sweep after which another one is wanted |
//! | | `calls` | the bucket of calls to IAM that all functions share: when it will be full |
//! | `notice#ID` | `notice` | who sends a notification |
//! | `holds` | `ID#FACET#DIGEST` | holds; a partition of their own, because IAM can keep functions from writing to a partition, but not to a sort key |
//!
//! A pass over a role that shows nothing new costs one read, of `head`; in a batch it takes its turn by one write
//! to `calls` before it. Every question is one `GetItem` or one `Query` on one partition, read consistently; nothing
//! is scanned.

mod archive;
mod item;
mod key;
mod memory;
mod store;

use std::io::Stdout;

use guardrails::{Digest, Facet, RoleId, RoleName};
use remediation::Record;
use remediation::budget::{Ask, Turn};
use remediation::history::log::LogHistory;
use remediation::history::{Claim, History, Hold, Intent, Known, Repair, RoleVersion};
use remediation::pass::Progress;
use remediation::ports::PortError;
use time::OffsetDateTime;

use crate::client::Clients;
pub use store::Table;

/// The history of a function: lines of the log always, and the table where there is one. Without a table
/// nothing is remembered.
#[derive(Debug)]
pub(crate) struct Kept {
    log: LogHistory<Stdout>,
    table: Option<Table>,
}

impl Kept {
    pub(crate) fn new(clients: Clients) -> Self {
        let name = clients.environment().table.clone();
        Self { log: LogHistory::new(std::io::stdout()), table: name.map(|name| Table::new(clients, name)) }
    }
}

/// Asks the table, or the log where there is none.
macro_rules! ask {
    ($self:ident.$question:ident($($given:expr),*)) => {
        match &$self.table {
            Some(table) => table.$question($($given),*).await,
            None => $self.log.$question($($given),*).await,
        }
    };
}

impl History for Kept {
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        self.log.intend(intent).await?;
        match &self.table {
            Some(table) => table.intend(intent).await,
            None => Ok(()),
        }
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        self.log.append(record).await?;
        match &self.table {
            Some(table) => table.append(record).await,
            None => Ok(()),
        }
    }

    async fn good(&self, role: &RoleId, facet: Facet) -> Result<Vec<RoleVersion>, PortError> {
        ask!(self.good(role, facet))
    }

    async fn knows(&self, role: &RoleId, facet: Facet, digest: Digest) -> Result<Option<Known>, PortError> {
        ask!(self.knows(role, facet, digest))
    }

    async fn baseline(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        ask!(self.baseline(account))
    }

    async fn end_baseline(&self, account: &str, at: OffsetDateTime) -> Result<(), PortError> {
        ask!(self.end_baseline(account, at))
    }

    async fn sweep(&self, account: &str) -> Result<Option<Progress>, PortError> {
        ask!(self.sweep(account))
    }

    async fn keep_sweep(&self, progress: &Progress) -> Result<bool, PortError> {
        ask!(self.keep_sweep(progress))
    }

    async fn ask_for_sweep(&self, account: &str, after: OffsetDateTime) -> Result<(), PortError> {
        ask!(self.ask_for_sweep(account, after))
    }

    async fn asked_for(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        ask!(self.asked_for(account))
    }

    async fn take(&self, account: &str, ask: Ask, now: OffsetDateTime) -> Result<Turn, PortError> {
        ask!(self.take(account, ask, now))
    }

    async fn unfinished(&self, role: &RoleId, facet: Facet) -> Result<Vec<Repair>, PortError> {
        ask!(self.unfinished(role, facet))
    }

    async fn roles_named(&self, name: &RoleName) -> Result<Vec<RoleId>, PortError> {
        ask!(self.roles_named(name))
    }

    async fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> Result<u32, PortError> {
        ask!(self.repairs_since(role, facet, since))
    }

    async fn holds(&self, role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        ask!(self.holds(role, facet, now))
    }

    async fn claim_notice(&self, id: &str, now: OffsetDateTime) -> Result<Claim, PortError> {
        ask!(self.claim_notice(id, now))
    }

    async fn notice_sent(&self, id: &str, now: OffsetDateTime) -> Result<(), PortError> {
        ask!(self.notice_sent(id, now))
    }
}
