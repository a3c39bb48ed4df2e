//! What a security team wants: one YAML document, read once, refused with line and column when it is wrong.
//!
//! The settings know no account. [`Settings::rules`] resolves them for one.

mod error;
mod field;
mod network;
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
        // What other readers of YAML take for a number or a boolean is no text: `012345678901` would lose a zero.
        let options = serde_saphyr::options! { no_schema: true, strict_booleans: true };
        let yaml: yaml::Settings = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| SettingsError::Shape(Misshape::from(&error)))?;
        let documents =
            yaml.files().map(|(field, file)| Ok((file.to_owned(), document(field, file, files)?)));
        let documents = documents.collect::<Result<_, SettingsError>>()?;
        Ok(Self { yaml, documents })
    }

    /// The accounts with values of their own.
    pub fn own_accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.yaml.own_accounts()
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
fn document(
    field: Field,
    file: &str,
    files: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Document, SettingsError> {
    let refused = |what: String| SettingsError::File { field: field.clone(), file: file.to_owned(), what };
    let document =
        Document::read(files(file).map_err(refused)?).map_err(|error| refused(error.to_string()))?;
    match document.diagnostics.first() {
        None => Ok(document),
        Some(diagnostic) => Err(refused(diagnostic.message.clone())),
    }
}

pub use error::{Misshape, Place, SettingsError, Unknown};
pub use field::{Field, FieldPart};
pub use unwise::Warning;

pub(crate) use network::TrustedNetwork;
pub(crate) use unwise::warnings;
pub use yaml::{Baseline, ClaimPatterns, OnUnknown, RevokeSessions};
pub(crate) use yaml::{
    Exception as ExceptionYaml, LockDown, Lockdown, Match, OidcProvider, ProtectedRole, Resolved, Restrict,
    Scope, ScopeWord, Vendor,
};

#[cfg(test)]
mod tests;
