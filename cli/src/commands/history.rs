//! `rescind history`: what is known of a role's past.

use remediation::history::{Archive, Hold, Repair, RoleVersion};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

use crate::clock;
use crate::output::{self, BAD, FAINT, Format, GOOD, Out, UNSURE};
use crate::past::{self, Past, Place};
use crate::quote::plain;
use crate::status::Status;

/// Show a role's past: versions of its policies, repairs, holds
///
/// Roles that had the same name one after the other are told apart by their ids.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The role, by name, ARN or role id
    #[arg(required_unless_present = "holds")]
    role: Option<String>,
    #[command(flatten)]
    place: Place,
    /// List the holds of all roles instead
    #[arg(long, conflicts_with = "role")]
    holds: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind history order-worker --table rescind-history
  rescind history order-worker --history ./past
  rescind history --holds --table rescind-history";

/// One line of the past.
enum Event {
    Version(Box<RoleVersion>),
    Repair(Box<Repair>),
    Hold(Box<Hold>),
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    match args.place.open(out)? {
        Past::Files(history) => past::block_on(tell(args, &history, out)),
        Past::Table(table) => past::block_on(tell(args, &table, out)),
    }
}

async fn tell<A: Archive>(args: &Args, archive: &A, out: &mut Out) -> anyhow::Result<Status> {
    let holds = archive.all_holds(clock::now()).await?;
    let Some(role) = args.role.as_deref().filter(|_| !args.holds) else {
        for hold in holds {
            print(&Event::Hold(Box::new(hold)), args.output, out)?;
        }
        return Ok(Status::Yes);
    };
    for id in past::roles(archive, role).await? {
        if args.output == Format::Text {
            out.line(&id)?;
        }
        let mut events: Vec<Event> = archive
            .versions(&id)
            .await?
            .into_iter()
            .map(|version| Event::Version(Box::new(version)))
            .collect();
        events.extend(archive.repairs(&id).await?.into_iter().map(|repair| Event::Repair(Box::new(repair))));
        events.extend(
            holds.iter().filter(|hold| hold.role_id == id).cloned().map(|hold| Event::Hold(Box::new(hold))),
        );
        events.sort_by_key(Event::at);
        for event in &events {
            print(event, args.output, out)?;
        }
    }
    Ok(Status::Yes)
}

impl Event {
    fn at(&self) -> OffsetDateTime {
        match self {
            Self::Version(version) => version.at,
            Self::Repair(repair) => repair.id.started(),
            Self::Hold(hold) => hold.at,
        }
    }
}

fn print(event: &Event, format: Format, out: &mut Out) -> anyhow::Result<()> {
    match format {
        Format::Text => out.line(format_args!("  {}  {}", second(event.at()), sentence(event)))?,
        Format::Json => out.json(&object(event))?,
    }
    Ok(())
}

/// To the second, in UTC.
pub(crate) fn second(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

fn sentence(event: &Event) -> String {
    match event {
        Event::Version(version) => {
            let verdict = word(&version.verdict);
            let style = match verdict.as_str() {
                "safe" => GOOD,
                "unsafe" => BAD,
                _ => UNSURE,
            };
            let digest = short(&version.digest.to_string());
            let verdict = output::painted(&format!("{verdict:9}"), style);
            let facet = word(&version.facet);
            format!("{facet:11}  {digest}  {verdict}  {}", output::painted(&origin(version), FAINT))
        }
        Event::Repair(repair) => {
            let facet = repair.facet().map(|facet| word(&facet)).unwrap_or_default();
            let end = match &repair.record {
                Some(record) => plain(&record.outcome.name),
                None => "no outcome was recorded".to_owned(),
            };
            format!("{facet:11}  repair {}: {end}", repair.id)
        }
        Event::Hold(hold) => {
            let (facet, digest) = (word(&hold.facet), short(&hold.digest.to_string()));
            let by = plain(&hold.by);
            format!("{facet:11}  {digest}  held until {} by {by}: {}", second(hold.until), hold.role)
        }
    }
}

/// Where a version comes from, for people.
fn origin(version: &RoleVersion) -> String {
    let who = version.actor.who.as_ref().map(|who| plain(who.as_str()));
    match (&version.repair, version.cause.as_str(), who) {
        (Some(_), _, _) => "written by rescind".to_owned(),
        (None, "created" | "changed", Some(who)) => format!("{} by {who}", version.cause),
        (None, cause, _) => format!("seen ({})", plain(cause)),
    }
}

fn object(event: &Event) -> serde_json::Value {
    match event {
        Event::Version(version) => {
            json!({"entry": "version", "facet": version.facet, "digest": version.digest,
            "verdict": version.verdict, "at": second(version.at), "cause": version.cause, "actor": version.actor,
            "repair": version.repair, "role": version.state.arn, "role_id": version.state.id})
        }
        Event::Repair(repair) => json!({"entry": "repair", "repair": repair.id, "facet": repair.facet(),
            "at": second(repair.id.started()),
            "outcome": repair.record.as_ref().map(|record| &record.outcome),
            "steps": repair.intents.iter().flat_map(|intent| &intent.steps).collect::<Vec<_>>()}),
        Event::Hold(hold) => json!({"entry": "hold", "role": hold.role, "role_id": hold.role_id,
            "facet": hold.facet, "digest": hold.digest, "at": second(hold.at), "until": second(hold.until),
            "by": hold.by}),
    }
}

/// A word as it is spelled in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The first digits of a digest; `rescind diff` takes them.
pub(crate) fn short(digest: &str) -> String {
    digest.chars().take(8).collect()
}
