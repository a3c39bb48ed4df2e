//! Where the history lies that commands ask: files, or the table of a deployment.

use std::path::Path;

use anyhow::{Context as _, bail};
use aws::Table;
use guardrails::{RoleArn, RoleId, RoleName};
use remediation::history::Archive;
use remediation::history::file::FileHistory;
use remediation::ports::PortError;

use crate::output::{Out, UNSURE, painted};

/// Where the history lies.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// The folder of a history on this machine
    #[arg(long, value_name = "DIR")]
    pub(crate) history: Option<String>,
    /// The table of a deployment, read with the credentials of the environment
    #[arg(long, env = "RESCIND_TABLE", value_name = "NAME")]
    pub(crate) table: Option<String>,
}

/// A history.
pub(crate) enum Past {
    /// On this machine.
    Files(FileHistory),
    /// Of a deployment.
    Table(Table),
}

/// The file in the folder of a history.
const FILE: &str = "history.jsonl";

impl Place {
    /// Opens the history. Lines that can't be read are told, never passed over in silence.
    pub(crate) fn open(&self, out: &mut Out) -> anyhow::Result<Past> {
        if let Some(folder) = &self.history {
            if !Path::new(folder).join(FILE).exists() {
                bail!("`{folder}` holds no history: there is no `{FILE}` in it");
            }
            return Ok(Past::Files(files(folder, out)?));
        }
        let name =
            self.table.as_deref().context("name a folder with `--history` or a table with `--table`")?;
        Ok(Past::Table(Table::from_environment(name)?))
    }
}

/// The history in this folder; the folder is made if there is none.
pub(crate) fn files(folder: &str, out: &mut Out) -> anyhow::Result<FileHistory> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{folder}` can't be made"))?;
    let history = FileHistory::open(&Path::new(folder).join(FILE))?;
    for damaged in history.damaged() {
        let text = format!("line {} of the history can't be read: {}", damaged.line, damaged.why);
        out.line(painted(&text, UNSURE))?;
    }
    Ok(history)
}

/// The roles that are meant by a name, an ARN or a role id, the newest last.
pub(crate) async fn roles<A: Archive>(archive: &A, given: &str) -> anyhow::Result<Vec<RoleId>> {
    if let Ok(id) = RoleId::parse(given) {
        return Ok(vec![id]);
    }
    let name = match RoleArn::parse(given) {
        Ok(arn) => arn.name().clone(),
        Err(_) => RoleName::parse(given)?,
    };
    let roles = archive.roles_named(&name).await?;
    if roles.is_empty() {
        return Err(PortError(format!("the history knows no role `{name}`")).into());
    }
    Ok(roles)
}

/// Waits for an answer that may come over the network.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
