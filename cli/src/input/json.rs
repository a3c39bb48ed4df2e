//! JSON read one level at a time, so that every part keeps its text and its line.
//!
//! Policies inside a larger file must reach the policy reader byte for byte: a duplicate key or the spelling
//! of a number would be lost in a tree of values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON text and where its parts stood in the file it was written in.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// JSON values, one after the other.
    pub(crate) json: String,
    /// Offsets in `json`, ascending, each with the line that what follows came from.
    pub(crate) origin: Vec<(usize, usize)>,
}

impl Source {
    /// A text that is JSON itself.
    pub(crate) fn new(json: String) -> Self {
        let ends = json.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let origin = std::iter::once(0).chain(ends).zip(1..).collect();
        Self { json, origin }
    }

    /// The line of the file, from 1, that the byte at `offset` came from.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let after = self.origin.partition_point(|(start, _)| *start <= offset);
        self.origin.get(after.saturating_sub(1)).map_or(1, |(_, line)| *line)
    }
}

/// One value inside a [`Source`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) source: &'a Source,
    /// The value as written.
    pub(crate) text: &'a str,
}

/// The kinds of values that JSON has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    List,
    Object,
}

/// What is wrong, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) line: usize,
    pub(crate) problem: String,
}

impl<'a> Node<'a> {
    pub(crate) fn new(source: &'a Source, raw: &'a RawValue) -> Self {
        Self { source, text: raw.get() }
    }

    pub(crate) fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Where the value starts in the source.
    pub(crate) fn offset(self) -> usize {
        self.text.as_ptr().addr().saturating_sub(self.source.json.as_ptr().addr())
    }

    pub(crate) fn line(self) -> usize {
        self.source.line(self.offset())
    }

    /// A complaint about this value.
    pub(crate) fn wrong(self, problem: impl Into<String>) -> Wrong {
        Wrong { line: self.line(), problem: problem.into() }
    }

    /// The members of an object in their order; a name that occurs twice is refused, since either could be
    /// meant.
    pub(crate) fn members(self) -> Result<Vec<(String, Node<'a>)>, Wrong> {
        let members: Members<'a> = serde_json::from_str(self.text).map_err(|error| self.misread(&error))?;
        let mut named: Vec<(String, Node<'a>)> = Vec::with_capacity(members.0.len());
        for (name, raw) in members.0 {
            let node = Node::new(self.source, raw);
            if named.iter().any(|(earlier, _)| *earlier == name) {
                return Err(node.wrong(format!("`{name}` is given twice")));
            }
            named.push((name, node));
        }
        Ok(named)
    }

    /// The entries of a list.
    pub(crate) fn entries(self) -> Result<Vec<Node<'a>>, Wrong> {
        let raw: Vec<&'a RawValue> = serde_json::from_str(self.text).map_err(|error| self.misread(&error))?;
        Ok(raw.into_iter().map(|raw| Node::new(self.source, raw)).collect())
    }

    /// The text of a string, unescaped.
    pub(crate) fn string(self) -> Result<String, Wrong> {
        serde_json::from_str(self.text).map_err(|error| self.misread(&error))
    }

    fn misread(self, error: &serde_json::Error) -> Wrong {
        self.wrong(plain(error))
    }
}

/// The message of an error without its position, which is relative to a part of the file.
pub(crate) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

impl Kind {
    /// The kind in words, with its article.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor).map(Members)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            members.push((name, value));
        }
        Ok(members)
    }
}
