//! `rescind compare`: does a set of policies stay under a ceiling?

use anyhow::bail;
use policy::Kind;
use policy::analyse::assume::{self, Origin};
use policy::analyse::within::{self, Permissions, Within};
use policy::analyse::{Answer, Budget, Witness};
use serde::Serialize;

use super::check::{perhaps, reason, status, word};
use crate::documents::{self, PolicyFile, Wanted};
use crate::facts;
use crate::output::{self, BAD, Format, GOOD, Out, UNSURE};
use crate::status::Status;
use crate::witness::WitnessReport;

/// Prove that policies allow nothing that a ceiling does not allow
///
/// Of two trust policies it proves that the first lets nobody assume the role whom the second does not let in; that
/// depends on `--account`. Of permission policies the answer holds for every account and role: the flags are read
/// as in `rescind check`, and nothing depends on them.
///
/// Exit status: 0 proved; 1 they allow more, with a request that shows it; 2 usage or input error; 3 undecided.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The policies; `-` is standard input
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<String>,
    /// The policies that together are the ceiling
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    ceiling: Vec<String>,
    /// A permissions boundary that limits the policies
    #[arg(long, value_name = "FILE")]
    boundary: Option<String>,
    #[command(flatten)]
    facts: facts::Flags,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind compare app.json --ceiling ceiling.json
  rescind compare new.json --ceiling last-good.json --output json";

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    args.facts.read_if_given()?;
    let policies = documents::read_all(&args.policies, Wanted::Any)?;
    let ceiling = documents::read_all(&args.ceiling, Wanted::Any)?;
    let boundary =
        args.boundary.as_deref().map(|file| documents::read(file, Wanted::Permissions)).transpose()?;
    let files = || policies.iter().chain(&ceiling);
    if files().any(PolicyFile::names_principals) {
        if boundary.is_some() {
            bail!("`--boundary` limits permissions, and trust policies grant none: leave it out");
        }
        return trust(args, &policies, &ceiling, out);
    }
    permissions(args, &policies, &ceiling, boundary.as_ref(), out)
}

fn permissions(
    args: &Args,
    policies: &[PolicyFile],
    ceiling: &[PolicyFile],
    boundary: Option<&PolicyFile>,
    out: &mut Out,
) -> anyhow::Result<Status> {
    let mut permissions = set(policies);
    if let Some(boundary) = boundary {
        permissions = permissions.limited_by([&boundary.document]);
    }
    let within = within::within(&permissions, &set(ceiling), Budget::default());
    let files = || policies.iter().chain(ceiling).chain(boundary);
    match args.output {
        Format::Json => out.json(&Report::of(&within, documents::judged(files())))?,
        Format::Text => {
            say(policies, &within, out)?;
            documents::say_judged(files(), out)?;
        }
    }
    Ok(status(&within.answer))
}

/// Compares two trust policies by who may assume the role.
fn trust(
    args: &Args,
    policies: &[PolicyFile],
    ceiling: &[PolicyFile],
    out: &mut Out,
) -> anyhow::Result<Status> {
    let ([policy], [ceiling]) = (policies, ceiling) else {
        bail!("a role has one trust policy: compare one with one; some of these policies have a `Principal`");
    };
    for file in [policy, ceiling] {
        if Kind::guess(&file.document) != Kind::Trust {
            let name = &file.name;
            bail!(
                "`{name}` is no trust policy, and the other file may be one: policies with a `Principal` are \
                 compared by who may assume a role, so both must be trust policies"
            );
        }
    }
    let facts = args.facts.read()?.trust(Origin::Request);
    let answer = assume::admits_nobody_new(&policy.document, &ceiling.document, &facts, Budget::default());
    match args.output {
        Format::Json => out.json(&TrustReport::of(&answer, documents::judged([policy, ceiling])))?,
        Format::Text => {
            let nobody_new = format!(
                "{}: nobody may assume the role whom the ceiling does not let in",
                output::painted("proved", GOOD)
            );
            say_answer(&answer, &nobody_new, out)?;
            documents::say_judged([policy, ceiling], out)?;
        }
    }
    Ok(status(&answer))
}

fn set(files: &[PolicyFile]) -> Permissions<'_> {
    Permissions::of(files.iter().map(|file| &file.document))
}

#[derive(Serialize)]
struct Report {
    question: &'static str,
    answer: &'static str,
    statements: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<String>,
}

/// A statement, in the policies as they were given.
#[derive(Serialize)]
struct Place {
    policy: usize,
    statement: usize,
}

impl Report {
    fn of(within: &Within, judged: Vec<String>) -> Self {
        let witness = within.answer.witness();
        let place = |at: &within::Place| Place { policy: at.document, statement: at.statement };
        Self {
            question: "within",
            answer: word(&within.answer),
            statements: within.exceeding.iter().map(place).collect(),
            witness: witness.map(WitnessReport::new),
            sentence: witness.map(ToString::to_string),
            reason: reason(&within.answer),
            judged,
        }
    }
}

/// The same for trust policies, which are compared as wholes.
#[derive(Serialize)]
struct TrustReport {
    question: &'static str,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<String>,
}

impl TrustReport {
    fn of(answer: &Answer<Witness>, judged: Vec<String>) -> Self {
        let witness = answer.witness();
        Self {
            question: "admits",
            answer: word(answer),
            witness: witness.map(WitnessReport::with_caller),
            sentence: witness.map(ToString::to_string),
            reason: reason(answer),
            judged,
        }
    }
}

fn say(policies: &[PolicyFile], within: &Within, out: &mut Out) -> std::io::Result<()> {
    let within_it = format!("{}: everything is within the ceiling", output::painted("proved", GOOD));
    say_answer(&within.answer, &within_it, out)?;
    for place in &within.exceeding {
        if let Some(file) = policies.get(place.document) {
            let statement = documents::statement(&file.document, place.statement);
            let perhaps = perhaps(&within.answer);
            out.line(format_args!("  {perhaps}above the ceiling: {}, {statement}", file.name))?;
        }
    }
    Ok(())
}

fn say_answer(answer: &Answer<Witness>, proved: &str, out: &mut Out) -> std::io::Result<()> {
    match answer {
        Answer::Proved => out.line(proved),
        Answer::Refuted(witness) => out.line(format_args!("{}: {witness}", output::painted("exceeds", BAD))),
        Answer::Unknown(reason) => {
            out.line(format_args!("{}: {reason}", output::painted("undecided", UNSURE)))
        }
    }
}
