//! Who goes first when calls to IAM or time are short, and what becomes of the others.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use time::OffsetDateTime;

use super::fixture::*;
use crate::budget::{Ask, Rate, Turn};
use crate::embedded::Embedded;
use crate::history::History as _;
use crate::outcome::Outcome;
use crate::pass::{Instance, Message, Passed, Worked, handle_batch};

fn named(n: usize) -> String {
    format!("role-{n:03}")
}

fn account_with(roles: usize, trust: &str) -> Embedded {
    let account = Embedded::new("aws", ACCOUNT);
    account.seed(|stored| {
        for n in 0..roles {
            stored.put_role("/", &named(n), trust, EVENT - time::Duration::days(1)).unwrap();
        }
    });
    account
}

/// An event about a role, so many seconds after ten o'clock.
fn about(role: &str, document: &str, second: u32) -> String {
    let parameters = json!({"roleName": role, "policyDocument": document});
    let mut event = event("UpdateAssumeRolePolicy", &parameters);
    event["detail"]["eventID"] = json!(format!("{role}-{second}"));
    event["detail"]["eventTime"] = json!(format!("2026-11-20T10:00:{second:02}Z"));
    event.to_string()
}

fn delivered(bodies: &[String], deliveries: u32) -> Vec<Message<'_>> {
    bodies.iter().map(|body| Message { body, deliveries }).collect()
}

fn work(
    world: &Trust,
    instance: &Instance,
    batch: &[Message<'_>],
    deadline: Option<OffsetDateTime>,
) -> Vec<Worked> {
    block_on(handle_batch(world, &updater(), instance, batch, deadline))
}

fn messages(worked: &[Worked], is_begun: bool) -> Vec<usize> {
    let some = worked.iter().filter(|one| one.passed.is_empty() != is_begun);
    some.flat_map(|one| one.messages.clone()).collect()
}

#[test]
fn what_the_bucket_does_not_pay_for_comes_back_one_after_the_other() {
    let world = trust_world(&account_with(50, &safe()));
    let bodies: Vec<String> = (0..50).map(|n| about(&named(n), &safe(), 1)).collect();
    let first = work(&world, &Instance::new(Rate::default()), &delivered(&bodies, 1), None);
    assert_eq!(messages(&first, true), (0..20).collect::<Vec<_>>());
    assert_eq!(world.account.call_count(), 20);
    let again: Vec<_> = first.iter().filter_map(|one| one.again).collect();
    assert!(again.is_sorted() && again.len() == 30);
    assert_eq!((again[0], again[29]), (Duration::from_secs(1), Duration::from_secs(3)));
    // The oftener they come, the longer they wait, but never for long.
    let fifth = work(&world, &Instance::new(Rate::default()), &delivered(&bodies, 50), None);
    assert!(fifth.iter().all(|one| one.again == Some(Duration::from_secs(30))));
}

#[test]
fn fifty_deliveries_last_longer_than_all_roles_of_an_account_take() {
    let shortest: Duration = (1..50_u64).map(|deliveries| Duration::from_secs(deliveries.min(30))).sum();
    let most_roles = 5_000;
    assert!(shortest.as_secs() * 10 > 2 * most_roles);
}

#[test]
fn roles_not_looked_at_this_minute_go_first_and_have_the_reserve() {
    let account = account_with(20, &safe());
    account
        .seed(|stored| stored.put_role("/", "evil", &unsafe_trust(), EVENT - time::Duration::days(1)))
        .unwrap();
    let (world, instance) = (trust_world(&account), Instance::new(Rate::default()));
    let seen: Vec<String> = (0..20).map(|n| about(&named(n), &safe(), 1)).collect();
    let _ = work(&world, &instance, &delivered(&seen, 1), None);
    world.clock.advance(Duration::from_secs(1));
    let mut again: Vec<String> = (0..20).map(|n| about(&named(n), &safe(), 2)).collect();
    again.push(about("evil", &unsafe_trust(), 2));
    let worked = work(&world, &instance, &delivered(&again, 1), None);
    assert_eq!(messages(&worked, true), [20], "the rest of the bucket is not for the others");
    assert!(is_repaired(&worked[0].passed[0].outcome));
    // A minute later they are as good as any.
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(messages(&work(&world, &instance, &delivered(&again[..20], 2), None), true).len(), 20);
}

#[test]
fn who_was_delivered_least_goes_before_what_may_have_crashed_the_function() {
    let world = trust_world(&account_with(3, &safe()));
    let bodies: Vec<String> = (0..3).map(|n| about(&named(n), &safe(), 1)).collect();
    let batch =
        [(0, 7), (1, 2), (2, 1)].map(|(n, deliveries): (usize, _)| Message { body: &bodies[n], deliveries });
    let worked = work(&world, &Instance::new(Rate::default()), &batch, None);
    assert_eq!(messages(&worked, true), [2, 1, 0]);
}

#[test]
fn an_older_event_in_a_later_batch_is_answered_already() {
    let account = account_with(1, &safe());
    let (world, instance) = (trust_world(&account), Instance::new(Rate::default()));
    let names = |bodies: &[String]| -> Vec<_> {
        let worked = work(&world, &instance, &delivered(bodies, 1), None);
        worked.iter().flat_map(|one| one.passed.iter().map(|passed| passed.outcome.name())).collect()
    };
    let older = [about(&named(0), &unsafe_trust(), 2)];
    assert_eq!(names(&older), ["unjudged"], "it does not show, and may yet");
    assert_eq!(names(&[about(&named(0), &safe(), 3)]), ["compliant"]);
    let calls = account.call_count();
    assert_eq!(names(&older), ["ignored"]);
    assert_eq!(account.call_count(), calls);
    // Within the same second nobody knows which was first.
    assert_eq!(names(&[about(&named(0), &safe(), 3)]), ["compliant"]);
    assert_eq!(account.call_count(), calls + 1);
    // A clock that goes wrong, or somebody who writes to the queue, silences nobody.
    assert_eq!(names(&[about(&named(0), &safe(), 59)]), ["compliant"]);
    assert_eq!(names(&[about(&named(0), &safe(), 58)]), ["compliant"]);
}

#[test]
fn a_batch_whose_time_is_up_gives_back_the_rest() {
    let account = account_with(100, &unsafe_trust());
    let (world, instance) =
        (trust_world(&account), Instance::new(Rate::per_second(1_000.try_into().unwrap())));
    let bodies: Vec<String> = (0..100).map(|n| about(&named(n), &unsafe_trust(), 1)).collect();
    // A call takes 300 milliseconds, a repair four calls.
    for call in 0..100 {
        let clock = world.clock.clone();
        account.before_call(call, move |_| clock.advance(Duration::from_millis(300)));
    }
    let worked = work(&world, &instance, &delivered(&bodies, 1), Some(NOW + Duration::from_secs(4)));
    assert_eq!(messages(&worked, true), [0, 1, 2, 3]);
    assert!(worked.iter().flat_map(|one| &one.passed).all(|passed| is_repaired(&passed.outcome)));
    let back: Vec<_> = worked.iter().filter(|one| one.passed.is_empty()).collect();
    assert!(back.iter().all(|one| one.again == Some(Duration::ZERO)));
    assert_eq!(back.len(), 96);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in a batch, and however short calls and time are, each message has exactly one end.
    #[test]
    fn no_message_is_lost_and_none_is_answered_twice(
        kinds in proptest::collection::vec((0_usize..8, 0_usize..6, 0_u32..4, 1_u32..60), 0..40),
        rate in 1_u32..30,
        spent in 0_u32..40,
        seconds in 0_u64..3,
    ) {
        let world = trust_world(&account_with(6, &unsafe_trust()));
        let bodies: Vec<String> = kinds.iter().map(|(kind, role, second, _)| match kind {
            0 => "{".to_owned(),
            1 => by_hand(&named(*role)).to_string(),
            2 => event("DeleteRole", &json!({"roleName": named(*role)})).to_string(),
            3 => event("ListRoles", &json!({})).to_string(),
            _ => about(&named(*role), &unsafe_trust(), *second),
        }).collect();
        let batch: Vec<Message<'_>> = bodies
            .iter()
            .zip(&kinds)
            .map(|(body, (.., deliveries))| Message { body, deliveries: *deliveries })
            .collect();
        let rate = Rate::per_second(rate.try_into().unwrap());
        let ask = Ask { rate, debt: spent, is_new: true };
        let _: Turn = block_on(world.history.take(ACCOUNT, ask, NOW)).unwrap();
        let deadline = Some(NOW + Duration::from_secs(seconds));
        let worked = work(&world, &Instance::new(rate), &batch, deadline);
        let mut all: Vec<usize> = worked.iter().flat_map(|one| one.messages.clone()).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..batch.len()).collect::<Vec<_>>());
        // Nothing unsafe is called done.
        for one in worked.iter().filter(|one| one.again.is_none()) {
            let is_settled = |passed: &Passed| {
                !matches!(passed.outcome, Outcome::Repaired(_) | Outcome::Unrepaired(_) | Outcome::Unjudged(_))
            };
            prop_assert!(one.passed.iter().all(is_settled));
        }
    }
}
