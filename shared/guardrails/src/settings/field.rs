//! The name of a field, as a path from the top of the settings, so that a reader who has the text can find the
//! line.

use std::fmt;

use serde::{Serialize, Serializer};

/// A field of the settings, such as `exceptions[2].until`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field(Vec<FieldPart>);

/// One part of a [`Field`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldPart {
    /// A key of a mapping.
    Key(String),
    /// An entry of a list, counted from 0.
    Item(usize),
}

impl Field {
    /// A field by its keys, with dots between them.
    #[must_use]
    pub fn of(keys: &str) -> Self {
        Self(keys.split('.').map(|key| FieldPart::Key(key.to_owned())).collect())
    }

    /// A field of this mapping.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(FieldPart::Key(key.to_owned()));
        self
    }

    /// An entry of this list, counted from 0.
    #[must_use]
    pub fn item(mut self, item: usize) -> Self {
        self.0.push(FieldPart::Item(item));
        self
    }

    /// The parts, from the top.
    #[must_use]
    pub fn parts(&self) -> &[FieldPart] {
        &self.0
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            match part {
                FieldPart::Key(key) if place == 0 => f.write_str(key)?,
                FieldPart::Key(key) => write!(f, ".{key}")?,
                FieldPart::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
