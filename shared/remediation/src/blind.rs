//! What rescind lives on, and what of it is not there: a trail that reports the writes to IAM, rules that carry them,
//! queues that take them, and roles of its own that nobody has touched.
//!
//! The facts come through a port; [`gaps`] decides, without a call. What could not be read counts as a gap: not to
//! know that one sees is as bad as to know that one is blind.

mod role;
mod rule;
mod trail;

use guardrails::RoleArn;
use serde::{Deserialize, Serialize};

pub use role::SeenRole;
pub use rule::{SeenRule, Target};
pub use trail::{FieldSelector, ReadWrite, Selector, Selectors, Trail};

use crate::function::Function;
use crate::log_text::LogText;

/// What was found of something, or why it could not be read.
pub type Found<T> = Result<T, LogText>;

/// What was found around rescind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The region that rescind runs in.
    pub region: String,
    /// The trails that reach this region, those of the organization among them.
    pub trails: Found<Vec<Trail>>,
    /// The rule and queue of each function.
    pub functions: Vec<Watched>,
}

/// The rule and the queue of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The function.
    pub function: Function,
    /// The name of its rule.
    pub rule_name: String,
    /// The rule; `None` if there is none.
    pub rule: Found<Option<SeenRule>>,
    /// The name of its queue.
    pub queue_name: String,
    /// The ARN of the queue; `None` if there is none.
    pub queue: Found<Option<String>>,
}

/// A role of rescind itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRoleSeen {
    /// Its ARN.
    pub arn: RoleArn,
    /// The role; `None` if there is none.
    pub role: Found<Option<SeenRole>>,
}

/// One reason why rescind may not see what happens, or not be able to do something about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Blind {
    /// What it is about.
    pub part: Part,
    /// Its name or ARN.
    pub name: LogText,
    /// What is wrong with it.
    #[serde(flatten)]
    pub gap: Gap,
}

/// What rescind lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A trail of CloudTrail.
    Trail,
    /// A rule of EventBridge.
    Rule,
    /// A queue of SQS.
    Queue,
    /// A role of rescind itself.
    Role,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "gap", content = "detail", rename_all = "snake_case")]
pub enum Gap {
    /// It is not there.
    #[error("is not there")]
    Absent,
    /// The trail covers another region only.
    #[error("does not cover this region")]
    Elsewhere,
    /// The trail is stopped.
    #[error("does not log")]
    NotLogging,
    /// The trail leaves the events of global services out, of which IAM is one.
    #[error("leaves out the events of global services such as IAM")]
    NoGlobalEvents,
    /// No selector of the trail lets all writes to IAM through.
    #[error("does not log every write to IAM: its event selectors leave some or all out")]
    NoWrites,
    /// The rule is switched off.
    #[error("is disabled")]
    Disabled,
    /// The rule takes other events than this release deploys.
    #[error("has another event pattern than rescind deployed")]
    OtherPattern,
    /// The rule does not lead to the queue of its function.
    #[error("does not lead to the queue of its function")]
    NotWired,
    /// The rule changes the event on its way.
    #[error("changes the event on its way to the queue")]
    Altered,
    /// The role was deleted, and there is another one of the same name.
    #[error("is another role of the same name")]
    Replaced,
    /// The role carries policies or a boundary that are not rescind's.
    #[error("carries what rescind did not give it: {0}")]
    Foreign(LogText),
    /// The role does not carry its own policy.
    #[error("has lost its own policy")]
    Bare,
    /// The role was changed since the last sweep.
    #[error("was changed; unless that was a deployment, somebody takes away what rescind can do")]
    Changed,
    /// It could not be read.
    #[error("could not be read, so nobody knows: {0}")]
    Unread(LogText),
}

impl Blind {
    fn new(part: Part, name: &str, gap: Gap) -> Self {
        Self { part, name: LogText::new(name), gap }
    }

    /// For people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { part, name, gap } = self;
        let part = match part {
            Part::Trail => "trail",
            Part::Rule => "rule",
            Part::Queue => "queue",
            Part::Role => "role",
        };
        format!("the {part} `{name}` {gap}")
    }
}

/// What is not as it must be, in a fixed order.
#[must_use]
pub fn gaps(surroundings: Option<&Surroundings>, account: &str, own_roles: &[OwnRoleSeen]) -> Vec<Blind> {
    let mut gaps = Vec::new();
    if let Some(Surroundings { region, trails, functions }) = surroundings {
        gaps.extend(trail::gaps(trails, region));
        gaps.extend(functions.iter().flat_map(|watched| rule::gaps(watched, account)));
    }
    gaps.extend(own_roles.iter().flat_map(role::gaps));
    gaps
}

#[cfg(test)]
mod tests;
