//! Text of strangers, made harmless before it is logged or shown.
//!
//! Names, user agents, session names and error messages are chosen by whoever calls IAM. A record is JSON, so
//! they can't end its line; yet people read it in terminals, chats and tables.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text without control or direction-changing characters, of bounded length.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct LogText(String);

impl LogText {
    /// Longer texts are cut here, in characters.
    pub const LONGEST: usize = 256;

    /// Replaces what could mislead a reader by its code point, and cuts the text to [`Self::LONGEST`].
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut harmless = String::new();
        for (count, c) in text.chars().enumerate() {
            if count == Self::LONGEST {
                harmless.push('…');
                break;
            }
            if misleads(c) {
                harmless.extend(c.escape_unicode());
            } else {
                harmless.push(c);
            }
        }
        Self(harmless)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line and paragraph separators, zero-width and direction-changing characters.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl From<String> for LogText {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<LogText> for String {
    fn from(text: LogText) -> Self {
        text.0
    }
}

impl fmt::Display for LogText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_is_shown_by_its_code_point() {
        assert_eq!(LogText::new("a\nb\u{202e}c\u{1b}[0m").as_str(), r"a\u{a}b\u{202e}c\u{1b}[0m");
        assert_eq!(LogText::new("Zürich \"x\"").as_str(), "Zürich \"x\"");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = LogText::new(&"é".repeat(1_000));
        assert_eq!(text.as_str().chars().count(), LogText::LONGEST + 1);
        assert_eq!(LogText::new(&"é".repeat(LogText::LONGEST)).as_str().chars().count(), LogText::LONGEST);
    }
}
