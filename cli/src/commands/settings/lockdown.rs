//! `rescind settings lockdown`: the lockdown policy that the settings ask for.

use anyhow::Context as _;
use guardrails::{Account, AccountId, Lockdown, Mode, Settings};

use crate::input;
use crate::output::Out;
use crate::status::Status;

/// Print the lockdown policy that the settings ask for, as `make package` puts it into `dist/`
///
/// Without `lockdown` in the settings a policy is printed that denies nothing anybody does: the template has
/// to include one, and makes none of it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The settings; `-` is standard input
    file: String,
    /// The account they are meant for, whose overrides apply
    #[arg(
        long,
        env = "RESCIND_ACCOUNT",
        hide_env_values = true,
        value_name = "ID",
        default_value = "111122223333",
        hide_default_value = true
    )]
    account: String,
    /// The partition of the account
    #[arg(long, value_name = "NAME", default_value = "aws")]
    partition: String,
    /// Print the form that serves as a permissions boundary: it denies the same and allows the rest
    #[arg(long)]
    boundary: bool,
}

/// A Deny under a condition that no request meets.
const NOTHING: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "RescindNoLockdown",
      "Effect": "Deny",
      "Action": "organizations:LeaveOrganization",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000000"}}
    }
  ]
}
"#;

pub(super) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let text = input::read(&args.file)?;
    let account = Account {
        partition: args.partition.clone(),
        id: AccountId::parse(&args.account).context("`--account`")?,
    };
    let rules = Settings::read_with_files(&text.text, &input::beside(&args.file))
        .and_then(|settings| settings.rules(&account, Mode::Enforce));
    let rules = rules.with_context(|| format!("`{}`", text.name))?;
    let form = if args.boundary { Lockdown::boundary_document } else { Lockdown::document };
    let document = rules.lockdown().map_or(NOTHING, |lockdown| form(lockdown).text.as_str());
    out.lines(document.trim_end())?;
    Ok(Status::Yes)
}
