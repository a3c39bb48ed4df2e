//! Stale reads, for every number of them.

use std::time::Duration;

use guardrails::PolicyName;
use serde_json::json;

use super::fixture::*;
use crate::function::Function;
use crate::outcome::{Next, Outcome, Unjudged};

/// As often as a role is read before the event is two minutes old. Reads that lag longer than that can't be told
/// from later changes, which have events of their own.
const MANY: usize = 25;

#[test]
fn the_first_k_reads_are_stale() {
    for stale in 0..=MANY {
        let account = account(&safe());
        account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
        account.stale_reads(stale);
        let world = trust_world(&account);
        let passed = until_done(&world, &updater(), &update(&unsafe_trust()));
        assert!(is_safe(&live(&account)), "{stale} stale reads");
        let first_write = passed.iter().position(|passed| passed.record.times.written.is_some()).unwrap();
        let early = passed.iter().take(first_write).any(|passed| passed.outcome == Outcome::Compliant);
        assert!(!early, "{stale} stale reads: {:?}", names(&passed));
    }
}

#[test]
fn reads_after_the_write_are_stale() {
    for stale in 0..=MANY {
        let account = account(&unsafe_trust());
        account.stale_after_write(stale);
        let world = trust_world(&account);
        let passed = until_done(&world, &updater(), &update(&unsafe_trust()));
        assert!(is_safe(&live(&account)), "{stale} stale reads");
        assert_eq!(names(&passed).last(), Some(&"compliant"), "{stale} stale reads: {:?}", names(&passed));
    }
}

#[test]
fn the_first_k_reads_of_an_inline_policy_are_stale() {
    for stale in 0..=MANY {
        let account = account(&safe());
        let name = PolicyName::parse("p").unwrap();
        account.seed(|stored| stored.put_inline("app", &name, ADMIN));
        account.stale_reads(stale);
        let world = inline_world(&account);
        let passed = until_done(&world, &enforce(Function::PutRolePolicy), &put_inline(ADMIN));
        let repaired = passed.iter().position(|passed| is_repaired(&passed.outcome)).unwrap();
        let early = passed.iter().take(repaired).any(|passed| passed.outcome == Outcome::Compliant);
        assert!(!early, "{stale} stale reads: {:?}", names(&passed));
    }
}

#[test]
fn a_role_just_created_may_take_its_time_to_appear() {
    for stale in 0..=MANY {
        let account = crate::embedded::Embedded::new("aws", ACCOUNT);
        account.seed(|stored| stored.put_role("/", "app", &unsafe_trust(), EVENT)).unwrap();
        account.stale_reads(stale);
        let world = trust_world(&account);
        let created = event(
            "CreateRole",
            &json!({
                "roleName": "app", "assumeRolePolicyDocument": unsafe_trust()
            }),
        );
        let passed = until_done(&world, &enforce(Function::CreateRole), &created);
        assert!(is_safe(&live(&account)), "{stale} stale reads: {:?}", names(&passed));
        assert!(!names(&passed).contains(&"gone"));
    }
}

#[test]
fn a_created_role_that_never_appears_is_gone_in_the_end() {
    let account = account(&safe());
    let created = event(
        "CreateRole",
        &json!({
            "roleName": "other", "assumeRolePolicyDocument": safe()
        }),
    );
    let passed = until_done(&trust_world(&account), &enforce(Function::CreateRole), &created);
    assert_eq!(passed[0].outcome, Outcome::Unjudged(Unjudged::NotThereYet));
    assert_eq!(passed.last().unwrap().outcome, Outcome::Gone);
}

#[test]
fn a_read_that_differs_from_a_young_event_is_not_compliant_and_from_an_old_one_is() {
    let account = account(&safe());
    let world = trust_world(&account);
    let elsewhere = trust(&[
        r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
    ]);
    let passed = pass(&world, &updater(), &update(&elsewhere));
    assert_eq!(passed.outcome, Outcome::Unjudged(Unjudged::Unconfirmed));
    assert_eq!(passed.next, Next::Again { after: Duration::from_secs(20) });
    world.clock.advance(Duration::from_secs(120));
    assert_eq!(pass(&world, &updater(), &update(&elsewhere)).outcome, Outcome::Compliant);
}

#[test]
fn an_event_from_days_ago_is_judged_by_what_is_live_today() {
    let account = account(&safe());
    let world = trust_world(&account);
    world.clock.advance((LATE - NOW).unsigned_abs());
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!((passed.outcome, passed.record.iam_calls), (Outcome::Compliant, 1));
}

#[test]
fn a_deleted_role_that_is_still_read_is_not_compliant_and_one_made_anew_is() {
    let account = account(&safe());
    let world = trust_world(&account);
    let deleted = event("DeleteRole", &json!({"roleName": "app"}));
    assert_eq!(pass(&world, &updater(), &deleted).outcome, Outcome::Unjudged(Unjudged::Unconfirmed));
    account.seed(|stored| stored.put_role("/", "app", &safe(), EVENT)).unwrap();
    assert_eq!(pass(&world, &updater(), &deleted).outcome, Outcome::Compliant);
}
