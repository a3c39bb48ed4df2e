//! What `check` and `compare` know of a role's surroundings: flags, and the settings for the rest.

use anyhow::{Context as _, anyhow, bail};
use guardrails::{Account, Mode, RoleArn, Rules, Settings};
use policy::analyse::assume::{Origin, TrustFacts};
use policy::analyse::grants::GrantFacts;
use policy::{AccountId, Partition};

use crate::input;

/// Flags that tell facts.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// The account of the role; taken from `--role-arn` if that is given
    #[arg(long, env = "RESCIND_ACCOUNT", hide_env_values = true, value_name = "ID")]
    account: Option<String>,
    /// The partition of the account
    #[arg(long, value_name = "NAME", default_value = "aws")]
    partition: String,
    /// The settings, for whom one trusts and what is safe to attach
    #[arg(long, env = "RESCIND_SETTINGS", hide_env_values = true, value_name = "FILE")]
    settings: Option<String>,
    /// The role's own ARN
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OriginFlag {
    /// Read back from IAM: a bare unique id is a principal that was deleted
    Stored,
    /// Sent to IAM: a bare unique id may be anybody's
    #[default]
    Request,
}

impl From<OriginFlag> for Origin {
    fn from(flag: OriginFlag) -> Self {
        match flag {
            OriginFlag::Stored => Self::Stored,
            OriginFlag::Request => Self::Request,
        }
    }
}

/// The facts, as far as they are known.
#[derive(Debug)]
pub(crate) struct Known {
    account: AccountId,
    partition: Partition,
    role: Option<RoleArn>,
    rules: Option<Rules>,
}

impl Flags {
    /// Finds out what is wrong with the flags, for a question that does not need them.
    pub(crate) fn read_if_given(&self) -> anyhow::Result<()> {
        if self.account.is_some() || self.role_arn.is_some() {
            self.read()?;
        }
        Ok(())
    }

    pub(crate) fn read(&self) -> anyhow::Result<Known> {
        let role = self.role_arn.as_deref().map(RoleArn::parse).transpose().context("`--role-arn`")?;
        let of_role = role.as_ref().map(|role| role.account().to_owned());
        let account = match (self.account.clone(), of_role) {
            (Some(account), Some(own)) if account != own => {
                bail!("the role lies in account `{own}`, not in `{account}`")
            }
            (Some(account), _) | (None, Some(account)) => account,
            (None, None) => bail!("say which account the role is in: `--account 111122223333`"),
        };
        let partition = role.as_ref().map_or(self.partition.as_str(), RoleArn::partition);
        Ok(Known {
            account: AccountId::parse(&account)
                .ok_or_else(|| anyhow!("`--account` is twelve digits, not `{account}`"))?,
            partition: Partition::parse(partition)
                .ok_or_else(|| anyhow!("`{partition}` is no partition of AWS"))?,
            rules: self.settings.as_deref().map(|file| rules(file, partition, &account)).transpose()?,
            role,
        })
    }
}

fn rules(file: &str, partition: &str, account: &str) -> anyhow::Result<Rules> {
    let text = input::read(file)?;
    let account = Account { partition: partition.to_owned(), id: guardrails::AccountId::parse(account)? };
    // Nothing is written here, and monitor mode is no reason to ask for `protected_roles`.
    Settings::read_with_files(&text.text, &input::beside(file))
        .and_then(|settings| settings.rules(&account, Mode::Monitor))
        .with_context(|| format!("`{}`", text.name))
}

impl Known {
    pub(crate) fn trust(&self, origin: Origin) -> TrustFacts {
        let of_rules = self.rules.as_ref().and_then(|rules| rules.trust_facts(self.role.as_ref(), origin));
        let mut facts = of_rules.unwrap_or_else(|| TrustFacts::new(self.account));
        facts.partition = self.partition.clone();
        facts.document_origin = origin;
        facts
    }

    /// Whether the settings let vendors assume certain roles, and nobody said which role this is.
    pub(crate) fn lacks_role(&self) -> bool {
        self.role.is_none() && self.rules.as_ref().is_some_and(Rules::binds_vendors_to_roles)
    }

    pub(crate) fn grants(&self, harmless_roles: &[String]) -> GrantFacts {
        let of_rules = self.rules.as_ref().and_then(|rules| rules.grant_facts(self.role.as_ref()));
        let mut facts = of_rules.unwrap_or_else(|| GrantFacts::new(self.account));
        facts.partition = self.partition.clone();
        facts.self_arn = self.role.as_ref().map(|role| role.as_str().to_owned());
        facts.harmless_roles = harmless_roles.to_vec();
        facts
    }
}
