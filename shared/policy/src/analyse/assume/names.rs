//! The accounts, organizations and unique ids that a trust policy or the facts write out. A caller
//! that none of them names is a stranger.

use std::collections::BTreeSet;

use super::TrustFacts;
use crate::Document;

/// What is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) accounts: BTreeSet<String>,
    pub(super) organizations: BTreeSet<String>,
    pub(super) unique_ids: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(documents: &[&Document], facts: &TrustFacts) -> Self {
        let mut names = Self::default();
        names.accounts.insert(facts.account.to_string());
        names.accounts.extend(
            facts
                .trusted_accounts
                .iter()
                .chain(facts.vendors.iter().map(|v| &v.account))
                .map(ToString::to_string),
        );
        names.organizations.extend(facts.org_id.clone());
        for statement in documents.iter().flat_map(|d| &d.statements) {
            for entry in statement.principal.iter().flat_map(|p| p.entries()) {
                names.read(&entry.text);
            }
            for value in statement.conditions.iter().flat_map(|c| &c.values) {
                names.read(&value.text);
            }
        }
        names
    }

    fn read(&mut self, text: &str) {
        for run in text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 12) {
            self.accounts.insert(run.to_owned());
        }
        for word in text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')) {
            if let Some(id) = word.strip_prefix("o-").filter(|id| !id.is_empty()) {
                self.organizations.insert(format!("o-{id}"));
            }
        }
        let id = text.split(':').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if id.len() >= 16 && id.chars().all(plain) {
            self.unique_ids.insert(id.to_owned());
        }
    }

    /// An account that nobody names.
    pub(super) fn stranger(&self) -> String {
        let candidates = ["999988887777", "888877776666", "777766665555"].map(str::to_owned).into_iter();
        let more = (0_u64..).map(|n| format!("{:012}", 100_200_300_400 + n));
        candidates.chain(more).find(|account| !self.accounts.contains(account)).unwrap_or_default()
    }

    /// An organization that nobody names.
    pub(super) fn strange_organization(&self) -> String {
        (0_u64..)
            .map(|n| format!("o-stranger{n:02}"))
            .find(|id| !self.organizations.contains(id))
            .unwrap_or_default()
    }
}
