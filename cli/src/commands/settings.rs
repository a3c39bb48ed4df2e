//! `rescind settings`: what the settings say.

mod lockdown;

use anyhow::Context as _;
use guardrails::{Account, AccountId, Mode, Settings};
use serde::Serialize;

use crate::input;
use crate::output::{self, Format, GOOD, Out, UNSURE};
use crate::status::Status;

/// Check the settings, and show what follows from them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(Check),
    Lockdown(lockdown::Args),
}

/// Read settings as the functions would, and say what is wrong or unwise in them
#[derive(Debug, clap::Args)]
struct Check {
    /// The settings; `-` is standard input
    file: String,
    /// The account they are meant for, whose overrides apply
    #[arg(
        long,
        env = "RESCIND_ACCOUNT",
        hide_env_values = true,
        value_name = "ID",
        default_value = "111122223333",
        hide_default_value = true
    )]
    account: String,
    /// The partition of the account
    #[arg(long, value_name = "NAME", default_value = "aws")]
    partition: String,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    warnings: &'a [String],
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    match &args.command {
        Command::Check(args) => check(args, out),
        Command::Lockdown(args) => lockdown::run(args, out),
    }
}

fn check(args: &Check, out: &mut Out) -> anyhow::Result<Status> {
    let text = input::read(&args.file)?;
    let account = Account {
        partition: args.partition.clone(),
        id: AccountId::parse(&args.account).context("`--account`")?,
    };
    let rules = Settings::read_with_files(&text.text, &input::beside(&args.file))
        .and_then(|settings| settings.rules(&account, Mode::Enforce));
    let (error, warnings) = match rules {
        Ok(rules) => (None, rules.warnings().to_vec()),
        // The reader of settings knows no file names.
        Err(error) => (Some(error.to_string().replace("<input>", &text.name)), Vec::new()),
    };
    let status = if error.is_some() { Status::Input } else { Status::Yes };
    let report = Report { file: &text.name, ok: error.is_none(), error, warnings: &warnings };
    match args.output {
        Format::Json => out.json(&report)?,
        Format::Text => say(&report, out)?,
    }
    Ok(status)
}

fn say(report: &Report<'_>, out: &mut Out) -> std::io::Result<()> {
    match &report.error {
        Some(error) => {
            out.line(format_args!("{}: {}: {error}", report.file, output::painted("error", output::BAD)))?
        }
        None => out.line(format_args!("{}: {}", report.file, output::painted("ok", GOOD)))?,
    }
    for warning in report.warnings {
        out.line(format_args!("{}: {}: {warning}", report.file, output::painted("warning", UNSURE)))?;
    }
    Ok(())
}
