//! What to change in the code that writes an unsafe policy again and again: the difference between the document
//! it writes and the one that stays.

use guardrails::Step;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;

use super::StepRecord;
use crate::log_text::LogText;

/// Longer differences are cut here, in lines: the place is found by then.
const MOST_LINES: usize = 60;

/// What to change in one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// The document.
    pub document: LogText,
    /// The difference, as `diff -u` prints it and a space before: `-` before what to take away, `+` before what
    /// to add. Without the space a table takes a line for a formula.
    pub lines: Vec<LogText>,
}

/// One patch for each step that someone undoes. `hide` takes secrets out of a line.
pub(super) fn patches(steps: &[StepRecord], hide: impl Fn(&str) -> String) -> Vec<Patch> {
    let undone = steps.iter().filter_map(|record| patch(&record.step));
    undone
        .map(|(document, lines)| Patch {
            document: LogText::new(&document),
            lines: lines.iter().map(|line| LogText::new(&format!(" {}", hide(line)))).collect(),
        })
        .collect()
}

fn patch(step: &Step) -> Option<(String, Vec<String>)> {
    let one = |line: String| vec![line];
    Some(match step {
        Step::PutTrust { before, after } => ("trust policy".to_owned(), difference(before, after)),
        Step::PutInline { policy, before: Some(before), after } => {
            (format!("inline policy `{policy}`"), difference(before, after))
        }
        // What rescind puts there is not in anybody's code.
        Step::PutInline { before: None, .. } => return None,
        Step::DeleteInline { policy, .. } => {
            (format!("inline policy `{policy}`"), one("take the whole policy away".to_owned()))
        }
        Step::AttachPolicy { policy } => ("attached policies".to_owned(), one(format!("+ {policy}"))),
        Step::DetachPolicy { policy } => ("attached policies".to_owned(), one(format!("- {policy}"))),
        Step::SetDefaultVersion { policy, before, after } => {
            (format!("`{policy}`"), one(format!("default version {after}, not {before}")))
        }
        Step::PutBoundary { after, .. } => ("permissions boundary".to_owned(), one(format!("+ {after}"))),
        Step::DeleteBoundary { before } => ("permissions boundary".to_owned(), one(format!("- {before}"))),
    })
}

fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (laid_out(before), laid_out(after));
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines: Vec<String> = Vec::new();
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        lines.extend(hunk.to_string().lines().map(str::to_owned));
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push("…".to_owned());
    }
    lines
}

/// One entry a line, keys in order; a text that is no JSON as it is.
fn laid_out(text: &str) -> String {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| text.to_owned()) + "\n"
}
