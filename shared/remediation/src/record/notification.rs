//! What people must know of a pass. No whole policies and no external ids: notifications travel to chats and
//! mailboxes.

use std::collections::BTreeSet;

use guardrails::{Digest, Facet, RoleId, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{ContestNote, ProviderRecord, Record, StepResult};
use crate::blind::Blind;
use crate::function::Function;
use crate::history::RepairId;
use crate::log_text::{LogSentence, LogText};
use crate::trigger::{Actor, Along, EventNote};

/// So many findings and steps are told, for a bus takes no more than 256 KB.
const MOST: usize = 20;

/// What people are told of an event without its parameters.
const PADDED: &str = "CloudTrail left the parameters of the call out, as it does when a call is padded beyond 100 \
                      KB: that is how a change hides";

/// One message to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The wire version, 1.
    pub version: u32,
    /// The same for every delivery of the same event with the same end; every repair has its own, whoever tells of it.
    pub id: String,
    /// The same for everything about this facet of this role, so that later news can replace earlier.
    pub subject: String,
    /// The repair that `rescind undo` takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairId>,
    /// The account.
    pub account: String,
    /// The function that ran.
    pub function: Function,
    /// The ARN of the role, as far as it is harmless: its path may be markup. The id is exact.
    pub role: Option<LogText>,
    /// The name that the trigger gave.
    pub role_name: Option<LogText>,
    /// Its unique id.
    pub role_id: Option<RoleId>,
    /// What was looked at.
    pub facet: Facet,
    /// How it ended.
    pub outcome: Ended,
    /// The highest severity among the findings.
    pub severity: Option<String>,
    /// What was wrong, a sentence each.
    pub findings: Vec<LogSentence>,
    /// What was done, or would be, a sentence each.
    pub steps: Vec<Change>,
    /// The identity provider that changed, with the roles that trust it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderRecord>,
    /// What rescind lives on and misses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind: Vec<Blind>,
    /// Who made the call.
    pub actor: Actor,
    /// The event behind it.
    pub event: Option<EventNote>,
    /// The other events that the same pass answers, and who caused them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Along>,
    /// Someone undoes the repairs: who, and what to change in their code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contest: Option<ContestNote>,
    /// The digest of the facet before.
    pub before: Option<Digest>,
    /// The digest of the facet after.
    pub after: Option<Digest>,
    /// When the pass ended.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How long the role was unsafe, in milliseconds.
    pub exposure_ms: Option<u64>,
}

/// How a pass ended, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The name of the outcome.
    pub name: String,
    /// What there is to say beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<LogSentence>,
}

/// A step, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it takes away or puts back.
    pub sentence: LogSentence,
    /// What came of it.
    pub result: StepResult,
    /// How the documents differ in size, in a few words.
    pub difference: LogSentence,
}

impl Notification {
    /// The detail type of its event on the bus.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self.provider {
            _ if !self.blind.is_empty() => "Rescind Blind",
            Some(_) => "Identity Provider Changed",
            None => "Role Remediation",
        }
    }

    /// The notification, if people must know of the pass.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        if !concerns_people(record) {
            return None;
        }
        let secrets = external_ids(record);
        let role_id = record.role_id.as_ref().map_or("unknown", RoleId::as_str);
        let subject = match record.provider.as_ref().map(|changed| &changed.provider) {
            _ if !record.blind.is_empty() => format!("{}/rescind", record.account),
            Some(provider) => {
                format!("{}/{}", record.account, provider.as_ref().map_or("providers", LogText::as_str))
            }
            None => format!("{}/{role_id}/{}", record.account, record.facet.word()),
        };
        Some(Self {
            version: 1,
            id: id(record, &subject).to_string(),
            subject,
            repair: record.repair.clone(),
            account: record.account.clone(),
            function: record.function,
            role: record.role.as_ref().map(|role| LogText::new(role.as_str())),
            role_name: record.role_name.clone(),
            role_id: record.role_id.clone(),
            facet: record.facet,
            outcome: Ended {
                name: record.outcome.name.clone(),
                why: record.outcome.why.as_deref().map(|why| without(why, &secrets)),
            },
            severity: highest_severity(record),
            findings: findings(record, &secrets),
            steps: record.steps.iter().take(MOST).map(|step| change(step, &secrets)).collect(),
            provider: record.provider.clone(),
            blind: record.blind.iter().take(MOST).cloned().collect(),
            actor: record.actor.clone(),
            event: record.event.clone(),
            also: record.also.clone(),
            contest: ContestNote::of(record, &secrets),
            before: record.before.as_ref().map(|state| state.digest(record.facet)),
            after: record.after.as_ref().map(|state| state.digest(record.facet)),
            at: record.times.ended,
            exposure_ms: record.times.exposure_ms,
        })
    }
}

/// A fight is told of once an hour, however many events it brings; so is what rescind misses, as long as it is the
/// same.
fn id(record: &Record, subject: &str) -> Digest {
    let hour = record.times.started.unix_timestamp().div_euclid(3_600);
    if record.contest.is_some() {
        return Digest::of(&format!("{subject} contested {hour}"));
    }
    if !record.blind.is_empty() {
        let gaps: Vec<String> = record.blind.iter().map(Blind::sentence).collect();
        return Digest::of(&format!("{subject} blind {hour} {}", gaps.join("; ")));
    }
    match &record.repair {
        // Whoever tells of it, and whatever is known of its end by then.
        Some(repair) => Digest::of(&format!("{} {repair}", record.pass)),
        None if record.cause == "sweep" => id_of_state(record),
        None => Digest::of(&format!("{} {}", record.pass, record.outcome.name)),
    }
}

/// Silent are only passes that found nothing to tell: the role is safe, gone, held or excepted, or the event
/// was not ours. A notice of medium severity is told of even then. A call padded until CloudTrail leaves its parameters out is always told of.
fn concerns_people(record: &Record) -> bool {
    let is_worth_telling = record.outcome.name == "compliant"
        && matches!(highest_severity(record).as_deref(), Some("critical" | "high" | "medium"));
    is_padded(record)
        || is_worth_telling
        || !matches!(
            record.outcome.name.as_str(),
            "compliant" | "gone" | "ignored" | "exempt" | "held" | "swept"
        )
}

/// The event does not tell which role was changed, and this is its own record, not that of a role.
fn is_padded(record: &Record) -> bool {
    record.omitted && record.role_name.is_none()
}

/// What one sweep after the other finds unchanged is told once.
fn id_of_state(record: &Record) -> Digest {
    let state = record.before.as_ref().map(|state| state.digest(record.facet).to_string());
    let role = record.role_id.as_ref().map(RoleId::as_str);
    let role = role.or(record.role_name.as_ref().map(LogText::as_str));
    let facet = record.facet.word();
    let parts = [Some("sweep"), role, Some(facet), Some(&record.outcome.name), record.outcome.why.as_deref()];
    let parts = parts.into_iter().chain([state.as_deref()]);
    Digest::of(&parts.map(Option::unwrap_or_default).collect::<Vec<_>>().join(" "))
}

/// The first ones, and how many there are beyond.
fn findings(record: &Record, secrets: &BTreeSet<String>) -> Vec<LogSentence> {
    let padded = is_padded(record).then(|| LogSentence::new(PADDED));
    let told = record.findings.iter().take(MOST).map(|f| without(sentence(&f.finding), secrets));
    let blind = record.blind.iter().take(MOST).map(|gap| LogSentence::new(&gap.sentence()));
    let told = padded.into_iter().chain(blind).chain(told);
    let more = record.findings.len().saturating_sub(MOST);
    let rest = (more > 0).then(|| LogSentence::new(&format!("and {more} more; the record has them all")));
    told.chain(rest).collect()
}

fn sentence(finding: &Value) -> &str {
    finding.get("sentence").and_then(Value::as_str).unwrap_or_default()
}

fn highest_severity(record: &Record) -> Option<String> {
    if let Some(provider) = &record.provider {
        return Some(provider.severity().to_owned());
    }
    if !record.blind.is_empty() {
        return Some("critical".to_owned());
    }
    if is_padded(record) {
        return Some("high".to_owned());
    }
    let of = |word: &str| {
        record.findings.iter().any(|f| f.finding.get("severity").and_then(Value::as_str) == Some(word))
    };
    ["critical", "high", "medium", "low"].into_iter().find(|word| of(word)).map(str::to_owned)
}

fn change(step: &super::StepRecord, secrets: &BTreeSet<String>) -> Change {
    let size = |text: &str| format!("{} bytes", text.len());
    let difference = match &step.step {
        Step::PutTrust { before, after } | Step::PutInline { before: Some(before), after, .. } => {
            format!("{} instead of {}", size(after), size(before))
        }
        Step::PutInline { before: None, after, .. } => format!("{} are new", size(after)),
        Step::DeleteInline { before, .. } => format!("{} are gone", size(before)),
        Step::AttachPolicy { policy } => format!("`{policy}` is attached"),
        Step::DetachPolicy { policy } => format!("`{policy}` is detached"),
        Step::SetDefaultVersion { before, after, .. } => format!("{after} instead of {before}"),
        Step::PutBoundary { after, .. } => format!("the boundary is `{after}`"),
        Step::DeleteBoundary { .. } => "there is no boundary".to_owned(),
    };
    Change {
        sentence: without(&step.sentence, secrets),
        result: step.result,
        difference: LogSentence::new(&difference),
    }
}

/// The values of every `sts:ExternalId` in the documents of the record.
fn external_ids(record: &Record) -> BTreeSet<String> {
    let states = [&record.before, &record.after].into_iter().flatten();
    let mut found = BTreeSet::new();
    let documents =
        states.map(|state| state.trust.as_str()).chain(record.steps.iter().flat_map(
            |step| match &step.step {
                Step::PutTrust { before, after } => vec![before.as_str(), after.as_str()],
                Step::PutInline { .. }
                | Step::DeleteInline { .. }
                | Step::AttachPolicy { .. }
                | Step::DetachPolicy { .. }
                | Step::SetDefaultVersion { .. }
                | Step::PutBoundary { .. }
                | Step::DeleteBoundary { .. } => Vec::new(),
            },
        ));
    for document in documents {
        if let Ok(value) = serde_json::from_str(document) {
            collect_external_ids(&value, &mut found);
        }
    }
    found
}

/// Recursion is bounded: `serde_json` reads at most 127 levels.
fn collect_external_ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.eq_ignore_ascii_case("sts:ExternalId") {
                    found.extend(strings(value));
                } else {
                    collect_external_ids(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_external_ids(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Object(_) => Vec::new(),
    }
}

/// The sentence without secrets. They go before it is cut, so that no beginning of one remains.
fn without(text: &str, secrets: &BTreeSet<String>) -> LogSentence {
    LogSentence::new(&hidden(text, secrets))
}

/// The longest first, so that no rest of one remains where another is its beginning.
pub(super) fn hidden(text: &str, secrets: &BTreeSet<String>) -> String {
    let mut secrets: Vec<&String> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[external id]"))
}
