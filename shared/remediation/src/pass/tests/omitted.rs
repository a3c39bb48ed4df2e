//! A call padded until CloudTrail leaves its parameters out: the sweep is asked to find what it did.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::*;
use crate::authority::TrustOnly;
use crate::budget::Rate;
use crate::embedded::Embedded;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::History as _;
use crate::history::memory::MemoryHistory;
use crate::outcome::{Next, Outcome, Unrepaired};
use crate::pass::{Instance, Message, Passed, handle_batch};
use crate::ports::Clock as _;

/// The functions of an account with a sweep, whose baseline has ended or not.
fn deployed(account: &Embedded, has_baseline: bool) -> Trust {
    let functions = [Function::Sweep];
    let world = World::new(account.clone(), TrustOnly, MemoryHistory::default(), &functions, NOW);
    if has_baseline {
        block_on(world.history.end_baseline(ACCOUNT, EVENT)).unwrap();
    }
    world
}

fn padded(id: &str, at: &str) -> Value {
    let parameters = json!({"reason": "requestParameters too large", "omitted": true});
    let mut event = event("UpdateAssumeRolePolicy", &parameters);
    event["detail"]["eventID"] = json!(id);
    event["detail"]["eventTime"] = json!(at);
    event
}

fn sweeps(world: &Trust) -> usize {
    world.queues.sweeps().len()
}

fn after(passed: &Passed) -> u64 {
    match passed.next {
        Next::Again { after } => after.as_secs(),
        Next::Done => 0,
    }
}

#[test]
fn the_sweep_is_asked_at_once_and_again_when_reads_can_lag_no_more() {
    let account = account(&unsafe_trust());
    let world = deployed(&account, true);
    let event = padded("one", "2026-11-20T10:00:00Z");
    let first = pass(&world, &updater(), &event);
    assert_eq!(first.outcome, Outcome::HandedOver(Function::Sweep));
    assert_eq!((sweeps(&world), after(&first), account.calls().len()), (1, 115, 0));
    world.clock.advance(Duration::from_secs(115));
    let second = pass(&world, &updater(), &event);
    assert_eq!((sweeps(&world), second.next), (2, Next::Done));
    let told = world.bus.told();
    assert_eq!(told.len(), 1, "people are told once");
    insta::assert_json_snapshot!(json!([told[0].severity, told[0].outcome, told[0].findings]));
}

#[test]
fn however_many_calls_are_padded_a_minute_brings_one_sweep() {
    let world = deployed(&account(&safe()), true);
    for number in 0..500 {
        let event = padded(&format!("event-{number}"), "2026-11-20T10:00:00Z");
        let passed = pass(&world, &updater(), &event);
        // Whoever comes second waits for the next minute: the sweep that was asked for may have been quicker.
        assert_eq!(after(&passed), if number == 0 { 115 } else { 55 });
    }
    assert_eq!(sweeps(&world), 1);
    world.clock.advance(Duration::from_secs(55));
    for number in 1..500 {
        let passed = pass(&world, &updater(), &padded(&format!("event-{number}"), "2026-11-20T10:00:00Z"));
        assert_eq!(after(&passed), 60, "until reads can't lag any more");
    }
    assert_eq!(sweeps(&world), 2);
}

#[test]
fn padded_calls_of_one_batch_are_one_pass() {
    let world = deployed(&account(&safe()), true);
    let events = ["one", "two", "three"].map(|id| padded(id, "2026-11-20T10:00:00Z").to_string());
    let batch = events.each_ref().map(|body| Message { body, deliveries: 1 });
    let worked = block_on(handle_batch(&world, &updater(), &Instance::new(Rate::default()), &batch, None));
    assert_eq!((worked.len(), sweeps(&world)), (1, 1));
}

#[test]
fn before_the_first_sweep_is_over_people_are_told_to_look() {
    let account = account(&unsafe_trust());
    let world = deployed(&account, false);
    let passed = pass(&world, &updater(), &padded("one", "2026-11-20T10:00:00Z"));
    insta::assert_snapshot!(passed.outcome.why().unwrap(), @"the call does not show which role it changed, and the first sweep is not over: any role that it reports as unsafe may be this very change, so look at each");
    assert_eq!((sweeps(&world), account.writes(), world.bus.told().len()), (1, 0, 1));
}

#[test]
fn a_sweep_that_could_not_be_asked_for_is_asked_for_again() {
    let world = deployed(&account(&safe()), true);
    world.queues.fail(1);
    let event = padded("one", "2026-11-20T10:00:00Z");
    let passed = pass(&world, &updater(), &event);
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::NotToldTo { to: Function::Sweep, .. })));
    assert_eq!(sweeps(&world), 0);
    let mut passed = passed;
    while sweeps(&world) == 0 {
        assert!(after(&passed) > 0 && world.clock.now() < NOW + Duration::from_secs(200));
        world.clock.advance(Duration::from_secs(after(&passed)));
        passed = pass(&world, &updater(), &event);
    }
}
