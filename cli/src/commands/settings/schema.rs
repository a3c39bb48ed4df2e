//! `rescind settings schema`: what editors complete and explain settings with.

use crate::output::Out;
use crate::status::Status;

/// The schema lies beside the settings, where editors look for it.
const SCHEMA: &str = include_str!("../../../../settings/settings.schema.json");

/// Print the JSON Schema of the settings
///
/// Put it beside the settings, and this line on top of them:
/// # yaml-language-server: $schema=settings.schema.json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, out: &mut Out) -> anyhow::Result<Status> {
    out.lines(SCHEMA.trim_end())?;
    Ok(Status::Yes)
}
