//! What an invocation came to, in numbers. CloudWatch reads them out of the log: one line of JSON in its embedded
//! metric format (CloudWatch user guide, "Specification: Embedded metric format").
//!
//! The only dimension is the function. A role's name is none: strangers choose names, and each would be a metric.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::log_text::json_line;
use crate::outcome::{Outcome, Unrepaired};
use crate::pass::{Passed, Worked};
use crate::record::Record;

/// The namespace of all metrics.
const NAMESPACE: &str = "rescind";

/// The only dimension.
const DIMENSION: &str = "FunctionName";

/// The format takes so many values of a metric on one line.
const MOST_VALUES: usize = 100;

/// One invocation.
#[derive(Clone, Debug)]
pub struct Invocation<'a> {
    /// The function's name in AWS.
    pub function: &'a str,
    /// When it ended.
    pub at: OffsetDateTime,
    /// The passes.
    pub passed: Vec<&'a Passed>,
    /// Messages that came back because there was no time for them, or no call to IAM.
    pub put_back: usize,
    /// Calls to IAM, retries included.
    pub iam_calls: u64,
    /// How many of them IAM refused because they were too many.
    pub throttles: u64,
}

impl<'a> Invocation<'a> {
    /// What a batch came to.
    #[must_use]
    pub fn of_batch(function: &'a str, at: OffsetDateTime, worked: &'a [Worked]) -> Self {
        let waits = |worked: &&Worked| worked.passed.is_empty() && worked.again.is_some();
        Self {
            function,
            at,
            passed: worked.iter().flat_map(|worked| &worked.passed).collect(),
            put_back: worked.iter().filter(waits).map(|worked| worked.messages.len()).sum(),
            iam_calls: 0,
            throttles: 0,
        }
    }

    /// The lines for the log. One line is enough unless a metric has more than a hundred values.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let values = self.values();
        let most = values.values().map(Vec::len).max().unwrap_or_default();
        let line = |n: usize| {
            let some =
                values.iter().filter_map(|(metric, all)| Some((*metric, all.chunks(MOST_VALUES).nth(n)?)));
            json_line(&self.line(some.collect())).unwrap_or_default()
        };
        (0..most.div_ceil(MOST_VALUES)).map(line).collect()
    }

    fn line(&self, values: BTreeMap<Metric, &[u64]>) -> Value {
        let metrics: Vec<Value> =
            values.keys().map(|Metric { name, unit }| json!({"Name": name, "Unit": unit})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": i64::try_from(self.at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": metrics}
                ],
            }),
        );
        line.insert(DIMENSION.to_owned(), json!(self.function));
        for (metric, values) in values {
            let value = if let [one] = values { json!(one) } else { json!(values) };
            line.insert(metric.name.to_owned(), value);
        }
        Value::Object(line)
    }

    /// What is nought is left out, but for the heartbeat: a metric costs as soon as it has a value.
    fn values(&self) -> BTreeMap<Metric, Vec<u64>> {
        let mut values: BTreeMap<Metric, Vec<u64>> = [(count("Heartbeat"), vec![1])].into();
        let mut add = |name, number: u64| {
            if number > 0 {
                values
                    .entry(count(name))
                    .or_insert_with(|| vec![0])
                    .iter_mut()
                    .for_each(|sum| *sum += number);
            }
        };
        add("IamCalls", self.iam_calls);
        add("IamThrottles", self.throttles);
        add("MessagesPutBack", u64::try_from(self.put_back).unwrap_or(u64::MAX));
        for passed in &self.passed {
            add(of_outcome(&passed.outcome), 1);
            add("OmittedEvents", u64::from(is_omitted(&passed.record)));
            add("Untold", u64::from(passed.record.untold));
        }
        for record in self.passed.iter().map(|passed| &passed.record) {
            for (name, value) in durations(record) {
                values.entry(milliseconds(name)).or_default().push(value);
            }
        }
        values
    }
}

/// A metric, sorted by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

fn count(name: &'static str) -> Metric {
    Metric { name, unit: "Count" }
}

fn milliseconds(name: &'static str) -> Metric {
    Metric { name, unit: "Milliseconds" }
}

/// Passes by how they ended. What the settings or the first sweep leave to people is told of apart from what rescind
/// failed to repair.
fn of_outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Compliant => "Compliant",
        Outcome::Repaired(_) => "Repaired",
        Outcome::Unrepaired(Unrepaired::Baseline | Unrepaired::ReportOnly) => "Reported",
        Outcome::Unrepaired(
            Unrepaired::NoAuthority(_)
            | Unrepaired::NotToldTo { .. }
            | Unrepaired::NoHistory(_)
            | Unrepaired::Iam(_)
            | Unrepaired::NoProof(_)
            | Unrepaired::NotRevoked(_)
            | Unrepaired::KeptChanging(_)
            | Unrepaired::Overtaken
            | Unrepaired::NotReadBack
            | Unrepaired::OutOfTime,
        ) => "Unrepaired",
        Outcome::WouldRepair => "WouldRepair",
        Outcome::HandedOver(_) => "HandedOver",
        Outcome::Contested(_) => "Contested",
        Outcome::Gone => "Gone",
        Outcome::Unmodifiable => "Unmodifiable",
        Outcome::Protected(_) => "Protected",
        Outcome::Exempt(_) => "Exempt",
        Outcome::Held { .. } => "Held",
        Outcome::Unjudged(_) => "Unjudged",
        Outcome::Swept { .. } => "Swept",
        Outcome::Ignored(_) => "Ignored",
        Outcome::Refused(_) => "Refused",
    }
}

/// Of all the ends that such an event has, the one for the whole.
fn is_omitted(record: &Record) -> bool {
    record.omitted && record.role_name.is_none()
}

/// How long it took to come to something that was wrong, to repair it, and both.
fn durations(record: &Record) -> impl Iterator<Item = (&'static str, u64)> {
    let times = &record.times;
    let is_news = !record.findings.is_empty() && !record.late;
    let repaired = times.verified.map(|at| (at - times.started).whole_milliseconds());
    let all = [
        ("DetectionLatency", times.detection_ms.filter(|_| is_news)),
        ("RepairLatency", repaired.and_then(|took| u64::try_from(took).ok())),
        ("ExposureWindow", times.exposure_ms.filter(|_| !record.late)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

#[cfg(test)]
mod tests;
