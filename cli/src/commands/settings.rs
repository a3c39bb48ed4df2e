//! `rescind settings`: what the settings say.

mod check;
mod explain;
mod field;
mod lockdown;
mod problem;
mod schema;

use anyhow::{Context as _, anyhow};
use guardrails::{Account, AccountId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::input::{self, Text};
use crate::output::Out;
use crate::status::Status;

/// Check and explain the settings, and show what follows from them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Lockdown(lockdown::Args),
}

/// What both commands know of the surroundings.
#[derive(Debug, clap::Args)]
struct Surroundings {
    /// The account, whose overrides apply
    #[arg(long, env = "RESCIND_ACCOUNT", hide_env_values = true, value_name = "ID")]
    account: Option<String>,
    /// The partition of the account
    #[arg(long, value_name = "NAME", default_value = "aws")]
    partition: String,
    /// What `aws iam get-account-authorization-details` printed; more files are more pages
    #[arg(long, value_name = "DUMP")]
    dump: Vec<String>,
    /// The moment that exceptions are judged at, such as 2026-11-20T09:01:17Z [default: now]
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
}

impl Surroundings {
    fn account(&self) -> anyhow::Result<Option<Account>> {
        let id = self.account.as_deref().map(AccountId::parse).transpose().context("`--account`")?;
        Ok(id.map(|id| Account { partition: self.partition.clone(), id }))
    }

    fn now(&self) -> anyhow::Result<OffsetDateTime> {
        match &self.time {
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| anyhow!("`{text}` is no time; write it like 2026-11-20T09:01:17Z")),
            None => Ok(crate::clock::now()),
        }
    }

    fn pages(&self) -> anyhow::Result<Vec<Text>> {
        self.dump.iter().map(|file| input::read(file)).collect()
    }
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    match &args.command {
        Command::Check(args) => check::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::Schema(args) => schema::run(args, out),
        Command::Lockdown(args) => lockdown::run(args, out),
    }
}
