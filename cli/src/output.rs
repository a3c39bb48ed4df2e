//! What commands print, and how.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
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

    /// One line for people.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{text}")
    }

    /// One line for programs.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, &Versioned { version: VERSION, object })?;
        writeln!(self.to)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    object: &'a T,
}

/// Text in a colour, for [`Out::line`].
pub(crate) fn painted(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is undecided, or worth a look.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// What is said by the way.
pub(crate) const FAINT: Style = Style::new().dimmed();
