//! Log lines other than records: what is wrong with the function itself. One JSON object per line, in the
//! shape that Lambda's JSON logging uses.

use std::io::Write as _;

use remediation::log_text::json_line;
use serde_json::json;

/// Says what is wrong.
pub(crate) fn error(message: &str) {
    line(json_line(&json!({"level": "ERROR", "message": message})).unwrap_or_default());
}

/// Writes one line, all at once, as records are written.
pub(crate) fn line(mut line: String) {
    line.push('\n');
    // Nobody could be told that the log takes no lines.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

/// A panic is a bug; it is one line of the log like everything else.
pub(crate) fn panics() {
    std::panic::set_hook(Box::new(|panic| error(&format!("bug in rescind, please report it: {panic}"))));
}
