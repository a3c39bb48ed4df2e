//! Text of strangers, made harmless before it is logged or shown.
//!
//! Names, user agents, session names and error messages are chosen by whoever calls IAM. A record is JSON, so
//! they can't end its line; yet people read it in terminals, chats and tables.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A name or a short text.
pub type LogText = Harmless<256>;

/// A sentence with names in it.
pub type LogSentence = Harmless<2_000>;

/// A text on one line, without markup, of bounded length.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Harmless<const LONGEST: usize>(String);

impl<const LONGEST: usize> Harmless<LONGEST> {
    /// Longer texts are cut here, in characters.
    pub const LONGEST: usize = LONGEST;

    /// Replaces what could mislead a reader by its code point, and cuts the text to [`Self::LONGEST`].
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(harmless(text, LONGEST))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text with its dangers shown as code points. What is harmless already stays as it is, so that a text can
/// be stored and read again.
fn harmless(text: &str, longest: usize) -> String {
    let mut harmless = String::new();
    let mut length = 0;
    for (place, c) in text.chars().enumerate() {
        let is_hidden = misleads(c) || is_markup(c) || (place == 0 && begins_formula(c));
        let added = if is_hidden { c.escape_unicode().len() } else { 1 };
        if length + added > longest {
            // A text that was cut before ends like this.
            harmless.push('…');
            break;
        }
        if is_hidden {
            harmless.extend(c.escape_unicode());
        } else {
            harmless.push(c);
        }
        length += added;
    }
    harmless
}

/// Control characters, line and paragraph separators, zero-width and direction-changing characters: they drive
/// a terminal, end a line, or show another text than there is.
#[must_use]
pub fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What HTML and chats read as markup, such as `<!channel>`.
fn is_markup(c: char) -> bool {
    matches!(c, '<' | '>' | '&')
}

/// What makes a formula of a cell when a text is the first in it.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@')
}

/// JSON on one line. Strings keep their value to the byte, yet nothing in them misleads who reads the line.
///
/// # Errors
/// The value can't be written as JSON.
pub fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        if misleads(c) {
            // Such a character stands within a string, where JSON knows it by its UTF-16 units too.
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    Ok(line)
}

impl<const LONGEST: usize> From<String> for Harmless<LONGEST> {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl<const LONGEST: usize> From<Harmless<LONGEST>> for String {
    fn from(text: Harmless<LONGEST>) -> Self {
        text.0
    }
}

impl<const LONGEST: usize> fmt::Display for Harmless<LONGEST> {
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
        assert_eq!(LogText::new("<!channel> & co").as_str(), r"\u{3c}!channel\u{3e} \u{26} co");
        assert_eq!(LogText::new("=1+1").as_str(), r"\u{3d}1+1");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = LogText::new(&"é".repeat(1_000));
        assert_eq!(text.as_str().chars().count(), LogText::LONGEST + 1);
        assert_eq!(LogText::new(&"é".repeat(LogText::LONGEST)).as_str().chars().count(), LogText::LONGEST);
    }

    #[test]
    fn a_text_that_is_read_again_stays_as_it_is() {
        for text in ["\n".repeat(1_000), "a".repeat(1_000), format!("{}\u{202e}", "a".repeat(250))] {
            let once = LogText::new(&text);
            assert_eq!(LogText::new(once.as_str()), once);
            assert!(once.as_str().chars().count() <= LogText::LONGEST + 1);
        }
    }

    #[test]
    fn a_line_of_json_misleads_nobody_and_keeps_every_value() {
        let text = "a\n\u{202e}\u{7f}\u{e0041}\u{2028}<é>";
        let line = json_line(&text).unwrap();
        assert_eq!(line, r#""a\n\u202e\u007f\udb40\udc41\u2028<é>""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
