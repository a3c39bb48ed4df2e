//! `rescind undo`: takes a repair back, and has the earlier documents held.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, anyhow, bail};
use guardrails::Facet;
use remediation::authority::{Everything, Read, Write};
use remediation::embedded::Embedded;
use remediation::history::{Archive, RepairId, parts};
use remediation::record::RoleState;
use remediation::undo::{self, Undo};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::diff::laid_out;
use super::history::second;
use crate::output::{BAD, Format, Out, UNSURE, painted};
use crate::past::{self, Past, Place};
use crate::quote::plain;
use crate::status::Status;
use crate::{clock, diff, input};

/// Take a repair back: put the earlier documents in place again and hold them
///
/// Without `--apply` it shows what it would write. A hold keeps the functions from repairing exactly these
/// documents until it ends. A role that was created again or changed since is left alone.
///
/// Exit status: 0 undone, or it could be; 1 it can't be undone, or you said no; 2 usage or input error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The repair, by the id that `rescind history` and notifications give
    repair: String,
    #[command(flatten)]
    place: Place,
    /// A dump of the account instead of the live one: nothing is called, and only the hold is kept
    #[arg(long, value_name = "DUMP")]
    account_dump: Option<String>,
    /// The end of the hold: a time such as 2026-12-24T18:00:00Z, or so many hours or days from now
    #[arg(long, value_name = "TIME|12h|7d", default_value = "7d")]
    until: String,
    /// Who holds it
    #[arg(long, env = "USER", hide_env_values = true, value_name = "NAME")]
    by: String,
    /// Write
    #[arg(long)]
    apply: bool,
    /// Do not ask before writing
    #[arg(long, requires = "apply")]
    yes: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind undo AROA3AEW23DC76AD3735E-20261120T100005.123456Z --table rescind-history
  rescind undo AROA3AEW23DC76AD3735E-20261120T100005.123456Z --table rescind-history --until 3d --apply";

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let past = args.place.open(out)?;
    let Some(dump) = &args.account_dump else {
        let account = aws::LiveAccount::from_environment()?;
        return match past {
            Past::Files(history) => past::block_on(take_back(args, &account, &history, out)),
            Past::Table(table) => past::block_on(take_back(args, &account, &table, out)),
        };
    };
    let text = input::read(dump)?;
    let account = Embedded::from_dump(&text.text).with_context(|| format!("`{}`", text.name))?;
    let account = Everything(account);
    match past {
        Past::Files(history) => past::block_on(take_back(args, &account, &history, out)),
        Past::Table(table) => past::block_on(take_back(args, &account, &table, out)),
    }
}

async fn take_back<I: Read + Write, A: Archive>(
    args: &Args,
    account: &I,
    archive: &A,
    out: &mut Out,
) -> anyhow::Result<Status> {
    let now = clock::now();
    let until = until(&args.until, now)?;
    let id = RepairId::parse(&args.repair)?;
    let repair = archive.repair(&id).await?.with_context(|| format!("the history knows no repair `{id}`"))?;
    let undo = match undo::plan(account, &repair).await {
        Ok(undo) => undo,
        Err(why) => return refused(&why.to_string(), args.output, out),
    };
    show(&undo, until, args, out)?;
    if !args.apply {
        return Ok(Status::Yes);
    }
    out.flush()?;
    if !args.yes && !agreed()? {
        return refused("nothing was written", args.output, out);
    }
    match undo::apply(account, archive, &undo, now, until, &args.by).await {
        Ok(holds) => {
            match args.output {
                Format::Text => out.line(format_args!("undone, and held until {}", second(until)))?,
                Format::Json => out.json(&json!({"undone": undo.repair, "holds": holds}))?,
            }
            Ok(Status::Yes)
        }
        Err(why) => refused(&why.to_string(), args.output, out),
    }
}

fn refused(why: &str, format: Format, out: &mut Out) -> anyhow::Result<Status> {
    match format {
        Format::Text => out.line(painted(&plain(why), BAD))?,
        Format::Json => out.json(&json!({"refused": why}))?,
    }
    Ok(Status::No)
}

fn show(undo: &Undo, until: OffsetDateTime, args: &Args, out: &mut Out) -> anyhow::Result<()> {
    if args.output == Format::Json {
        let shown = json!({"repair": undo.repair, "role": undo.live.arn, "steps": undo.steps,
            "pruned": undo.pruned, "until": second(until), "by": args.by});
        return Ok(out.json(&shown)?);
    }
    out.line(&undo.live.arn)?;
    let (live, restored) = (RoleState::from(&undo.live), RoleState::from(&undo.restored));
    for facet in parts(undo.facet()) {
        let name = if facet == Facet::Trust { "the trust policy" } else { "the permissions" };
        out.line(format_args!("{name}, as it is and as it will be:"))?;
        diff::write(&laid_out(&live, facet), &laid_out(&restored, facet), "  ", out)?;
    }
    for principal in &undo.pruned {
        let text = format!("`{}` was deleted since and is left out", plain(principal));
        out.line(painted(&text, UNSURE))?;
    }
    out.line(format_args!("held until {} by {}", second(until), plain(&args.by)))?;
    if !args.apply {
        out.line("nothing was written; `--apply` writes it")?;
    }
    Ok(())
}

/// Asks whoever sits at the terminal. Where nobody does, `--yes` has to say it.
fn agreed() -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("nobody can be asked here: `--yes` writes without asking");
    }
    anstream::eprint!("Write this? [y/N] ");
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A time, or so many hours or days from now.
fn until(given: &str, now: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
    let wrong = || anyhow!("`{given}` is no end: write a time like 2026-12-24T18:00:00Z, or `12h`, or `7d`");
    let count = |digits: &str| digits.parse::<u32>().map(i64::from).map_err(|_| wrong());
    let end = if let Some(hours) = given.strip_suffix('h') {
        now.checked_add(Duration::hours(count(hours)?))
    } else if let Some(days) = given.strip_suffix('d') {
        now.checked_add(Duration::days(count(days)?))
    } else {
        OffsetDateTime::parse(given, &Rfc3339).ok()
    };
    let end = end.ok_or_else(wrong)?;
    if end <= now {
        bail!("`{given}` is over already: a hold ends in the future");
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_ends_at_a_time_or_after_a_while_and_not_in_the_past() {
        let now = OffsetDateTime::from_unix_timestamp(1_795_168_800).unwrap();
        assert_eq!(until("12h", now).unwrap(), now + Duration::hours(12));
        assert_eq!(until("7d", now).unwrap(), now + Duration::days(7));
        assert_eq!(until("2026-11-21T10:00:00Z", now).unwrap(), now + Duration::days(1));
        for wrong in ["", "d", "0d", "-1d", "tomorrow", "2026-11-19T10:00:00Z"] {
            assert!(until(wrong, now).is_err(), "{wrong}");
        }
    }
}
