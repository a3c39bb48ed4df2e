//! `rescind diff`: how two versions of a role's policies differ.

use anyhow::{Context as _, bail};
use guardrails::Facet;
use remediation::history::{Archive, RoleVersion};
use remediation::record::RoleState;
use serde_json::json;

use super::history::{second, short};
use crate::diff;
use crate::output::{Format, Out};
use crate::past::{self, Past, Place};
use crate::quote::plain;
use crate::status::Status;

/// Show how two versions of a role's policies differ
///
/// Exit status: 0 they are equal; 1 they differ; 2 usage or input error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The role, by name, ARN or role id
    role: String,
    /// The earlier version, by the first digits of its digest [default: the last but one]
    from: Option<String>,
    /// The later version [default: the last]
    to: Option<String>,
    /// Which policies
    #[arg(long, value_enum, default_value_t)]
    facet: FacetFlag,
    #[command(flatten)]
    place: Place,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum FacetFlag {
    /// The trust policy
    #[default]
    Trust,
    /// Inline policies, attachments and the boundary
    Permissions,
}

const EXAMPLES: &str = "\
Examples:
  rescind diff order-worker --table rescind-history
  rescind diff order-worker 1f0c8a77 9b3e51d0 --facet permissions --history ./past";

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    match args.place.open(out)? {
        Past::Files(history) => past::block_on(tell(args, &history, out)),
        Past::Table(table) => past::block_on(tell(args, &table, out)),
    }
}

async fn tell<A: Archive>(args: &Args, archive: &A, out: &mut Out) -> anyhow::Result<Status> {
    let facet = match args.facet {
        FacetFlag::Trust => Facet::Trust,
        FacetFlag::Permissions => Facet::Permissions,
    };
    let mut versions = Vec::new();
    for id in past::roles(archive, &args.role).await? {
        versions.extend(archive.versions(&id).await?.into_iter().filter(|version| version.facet == facet));
    }
    versions.sort_by_key(|version| version.at);
    let (from, to) = (chosen(&versions, args.from.as_deref(), 1)?, chosen(&versions, args.to.as_deref(), 0)?);
    let (before, after) = (laid_out(&from.state, facet), laid_out(&to.state, facet));
    let status = if from.digest == to.digest { Status::Yes } else { Status::No };
    if args.output == Format::Json {
        out.json(
            &json!({"facet": facet, "from": from.digest, "to": to.digest, "before": before, "after": after}),
        )?;
        return Ok(status);
    }
    for (sign, version) in [("---", from), ("+++", to)] {
        let digest = short(&version.digest.to_string());
        let role = &version.state.arn;
        out.line(format_args!("{sign} {role} {digest} {} {}", second(version.at), plain(&version.cause)))?;
    }
    diff::write(&before, &after, "", out)?;
    Ok(status)
}

/// The version with this digest, the newest if there are several; or the last but so many.
fn chosen<'a>(
    versions: &'a [RoleVersion],
    digest: Option<&str>,
    back: usize,
) -> anyhow::Result<&'a RoleVersion> {
    let Some(digits) = digest else {
        return versions.iter().rev().nth(back).context("the history knows fewer than two versions of it");
    };
    let fits = |version: &&RoleVersion| version.digest.to_string().starts_with(digits);
    match versions.iter().rev().find(fits) {
        Some(version) if digits.len() >= 4 => Ok(version),
        Some(_) => bail!("`{digits}` is too short: give at least 4 digits"),
        None => bail!("no version begins with `{digits}`; `rescind history` lists them"),
    }
}

/// The documents of the facet as one text.
pub(crate) fn laid_out(state: &RoleState, facet: Facet) -> String {
    if facet == Facet::Trust {
        return state.trust.clone();
    }
    let Some(permissions) = &state.permissions else { return String::new() };
    let document = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|_| serde_json::Value::from(text))
    };
    let inline = permissions.inline.iter().map(|policy| (policy.name.to_string(), document(&policy.text)));
    let attached = permissions.attached.iter().chain(&permissions.boundary).map(|policy| {
        (policy.arn.to_string(), json!({"version": policy.version, "document": document(&policy.text)}))
    });
    json!({
        "inline": inline.collect::<serde_json::Map<_, _>>(),
        "attached": attached.collect::<serde_json::Map<_, _>>(),
        "boundary": state.boundary,
    })
    .to_string()
}
