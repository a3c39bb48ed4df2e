//! `rescind settings check`: what is wrong or unwise in the settings.

use std::collections::BTreeSet;

use guardrails::{Account, AccountId, Field, Mode, RoleArn, Rules, Settings};
use policy::Severity;
use remediation::dump::Dump;
use serde::Serialize;
use time::OffsetDateTime;

use super::problem::{self, Problem};
use super::{Surroundings, field};
use crate::exceptions::{self, Remark};
use crate::input::{self, Text};
use crate::output::{self, BAD, Format, GOOD, Out, UNSURE};
use crate::status::Status;
use crate::well_known::{self, Suggestion};

/// Read settings as the functions would, and say what is wrong or unwise in them
///
/// Without `--account`, they are read for every account that they name and for one that they don't. With
/// `--dump`, exceptions that no role needs are named, and roles that should perhaps be protected.
///
/// Exit status: 0 the functions would accept them; 2 they would not.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The settings; `-` is standard input
    file: String,
    #[command(flatten)]
    surroundings: Surroundings,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    ok: bool,
    problems: &'a [Problem],
    suggestions: &'a [Suggestion],
}

pub(super) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let text = input::read(&args.file)?;
    let pages = args.surroundings.pages()?;
    let mut dump = Dump::default();
    for page in &pages {
        dump.add(&page.text).map_err(|error| anyhow::anyhow!("`{}`: {error}", page.name))?;
    }
    let now = args.surroundings.now()?;
    let given = args.surroundings.account()?;
    let any = AccountId::parse(NO_ACCOUNT)?;
    let mut found = Found { text: &text, problems: Vec::new() };
    let rules = match Settings::read_with_files(&text.text, &input::beside(&args.file)) {
        Ok(settings) => {
            found.rules(&settings, accounts(&settings, given.as_ref(), &args.surroundings, &dump, &any), now)
        }
        Err(error) => {
            found.problems.push(Problem::refusal(&text, &error, &any));
            Vec::new()
        }
    };
    let rules_of = |role: &RoleArn| of_role(&rules, role);
    found.exceptions(&dump, &rules, &rules_of, now);
    let suggestions = well_known::unprotected(&dump, &rules_of);
    found.protected_roles(&rules, &suggestions);
    found.problems.sort_by_key(Problem::order);
    let ok = found.problems.iter().all(|problem| problem.severity < Severity::Error);
    let report = Report { file: &text.name, ok, problems: &found.problems, suggestions: &suggestions };
    match args.output {
        Format::Json => out.json(&report)?,
        Format::Text => say(&report, &text, out)?,
    }
    Ok(if ok { Status::Yes } else { Status::Input })
}

/// An account that settings hardly name.
const NO_ACCOUNT: &str = "000000000000";

fn of_role<'r>(all: &'r [Rules], role: &RoleArn) -> Option<&'r Rules> {
    all.iter().find(|rules| {
        let account = rules.account();
        (account.partition.as_str(), account.id.as_str()) == (role.partition(), role.account())
    })
}

/// The accounts that the settings are read for.
fn accounts(
    settings: &Settings,
    given: Option<&Account>,
    around: &Surroundings,
    dump: &Dump<'_>,
    any: &AccountId,
) -> Vec<Account> {
    if let Some(account) = given {
        return vec![account.clone()];
    }
    let of = |id: &AccountId| Account { partition: around.partition.clone(), id: id.clone() };
    let mut accounts: Vec<Account> = settings.own_accounts().chain([any]).map(of).collect();
    for role in dump.roles.iter().filter_map(|role| role.detail.as_ref().ok()) {
        let Ok(arn) = RoleArn::parse(&role.arn) else { continue };
        let Ok(id) = AccountId::parse(arn.account()) else { continue };
        let account = Account { partition: arn.partition().to_owned(), id };
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    accounts
}

/// What was found so far.
struct Found<'a> {
    text: &'a Text,
    problems: Vec<Problem>,
}

impl Found<'_> {
    /// The same problem in several accounts is one.
    fn add(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn rules(&mut self, settings: &Settings, accounts: Vec<Account>, now: OffsetDateTime) -> Vec<Rules> {
        let mut all = Vec::new();
        for account in accounts {
            match settings.rules(&account, Mode::Enforce) {
                Ok(rules) => {
                    for warning in rules.warnings() {
                        self.about(Severity::Warning, &warning.field, &rules, warning.message.clone());
                    }
                    all.push(rules.at(now));
                }
                Err(error) => self.add(Problem::refusal(self.text, &error, &account.id)),
            }
        }
        all
    }

    fn about(&mut self, severity: Severity, field: &Field, rules: &Rules, message: String) {
        self.add(Problem::of_field(severity, self.text, field, &rules.account().id, message));
    }

    fn exceptions<'r>(
        &mut self,
        dump: &Dump<'_>,
        all: &'r [Rules],
        rules_of: &dyn Fn(&RoleArn) -> Option<&'r Rules>,
        now: OffsetDateTime,
    ) {
        let Some(rules) = all.first() else { return };
        let by_the_dump = if dump.roles.is_empty() {
            Vec::new()
        } else {
            exceptions::by_the_dump(dump, &accounts_of(dump, all), rules_of)
        };
        for (place, exception) in rules.exceptions().iter().enumerate() {
            let field = Field::of("exceptions").item(place);
            let clock = exceptions::by_the_clock(exception, now);
            if let Some(remark) = clock {
                self.about(Severity::Warning, &field.clone().key("until"), rules, remark.sentence(exception));
            }
            let roles = by_the_dump.get(place).copied().flatten();
            // Of one that holds no more, it is not known whether it would be needed.
            if let Some(remark) =
                roles.filter(|roles| clock != Some(Remark::Expired) || *roles == Remark::NoRole)
            {
                self.about(Severity::Warning, &field.key("role"), rules, remark.sentence(exception));
            }
        }
    }

    fn protected_roles(&mut self, rules: &[Rules], suggestions: &[Suggestion]) {
        let is_written = field::is_written(&self.text.text, &Field::of("protected_roles"));
        if is_written || rules.is_empty() || !suggestions.is_empty() {
            return;
        }
        let names: Vec<&str> = well_known::names().collect();
        self.add(Problem::of_all(
            Severity::Advice,
            "`protected_roles` is missing: enforce mode asks which roles must never be written to".to_owned(),
            Some(format!("well-known names: `{}`; `--dump` finds yours", names.join("`, `"))),
        ));
    }
}

/// The rules of the accounts that the dump is about.
fn accounts_of<'r>(dump: &Dump<'_>, all: &'r [Rules]) -> Vec<&'r Rules> {
    let roles: Vec<RoleArn> =
        dump.roles.iter().filter_map(|role| RoleArn::parse(&role.detail.as_ref().ok()?.arn).ok()).collect();
    let accounts: BTreeSet<(&str, &str)> =
        roles.iter().map(|role| (role.partition(), role.account())).collect();
    all.iter()
        .filter(|rules| {
            let account = rules.account();
            accounts.contains(&(account.partition.as_str(), account.id.as_str()))
        })
        .collect()
}

fn say(report: &Report<'_>, text: &Text, out: &mut Out) -> std::io::Result<()> {
    report.problems.iter().try_for_each(|problem| problem.say(text, out))?;
    if !report.suggestions.is_empty() {
        out.line("Consider these for `protected_roles`; who answers for them?")?;
        for Suggestion { role, reason } in report.suggestions {
            // JSON's way to write a text is also one of YAML's.
            let (role, reason) = (serde_json::to_string(role)?, serde_json::to_string(reason)?);
            out.line(format_args!("  - {{role: {role}, owner: \"\", reason: {reason}}}"))?;
        }
    }
    let counts: Vec<String> = [(Severity::Error, BAD), (Severity::Warning, UNSURE)]
        .into_iter()
        .filter_map(|(severity, style)| {
            let count = report.problems.iter().filter(|problem| problem.severity == severity).count();
            let name = problem::name(severity);
            let many = if count == 1 { "" } else { "s" };
            (count > 0).then(|| output::painted(&format!("{count} {name}{many}"), style))
        })
        .collect();
    let summary = if counts.is_empty() { output::painted("ok", GOOD) } else { counts.join(", ") };
    out.line(format_args!("{}: {summary}", report.file))
}
