//! `rescind ceiling`: the same permissions as other users in the account.

use anyhow::{Context as _, bail};
use guardrails::{DerivedCeiling, User, derive_ceiling};
use policy::{Document, Glob, stored_size};
use remediation::dump::Dump;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::diff::laid_out;
use crate::input::{self, Text};
use crate::output::{self, Format, Out, UNSURE};
use crate::status::Status;

/// The most characters of a managed policy, white space apart (IAM and STS quotas).
const MANAGED_POLICY_SIZE: usize = 6_144;

/// Derive a ceiling for roles from what the users of an account may do
///
/// Prints a policy document, for `ceiling:` in the settings. It allows what any user may do by its own policies
/// and those of its groups, under its boundary, and never more; each statement is proved. Users who may do more
/// than one document can say are named.
///
/// Exit status: 0 the ceiling is exactly what the users may do; 2 usage or input error, or there is no ceiling;
/// 3 some user may do more, or could not be judged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `aws iam get-account-authorization-details` printed; `-` is standard input
    #[arg(required = true, value_name = "DUMP")]
    files: Vec<String>,
    /// Leave out users whose name or ARN is like this, such as administrators
    #[arg(long, value_name = "PATTERN")]
    without: Vec<String>,
    /// How to print the ceiling
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    ceiling: &'a RawValue,
    size: usize,
    users: usize,
    administrators: &'a [String],
    beyond: Vec<BeyondReport<'a>>,
}

#[derive(Serialize)]
struct BeyondReport<'a> {
    user: &'a str,
    why: &'a str,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let texts = args.files.iter().map(|file| input::read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut dump = Dump::default();
    for Text { name, text } in &texts {
        dump.add(text).with_context(|| format!("`{name}`"))?;
    }
    let (users, unread) = users(&dump, &args.without);
    let ceiling = derive_ceiling(&users)?;
    match args.output {
        Format::Json => tell_programs(&ceiling, &unread, users.len(), out)?,
        Format::Text => tell(&ceiling, &unread, out)?,
    }
    let is_exact = ceiling.beyond.is_empty() && unread.is_empty();
    Ok(if is_exact { Status::Yes } else { Status::Undecided })
}

/// The users, and whom the ceiling says nothing about: name and reason.
fn users(dump: &Dump<'_>, without: &[String]) -> (Vec<User>, Vec<(String, String)>) {
    let without: Vec<Glob> = without.iter().map(|pattern| Glob::new(pattern.as_str())).collect();
    let (mut users, mut unread) = (Vec::new(), Vec::new());
    unread.extend(dump.missing_pages().map(|missing| ("users on other pages".to_owned(), missing)));
    for entry in &dump.users {
        let user = match &entry.detail {
            Ok(user) => user,
            Err(error) => {
                unread.push((error.name.clone(), error.why.clone()));
                continue;
            }
        };
        if without.iter().any(|pattern| pattern.matches(user.name()) || pattern.matches(&user.arn)) {
            continue;
        }
        let policies = dump.policies_of_user(user).map_err(anyhow::Error::from);
        let documents = policies.and_then(|policies| {
            let identity = policies.identity.into_iter().map(document).collect::<anyhow::Result<_>>()?;
            Ok((identity, policies.boundary.map(document).transpose()?))
        });
        match documents {
            Ok((identity, boundary)) => users.push(User { name: user.name().to_owned(), identity, boundary }),
            Err(error) => unread.push((user.name().to_owned(), error.to_string())),
        }
    }
    (users, unread)
}

fn document(text: String) -> anyhow::Result<Document> {
    match Document::read(text) {
        Ok(document) => Ok(document),
        Err(error) => bail!("a policy can't be read: {error}"),
    }
}

fn tell_programs(
    ceiling: &DerivedCeiling,
    unread: &[(String, String)],
    users: usize,
    out: &mut Out,
) -> anyhow::Result<()> {
    let document: Box<RawValue> = serde_json::from_str(&ceiling.text)?;
    let beyond = ceiling.beyond.iter().map(|beyond| BeyondReport { user: &beyond.user, why: &beyond.why });
    let unread = unread.iter().map(|(user, why)| BeyondReport { user, why });
    out.json(&Report {
        ceiling: &document,
        size: stored_size(&ceiling.text),
        users,
        administrators: &ceiling.administrators,
        beyond: beyond.chain(unread).collect(),
    })?;
    Ok(())
}

/// The document on standard output, so that it can be kept in a file; all else beside it.
fn tell(ceiling: &DerivedCeiling, unread: &[(String, String)], out: &mut Out) -> std::io::Result<()> {
    out.lines(laid_out(&ceiling.text))?;
    for beyond in &ceiling.beyond {
        warn(&format!("user `{}` may do more: {}", beyond.user, beyond.why));
    }
    for (user, why) in unread {
        warn(&format!("user `{user}` is left out: {why}"));
    }
    if !ceiling.administrators.is_empty() {
        let names = crate::quote::several(ceiling.administrators.iter().map(String::as_str));
        warn(&format!("the ceiling limits nothing, because of {names}; leave them out with --without"));
    }
    let size = stored_size(&ceiling.text);
    if size > MANAGED_POLICY_SIZE {
        warn(&format!(
            "it has {size} characters and a managed policy has at most {MANAGED_POLICY_SIZE}: use it as a file, \
             not as a policy or boundary"
        ));
    }
    Ok(())
}

fn warn(text: &str) {
    output::say(format_args!("{}: {text}", output::painted("warning", UNSURE)));
}
