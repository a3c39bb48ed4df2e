//! Others write between any two calls.

use guardrails::RoleName;

use super::fixture::*;
use crate::outcome::Outcome;

/// More calls than a pass with all its rounds makes.
const CALLS: usize = 24;

/// The ends of all passes, and what is live then; nothing if they were over before the stranger's turn.
fn with_stranger(index: usize, document: &str) -> Option<(Vec<&'static str>, String)> {
    let account = account(&unsafe_trust());
    let text = document.to_owned();
    account.before_call(index, move |stored| {
        stored.put_trust("app", &text);
    });
    let world = trust_world(&account);
    let passed = until_done(&world, &updater(), &update(&unsafe_trust()));
    (account.calls().len() > index).then(|| (names(&passed), live(&account)))
}

#[test]
fn another_unsafe_document_is_repaired_too() {
    let ends: Vec<_> = (0..CALLS).filter_map(|index| with_stranger(index, &trust(&[OUTSIDER]))).collect();
    assert!(ends.len() > 4);
    for (names, live) in ends {
        assert!(is_safe(&live), "{names:?} {live}");
    }
}

#[test]
fn the_same_unsafe_document_again_is_repaired_again() {
    let ends: Vec<_> = (0..CALLS).filter_map(|index| with_stranger(index, &unsafe_trust())).collect();
    assert!(ends.len() > 4);
    for (names, live) in ends {
        assert!(is_safe(&live), "{names:?} {live}");
    }
}

#[test]
fn a_safe_document_of_someone_else_is_overwritten_only_where_iam_leaves_no_choice() {
    let other = r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
    for index in 0..CALLS {
        let Some((names, live)) = with_stranger(index, &trust(&[other])) else { continue };
        // IAM has no compare-and-swap: between the last read and the write nothing can be done.
        let between_compare_and_write = index == 2;
        assert_eq!(live.contains("ec2"), !between_compare_and_write, "before call {index}: {names:?}");
        assert!(is_safe(&live));
    }
}

#[test]
fn a_role_made_anew_under_the_same_name_is_another_role() {
    for index in 0..4 {
        let account = account(&unsafe_trust());
        account.before_call(index, |stored| {
            stored.take_role("app");
            stored.put_role("/", "app", &unsafe_trust(), NOW).unwrap();
        });
        let passed = until_done(&trust_world(&account), &updater(), &update(&unsafe_trust()));
        assert!(is_safe(&live(&account)), "before call {index}: {:?}", names(&passed));
    }
}

#[test]
fn a_role_deleted_under_the_pass_is_gone() {
    for index in 0..4 {
        let account = account(&unsafe_trust());
        account.before_call(index, |stored| stored.take_role("app"));
        let world = trust_world(&account);
        let passed = until_done(&world, &updater(), &update(&unsafe_trust()));
        assert_eq!(
            passed.last().unwrap().outcome,
            Outcome::Gone,
            "before call {index}: {:?}",
            names(&passed)
        );
        assert!(account.stored().trust(&RoleName::parse("app").unwrap()).is_none());
    }
}

#[test]
fn a_role_that_never_stops_changing_is_reported_and_tried_again() {
    let account = account(&unsafe_trust());
    for index in 0..200 {
        let note = index.to_string();
        account.before_call(index, move |stored| {
            let sid = format!(r#"{{"Sid":"n{note}","#);
            stored.put_trust("app", &trust(&[OWN, &OUTSIDER.replacen('{', &sid, 1)]));
        });
    }
    let passed = pass(&trust_world(&account), &updater(), &update(&unsafe_trust()));
    assert_eq!(passed.outcome.name(), "unrepaired");
    assert!(account.calls().len() < 60, "{} calls", account.calls().len());
}
