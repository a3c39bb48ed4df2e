//! `rescind explain`: one decision in words.

use anyhow::{Context as _, anyhow, bail};
use policy::{Caller, Context, Decision, Document, Evaluation, Policies, Request};
use serde::Serialize;

use crate::cases::{self, Broken, Case};
use crate::documents::{self, Wanted};
use crate::explanation::{Explanation, Place, Said};
use crate::input;
use crate::output::{self, FAINT, Format, Out};
use crate::quote::plain;
use crate::status::Status;

/// Say which statements decide a request, and why the others do not apply
///
/// Give the request and the policies by flags, or a file of cases as `rescind test` reads it.
///
/// Exit status: 0 allowed; 1 denied; 2 usage or input error; 3 undecided.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A file of cases to explain; `-` is standard input
    #[arg(value_name = "CASEFILE", conflicts_with = "flags")]
    cases: Option<String>,
    /// Only the cases with this name
    #[arg(long, requires = "cases")]
    name: Option<String>,
    #[command(flatten)]
    question: Question,
    /// How to print the explanation
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind explain cases.jsonl --name \"the app reads its bucket\"
  rescind explain --principal arn:aws:iam::111122223333:role/app --action s3:GetObject \\
      --resource arn:aws:s3:::b/k --identity app.json --context aws:SecureTransport=true
  rescind explain --principal lambda.amazonaws.com --action sts:AssumeRole \\
      --resource arn:aws:iam::111122223333:role/app --resource-policy trust.json";

/// A request and policies, given by flags.
#[derive(Debug, clap::Args)]
#[group(id = "flags", multiple = true, conflicts_with = "cases")]
struct Question {
    /// Who asks: an ARN, a service such as `lambda.amazonaws.com`, an identity provider, or `anonymous`
    #[arg(long, value_name = "WHO", requires = "action")]
    principal: Option<String>,
    /// The action, such as `s3:GetObject`
    #[arg(long, requires = "principal")]
    action: Option<String>,
    /// The resource's ARN, or `*` for an action without resources
    #[arg(long, value_name = "ARN", requires = "principal")]
    resource: Option<String>,
    /// The account of the resource, where its ARN has none
    #[arg(long, value_name = "ID", requires = "principal")]
    resource_account: Option<String>,
    /// A condition key and its value; several values of one key are given one by one
    #[arg(long, value_name = "KEY=VALUE", requires = "principal")]
    context: Vec<String>,
    /// A file of condition keys and values, JSON or YAML
    #[arg(long, value_name = "FILE", requires = "principal")]
    context_file: Option<String>,
    /// A policy of the caller
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "principal")]
    identity: Vec<String>,
    /// The policy of the resource; for `sts:AssumeRole` the role's trust policy
    #[arg(long, value_name = "FILE", requires = "principal")]
    resource_policy: Option<String>,
    /// The caller's permissions boundary
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "principal")]
    boundary: Vec<String>,
    /// A policy of the caller's session
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "principal")]
    session: Vec<String>,
    /// The service control policies of one level, root first, with commas between them
    #[arg(long, value_name = "FILE,...", requires = "principal")]
    scp: Vec<String>,
    /// The resource control policies of one level, root first, with commas between them
    #[arg(long, value_name = "FILE,...", requires = "principal")]
    rcp: Vec<String>,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let cases = match &args.cases {
        Some(file) => from_file(file, args.name.as_deref())?,
        None if args.question.principal.is_some() => vec![args.question.case()?],
        None => bail!(
            "say what to explain: a file of cases, or `--principal`, `--action`, `--resource` and policies"
        ),
    };
    let mut status = Status::Yes;
    for (number, case) in cases.iter().enumerate() {
        if number > 0 && args.output == Format::Text {
            out.line("")?;
        }
        let named = args.cases.is_some();
        status = status.and(explain(case, named, args.output, out)?);
    }
    Ok(status)
}

fn from_file(file: &str, name: Option<&str>) -> anyhow::Result<Vec<Case>> {
    let text = input::read(file)?;
    let found = cases::read(&text).into_iter().filter(|case| match (name, case) {
        (None, _) => true,
        (Some(name), Ok(case)) => case.name == name,
        (Some(name), Err(broken)) => broken.name == name,
    });
    let at = |Broken { name, wrong }: Broken| {
        anyhow!("{}:{}: {}: {}", text.name, wrong.line, plain(&name), wrong.problem)
    };
    let cases = found.map(|case| case.map_err(at)).collect::<anyhow::Result<Vec<_>>>()?;
    match name {
        Some(name) if cases.is_empty() => bail!("`{}` has no case `{name}`", text.name),
        Some(_) | None => Ok(cases),
    }
}

fn explain(case: &Case, named: bool, format: Format, out: &mut Out) -> anyhow::Result<Status> {
    let policies = case.policies.view();
    let evaluation = policy::evaluate(&case.request, &policies);
    let explanation = Explanation::new(&case.request, &policies, &evaluation);
    match format {
        Format::Json => out.json(&Report::of(case, named, &policies, &evaluation, explanation))?,
        Format::Text => {
            if named {
                out.line(format_args!("{}:", plain(&case.name)))?;
            }
            explanation.write(evaluation.decision, "", out)?;
        }
    }
    Ok(match evaluation.decision {
        Decision::Allowed => Status::Yes,
        Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => Status::No,
        Decision::Undecided(_) => Status::Undecided,
    })
}

/// An explanation for programs.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    decision: &'static str,
    because: String,
    decided_by: Vec<Place>,
    statements: Vec<Said>,
}

impl<'a> Report<'a> {
    fn of(
        case: &'a Case,
        named: bool,
        policies: &Policies<'_>,
        evaluation: &Evaluation,
        explanation: Explanation,
    ) -> Self {
        Self {
            name: named.then_some(&case.name),
            decision: evaluation.decision.as_str(),
            because: explanation.because,
            decided_by: evaluation.decided_by().map(|at| Place::of(policies, at)).collect(),
            statements: explanation.statements,
        }
    }
}

impl Question {
    fn case(&self) -> anyhow::Result<Case> {
        Ok(Case {
            name: String::new(),
            line: 1,
            request: self.request()?,
            policies: self.policies()?,
            expect: None,
        })
    }

    fn request(&self) -> anyhow::Result<Request> {
        let resource = self
            .resource
            .clone()
            .context("say which resource: `--resource ARN`, or `--resource '*'` if there is none")?;
        let principal = Caller::parse(self.principal.as_deref().unwrap_or_default())?;
        let mut request = Request::new(principal, self.action.clone().unwrap_or_default(), resource);
        request.context = self.context()?;
        if let Some(account) = &self.resource_account {
            let account = policy::AccountId::parse(account)
                .with_context(|| format!("`--resource-account` is twelve digits, not `{account}`"))?;
            request.resource_account = Some(account);
        }
        Ok(request)
    }

    fn context(&self) -> anyhow::Result<Context> {
        let mut context = match &self.context_file {
            Some(file) => {
                let text = input::read(file)?;
                cases::read_context(&text)
                    .map_err(|wrong| anyhow!("{}:{}: {}", text.name, wrong.line, wrong.problem))?
            }
            None => Context::new(),
        };
        let mut given: Vec<(&str, Vec<&str>)> = Vec::new();
        for pair in &self.context {
            let (key, value) = pair
                .split_once('=')
                .with_context(|| format!("`--context {pair}` has no `=` between key and value"))?;
            match given.iter_mut().find(|(earlier, _)| earlier.eq_ignore_ascii_case(key)) {
                Some((_, values)) => values.push(value),
                None => given.push((key, vec![value])),
            }
        }
        for (key, values) in given {
            context.set(key, values);
        }
        Ok(context)
    }

    fn policies(&self) -> anyhow::Result<cases::Policies> {
        Ok(cases::Policies {
            identity: all(&self.identity, Wanted::Permissions)?,
            resource: self.resource_policy.as_deref().map(|file| one(file, Wanted::Any)).transpose()?,
            boundary: all(&self.boundary, Wanted::Permissions)?,
            session: all(&self.session, Wanted::Permissions)?,
            scps: levels(&self.scp, Wanted::Permissions)?,
            rcps: levels(&self.rcp, Wanted::Any)?,
        })
    }
}

/// A policy of a file; what it is of a file that holds more is said beside the explanation.
fn one(file: &str, wanted: Wanted) -> anyhow::Result<Document> {
    let file = documents::read(file, wanted)?;
    if let Some(judged) = file.judged() {
        output::say(output::painted(&format!("judged: {judged}"), FAINT));
    }
    Ok(file.document)
}

fn all(files: &[String], wanted: Wanted) -> anyhow::Result<Vec<Document>> {
    files.iter().map(|file| one(file, wanted)).collect()
}

fn levels(levels: &[String], wanted: Wanted) -> anyhow::Result<Vec<Vec<Document>>> {
    levels.iter().map(|files| files.split(',').map(|file| one(file, wanted)).collect()).collect()
}
