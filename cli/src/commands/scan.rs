//! `rescind scan`: a whole account.

mod found;
mod judge;
mod rulebook;
mod sarif;
mod stack;
mod story;

use std::io;
use std::mem::ManuallyDrop;
use std::thread;

use guardrails::{Guardrail, Mode, RoleArn, Severity};
use indicatif::{ProgressBar, ProgressStyle};
use remediation::dump::{Dump, RoleDetail};

use self::found::{Judged, Report};
use self::judge::Judge;
use self::rulebook::Rulebook;
use crate::documents;
use crate::exceptions;
use crate::input::{self, Text};
use crate::output::{self, FAINT, Out, UNSURE};
use crate::status::Status;
use crate::well_known;

/// Check all roles of an account, from what `aws iam get-account-authorization-details` prints
///
/// A dump may come in pages: several files, documents one after the other, or a list of them; gzip is
/// unpacked. Nothing is called and nothing is changed anywhere.
///
/// Exit status: 0 clean; 1 a finding at or above `--fail-on`; 2 usage or input error; 3 something could not be
/// decided, and nothing else was found.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `aws iam get-account-authorization-details` printed; `-` is standard input
    #[arg(required = true, value_name = "DUMP")]
    files: Vec<String>,
    /// The settings [default: only the own account may assume roles; nothing is written in any case]
    #[arg(long, env = "RESCIND_SETTINGS", hide_env_values = true, value_name = "FILE")]
    settings: Option<String>,
    /// Judge the roles of this account only [default: every account in the dump]
    #[arg(long, env = "RESCIND_ACCOUNT", hide_env_values = true, value_name = "ID")]
    account: Option<String>,
    /// List also who in the account can change rescind itself, deployed as this stack; not in SARIF
    #[arg(long, value_name = "STACK")]
    stack: Option<String>,
    /// Show what a repair would change in each document; json carries the documents
    #[arg(long)]
    diff: bool,
    /// The least severity that makes the exit status 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t)]
    fail_on: FailOn,
    /// How to print the findings; json prints one object per finding
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object per finding
    Json,
    /// SARIF 2.1.0
    Sarif,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum FailOn {
    #[default]
    Low,
    Medium,
    High,
    Critical,
}

impl From<FailOn> for Severity {
    fn from(flag: FailOn) -> Self {
        match flag {
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
            FailOn::Critical => Self::Critical,
        }
    }
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let texts = args.files.iter().map(|file| input::read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    // The process is about to end: to take apart all that is known by then would only take time.
    let mut dump = ManuallyDrop::new(Dump::default());
    for Text { name, text } in &texts {
        dump.add(text).map_err(|error| {
            let looks = documents::resembles(text).map(|looks| format!("; {looks}")).unwrap_or_default();
            anyhow::anyhow!("`{name}`: {error}{looks}")
        })?;
    }
    let rulebook = Rulebook::new(args.settings.as_deref(), args.account.as_deref(), &dump)?;
    let rulebook = ManuallyDrop::new(rulebook);
    rulebook.notes().iter().for_each(|note| say(note));
    let gaps = gaps(&dump, &rulebook, args.stack.is_some());
    gaps.iter().for_each(|gap| output::say(format_args!("{}: {gap}", output::painted("undecided", UNSURE))));
    let bar = progress_bar(dump.roles.len());
    let judged = Judge { dump: &dump, rulebook: &rulebook, bar: &bar, diff: args.diff }.all();
    let mut judged = ManuallyDrop::new(judged);
    bar.finish_and_clear();
    judged.sort_by(|a, b| b.worst().cmp(&a.worst()).then_with(|| a.role.cmp(&b.role)));
    match args.output {
        Format::Text => {
            let rules_of = |role: &RoleArn| rulebook.of(role);
            let suggestions = well_known::unprotected(&dump, &rules_of);
            let remarks = exceptions::remarks(&dump, &rulebook.all(), &rules_of, rulebook.now());
            story::tell(&judged, &suggestions, &remarks, gaps.is_empty(), out)?;
        }
        Format::Json => tell_programs(&judged, out)?,
        Format::Sarif => out.document(&sarif::log(&judged, &dump, &texts))?,
    }
    if let Some(stack) = &args.stack {
        let found = stack::who_can_change(stack, &dump, &rulebook)?;
        match args.output {
            Format::Text => stack::tell(stack, &found, out)?,
            Format::Json => found.iter().try_for_each(|can| out.json(can))?,
            Format::Sarif => {}
        }
    }
    let whole = if gaps.is_empty() { Status::Yes } else { Status::Undecided };
    Ok(status(&judged, args.fail_on.into()).and(whole))
}

/// What the dump lacks of what the questions are about.
fn gaps(dump: &Dump<'_>, rulebook: &Rulebook, about_users: bool) -> Vec<String> {
    let is_on = |rules: &guardrails::Rules| rules.mode(Guardrail::LockDownPermissions) != Mode::Off;
    let is_judged = |role: &RoleDetail<'_>| {
        RoleArn::parse(&role.arn).is_ok_and(|arn| rulebook.of(&arn).is_some_and(is_on))
    };
    let mut gaps = dump.gaps();
    gaps.extend(dump.missing_policies(is_judged));
    if about_users && dump.users.is_empty() {
        gaps.push("the dump holds no user; `--filter User Group` brings users and their groups".to_owned());
    }
    gaps
}

/// What is said by the way; it never mixes with what programs read.
fn say(note: &str) {
    output::say(output::painted(note, FAINT));
}

/// Shown on a terminal only.
fn progress_bar(roles: usize) -> ProgressBar {
    let bar = ProgressBar::new(roles as u64);
    match ProgressStyle::with_template("{bar:40} {pos}/{len} roles, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Spells the findings out on all processors, some at a time, so that few are kept twice.
fn tell_programs(judged: &[Judged], out: &mut Out) -> io::Result<()> {
    const ROLES: usize = 128;
    for some in judged.chunks(ROLES * judge::processors()) {
        let parts: Vec<io::Result<String>> = thread::scope(|scope| {
            let workers: Vec<_> = some.chunks(ROLES).map(|part| scope.spawn(|| lines(part))).collect();
            workers.into_iter().map(judge::joined).collect()
        });
        parts.into_iter().try_for_each(|part| out.json_lines(&part?))?;
    }
    Ok(())
}

fn lines(judged: &[Judged]) -> io::Result<String> {
    judged.iter().flat_map(|role| &role.reports).map(output::json).collect()
}

/// What is undecided is neither a yes nor a no.
fn status(judged: &[Judged], fail_on: Severity) -> Status {
    let reports = || judged.iter().flat_map(|role| &role.reports);
    if reports().any(|report| !report.found.is_undecided() && report.found.severity() >= fail_on) {
        Status::No
    } else if reports().any(|report: &Report| report.found.is_undecided()) {
        Status::Undecided
    } else {
        Status::Yes
    }
}
