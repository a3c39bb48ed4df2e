//! Thousands of events at once, two instances of a function, an account that throttles. Time is simulated, to
//! the millisecond: calls take time, instances run side by side, and the queue does what SQS does.

mod sim;

use std::time::Duration;

use guardrails::RoleName;

use self::sim::{Change, Ended, Sim};
use super::fixture::*;

const SECOND: Duration = Duration::from_secs(1);

/// A harmless document that differs from the others.
fn harmless(n: usize) -> String {
    trust(&[OWN, &format!(r#"{{"Sid":"n{n}","Effect":"Deny","Principal":"*","Action":"sts:TagSession"}}"#)])
}

fn change(role: String, document: String, at: Duration) -> Change {
    Change { role, document, at }
}

fn harmless_changes(changes: usize, roles: usize, every: Duration) -> Vec<Change> {
    let one = |n: usize| change(format!("busy-{:04}", n % roles), harmless(n), every * n as u32);
    (0..changes).map(one).collect()
}

fn with_an_evil_one(mut changes: Vec<Change>, role: &str, at: Duration) -> Vec<Change> {
    changes.push(change(role.to_owned(), unsafe_trust(), at));
    changes.sort_by_key(|change| change.at);
    changes
}

fn all_is_safe(ended: &Ended, changes: &[Change]) {
    let stored = ended.account.stored();
    for Change { role, .. } in changes {
        let trust = stored.trust(&RoleName::parse(role).unwrap()).unwrap();
        assert!(is_safe(&trust), "{role}");
    }
}

#[test]
fn a_storm_over_five_hundred_roles_converges() {
    let last = |n: usize| if n.is_multiple_of(5) { unsafe_trust() } else { harmless(n) };
    let document = |n: usize| if n < 1_500 { harmless(n + 7) } else { last(n) };
    let changes: Vec<Change> = (0..2_000)
        .map(|n| change(format!("role-{:03}", n % 500), document(n), Duration::from_millis(20) * n as u32))
        .collect();
    let ended = Sim::of(&changes).run();
    ended.print("2,000 events about 500 roles, 100 of them unsafe in the end");
    all_is_safe(&ended, &changes);
    assert!(ended.percentile(50) < 100.0 && ended.percentile(99) < 240.0);
    assert!(ended.calls_an_event() < 1.0);
}

/// How long until the evil change in their midst is repaired, in seconds.
fn evil_among(harmless: usize, roles: usize) -> f64 {
    let flood = harmless_changes(harmless, roles, Duration::from_millis(12));
    let changes = with_an_evil_one(flood, "evil", Duration::from_millis(6) * harmless as u32);
    let ended = Sim::of(&changes).run();
    ended.print(&format!("{harmless} harmless events about {roles} roles"));
    all_is_safe(&ended, &changes);
    let repaired = ended.latency("evil");
    println!("  the evil one among them is repaired after {repaired:.1} s");
    repaired
}

#[test]
fn one_evil_change_among_thousands_of_harmless_ones_is_repaired_in_time() {
    assert!(evil_among(5_000, 50) < 10.0);
}

/// No role was looked at that minute, so the reserve is for all of them.
#[test]
fn one_evil_change_among_hundreds_of_changed_roles_is_repaired_in_time() {
    assert!(evil_among(2_000, 500) < 120.0);
}

#[test]
fn an_evil_change_to_a_role_that_is_kept_busy_is_repaired_in_time() {
    let flood = harmless_changes(2_000, 50, Duration::from_millis(12));
    let changes = with_an_evil_one(flood, "busy-0007", 23_999 * SECOND / 1_000);
    let ended = Sim::of(&changes).run();
    ended.print("2,000 harmless events about 50 roles, and then an evil one about one of them");
    all_is_safe(&ended, &changes);
    println!("  the evil one is repaired after {:.1} s", ended.latency("busy-0007"));
    assert!(ended.latency("busy-0007") < 75.0);
}

#[test]
fn poison_in_a_storm_holds_up_nobody() {
    let changes = harmless_changes(1_000, 50, Duration::from_millis(10));
    let changes = with_an_evil_one(changes, "evil", 5 * SECOND);
    let mut sim = Sim::of(&changes);
    sim.poison(500);
    let ended = sim.run();
    ended.print("1,000 harmless events and 500 messages that can't be read");
    all_is_safe(&ended, &changes);
    assert_eq!(ended.refused, 500, "each is told of once");
    println!("  the evil one among them is repaired after {:.1} s", ended.latency("evil"));
    assert!(ended.latency("evil") < 20.0);
}
