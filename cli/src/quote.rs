//! Text from elsewhere, made safe to show.

use remediation::log_text::misleads;

/// Longer texts are cut.
const MAX_CHARS: usize = 160;

/// The text in backticks, on one line: control characters, which could drive a terminal, are escaped.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", plain(text))
}

/// The same without backticks.
pub(crate) fn plain(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", uncut(text.get(..end).unwrap_or_default())),
        None => uncut(text),
    }
}

/// The same at any length, for sentences whose parts are short.
pub(crate) fn uncut(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if misleads(char) {
            safe.extend(char.escape_unicode());
        } else {
            safe.push(char);
        }
    }
    safe
}

/// A few of the texts, each in backticks.
pub(crate) fn several<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    const SHOWN: usize = 5;
    let count = texts.len();
    let mut shown: Vec<String> = texts.take(SHOWN).map(quoted).collect();
    if count > SHOWN {
        shown.push(format!("{} more", count - SHOWN));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{quoted, several};

    #[test]
    fn nothing_reaches_a_terminal_that_could_drive_it() {
        assert_eq!(quoted("a\u{1b}[31m\nb\u{202e}c"), "`a\\u{1b}[31m\\u{a}b\\u{202e}c`");
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), 163);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(several(["a", "b"].into_iter()), "`a`, `b`");
        assert_eq!(several(["a"; 9].into_iter()), "`a`, `a`, `a`, `a`, `a`, 4 more");
    }
}
