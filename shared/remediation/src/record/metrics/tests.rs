use std::time::Duration;

use serde_json::json;

use super::*;
use crate::budget::Rate;
use crate::pass::tests::fixture::*;
use crate::pass::{Instance, Message, handle_batch};

fn worked(bodies: &[String]) -> Vec<Worked> {
    let world = trust_world(&account(&unsafe_trust()));
    let batch: Vec<_> = bodies.iter().map(|body| Message { body, deliveries: 1 }).collect();
    block_on(handle_batch(&world, &updater(), &Instance::new(Rate::default()), &batch, None))
}

#[test]
fn a_batch_is_one_line() {
    let mut worked = worked(&[
        update(&unsafe_trust()).to_string(),
        "{".to_owned(),
        by_hand("nobody").to_string(),
        event("ListRoles", &json!({})).to_string(),
    ]);
    worked.push(Worked { messages: vec![4, 5], passed: Vec::new(), again: Some(Duration::ZERO) });
    let invocation =
        Invocation { iam_calls: 6, throttles: 1, ..Invocation::of_batch("rescind-update", NOW, &worked) };
    let lines = invocation.lines();
    assert_eq!(lines.len(), 1);
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    is_well_formed(&line);
    insta::assert_snapshot!(serde_json::to_string_pretty(&line).unwrap());
}

#[test]
fn an_invocation_without_a_pass_is_a_heartbeat() {
    let lines = Invocation::of_batch("rescind-update", NOW, &[]).lines();
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    is_well_formed(&line);
    assert_eq!((lines.len(), &line["Heartbeat"]), (1, &json!(1)));
}

#[test]
fn many_values_take_several_lines_and_counts_are_not_repeated() {
    let one = worked(&[update(&unsafe_trust()).to_string()]);
    let many: Vec<Worked> = std::iter::repeat_n(one, 130).flatten().collect();
    let lines = Invocation::of_batch("rescind-update", NOW, &many).lines();
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(is_well_formed);
    let lengths: Vec<_> = lines.iter().map(|line| line["ExposureWindow"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [100, 30]);
    assert_eq!((&lines[0]["Repaired"], lines[1].get("Repaired")), (&json!(130), None));
}

/// What the specification asks for: every metric and dimension is there, of its type, and within the limits.
fn is_well_formed(line: &Value) {
    let aws = &line["_aws"];
    assert!(aws["Timestamp"].as_i64().is_some_and(|at| at > 1_000_000_000_000), "in milliseconds");
    for directive in aws["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], "rescind");
        for dimension in
            directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap())
        {
            let value = line[dimension.as_str().unwrap()].as_str().unwrap();
            assert!(!value.is_empty() && value.len() <= 1_024);
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!(metrics.len() <= 100);
        for metric in metrics {
            assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
            let value = &line[metric["Name"].as_str().unwrap()];
            let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            assert!((1..=MOST_VALUES).contains(&all.len()) && all.iter().all(Value::is_u64), "{metric}");
        }
        // And nothing else is on the line.
        assert_eq!(line.as_object().unwrap().len(), metrics.len() + 2);
    }
}
