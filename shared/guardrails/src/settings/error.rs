//! Why settings are refused, in sentences, and where.

use std::fmt;

use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};

use super::field::Field;
use crate::names::AccountId;

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is not YAML of the right shape.
    #[error("the settings are refused: {0}")]
    Shape(Misshape),
    /// A file that the settings name.
    #[error("the settings name the file `{file}`, which is refused: {what}")]
    File {
        /// Where they name it.
        field: Field,
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
        /// The field. An account's own value, below `accounts`, stands for the general one.
        field: Field,
        /// What does not fit.
        what: String,
    },
}

impl SettingsError {
    /// What is wrong, without the place.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Shape(shape) => shape.what.clone(),
            Self::Account { what, .. } => what.clone(),
            Self::File { .. } | Self::NoProtectedRoles(_) => self.to_string(),
        }
    }

    /// Where it is wrong.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Shape(shape) => shape.place.clone(),
            Self::File { field, .. } | Self::Account { field, .. } => Place::Field(field.clone()),
            Self::NoProtectedRoles(guardrail) => {
                Place::Field(Field::of("guardrails").key(guardrail).key("mode"))
            }
        }
    }
}

/// Where settings are wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Somewhere.
    Unknown,
    /// In the text; line and column are counted from 1.
    Text {
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In this field.
    Field(Field),
}

/// A text that is not YAML of the right shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshape {
    place: Place,
    what: String,
    unknown: Option<Unknown>,
}

/// A word that is not known, and those that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The word as it is written.
    pub word: String,
    /// What may stand there.
    pub known: Vec<&'static str>,
}

impl Misshape {
    /// The word that is not known, if that is what is wrong.
    #[must_use]
    pub fn unknown(&self) -> Option<&Unknown> {
        self.unknown.as_ref()
    }
}

impl From<&Error> for Misshape {
    fn from(error: &Error) -> Self {
        let error = error.without_snippet();
        let at = error.location().filter(|at| at.line() > 0);
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let place = at.map_or(Place::Unknown, |at| Place::Text {
            line: number(at.line()),
            column: number(at.column()),
        });
        Self { place, what: what(error), unknown: unknown(error) }
    }
}

impl fmt::Display for Misshape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Place::Text { line, column } = self.place {
            write!(f, "line {line} column {column}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.unknown {
            Some(unknown) => write!(f, "; known here: `{}`", unknown.known.join("`, `")),
            None => Ok(()),
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the reader's enum is open")]
fn unknown(error: &Error) -> Option<Unknown> {
    match error {
        Error::SerdeUnknownField { field: word, expected, .. }
        | Error::SerdeUnknownVariant { variant: word, expected, .. } => {
            Some(Unknown { word: word.clone(), known: expected.clone() })
        }
        _ => None,
    }
}

/// The reader speaks of YAML and of Rust; people write settings.
#[expect(clippy::wildcard_enum_match_arm, reason = "the reader's enum is open")]
fn what(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, .. } => format!("there is no field `{field}`"),
        Error::SerdeUnknownVariant { variant, .. } => {
            format!("`{variant}` is not a word that may stand here")
        }
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is written twice"),
        Error::QuotingRequired { value, .. } if value.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("put `{value}` in quotes: as a number, an id loses the zeros in front")
        }
        Error::QuotingRequired { value, .. } => format!("put `{value}` in quotes: it is not read as text"),
        Error::Unexpected { expected: "mapping start", .. } => "fields with values belong here".to_owned(),
        Error::Unexpected { expected: "sequence start", .. } => {
            "a list belongs here, even if it has one entry".to_owned()
        }
        Error::Unexpected { expected: "string scalar", .. } => "a text belongs here".to_owned(),
        Error::InvalidBooleanStrict { .. } => "`true` or `false` belongs here".to_owned(),
        Error::InvalidScalar { ty: "u64", .. } => "a number belongs here".to_owned(),
        Error::MultipleDocuments { .. } => {
            "a second document begins here: settings are one document".to_owned()
        }
        Error::Eof { .. } => "the settings are empty, or end too early".to_owned(),
        Error::Message { msg, .. } => msg.clone(),
        other => UserMessageFormatter.format_message(other).into_owned(),
    }
}
