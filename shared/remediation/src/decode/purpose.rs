//! What a hand-over is for: the plan of which the receiver has a part.

use guardrails::{Digest, PlannedStep, Step};
use serde::{Deserialize, Serialize};

use crate::function::Function;
use crate::log_text::LogText;

/// So many findings and steps are told: a queue takes no more than 256 KB.
const MOST: usize = 20;

/// The plan that a role is handed over for. A claim, not a command: the receiver judges the live role, and carries
/// out what that calls for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// The pass that made the plan.
    pub pass: LogText,
    /// What it found, a sentence each.
    pub findings: Vec<LogText>,
    /// The steps in their order, those that were done too.
    pub steps: Vec<Part>,
}

/// A step of a plan, as the receiver of a hand-over learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Who has the authority for it.
    pub function: Function,
    /// What it takes away or puts back.
    pub sentence: LogText,
    /// The digest of the write.
    pub step: Digest,
    /// It was carried out.
    pub done: bool,
}

impl Purpose {
    pub(crate) fn new(
        pass: &str,
        findings: impl Iterator<Item = LogText>,
        steps: &[PlannedStep],
        is_done: impl Fn(&Step) -> bool,
    ) -> Self {
        let part = |planned: &PlannedStep| Part {
            function: Function::with_authority_for(&planned.step),
            sentence: LogText::new(&planned.sentence),
            step: digest(&planned.step),
            done: is_done(&planned.step),
        };
        Self {
            pass: LogText::new(pass),
            findings: findings.take(MOST).collect(),
            steps: steps.iter().take(MOST).map(part).collect(),
        }
    }

    /// Is this part of the plan?
    pub(crate) fn includes(&self, step: &Step) -> bool {
        let digest = digest(step);
        self.steps.iter().any(|part| part.step == digest)
    }
}

fn digest(step: &Step) -> Digest {
    Digest::of(&serde_json::to_string(step).unwrap_or_default())
}
