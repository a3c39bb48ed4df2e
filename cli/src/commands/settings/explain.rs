//! `rescind settings explain`: which rules and exceptions apply to a role, and why.

mod story;

use anyhow::{Context as _, bail};
use guardrails::{Account, AccountId, Explanation, Mode, Role, RoleArn, Settings, Term};
use remediation::dump::Dump;
use serde::Serialize;
use time::OffsetDateTime;

use super::Surroundings;
use crate::input;
use crate::output::{Format, Out};
use crate::status::Status;

/// Say which rules and exceptions apply to a role, and why
///
/// With `--dump`, its trust policy decides whether the lock-down guards it, and its documents whether an
/// exception is needed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The role's ARN, or its name (with its path, such as team/app) and `--account`
    role: String,
    /// The settings
    #[arg(long, env = "RESCIND_SETTINGS", hide_env_values = true, value_name = "FILE")]
    settings: String,
    #[command(flatten)]
    surroundings: Surroundings,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    role: &'a RoleArn,
    settings: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// How long each exception still holds, in their order.
    terms: Vec<Term>,
}

pub(super) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let pages = args.surroundings.pages()?;
    let mut dump = Dump::default();
    for page in &pages {
        dump.add(&page.text).map_err(|error| anyhow::anyhow!("`{}`: {error}", page.name))?;
    }
    let arn = arn(&args.role, &args.surroundings, &dump)?;
    let role = live(&arn, &dump)?;
    let text = input::read(&args.settings)?;
    let account = Account { partition: arn.partition().to_owned(), id: AccountId::parse(arn.account())? };
    let now = args.surroundings.now()?;
    let rules = Settings::read_with_files(&text.text, &input::beside(&args.settings))
        .and_then(|settings| settings.rules(&account, Mode::Enforce))
        .with_context(|| format!("`{}`", text.name))?
        .at(now);
    let explanation = rules.explain(&arn, role.as_ref());
    match args.output {
        Format::Json => out.json(&report(&arn, &text.name, &explanation, now))?,
        Format::Text => story::tell(&arn, &text, &explanation, now, out)?,
    }
    Ok(Status::Yes)
}

fn report<'a>(
    role: &'a RoleArn,
    settings: &'a str,
    explanation: &'a Explanation,
    now: OffsetDateTime,
) -> Report<'a> {
    let terms = explanation.exceptions.iter().map(|concerned| concerned.exception.term(now)).collect();
    Report { role, settings, explanation, terms }
}

/// The role's ARN. A name alone tells no path, but a dump does.
fn arn(given: &str, around: &Surroundings, dump: &Dump<'_>) -> anyhow::Result<RoleArn> {
    let account = around.account()?;
    if given.starts_with("arn:") {
        let arn = RoleArn::parse(given)?;
        if let Some(other) = account.filter(|account| account.id.as_str() != arn.account()) {
            bail!("the role lies in account `{}`, not in `{}`", arn.account(), other.id);
        }
        return Ok(arn);
    }
    let roles = dump.roles.iter().filter_map(|role| RoleArn::parse(&role.detail.as_ref().ok()?.arn).ok());
    let in_dump = roles
        .filter(|role| role.name().as_str() == given)
        .find(|role| account.as_ref().is_none_or(|account| account.id.as_str() == role.account()));
    match (in_dump, account) {
        (Some(arn), _) => Ok(arn),
        (None, Some(Account { partition, id })) => {
            let name = given.trim_start_matches('/');
            Ok(RoleArn::parse(&format!("arn:{partition}:iam::{id}:role/{name}"))?)
        }
        (None, None) => bail!("say which account the role is in: `--account 111122223333`"),
    }
}

/// The role as the dump shows it; `None` without a dump.
fn live(arn: &RoleArn, dump: &Dump<'_>) -> anyhow::Result<Option<Role>> {
    if dump.roles.is_empty() {
        return Ok(None);
    }
    let details = dump.roles.iter().filter_map(|role| role.detail.as_ref().ok());
    let Some(detail) = details.into_iter().find(|detail| detail.arn == arn.as_str()) else {
        bail!("the dump holds no role `{arn}`")
    };
    Ok(Some(dump.snapshot(detail)?.role))
}
