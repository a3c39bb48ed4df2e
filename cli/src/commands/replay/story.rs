//! A record for people: the event, what was found, what was written, how it ended.

use remediation::Record;
use remediation::record::{FindingRecord, StepRecord, StepResult};
use serde_json::Value;

use super::messages::Message;
use crate::diff;
use crate::output::{self, BAD, FAINT, GOOD, Out, UNSURE};
use crate::quote::{plain, quoted, uncut};

pub(super) fn tell(message: &Message, record: &Record, out: &mut Out) -> std::io::Result<()> {
    out.line(format_args!("{}: {}", message.name, title(message, record)))?;
    for finding in &record.findings {
        out.line(format_args!("  {}", found(finding)))?;
    }
    for step in &record.steps {
        say_step(step, out)?;
    }
    out.line(format_args!("  {}", ended(record)))?;
    out.line("")
}

/// The function, what made it run, the role, and who made the call.
fn title(message: &Message, record: &Record) -> String {
    let handed_over = record.cause == "handed_over";
    let cause = match message.call() {
        Some(call) if !handed_over => plain(call),
        Some(_) | None => record.cause.replace('_', " "),
    };
    let role = record.role.as_ref().map(|role| role.as_str());
    let role = role.or_else(|| record.role_name.as_ref().map(|name| name.as_str())).or(message.role());
    let role = role.map(|role| format!(" on {}", quoted(role))).unwrap_or_default();
    let who =
        record.actor.who.as_ref().map(|who| format!(" by {}", quoted(who.as_str()))).unwrap_or_default();
    format!("{}: {cause}{role}{who}", record.function)
}

fn found(finding: &FindingRecord) -> String {
    let word = |field: &str| finding.finding.get(field).and_then(Value::as_str).unwrap_or_default();
    let severity = word("severity");
    let style = if matches!(severity, "critical" | "high") { BAD } else { UNSURE };
    format!("found ({}): {}", output::painted(severity, style), uncut(word("sentence")))
}

fn say_step(record: &StepRecord, out: &mut Out) -> std::io::Result<()> {
    let result = match record.result {
        StepResult::Done => "done",
        StepResult::AlreadyDone => "already done",
        StepResult::NotWritten => "not written, in monitor mode",
        StepResult::HandedOver => "handed over",
        StepResult::NoAuthority => "no function that may is deployed",
        StepResult::Conflict => "the role had changed",
        StepResult::Failed => "refused by IAM",
        StepResult::NotTried => "not tried",
        StepResult::Waiting => "waits",
    };
    out.line(format_args!("  step: {} ({result})", uncut(&record.sentence)))?;
    for needed in &record.waits_for {
        out.line(format_args!("    only after: {}", uncut(needed)))?;
    }
    if let Some(error) = &record.error {
        out.line(format_args!("    {}", uncut(error.as_str())))?;
    }
    diff::step(&record.step, "    ", out)
}

fn ended(record: &Record) -> String {
    let style = match record.outcome() {
        "compliant" | "repaired" => GOOD,
        "ignored" | "gone" | "exempt" => FAINT,
        "unrepaired" | "refused" | "contested" => BAD,
        _ => UNSURE,
    };
    let why = record.outcome.why.as_deref().map(|why| format!(": {}", uncut(why))).unwrap_or_default();
    let name = record.outcome().replace('_', " ");
    format!("outcome: {}{why}", output::painted(&name, style))
}
