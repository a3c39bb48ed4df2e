//! A diagnostic with the lines it is about, for people.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, MietteError, MietteSpanContents,
    Report, SourceCode, SourceSpan, SpanContents,
};
use policy::{Diagnostic, Position, Severity, Span};
use remediation::log_text::misleads;

use crate::quote::{plain, uncut};

/// A policy may be one line of many thousand characters; so much is shown on each side of the place.
const AROUND: usize = 60;

/// What is said about a place of a text.
pub(crate) struct Note<'a> {
    pub(crate) severity: Severity,
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) help: Option<String>,
    pub(crate) span: Span,
}

/// Draws a diagnostic of the text, in colours.
pub(crate) fn draw(name: &str, text: &str, at: Position, diagnostic: &Diagnostic) -> String {
    let message = plain(&diagnostic.message);
    let note = Note {
        severity: diagnostic.severity,
        code: Some(diagnostic.code.as_str()),
        message: &message,
        help: help(diagnostic),
        span: diagnostic.span,
    };
    draw_note(name, text, at, &note)
}

/// Draws what is said about a place, in colours.
pub(crate) fn draw_note(name: &str, text: &str, at: Position, note: &Note<'_>) -> String {
    let excerpt = Excerpt::new(name, text, at, note.span);
    let mut report = MietteDiagnostic::new(uncut(note.message))
        .with_severity(match note.severity {
            Severity::Advice => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
        .with_label(LabeledSpan::new_primary_with_span(None, excerpt.label));
    if let Some(code) = note.code {
        report = report.with_code(code);
    }
    if let Some(help) = &note.help {
        report = report.with_help(help.lines().map(uncut).collect::<Vec<_>>().join("\n"));
    }
    let mut drawing = String::new();
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(100).with_context_lines(0);
    // Writing to a string can't fail, and half a drawing still says something.
    let _ = handler.render_report(&mut drawing, Report::new(report).with_source_code(excerpt).as_ref());
    drawing
}

fn help(diagnostic: &Diagnostic) -> Option<String> {
    let iam = diagnostic.iam.as_ref().map(|answer| format!("IAM answers: {answer}"));
    match (diagnostic.help.clone(), iam) {
        (Some(help), Some(iam)) => Some(format!("{help}\n{iam}")),
        (help, iam) => help.or(iam),
    }
}

/// The part of one line around a place, without anything that could drive a terminal.
struct Excerpt {
    name: String,
    line: String,
    /// Where `line` begins in the text.
    start: usize,
    /// The place, as far as it lies in `line`.
    label: SourceSpan,
    at: Position,
}

impl Excerpt {
    fn new(name: &str, text: &str, at: Position, span: Span) -> Self {
        let from = text.floor_char_boundary(span.start);
        let before = text.get(..from).unwrap_or_default();
        let rest = text.get(from..).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = from + rest.find('\n').unwrap_or(rest.len());
        let to = span.end.clamp(from, line_end.min(from + AROUND));
        let start = text.floor_char_boundary(line_start.max(from.saturating_sub(AROUND)));
        let end = text.ceil_char_boundary(line_end.min(to + AROUND));
        let label = SourceSpan::from((from, (to - from).max(1).min(end.saturating_sub(from))));
        Self { name: plain(name), line: harmless(text.get(start..end).unwrap_or_default()), start, label, at }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.line.as_bytes(),
            (self.start, self.line.len()).into(),
            self.at.line.saturating_sub(1),
            self.at.column.saturating_sub(1),
            1,
        )))
    }
}

/// The text with every control character blotted out, byte for byte, so that places stay where they are.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if misleads(char) {
            safe.extend(std::iter::repeat_n('?', char.len_utf8()));
        } else {
            safe.push(char);
        }
    }
    safe
}
