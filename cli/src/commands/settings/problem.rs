//! What is wrong or unwise in settings, and where.

use guardrails::settings::Unknown;
use guardrails::{AccountId, Field, Place, SettingsError};
use policy::{Position, Severity, Span};
use serde::Serialize;

use super::field;
use crate::excerpt::{self, Note};
use crate::input::Text;
use crate::output::{self, BAD, FAINT, Out, UNSURE};
use crate::quote::uncut;

/// One thing to say about the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    #[serde(serialize_with = "word")]
    pub(super) severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip)]
    span: Option<Span>,
}

impl Problem {
    /// About a field, as it holds for an account.
    pub(super) fn of_field(
        severity: Severity,
        text: &Text,
        field: &Field,
        account: &AccountId,
        message: String,
    ) -> Self {
        let found = field::find(&text.text, field, account);
        let at = found.map(|found| found.at);
        Self {
            severity,
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            message,
            help: None,
            span: found.map(|found| found.span),
        }
    }

    /// About the whole.
    pub(super) fn of_all(severity: Severity, message: String, help: Option<String>) -> Self {
        Self { severity, line: None, column: None, message, help, span: None }
    }

    /// The settings are refused.
    pub(super) fn refusal(text: &Text, error: &SettingsError, account: &AccountId) -> Self {
        let what = error.what();
        let mut problem = match error.place() {
            Place::Field(field) => Self::of_field(Severity::Error, text, &field, account, what),
            Place::Unknown => Self::of_all(Severity::Error, what, None),
            Place::Text { line, column } => Self {
                line: Some(line),
                column: Some(column),
                span: Some(word_at(&text.text, line, column)),
                ..Self::of_all(Severity::Error, what, None)
            },
        };
        if let SettingsError::Shape(shape) = error {
            problem.help = shape.unknown().map(advice);
        }
        problem
    }

    /// Worst first, then down the text.
    pub(super) fn order(&self) -> (std::cmp::Reverse<Severity>, Option<usize>, Option<usize>) {
        (std::cmp::Reverse(self.severity), self.line, self.column)
    }

    pub(super) fn say(&self, text: &Text, out: &mut Out) -> std::io::Result<()> {
        if let (Some(line), Some(column), Some(span)) = (self.line, self.column, self.span) {
            let note = Note {
                severity: self.severity,
                code: None,
                message: &self.message,
                help: self.help.clone(),
                span,
            };
            return out.drawing(&excerpt::draw_note(
                &text.name,
                &text.text,
                Position { line, column },
                &note,
            ));
        }
        let severity = output::painted(
            name(self.severity),
            match self.severity {
                Severity::Error => BAD,
                Severity::Warning => UNSURE,
                Severity::Advice => FAINT,
            },
        );
        out.line(format_args!("{}: {severity}: {}", text.name, uncut(&self.message)))?;
        self.help.iter().try_for_each(|help| out.line(format_args!("  {help}")))
    }
}

/// The word that was meant, if one is near, else all that may stand there.
fn advice(unknown: &Unknown) -> String {
    let distance = |known: &&&str| strsim::damerau_levenshtein(&unknown.word.to_lowercase(), known);
    match unknown.known.iter().min_by_key(distance) {
        Some(known) if distance(&known) <= 1 + unknown.word.len() / 4 => format!("did you mean `{known}`?"),
        Some(_) => format!("known here: `{}`", unknown.known.join("`, `")),
        None => "nothing is known here".to_owned(),
    }
}

/// The word that begins at a place of the text.
fn word_at(text: &str, line: usize, column: usize) -> Span {
    let line_start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(line_start..).unwrap_or_default();
    let before: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
    let start = (line_start + before).min(text.len());
    let word = text.get(start..).unwrap_or_default();
    let end = word.find(|char: char| char.is_whitespace() || ",:[]{}".contains(char)).unwrap_or(word.len());
    Span { start, end: start + end.max(1) }
}

pub(super) fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn word<S: serde::Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name(*severity))
}
