//! What a security team wants: one YAML document, read once, refused with line and column when it is wrong.
//!
//! The settings know no account. [`Settings::rules`] resolves them for one.

mod network;
mod refused;
mod unwise;
mod yaml;

use std::collections::BTreeMap;

use policy::Document;

use crate::names::AccountId;
use crate::permit::Mode;
use crate::rules::{Account, Rules};

/// Settings that were read and found sound.
#[derive(Clone, Debug)]
pub struct Settings {
    yaml: yaml::Settings,
    /// The documents that the settings name, by file.
    documents: BTreeMap<String, Document>,
}

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is not YAML of the right shape; the message carries line and column.
    #[error("the settings are refused: {0}")]
    Shape(String),
    /// A file that the settings name.
    #[error("the settings name the file `{file}`, which is refused: {what}")]
    File {
        /// The file, as the settings name it.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// Enforce mode needs to know which roles must never be written to.
    #[error(
        "`protected_roles` is missing, so `mode: enforce` of `{0}` is refused: list the roles that must never \
         be written to (break-glass, deployment, Control Tower ...), or write `protected_roles: []` if there \
         are none"
    )]
    NoProtectedRoles(&'static str),
    /// A value that cannot be right for this account.
    #[error("the settings do not fit account `{account}`: {what}")]
    Account {
        /// The account they were resolved for.
        account: AccountId,
        /// What does not fit.
        what: String,
    },
}

impl Settings {
    /// Reads settings.
    ///
    /// # Errors
    /// A text that is not YAML, an unknown field, a missing or wrong value, a part that does not work yet:
    /// nothing is guessed and nothing is ignored.
    pub fn read(text: &str) -> Result<Self, SettingsError> {
        Self::read_with_files(text, &|_| Err("there are no files beside these settings".to_owned()))
    }

    /// Reads settings that name files beside them, such as a ceiling. `files` gives the text of a file by
    /// the name that the settings use, or says why it cannot.
    ///
    /// # Errors
    /// As [`Settings::read`]; and a file that cannot be had, or is not in every part a policy document.
    pub fn read_with_files(
        text: &str,
        files: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, SettingsError> {
        let yaml: yaml::Settings =
            serde_saphyr::from_str(text).map_err(|error| SettingsError::Shape(shape(&error)))?;
        let documents = yaml.files().map(|file| Ok((file.to_owned(), document(file, files)?)));
        let documents = documents.collect::<Result<_, SettingsError>>()?;
        Ok(Self { yaml, documents })
    }

    /// The rules that hold in one account: its overrides applied, `${account}` and `${partition}` expanded,
    /// every mode capped (the weaker of both holds).
    ///
    /// # Errors
    /// Values that do not make sense in this account, and enforce mode without `protected_roles`.
    pub fn rules(&self, account: &Account, cap: Mode) -> Result<Rules, SettingsError> {
        Rules::resolve(self.yaml.for_account(&account.id), &self.documents, account, cap)
    }
}

/// A document that is wholly understood: what is misread would widen a ceiling.
fn document(file: &str, files: &dyn Fn(&str) -> Result<String, String>) -> Result<Document, SettingsError> {
    let refused = |what: String| SettingsError::File { file: file.to_owned(), what };
    let document =
        Document::read(files(file).map_err(refused)?).map_err(|error| refused(error.to_string()))?;
    match document.diagnostics.first() {
        None => Ok(document),
        Some(diagnostic) => Err(refused(diagnostic.message.clone())),
    }
}

/// The reader's message, without the word that every message begins with.
fn shape(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}

pub(crate) use network::TrustedNetwork;
pub(crate) use unwise::warnings;
pub(crate) use yaml::{
    Exception as ExceptionYaml, LockDown, Lockdown, Match, OidcProvider, OnUnknown, ProtectedRole, Resolved,
    Restrict, RevokeSessions, Scope, ScopeWord, Vendor,
};

#[cfg(test)]
mod tests;
