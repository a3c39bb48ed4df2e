//! `rescind test`: unit tests for policies.

use policy::Evaluation;
use serde::Serialize;

use crate::cases::{self, Broken, Case, Expect};
use crate::explanation::{self, Explanation, Place};
use crate::input;
use crate::input::json::Wrong;
use crate::output::{self, BAD, Format, GOOD, Out, UNSURE};
use crate::quote::plain;
use crate::status::Status;

/// Test policies: requests, and the decisions one expects
///
/// A case is `{name, request: {principal, action, resource, resource_account, context}, policies: {identity,
/// resource, boundary, session, scps, rcps}, expect}`. Nothing is implied that a case does not say.
/// `expect` is Allowed, ExplicitlyDenied, ImplicitlyDenied, Undecided, or Denied for either denial.
///
/// Exit status: 0 all cases passed; 1 a case failed; 2 a case or a file can't be read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files of cases, JSON Lines, JSON or YAML; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How to print the results; json is a line per case
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind test policies.test.yaml
  rescind test cases/*.jsonl --output json

A file of one case, in YAML:
  name: the app reads its bucket
  request:
    principal: arn:aws:iam::111122223333:role/app
    action: s3:GetObject
    resource: arn:aws:s3:::b/k
  policies:
    identity: {Version: 2012-10-17, Statement: {Effect: Allow, Action: \"s3:Get*\", Resource: \"*\"}}
  expect: Allowed";

/// How many cases ended which way.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    broken: usize,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let mut counts = Counts::default();
    for file in &args.files {
        let (name, cases) = match input::read(file) {
            Ok(text) => (text.name.clone(), cases::read(&text)),
            Err(error) => (file.clone(), vec![Err(unreadable(file, &error))]),
        };
        for case in cases {
            let result = case.and_then(judged);
            counts.add(result.as_ref());
            match (args.output, &result) {
                (Format::Json, _) => out.json(&Report::of(&name, &result))?,
                (Format::Text, Ok(judged)) => judged.say(&name, out)?,
                (Format::Text, Err(broken)) => say_broken(&name, broken, out)?,
            }
        }
    }
    if args.output == Format::Text {
        out.line(counts)?;
    }
    Ok(counts.status())
}

fn unreadable(file: &str, error: &anyhow::Error) -> Broken {
    Broken { name: file.to_owned(), wrong: Wrong { line: 1, problem: format!("{error:#}") } }
}

/// A case, and what was decided.
struct Judged {
    case: Case,
    expect: Expect,
    evaluation: Evaluation,
}

fn judged(case: Case) -> Result<Judged, Broken> {
    let Some(expect) = case.expect else {
        let wrong = Wrong { line: case.line, problem: "the case has no `expect`".to_owned() };
        return Err(Broken { name: case.name, wrong });
    };
    let evaluation = policy::evaluate(&case.request, &case.policies.view());
    Ok(Judged { case, expect, evaluation })
}

impl Judged {
    fn passes(&self) -> bool {
        self.expect.is_met_by(self.evaluation.decision)
    }

    fn decided_by(&self) -> Vec<Place> {
        let policies = self.case.policies.view();
        self.evaluation.decided_by().map(|at| Place::of(&policies, at)).collect()
    }

    /// A failure in full; of a success nothing.
    fn say(&self, file: &str, out: &mut Out) -> std::io::Result<()> {
        if self.passes() {
            return Ok(());
        }
        let decision = self.evaluation.decision;
        let title = format!("{file}:{}: {}", self.case.line, plain(&self.case.name));
        out.line(format_args!("{} {title}", output::painted("FAIL", BAD)))?;
        let got = explanation::painted(decision);
        out.line(format_args!("  expected {}, got {got}", self.expect.word()))?;
        let explanation = Explanation::new(&self.case.request, &self.case.policies.view(), &self.evaluation);
        explanation.write(decision, "  ", out)?;
        out.line("")
    }
}

fn say_broken(file: &str, broken: &Broken, out: &mut Out) -> std::io::Result<()> {
    let Broken { name, wrong } = broken;
    let title = format!("{file}:{}: {}", wrong.line, plain(name));
    out.line(format_args!("{} {title}", output::painted("BROKEN", UNSURE)))?;
    out.line(format_args!("  {}", wrong.problem))?;
    out.line("")
}

/// One case for programs.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    line: usize,
    name: &'a str,
    expect: Option<&'static str>,
    got: Option<&'static str>,
    decided_by: Vec<Place>,
    pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(file: &'a str, result: &'a Result<Judged, Broken>) -> Self {
        match result {
            Ok(judged) => Self {
                file,
                line: judged.case.line,
                name: &judged.case.name,
                expect: Some(judged.expect.word()),
                got: Some(judged.evaluation.decision.as_str()),
                decided_by: judged.decided_by(),
                pass: judged.passes(),
                error: None,
            },
            Err(Broken { name, wrong }) => Self {
                file,
                line: wrong.line,
                name,
                expect: None,
                got: None,
                decided_by: Vec::new(),
                pass: false,
                error: Some(&wrong.problem),
            },
        }
    }
}

impl Counts {
    fn add(&mut self, result: Result<&Judged, &Broken>) {
        match result {
            Ok(judged) if judged.passes() => self.passed += 1,
            Ok(_) => self.failed += 1,
            Err(_) => self.broken += 1,
        }
    }

    fn status(self) -> Status {
        match self {
            Self { broken: 1.., .. } => Status::Input,
            Self { failed: 1.., .. } => Status::No,
            Self { .. } => Status::Yes,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let style = if self.failed + self.broken == 0 { GOOD } else { BAD };
        write!(f, "{style}{} passed, {} failed{style:#}", self.passed, self.failed)?;
        if self.broken > 0 {
            write!(f, ", {} can't be read", self.broken)?;
        }
        Ok(())
    }
}
