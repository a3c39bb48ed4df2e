//! `rescind check`: who can assume a role, and what its policies let it become.

use policy::analyse::assume::{self, Assumable};
use policy::analyse::grants::{self, Grants};
use policy::analyse::within::Permissions;
use policy::analyse::{Answer, Budget, Witness};
use serde::Serialize;

use crate::documents::{self, PolicyFile, Wanted};
use crate::facts::{self, Known, OriginFlag};
use crate::output::{self, BAD, FAINT, Format, GOOD, Out, UNSURE};
use crate::status::Status;
use crate::witness::WitnessReport;

/// An administrator has some hundred ways to more.
const WAYS_SHOWN: usize = 10;

/// Prove who can assume a role, and that its policies lead to nothing more
///
/// `--trust` asks who can assume the role, `--identity` what its permissions can be turned into.
///
/// Exit status: 0 proved safe; 1 unsafe, with a request that shows it; 2 usage or input error; 3 undecided.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
#[group(id = "question", required = true, multiple = true, args = ["trust", "identity"])]
pub(crate) struct Args {
    /// The role's trust policy; `-` is standard input
    #[arg(long, value_name = "FILE")]
    trust: Option<String>,
    /// The role's permission policies, inline and attached
    #[arg(long, value_name = "FILE", num_args = 1..)]
    identity: Vec<String>,
    /// The role's permissions boundary
    #[arg(long, value_name = "FILE", requires = "identity")]
    boundary: Option<String>,
    /// A role that may be passed on or assumed without gaining anything
    #[arg(long = "harmless-role", value_name = "ARN", num_args = 1..)]
    harmless_roles: Vec<String>,
    /// Where the trust policy comes from
    #[arg(long, value_enum, default_value_t)]
    origin: OriginFlag,
    #[command(flatten)]
    facts: facts::Flags,
    /// How to print the answers
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind check --trust trust.json --account 111122223333 --settings settings.yaml
  rescind check --identity inline.json attached.json --boundary boundary.json \\
      --role-arn arn:aws:iam::111122223333:role/app";

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let known = args.facts.read()?;
    let mut status = Status::Yes;
    if let Some(file) = &args.trust {
        status = status.and(trust(args, &documents::read(file, Wanted::Trust)?, &known, out)?);
    }
    if !args.identity.is_empty() {
        let identity = documents::read_all(&args.identity, Wanted::Permissions)?;
        status = status.and(permissions(args, &identity, &known, out)?);
    }
    Ok(status)
}

fn trust(args: &Args, file: &PolicyFile, known: &Known, out: &mut Out) -> anyhow::Result<Status> {
    let assumable =
        assume::who_can_assume(&file.document, &known.trust(args.origin.into()), Budget::default());
    match args.output {
        Format::Json => out.json(&AssumeReport::of(file, &assumable))?,
        Format::Text => say_trust(file, &assumable, out)?,
    }
    if known.lacks_role() && assumable.answer != Answer::Proved {
        let note = "`vendors` in the settings name the roles that a vendor may assume: `--role-arn` says which role this is";
        output::say(output::painted(note, FAINT));
    }
    Ok(status(&assumable.answer))
}

fn permissions(args: &Args, identity: &[PolicyFile], known: &Known, out: &mut Out) -> anyhow::Result<Status> {
    let boundary = args.boundary.as_deref();
    let boundary = boundary.map(|file| documents::read(file, Wanted::Permissions)).transpose()?;
    let permissions = Permissions::of(identity.iter().map(|file| &file.document));
    let permissions = match &boundary {
        Some(boundary) => permissions.limited_by([&boundary.document]),
        None => permissions,
    };
    let grants = grants::grants(&permissions, &known.grants(&args.harmless_roles), Budget::default());
    match args.output {
        Format::Json => {
            let judged = documents::judged(identity.iter().chain(&boundary));
            out.json(&GrantsReport::of(&grants, judged))?;
        }
        Format::Text => {
            say_grants(identity, &grants, out)?;
            documents::say_judged(identity.iter().chain(&boundary), out)?;
        }
    }
    Ok(status(&grants.answer))
}

/// The exit status of an answer.
pub(super) fn status(answer: &Answer<Witness>) -> Status {
    match answer {
        Answer::Proved => Status::Yes,
        Answer::Refuted(_) => Status::No,
        Answer::Unknown(_) => Status::Undecided,
    }
}

/// What precedes a statement that may be at fault, or may not.
pub(super) fn perhaps(answer: &Answer<Witness>) -> &'static str {
    match answer {
        Answer::Unknown(_) => "perhaps ",
        Answer::Proved | Answer::Refuted(_) => "",
    }
}

/// The word for an answer in JSON.
pub(super) fn word(answer: &Answer<Witness>) -> &'static str {
    match answer {
        Answer::Proved => "proved",
        Answer::Refuted(_) => "refuted",
        Answer::Unknown(_) => "unknown",
    }
}

pub(super) fn reason(answer: &Answer<Witness>) -> Option<String> {
    match answer {
        Answer::Unknown(reason) => Some(reason.to_string()),
        Answer::Proved | Answer::Refuted(_) => None,
    }
}

#[derive(Serialize)]
struct AssumeReport {
    question: &'static str,
    answer: &'static str,
    reach: &'static str,
    statements: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<String>,
}

impl AssumeReport {
    fn of(file: &PolicyFile, assumable: &Assumable) -> Self {
        let witness = assumable.answer.witness();
        Self {
            question: "assume",
            answer: word(&assumable.answer),
            reach: assumable.reach.as_str(),
            statements: assumable.guilty.clone(),
            witness: witness.map(WitnessReport::with_caller),
            sentence: witness.map(ToString::to_string),
            reason: reason(&assumable.answer),
            judged: documents::judged([file]),
        }
    }
}

#[derive(Serialize)]
struct GrantsReport {
    question: &'static str,
    answer: &'static str,
    statements: Vec<usize>,
    escalates: bool,
    admin: bool,
    paths: Vec<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<String>,
}

impl GrantsReport {
    fn of(grants: &Grants, judged: Vec<String>) -> Self {
        let witness = grants.answer.witness();
        Self {
            question: "grants",
            answer: word(&grants.answer),
            statements: Vec::new(),
            escalates: grants.escalates,
            admin: grants.admin,
            paths: grants.paths.clone(),
            witness: witness.map(WitnessReport::new),
            sentence: witness.map(ToString::to_string),
            reason: reason(&grants.answer),
            judged,
        }
    }
}

fn say_trust(file: &PolicyFile, assumable: &Assumable, out: &mut Out) -> std::io::Result<()> {
    let name = &file.name;
    match &assumable.answer {
        Answer::Proved => out.line(format_args!(
            "{name}: {}: nobody outside the allowed set can assume the role (reach: {})",
            output::painted("proved", GOOD),
            assumable.reach
        ))?,
        Answer::Refuted(witness) => {
            out.line(format_args!(
                "{name}: {}: {witness} (reach: {})",
                output::painted("unsafe", BAD),
                assumable.reach
            ))?;
        }
        Answer::Unknown(reason) => out.line(format_args!(
            "{name}: {}: {reason} (reach: {} at most)",
            output::painted("undecided", UNSURE),
            assumable.reach
        ))?,
    }
    for guilty in &assumable.guilty {
        let statement = documents::statement(&file.document, *guilty);
        out.line(format_args!("  {}at fault: {statement}", perhaps(&assumable.answer)))?;
    }
    documents::say_judged([file], out)
}

fn say_grants(identity: &[PolicyFile], grants: &Grants, out: &mut Out) -> std::io::Result<()> {
    let names: Vec<&str> = identity.iter().map(|file| file.name.as_str()).collect();
    let name = names.join(", ");
    match &grants.answer {
        Answer::Proved => out.line(format_args!(
            "{name}: {}: no known way to more permissions is open",
            output::painted("proved", GOOD)
        ))?,
        Answer::Refuted(witness) => {
            let what = if grants.admin {
                "these are the permissions of an administrator"
            } else {
                "these permissions can be turned into more"
            };
            out.line(format_args!("{name}: {}: {what}", output::painted("unsafe", BAD)))?;
            out.line(format_args!("  for example, {witness}"))?;
        }
        Answer::Unknown(reason) => {
            out.line(format_args!("{name}: {}: {reason}", output::painted("undecided", UNSURE)))?;
        }
    }
    for path in grants.paths.iter().take(WAYS_SHOWN) {
        out.line(format_args!("  way to more: {}", path.join(" + ")))?;
    }
    let more = grants.paths.len().saturating_sub(WAYS_SHOWN);
    if more > 0 {
        out.line(format_args!("  and {more} more ways; `--output json` names them all"))?;
    }
    Ok(())
}
