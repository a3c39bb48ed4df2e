//! What changed between two policies, line by line.

use guardrails::Step;
use remediation::log_text::misleads;
use similar::{ChangeTag, TextDiff};

use crate::output::{self, BAD, FAINT, GOOD, Out};

/// Writes what a step changes in a document, if it changes one.
pub(crate) fn step(step: &Step, indent: &str, out: &mut Out) -> std::io::Result<()> {
    match step {
        Step::PutTrust { before, after } => write(before, after, indent, out),
        Step::PutInline { before, after, .. } => {
            write(before.as_deref().unwrap_or_default(), after, indent, out)
        }
        Step::DeleteInline { before, .. } => write(before, "", indent, out),
        Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => Ok(()),
    }
}

/// Writes the difference of two documents, however they are laid out.
pub(crate) fn write(before: &str, after: &str, indent: &str, out: &mut Out) -> std::io::Result<()> {
    let (before, after) = (laid_out(before), laid_out(after));
    let diff = TextDiff::from_lines(&before, &after);
    for group in diff.grouped_ops(3) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end();
            let line = match change.tag() {
                ChangeTag::Delete => output::painted(&format!("- {line}"), BAD),
                ChangeTag::Insert => output::painted(&format!("+ {line}"), GOOD),
                ChangeTag::Equal => output::painted(&format!("  {line}"), FAINT),
            };
            out.line(format_args!("{indent}{line}"))?;
        }
    }
    Ok(())
}

/// JSON with a line for every member and entry, in the order it has. What is not JSON stays readable enough.
pub(crate) fn laid_out(json: &str) -> String {
    let mut lines = Layout::default();
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        if lines.in_string {
            lines.push(char);
            if char == '\\' {
                chars.next().into_iter().for_each(|escaped| lines.push(escaped));
            }
            lines.in_string = char != '"';
            continue;
        }
        match char {
            '{' | '[' => {
                lines.push(char);
                while chars.next_if(|next| next.is_whitespace()).is_some() {}
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    lines.push(end);
                } else {
                    lines.depth += 1;
                    lines.end_line();
                }
            }
            '}' | ']' => {
                lines.depth = lines.depth.saturating_sub(1);
                lines.end_line();
                lines.push(char);
            }
            ',' => {
                lines.push(char);
                lines.end_line();
            }
            ':' => lines.text.push_str(": "),
            '"' => {
                lines.push(char);
                lines.in_string = true;
            }
            space if space.is_whitespace() => {}
            other => lines.push(other),
        }
    }
    lines.text
}

#[derive(Default)]
struct Layout {
    text: String,
    depth: usize,
    in_string: bool,
}

impl Layout {
    fn push(&mut self, char: char) {
        self.text.push(if misleads(char) { '?' } else { char });
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        // Deeper than any policy the indent would only make the text longer.
        self.text.extend(std::iter::repeat_n("  ", self.depth.min(20)));
    }
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn a_document_has_a_line_for_every_member() {
        assert_eq!(
            laid_out(r#"{"a": [1,{"b}":"x\"{,:"}], "c":[ ],"d":{}}"#),
            "{\n  \"a\": [\n    1,\n    {\n      \"b}\": \"x\\\"{,:\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}"
        );
        assert_eq!(laid_out(""), "");
    }
}
