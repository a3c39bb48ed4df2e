//! What commands print, and how.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use remediation::log_text::{json_line, misleads};
use serde::Serialize;

/// The version of every JSON object that is printed.
const VERSION: u32 = 1;

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Standard output: in colours on a terminal, without them elsewhere. It is kept in a buffer, so
/// [`Out::flush`] comes last.
pub(crate) struct Out {
    to: io::BufWriter<AutoStream<io::Stdout>>,
}

impl Out {
    pub(crate) fn stdout() -> Self {
        Self { to: io::BufWriter::new(AutoStream::auto(io::stdout())) }
    }

    /// One line for people; whatever is in it, it drives no terminal and stays one line.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{}", harmless(&text.to_string()))
    }

    /// Lines for people that are laid out already.
    pub(crate) fn lines(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        text.to_string().lines().try_for_each(|line| self.line(line))
    }

    /// An excerpt as [`crate::excerpt`] draws it, in its own colours.
    pub(crate) fn drawing(&mut self, drawing: &str) -> io::Result<()> {
        writeln!(self.to, "{drawing}")
    }

    /// One line for programs.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.json_lines(&json(object)?)
    }

    /// Lines that [`json`] made.
    pub(crate) fn json_lines(&mut self, lines: &str) -> io::Result<()> {
        self.to.write_all(lines.as_bytes())
    }

    /// JSON whose version is its own, on one line.
    pub(crate) fn document(&mut self, document: &impl Serialize) -> io::Result<()> {
        writeln!(self.to, "{}", json_line(document)?)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// An object for programs, on a line of its own.
pub(crate) fn json(object: &impl Serialize) -> io::Result<String> {
    let mut line = json_line(&Versioned { version: VERSION, object })?;
    line.push('\n');
    Ok(line)
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    object: &'a T,
}

/// Says something beside the output, on standard error.
pub(crate) fn say(text: impl std::fmt::Display) {
    for line in text.to_string().lines() {
        anstream::eprintln!("{}", harmless(line));
    }
}

/// The text with whatever could drive a terminal shown by its code point, but for the colours of [`painted`].
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let colour = COLOURS.iter().flat_map(|style| [style.render().to_string(), RESET.to_owned()]);
        let kept =
            if char == '\u{1b}' { colour.into_iter().find(|code| rest.starts_with(code)) } else { None };
        let (read, _) = rest.split_at(kept.as_ref().map_or(char.len_utf8(), String::len));
        if kept.is_none() && misleads(char) {
            safe.extend(char.escape_unicode());
        } else {
            safe.push_str(read);
        }
        rest = rest.strip_prefix(read).unwrap_or_default();
    }
    safe
}

/// Text in a colour, for [`Out::line`].
pub(crate) fn painted(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

const COLOURS: [Style; 4] = [GOOD, BAD, UNSURE, FAINT];
const RESET: &str = "\u{1b}[0m";

/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is undecided, or worth a look.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// What is said by the way.
pub(crate) const FAINT: Style = Style::new().dimmed();

#[cfg(test)]
mod tests {
    use super::{BAD, COLOURS, harmless, painted};

    #[test]
    fn our_colours_stay_and_nothing_else_does() {
        for style in COLOURS {
            let text = format!("a {} b", painted("x", style));
            assert_eq!(harmless(&text), text);
        }
        let text = painted("a\u{1b}[8mb\nc\u{202e}", BAD);
        assert_eq!(harmless(&text), painted("a\\u{1b}[8mb\\u{a}c\\u{202e}", BAD));
    }
}
