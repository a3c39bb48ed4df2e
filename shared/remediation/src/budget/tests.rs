use guardrails::RoleName;
use proptest::prelude::*;

use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn ask(debt: u32, is_new: bool) -> Ask {
    Ask { rate: Rate::default(), debt, is_new }
}

#[test]
fn a_full_bucket_pays_for_a_burst_and_then_for_its_rate() {
    let mut bucket = Bucket::FULL;
    let mut granted = 0;
    for millisecond in 0..60_000 {
        let (after, turn) = bucket.take(ask(0, true), NOW + Duration::from_millis(millisecond));
        bucket = after;
        granted += u32::from(turn == Turn::Now);
    }
    assert_eq!(granted, 2 * 10 + 60 * 10 - 1);
}

#[test]
fn the_reserve_is_for_roles_that_were_not_looked_at_this_minute() {
    let mut bucket = Bucket::FULL;
    while let (after, Turn::Now) = bucket.take(ask(0, false), NOW) {
        bucket = after;
    }
    for _ in 0..10 {
        let (after, turn) = bucket.take(ask(0, true), NOW);
        assert_eq!(turn, Turn::Now);
        bucket = after;
    }
    assert_eq!(bucket.take(ask(0, true), NOW).1, Turn::After(Duration::from_millis(100)));
}

proptest! {
    /// Whatever earlier passes took, and whatever a clock told, nobody waits for more than three seconds.
    #[test]
    fn no_debt_delays_anyone_for_long(debt: u32, full_at in -1_000_000_i64..1_000_000, is_new: bool) {
        let bucket = Bucket { full_at: NOW + time::Duration::seconds(full_at) };
        let (_, turn) = bucket.take(ask(debt, is_new), NOW);
        let most = Duration::from_millis(if is_new { 2_100 } else { 3_100 });
        prop_assert!(matches!(turn, Turn::Now) || matches!(turn, Turn::After(wait) if wait <= most));
    }

    /// The promised wait is as long as it takes, and no longer.
    #[test]
    fn who_comes_back_after_the_wait_is_let_in(debt in 0_u32..100, is_new: bool) {
        let (bucket, turn) = Bucket::FULL.take(ask(debt, is_new), NOW);
        if let Turn::After(wait) = turn {
            prop_assert_eq!(bucket.take(ask(0, is_new), NOW + wait).1, Turn::Now);
            prop_assert_ne!(bucket.take(ask(0, is_new), NOW + wait - Duration::from_millis(1)).1, Turn::Now);
        }
    }
}

#[test]
fn a_role_is_new_again_after_a_minute_whatever_the_case_of_its_name() {
    let subject = |name: &str| Subject::of(&Target::Role(RoleName::parse(name).unwrap())).unwrap();
    let budget = Budget::new(Rate::default());
    budget.state().seen.insert(subject("App"), NOW);
    assert!(!budget.is_new(&subject("app"), NOW + Duration::from_secs(59)));
    assert!(budget.is_new(&subject("app"), NOW + Duration::from_secs(60)));
    assert!(budget.is_new(&subject("other"), NOW));
}

#[test]
fn without_an_answer_of_the_history_an_instance_keeps_to_a_small_share() {
    let budget = Budget::new(Rate::default());
    let granted = |second: u64| {
        let now = NOW + Duration::from_secs(second);
        (0..9).filter(|_| budget.own_turn(ask(0, true), now) == Turn::Now).count()
    };
    assert_eq!((granted(0), granted(0), granted(1)), (2, 0, 1));
}
