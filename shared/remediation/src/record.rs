//! The record of a pass: one JSON line, and what people must know of it.
//!
//! Records are wire types: they outlive the types that the pass works with, so they carry a version and
//! share nothing with the domain but names and steps.

mod contest;
pub mod metrics;
mod notification;
mod patch;
mod provider;
mod state;

use guardrails::{Facet, Finding, PlannedStep, PolicyUser, RoleArn, RoleId, Step, Strategy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

pub use contest::{ContestNote, ContestRecord};
pub use notification::{Change, Ended, Notification};
pub use patch::Patch;
pub use provider::ProviderRecord;
pub use state::{PermissionsState, RoleState};

use crate::blind::Blind;
use crate::decode::Purpose;
use crate::function::Function;
use crate::history::RepairId;
use crate::log_text::{LogText, json_line};
use crate::outcome::{Next, Outcome};
use crate::trigger::{Actor, Along, EventNote};

/// One pass over one role: who, from where, what, before and after, findings, steps, outcome, times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The wire version, 1.
    pub version: u32,
    /// The pass: the event's id, or the start of the pass, with role and facet. The same for every delivery
    /// of an event.
    pub pass: String,
    /// The repair that `rescind undo` takes back; absent when the pass was about to write nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairId>,
    /// The function that ran.
    pub function: Function,
    /// The account.
    pub account: String,
    /// The name that the trigger gave; absent when it named none.
    pub role_name: Option<LogText>,
    /// The role as IAM returned it.
    pub role: Option<RoleArn>,
    /// Its unique id.
    pub role_id: Option<RoleId>,
    /// What was read and checked.
    pub facet: Facet,
    /// Why the pass ran: `created`, `changed`, `deleted`, `handed_over`, `by_hand`, `sweep`, `message`.
    pub cause: String,
    /// CloudTrail left the parameters out, so all roles were looked at.
    pub omitted: bool,
    /// The event behind it.
    pub event: Option<EventNote>,
    /// The event is so old that whatever was repaired since counts, and not what it tells of: a dead-letter
    /// queue was emptied. Only today's state is looked at.
    #[serde(default)]
    pub late: bool,
    /// Nobody could be told, or somebody else is telling and has not confirmed it. Until a later pass has told, the
    /// repair counts as unfinished.
    #[serde(default)]
    pub untold: bool,
    /// Who made the call.
    pub actor: Actor,
    /// The plan that another function handed the role over for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The identity provider that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderRecord>,
    /// What rescind lives on and misses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind: Vec<Blind>,
    /// The other events that this pass answers, and who caused them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Along>,
    /// The state that was judged.
    pub before: Option<RoleState>,
    /// The state that was read back after a repair.
    pub after: Option<RoleState>,
    /// What was wrong.
    pub findings: Vec<FindingRecord>,
    /// What was done about it.
    pub steps: Vec<StepRecord>,
    /// How it ended.
    pub outcome: OutcomeRecord,
    /// Someone undoes the repairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contest: Option<ContestRecord>,
    /// The functions that were told to look at the role too.
    pub handed_over: Vec<Function>,
    /// When what happened.
    pub times: Times,
    /// The calls that IAM had.
    pub iam_calls: u64,
    /// The message is to be delivered again after so many seconds.
    pub again_after_seconds: Option<u64>,
    /// What went wrong beside the pass itself, such as a notification that could not be sent.
    pub trouble: Vec<LogText>,
}

/// When what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// When the pass began.
    #[serde(with = "time::serde::rfc3339")]
    pub started: OffsetDateTime,
    /// When the first write was answered.
    #[serde(with = "time::serde::rfc3339::option")]
    pub written: Option<OffsetDateTime>,
    /// When the repair was read back and found safe.
    #[serde(with = "time::serde::rfc3339::option")]
    pub verified: Option<OffsetDateTime>,
    /// When the pass ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ended: OffsetDateTime,
    /// From the end of the reported call to the begin of the pass, in milliseconds.
    pub detection_ms: Option<u64>,
    /// From the end of the reported call to the verified repair, in milliseconds.
    pub exposure_ms: Option<u64>,
}

/// How a pass ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRecord {
    /// The name of the outcome.
    pub name: String,
    /// What there is to say beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The guardrail, kind, evidence, severity, facet, statements, witness and sentence, as fields.
    #[serde(flatten)]
    pub finding: Value,
    /// Why it is left as it is; absent when a step answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Value>,
}

/// One step and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The write, with what it expected to find.
    pub step: Step,
    /// How it makes the role safe.
    pub strategy: Strategy,
    /// What was proved about it.
    pub proof: Vec<String>,
    /// What it takes away or puts back.
    pub sentence: String,
    /// Who else uses the managed policy that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<PolicyUser>,
    /// The steps of the plan that have to be done before, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// What came of it.
    pub result: StepResult,
    /// IAM's answer, when it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<LogText>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// Written.
    Done,
    /// The state was already the one it leaves behind.
    AlreadyDone,
    /// Monitor mode: not written.
    NotWritten,
    /// Handed over to the function that may.
    HandedOver,
    /// No function that may is deployed.
    NoAuthority,
    /// The state was not the one it expects.
    Conflict,
    /// IAM refused it.
    Failed,
    /// An earlier step stood in the way.
    NotTried,
    /// Other steps of the plan have to be done before.
    Waiting,
}

impl OutcomeRecord {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        Self { name: outcome.name().to_owned(), why: outcome.why() }
    }
}

impl FindingRecord {
    pub(crate) fn of(finding: &Finding, open: Option<&guardrails::Why>) -> Self {
        Self {
            finding: serde_json::to_value(finding).unwrap_or_default(),
            open: open.map(|why| serde_json::to_value(why).unwrap_or_default()),
        }
    }
}

impl StepRecord {
    /// A step of a repair that another pass began. Its plan is not known any more.
    pub(crate) fn resumed(step: Step) -> Self {
        Self {
            step,
            strategy: Strategy::Restore,
            proof: Vec::new(),
            sentence: "written by a pass that did not live to tell".to_owned(),
            used_by: Vec::new(),
            waits_for: Vec::new(),
            result: StepResult::AlreadyDone,
            error: None,
        }
    }

    pub(crate) fn of(planned: &PlannedStep, result: StepResult) -> Self {
        Self {
            step: planned.step.clone(),
            strategy: planned.strategy,
            proof: planned.proof.clone(),
            sentence: planned.sentence.clone(),
            used_by: planned.used_by.clone(),
            waits_for: Vec::new(),
            result,
            error: None,
        }
    }
}

impl Record {
    /// The record as one line of JSON, without the line's end.
    #[must_use]
    pub fn line(&self) -> String {
        json_line(self).unwrap_or_default()
    }

    /// Something was written in answer to what was found or to what someone did, and not just on the word of
    /// another function: it counts when repairs are counted.
    #[must_use]
    pub fn is_repair(&self) -> bool {
        self.times.written.is_some() && (!self.findings.is_empty() || self.cause == "changed")
    }

    pub(crate) fn comes_again(&mut self, next: Next) {
        self.again_after_seconds = match next {
            Next::Done => None,
            Next::Again { after } => Some(after.as_secs()),
        };
    }

    /// The outcome's name.
    #[must_use]
    pub fn outcome(&self) -> &str {
        &self.outcome.name
    }
}
