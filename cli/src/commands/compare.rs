//! `rescind compare`: does a set of policies stay under a ceiling?

use policy::analyse::within::{self, Permissions, Within};
use policy::analyse::{Answer, Budget};
use serde::Serialize;

use super::check::{perhaps, reason, status, word};
use crate::documents::{self, PolicyFile};
use crate::facts;
use crate::output::{self, BAD, Format, GOOD, Out, UNSURE};
use crate::status::Status;
use crate::witness::WitnessReport;

/// Prove that policies allow nothing that a ceiling does not allow
///
/// The answer holds for every account and role: `--account`, `--role-arn` and `--settings` are read as in
/// `rescind check`, and nothing depends on them.
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
    let policies = documents::read_all(&args.policies)?;
    let ceiling = documents::read_all(&args.ceiling)?;
    let boundary = args.boundary.as_deref().map(documents::read).transpose()?;
    let mut permissions = set(&policies);
    if let Some(boundary) = &boundary {
        permissions = permissions.limited_by([&boundary.document]);
    }
    let within = within::within(&permissions, &set(&ceiling), Budget::default());
    match args.output {
        Format::Json => out.json(&Report::of(&within))?,
        Format::Text => say(&policies, &within, out)?,
    }
    Ok(status(&within.answer))
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
}

/// A statement, in the policies as they were given.
#[derive(Serialize)]
struct Place {
    policy: usize,
    statement: usize,
}

impl Report {
    fn of(within: &Within) -> Self {
        let witness = within.answer.witness();
        let place = |at: &within::Place| Place { policy: at.document, statement: at.statement };
        Self {
            question: "within",
            answer: word(&within.answer),
            statements: within.exceeding.iter().map(place).collect(),
            witness: witness.map(WitnessReport::new),
            sentence: witness.map(ToString::to_string),
            reason: reason(&within.answer),
        }
    }
}

fn say(policies: &[PolicyFile], within: &Within, out: &mut Out) -> std::io::Result<()> {
    match &within.answer {
        Answer::Proved => {
            out.line(format_args!("{}: everything is within the ceiling", output::painted("proved", GOOD)))?;
        }
        Answer::Refuted(witness) => {
            out.line(format_args!("{}: {witness}", output::painted("exceeds", BAD)))?
        }
        Answer::Unknown(reason) => {
            out.line(format_args!("{}: {reason}", output::painted("undecided", UNSURE)))?
        }
    }
    for place in &within.exceeding {
        if let Some(file) = policies.get(place.document) {
            let statement = documents::statement(&file.document, place.statement);
            let perhaps = perhaps(&within.answer);
            out.line(format_args!("  {perhaps}above the ceiling: {}, {statement}", file.name))?;
        }
    }
    Ok(())
}
