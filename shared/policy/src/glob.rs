//! Patterns with `*` (any run of characters) and `?` (exactly one character).
//!
//! Matching takes the leftmost place for each run of literals between stars, which is complete for
//! globs: it neither recurses nor allocates, and a thousand stars cost a thousand searches, not 2^1000.

pub(crate) mod tokens;

use std::fmt;

use tokens::width;

/// A pattern with `*` and `?`; every other character stands for itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(Box<str>);

impl Glob {
    /// The pattern written as `text`.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern holds no `*` and no `?`, so that only its own text matches.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        is_literal(&self.0)
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches(&self.0, text, Case::Sensitive)
    }

    /// The same, without regard to ASCII case.
    #[must_use]
    pub fn matches_ignoring_case(&self, text: &str) -> bool {
        matches(&self.0, text, Case::Ignored)
    }
}

/// Whether the glob is one word.
pub(crate) fn is_literal(glob: &str) -> bool {
    !glob.bytes().any(is_wildcard)
}

pub(crate) const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether letters of either case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Ignored,
}

/// Whether the whole of `text` matches the glob `pattern`.
pub(crate) fn matches(pattern: &str, text: &str, case: Case) -> bool {
    // Most patterns differ from most texts in the first letter.
    let first = |text: &str| text.as_bytes().first().copied();
    if let (Some(want), Some(have)) = (first(pattern), first(text))
        && !matches!(want, b'*' | b'?')
        && !want.eq_ignore_ascii_case(&have)
    {
        return false;
    }
    let Some((head, mut pattern)) = at_star(pattern) else {
        return prefix(pattern, text, case) == Some(text.len());
    };
    let Some(used) = prefix(head, text, case) else { return false };
    let mut text = text.get(used..).unwrap_or_default();
    while let Some((piece, rest)) = at_star(pattern) {
        let Some(end) = find(piece, text, case) else { return false };
        text = text.get(end..).unwrap_or_default();
        pattern = rest;
    }
    suffix(pattern, text, case)
}

/// What stands before the first star and behind it. Patterns are short, so a plain loop is quickest.
fn at_star(pattern: &str) -> Option<(&str, &str)> {
    let star = pattern.bytes().position(|byte| byte == b'*')?;
    Some((pattern.get(..star)?, pattern.get(star + 1..)?))
}

/// The end of `piece` (literals and `?`) at the start of `text`.
fn prefix(piece: &str, text: &str, case: Case) -> Option<usize> {
    let (piece, bytes) = (piece.as_bytes(), text.as_bytes());
    let mut at = 0;
    for &want in piece {
        let &have = bytes.get(at)?;
        if want == b'?' {
            at += width(have);
        } else if want == have || (case == Case::Ignored && want.eq_ignore_ascii_case(&have)) {
            at += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

/// Whether `text` ends with `piece`.
fn suffix(piece: &str, text: &str, case: Case) -> bool {
    let mut at = text.len();
    let bytes = text.as_bytes();
    for &want in piece.as_bytes().iter().rev() {
        let Some(last) = at.checked_sub(1) else { return false };
        at = last;
        let Some(&have) = bytes.get(at) else { return false };
        if want == b'?' {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
        } else if !(want == have || (case == Case::Ignored && want.eq_ignore_ascii_case(&have))) {
            return false;
        }
    }
    true
}

/// The end of the leftmost place of `piece` in `text`.
fn find(piece: &str, text: &str, case: Case) -> Option<usize> {
    // A searcher that is linear in the worst case pays only for long texts.
    if case == Case::Sensitive && text.len() > 128 && !piece.contains('?') {
        return text.find(piece).map(|start| start + piece.len());
    }
    (0..=text.len())
        .filter(|&start| text.is_char_boundary(start))
        .find_map(|start| Some(start + prefix(piece, text.get(start..)?, case)?))
}
