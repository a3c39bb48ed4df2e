//! The rules for each account of a dump.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use guardrails::{Account, AccountId, Mode, RoleArn, Rules, Settings};
use remediation::dump::Dump;
use time::OffsetDateTime;

use crate::clock;
use crate::input;

/// Without settings: both guardrails, and nobody is trusted but the own account.
const OWN_ACCOUNT_ONLY: &str = "version: 1\nguardrails:\n  restrict_cross_account_access: {mode: monitor}\n  \
                                lock_down_permissions: {mode: monitor}\n";

/// The rules by partition and account.
pub(super) struct Rulebook {
    rules: BTreeMap<(String, String), Rules>,
    notes: Vec<String>,
    now: OffsetDateTime,
}

impl Rulebook {
    pub(super) fn new(
        settings: Option<&str>,
        account: Option<&str>,
        dump: &Dump<'_>,
    ) -> anyhow::Result<Self> {
        let (settings, note) = match settings {
            Some(file) => {
                let text = input::read(file)?;
                let settings = Settings::read_with_files(&text.text, &input::beside(file));
                (settings.with_context(|| format!("`{}`", text.name))?, None)
            }
            None => (Settings::read(OWN_ACCOUNT_ONLY)?, Some(WITHOUT_SETTINGS.to_owned())),
        };
        let mut book = Self { rules: BTreeMap::new(), notes: note.into_iter().collect(), now: clock::now() };
        for (partition, id) in accounts(dump) {
            if account.is_some_and(|account| account != id) {
                continue;
            }
            let of = Account { partition: partition.clone(), id: AccountId::parse(&id)? };
            let rules = settings.rules(&of, Mode::Monitor)?.at(book.now).knowing(dump.policies_in_force());
            for warning in rules.warnings() {
                if !book.notes.contains(&warning.message) {
                    book.notes.push(warning.message.clone());
                }
            }
            book.rules.insert((partition, id), rules);
        }
        match account {
            Some(account) if book.rules.is_empty() => bail!("the dump holds no role of account `{account}`"),
            Some(_) | None => Ok(book),
        }
    }

    /// What people should know of the rules.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The rules for a role; `None` if its account is not the one that was asked for.
    pub(super) fn of(&self, role: &RoleArn) -> Option<&Rules> {
        self.rules.get(&(role.partition().to_owned(), role.account().to_owned()))
    }

    /// The rules of all accounts.
    pub(super) fn all(&self) -> Vec<&Rules> {
        self.rules.values().collect()
    }

    /// The moment that exceptions are judged at.
    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Any rules, for roles that do not tell their account.
    pub(super) fn any(&self) -> Option<&Rules> {
        self.rules.values().next()
    }
}

const WITHOUT_SETTINGS: &str = "no settings: only the own account is trusted, so every service, account and \
                                identity provider in a trust policy is a finding; name the trusted ones with \
                                --settings";

/// The accounts of all roles.
fn accounts(dump: &Dump<'_>) -> Vec<(String, String)> {
    let mut accounts: Vec<(String, String)> = Vec::new();
    for role in dump.roles.iter().filter_map(|role| role.detail.as_ref().ok()) {
        if let Ok(arn) = RoleArn::parse(&role.arn) {
            let is = |known: &(String, String)| known.0 == arn.partition() && known.1 == arn.account();
            if !accounts.iter().any(is) {
                accounts.push((arn.partition().to_owned(), arn.account().to_owned()));
            }
        }
    }
    accounts
}
