//! A JSON reader that keeps places: a flat tape of nodes over the text, made in one pass.
//!
//! An own reader, because repairs keep every untouched byte, and because duplicate keys and line
//! numbers must be seen; a tree of values has neither. It accepts exactly the texts that
//! `serde_json` accepts (a property test compares the two) and neither recurses nor builds a tree.

mod scan;

use std::borrow::Cow;

use crate::Span;

pub(crate) use scan::{Syntax, read};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    /// A string; `true` if it holds escapes.
    String(bool),
    Number,
    True,
    False,
    Null,
}

impl Kind {
    /// The type in words, for messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String(_) => "a string",
            Self::Number => "a number",
            Self::True | Self::False => "a boolean",
            Self::Null => "null",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    /// Index of the first node that is not part of this one.
    next: u32,
}

/// All nodes of a text in the order of their start; members of objects are key, value, key, value.
#[derive(Debug)]
pub(crate) struct Tape {
    nodes: Vec<Node>,
}

/// One value of a read text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    text: &'a str,
    tape: &'a Tape,
    index: usize,
    node: Node,
}

impl Tape {
    /// The outermost value.
    pub(crate) fn root<'a>(&'a self, text: &'a str) -> Option<Value<'a>> {
        self.value(text, 0)
    }

    /// The number of values and member names.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The value that has exactly this place.
    pub(crate) fn at<'a>(&'a self, text: &'a str, span: Span) -> Option<Value<'a>> {
        let index = self.nodes.partition_point(|node| (node.start as usize) < span.start);
        self.value(text, index).filter(|value| value.span() == span)
    }

    pub(crate) fn value<'a>(&'a self, text: &'a str, index: usize) -> Option<Value<'a>> {
        self.nodes.get(index).map(|&node| Value { text, tape: self, index, node })
    }
}

impl<'a> Value<'a> {
    pub(crate) const fn kind(&self) -> Kind {
        self.node.kind
    }

    pub(crate) const fn span(&self) -> Span {
        Span::new(self.node.start as usize, self.node.end as usize)
    }

    /// The source text of the value.
    pub(crate) fn raw(&self) -> &'a str {
        self.span().of(self.text)
    }

    /// The content of a string, without quotes and escapes; nothing for other kinds.
    pub(crate) fn string(&self) -> Option<Cow<'a, str>> {
        let Kind::String(escaped) = self.node.kind else { return None };
        let inner = self.text.get(self.node.start as usize + 1..self.node.end as usize - 1)?;
        Some(if escaped { Cow::Owned(scan::unescape(inner)) } else { Cow::Borrowed(inner) })
    }

    /// The members of an object; nothing for other kinds.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let mut children = self.children(self.node.kind == Kind::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The items of a list; nothing for other kinds.
    pub(crate) fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.children(self.node.kind == Kind::Array)
    }

    /// The items of a list, or the value itself: `"a"` is read like `["a"]`.
    pub(crate) fn one_or_more(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let list = self.node.kind == Kind::Array;
        (!list).then_some(*self).into_iter().chain(self.items())
    }

    /// At most how many values [`one_or_more`](Self::one_or_more) gives; exact for a list of scalars.
    pub(crate) const fn at_most(&self) -> usize {
        match self.node.kind {
            Kind::Array => self.node.next as usize - self.index - 1,
            Kind::Object | Kind::String(_) | Kind::Number | Kind::True | Kind::False | Kind::Null => 1,
        }
    }

    /// Which node of the tape this is.
    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// The first node of the tape behind this value.
    pub(crate) const fn after(&self) -> usize {
        self.node.next as usize
    }

    fn children(&self, wanted: bool) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let (text, tape, end) = (self.text, self.tape, self.node.next as usize);
        let mut at = if wanted { self.index + 1 } else { end };
        std::iter::from_fn(move || {
            let child = if at < end { tape.value(text, at) } else { None }?;
            at = child.node.next as usize;
            Some(child)
        })
    }
}

#[cfg(test)]
mod tests;
