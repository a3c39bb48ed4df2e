//! `rescind lint`: would IAM accept these policies, and do they mean what they seem to?

mod sarif;

use policy::{Diagnostic, Document, Kind, Position, Severity, Span};
use serde::Serialize;

use crate::documents::{self, Found, NoPolicy, Wanted};
use crate::excerpt;
use crate::input::{self, Text};
use crate::output::{self, BAD, GOOD, Out, UNSURE};
use crate::status::Status;

/// A document of a quarter of a megabyte can be wrong in thousands of places.
const SHOWN: usize = 50;

/// Validate policies: would IAM accept them, and do they mean what they seem to?
///
/// Exit status: 0 clean; 1 a finding at or above `--fail-on`; 2 usage or input error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Policies; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// What the policies are to be used as [default: guessed from each document]
    #[arg(long = "as", value_enum, value_name = "KIND")]
    kind: Option<KindFlag>,
    /// The mildest finding that counts as failure
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind lint policies/*.json
  rescind lint trust.json --as trust --output sarif > rescind.sarif";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum KindFlag {
    /// Who may assume a role
    Trust,
    /// Embedded in a role
    Inline,
    /// A customer managed policy
    Managed,
    /// A managed policy used as a permissions boundary
    Boundary,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// The policy of a bucket, queue, key or other resource
    Resource,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum FailOn {
    /// What IAM refuses
    #[default]
    Error,
    /// What hardly means what it seems to
    Warning,
    /// What can be said better
    Advice,
}

/// How to print findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// A JSON object per file
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// What was found in one file.
struct Linted {
    file: Text,
    /// Which policy of the file it is, if the file holds more.
    inside: Option<String>,
    kind: Kind,
    found: Vec<Placed>,
}

/// A diagnostic and where it starts.
struct Placed {
    at: Position,
    diagnostic: Diagnostic,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let mut linted = Vec::new();
    for path in &args.files {
        linted.push(lint(input::read(path)?, args.kind)?);
    }
    match args.output {
        Format::Text => linted.iter().try_for_each(|linted| linted.say(out))?,
        Format::Json => linted.iter().try_for_each(|linted| out.json(&Report::of(linted)))?,
        Format::Sarif => out.document(&sarif::log(&linted))?,
    }
    let at_least = Severity::from(args.fail_on);
    let fails = |linted: &Linted| linted.found.iter().any(|placed| placed.diagnostic.severity >= at_least);
    Ok(if linted.iter().any(fails) { Status::No } else { Status::Yes })
}

fn lint(file: Text, flag: Option<KindFlag>) -> anyhow::Result<Linted> {
    let Found { text, inside } = match documents::find(&file.text, Wanted::Any) {
        Ok(found) => found,
        Err(none) if is_meant_as_policy(&none) => Found { text: file.text.clone(), inside: None },
        Err(none) => return Err(none.complaint(&file.name)),
    };
    let guessed = || Document::read(text.as_str()).map_or(Kind::Managed, |document| Kind::guess(&document));
    let kind = flag.map_or_else(guessed, Kind::from);
    let mut diagnostics = policy::validate_text(&text, kind);
    // Places are those of the file, unless the policy stands in it in another encoding.
    let (text, from) = match file.text.find(&text) {
        Some(from) => (file.text, from),
        None => (text, 0),
    };
    for diagnostic in &mut diagnostics {
        let Span { start, end } = diagnostic.span;
        diagnostic.span = Span::new(from + start, from + end);
    }
    let found = placed(diagnostics, &text);
    Ok(Linted { file: Text { name: file.name, text }, inside, kind, found })
}

/// Is it a policy that went wrong, rather than something else?
fn is_meant_as_policy(none: &NoPolicy) -> bool {
    match none {
        NoPolicy::Unreadable(_) => true,
        NoPolicy::Other(looks) => looks.is_meant_as_policy(),
        NoPolicy::Choice(_) => false,
    }
}

/// Finds the places in one walk through the text: a line can be long and diagnostics many.
fn placed(mut diagnostics: Vec<Diagnostic>, text: &str) -> Vec<Placed> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let mut at = Position { line: 1, column: 1 };
    let mut chars = text.char_indices().peekable();
    let mut placed = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics {
        while let Some((_, char)) = chars.next_if(|(index, _)| *index < diagnostic.span.start) {
            at = if char == '\n' {
                Position { line: at.line + 1, column: 1 }
            } else {
                Position { column: at.column + 1, ..at }
            };
        }
        placed.push(Placed { at, diagnostic });
    }
    placed
}

impl Linted {
    fn say(&self, out: &mut Out) -> std::io::Result<()> {
        for placed in self.found.iter().take(SHOWN) {
            let drawing = excerpt::draw(&self.file.name, &self.file.text, placed.at, &placed.diagnostic);
            out.drawing(&drawing)?;
        }
        if self.found.len() > SHOWN {
            out.line(format_args!("  and {} more", self.found.len() - SHOWN))?;
            out.line("")?;
        }
        out.line(format_args!("{}: {} ({})", self.file.name, self.summary(), self.kind.as_str()))?;
        self.inside.iter().try_for_each(|inside| out.line(format_args!("  judged: {inside}")))
    }

    /// `2 errors, 1 warning`, or `ok`.
    fn summary(&self) -> String {
        let count = |severity, one: &str, many: &str| match self
            .found
            .iter()
            .filter(|placed| placed.diagnostic.severity == severity)
            .count()
        {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let errors = count(Severity::Error, "error", "errors").map(|text| output::painted(&text, BAD));
        let warnings =
            count(Severity::Warning, "warning", "warnings").map(|text| output::painted(&text, UNSURE));
        let advice = count(Severity::Advice, "piece of advice", "pieces of advice");
        let parts: Vec<String> = [errors, warnings, advice].into_iter().flatten().collect();
        if parts.is_empty() { output::painted("ok", GOOD) } else { parts.join(", ") }
    }
}

/// One file for programs.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    #[serde(rename = "as")]
    kind: &'static str,
    diagnostics: Vec<DiagnosticReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<&'a str>,
}

#[derive(Serialize)]
struct DiagnosticReport<'a> {
    severity: &'static str,
    code: &'static str,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<usize>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iam: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(linted: &'a Linted) -> Self {
        let diagnostics = linted.found.iter().map(|Placed { at, diagnostic }| DiagnosticReport {
            severity: word(diagnostic.severity),
            code: diagnostic.code.as_str(),
            line: at.line,
            column: at.column,
            statement: diagnostic.statement,
            message: &diagnostic.message,
            iam: diagnostic.iam.as_deref(),
            help: diagnostic.help.as_deref(),
        });
        Self {
            file: &linted.file.name,
            kind: flag(linted.kind),
            diagnostics: diagnostics.collect(),
            judged: linted.inside.as_deref(),
        }
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Advice => "advice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The kind as `--as` spells it.
fn flag(kind: Kind) -> &'static str {
    match kind {
        Kind::Trust => "trust",
        Kind::Inline => "inline",
        Kind::Managed => "managed",
        Kind::Boundary => "boundary",
        Kind::Scp => "scp",
        Kind::Rcp => "rcp",
        Kind::Resource => "resource",
    }
}

impl From<KindFlag> for Kind {
    fn from(flag: KindFlag) -> Self {
        match flag {
            KindFlag::Trust => Self::Trust,
            KindFlag::Inline => Self::Inline,
            KindFlag::Managed => Self::Managed,
            KindFlag::Boundary => Self::Boundary,
            KindFlag::Scp => Self::Scp,
            KindFlag::Rcp => Self::Rcp,
            KindFlag::Resource => Self::Resource,
        }
    }
}

impl From<FailOn> for Severity {
    fn from(flag: FailOn) -> Self {
        match flag {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Advice => Self::Advice,
        }
    }
}
