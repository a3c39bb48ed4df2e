//! Does the rule of a function still carry its events to its queue?

use serde_json::Value;

use super::{Blind, Gap, Part, Watched};

/// A rule as EventBridge shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRule {
    /// It is switched on.
    pub is_enabled: bool,
    /// Its event pattern.
    pub pattern: String,
    /// Where it leads.
    pub targets: Vec<Target>,
}

/// A target of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its ARN.
    pub arn: String,
    /// It gets something else than the event as it is.
    pub is_altered: bool,
}

pub(super) fn gaps(watched: &Watched, account: &str) -> Vec<Blind> {
    let rule = |gap| Blind::new(Part::Rule, &watched.rule_name, gap);
    let queue = |gap| Blind::new(Part::Queue, &watched.queue_name, gap);
    let mut gaps = Vec::new();
    match &watched.queue {
        Err(why) => gaps.push(queue(Gap::Unread(why.clone()))),
        Ok(None) => gaps.push(queue(Gap::Absent)),
        Ok(Some(_)) => {}
    }
    match &watched.rule {
        Err(why) => gaps.push(rule(Gap::Unread(why.clone()))),
        Ok(None) => gaps.push(rule(Gap::Absent)),
        Ok(Some(found)) => {
            if !found.is_enabled {
                gaps.push(rule(Gap::Disabled));
            }
            if !is_pattern(&found.pattern, &watched.function.event_pattern(account)) {
                gaps.push(rule(Gap::OtherPattern));
            }
            if let Ok(Some(arn)) = &watched.queue {
                gaps.extend(wiring(found, arn).map(rule));
            }
        }
    }
    gaps
}

/// One target must get the event as it is; further ones are nobody's harm.
fn wiring(rule: &SeenRule, queue: &str) -> Option<Gap> {
    let to_queue = || rule.targets.iter().filter(|target| target.arn == queue);
    match (to_queue().next(), to_queue().any(|target| !target.is_altered)) {
        (None, _) => Some(Gap::NotWired),
        (Some(_), false) => Some(Gap::Altered),
        (Some(_), true) => None,
    }
}

/// The same pattern, in whatever order its lists are.
fn is_pattern(text: &str, expected: &Value) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|found| sorted(found) == sorted(expected.clone()))
}

/// Recursion is bounded: `serde_json` reads at most 127 levels.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, sorted(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
