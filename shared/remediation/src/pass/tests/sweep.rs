//! The sweep: what was there before is reported, what changed without an event is repaired, and nothing twice.

use std::time::Duration;

use guardrails::{Mode, PolicyName};
use serde_json::{Value, json};

use super::fixture::*;
use crate::authority::{Everything, ReadOnly};
use crate::embedded::world::World;
use crate::embedded::{Embedded, Fault};
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::history::{History as _, log::Entry};
use crate::outcome::{Next, Outcome};
use crate::pass::{Context, Passed, Tally, handle};
use crate::ports::Clock as _;

fn sweeper() -> Context {
    enforce(Function::Sweep)
}

fn sweep(world: &All, context: &Context) -> Vec<Passed> {
    pass_all(world, context, &json!({"sweep": true}))
}

fn tally(passed: &[Passed]) -> Tally {
    match passed.last().map(|last| &last.outcome) {
        Some(Outcome::Swept { tally, is_over: true }) => *tally,
        other => panic!("{other:?}"),
    }
}

fn told(world: &All) -> Vec<String> {
    let told = world.bus.told();
    told.iter()
        .map(|told| {
            format!("{} {}", told.role_name.as_ref().map_or("", |name| name.as_str()), told.outcome.name)
        })
        .collect()
}

fn put(account: &Embedded, name: &str, trust: &str) {
    account.seed(|stored| stored.put_role("/", name, trust, EVENT - time::Duration::days(1))).unwrap();
}

/// A world whose baseline ended an hour ago, with these safe roles.
fn settled(names: &[&str]) -> All {
    let account = account(&safe());
    for name in names {
        put(&account, name, &safe());
    }
    let world = all_world(&account);
    let _ = sweep(&world, &sweeper());
    world.clock.advance(Duration::from_secs(3600));
    world
}

#[test]
fn what_was_there_before_is_reported_once_and_what_came_since_is_repaired() {
    let account = account(&unsafe_trust());
    put(&account, "other", &safe());
    let world = all_world(&account);
    let first = sweep(&world, &sweeper());
    assert_eq!(names(&first), ["unrepaired", "compliant", "swept"]);
    insta::assert_snapshot!(first[0].outcome.why().unwrap(), @"it was so before rescind came: repair it by hand, or with `baseline: repair` in the settings");
    insta::assert_snapshot!(first[2].outcome.why().unwrap(), @"all roles looked at: 2; of changes that no event told of, 0 repaired, 0 handed over, 0 left; 1 unsafe since before rescind came; 0 not understood; 0 not recorded");
    assert!(block_on(world.history.baseline(ACCOUNT)).unwrap().is_some());

    world.clock.advance(Duration::from_secs(900));
    assert_eq!(names(&sweep(&world, &sweeper())), ["swept"], "the second time there is no news");
    assert_eq!((told(&world), account.writes()), (vec!["app unrepaired".to_owned()], 0));

    // The event of this change was lost.
    account.seed(|stored| stored.put_trust("other", &unsafe_trust()));
    world.clock.advance(Duration::from_secs(900));
    let third = sweep(&world, &sweeper());
    assert_eq!(names(&third), ["repaired", "swept"]);
    assert_eq!((tally(&third).repaired, tally(&third).waiting), (1, 1));
    let writes = account.writes();
    world.clock.advance(Duration::from_secs(900));
    assert_eq!(names(&sweep(&world, &sweeper())), ["swept"]);
    assert_eq!(account.writes(), writes, "running twice writes once");

    // So is a change of what waited, even if it is unsafe in another way.
    account.seed(|stored| stored.put_trust("app", &trust(&[OUTSIDER])));
    assert_eq!(names(&sweep(&world, &sweeper())), ["repaired", "swept"]);
    assert!(is_safe(&live(&account)));
}

#[test]
fn the_settings_can_have_the_baseline_repaired() {
    let account = account(&unsafe_trust());
    let world = all_world(&account);
    let repairing = with_settings(
        Function::Sweep,
        Mode::Enforce,
        "protected_roles:",
        "baseline: repair\nprotected_roles:",
    );
    assert_eq!(names(&sweep(&world, &sweeper())), ["unrepaired", "swept"]);
    assert_eq!(names(&sweep(&world, &repairing)), ["repaired", "swept"]);
    assert!(is_safe(&live(&account)));
}

#[test]
fn what_an_event_brought_is_no_baseline_however_early() {
    let account = account(&unsafe_trust());
    let world = all_world(&account);
    let monitor = context(Function::UpdateAssumeRolePolicy, Mode::Monitor);
    assert_eq!(pass(&world, &monitor, &update(&unsafe_trust())).outcome, Outcome::WouldRepair);
    assert_eq!(names(&sweep(&world, &sweeper())), ["repaired", "compliant", "swept"]);
}

#[test]
fn one_facet_may_wait_while_the_other_is_repaired() {
    let account = account(&unsafe_trust());
    let world = all_world(&account);
    let _ = sweep(&world, &sweeper());
    world.clock.advance(Duration::from_secs(900));
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    let passed = sweep(&world, &sweeper());
    assert_eq!(names(&passed), ["repaired", "swept"]);
    assert_eq!((tally(&passed).repaired, tally(&passed).waiting), (1, 1));
    assert!(!is_safe(&live(&account)), "the trust policy waits");
}

#[test]
fn what_it_may_not_write_is_handed_over() {
    let account = account(&safe());
    let queues = [Function::UpdateAssumeRolePolicy, Function::PutRolePolicy];
    let world = World::new(account.clone(), ReadOnly, MemoryHistory::default(), &queues, NOW);
    let _ = pass_all(&world, &sweeper(), &json!({"sweep": true}));
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    account.seed(|stored| stored.put_inline("app", &PolicyName::parse("p").unwrap(), ADMIN));
    let passed = pass_all(&world, &sweeper(), &json!({"sweep": true}));
    assert_eq!(names(&passed), ["handed_over", "swept"]);
    let to: Vec<Function> = world.queues.messages().iter().map(|(to, _)| *to).collect();
    assert_eq!(to, queues);
    assert_eq!(account.writes(), 0);
}

#[test]
fn in_monitor_mode_people_are_told_once() {
    let world = settled(&[]);
    world.account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    for _ in 0..3 {
        let monitor = context(Function::Sweep, Mode::Monitor);
        assert_eq!(names(&sweep(&world, &monitor)), ["would_repair", "swept"]);
        world.clock.advance(Duration::from_secs(900));
    }
    assert_eq!(told(&world), ["app would_repair"]);
    assert_eq!(world.account.writes(), 0);
}

/// One invocation after the other, each with so little time that it gets through some roles at best.
fn in_pieces(world: &All, dies: bool) -> (Tally, usize) {
    let mut message = json!({"sweep": true});
    for pieces in 1..2_000 {
        let before = world.queues.sweeps().len();
        let run = |message: &Value| {
            let deadline = world.clock.now() + Duration::from_millis(200);
            block_on(handle(world, &sweeper(), message, Some(deadline)))
        };
        let passed = run(&message);
        if let Some(Outcome::Swept { tally, is_over: true }) = passed.last().map(|last| &last.outcome) {
            return (*tally, pieces);
        }
        let next = world.queues.sweeps()[before].clone();
        if dies && pieces > 1 {
            // It handed on, and died before its message was taken off the queue.
            let passed = run(&message);
            if let Some(Outcome::Swept { tally, is_over: true }) = passed.last().map(|last| &last.outcome) {
                return (*tally, pieces);
            }
        }
        message = next;
    }
    panic!("never over");
}

#[test]
fn a_sweep_goes_on_where_time_ran_out() {
    for dies in [false, true] {
        let account = account(&safe());
        for number in 0..119 {
            let trust = if number % 25 == 0 { unsafe_trust() } else { safe() };
            put(&account, &format!("role-{number:03}"), &trust);
        }
        let world = all_world(&account);
        let (first, pieces) = in_pieces(&world, dies);
        assert_eq!((first.roles, first.unrecorded), (120, 0));
        assert!(pieces > 3, "{pieces}");
        assert!(block_on(world.history.baseline(ACCOUNT)).unwrap().is_some());
        for number in (0..119).step_by(3) {
            account.seed(|stored| stored.put_trust(&format!("role-{number:03}"), &unsafe_trust()));
        }
        world.clock.advance(Duration::from_secs(900));
        let (second, _) = in_pieces(&world, dies);
        assert_eq!((second.roles, second.left, second.waiting), (120, 0, 5), "{second:?}");
        let repaired = (0..119)
            .filter(|number| number % 25 != 0)
            .all(|number| is_safe(&role(&account, &format!("role-{number:03}")).trust));
        assert!(repaired);
    }
}

#[test]
fn a_thousand_roles_are_looked_at_within_the_rate() {
    let account = account(&safe());
    for number in 0..999 {
        put(&account, &format!("role-{number:03}"), &safe());
    }
    let world = all_world(&account);
    assert_eq!(tally(&sweep(&world, &sweeper())).roles, 1000);
    assert_eq!(account.calls().len(), 10, "a hundred roles a call, and no call for one that is safe");
    for number in 0..30 {
        account.seed(|stored| stored.put_trust(&format!("role-{:03}", number * 33), &unsafe_trust()));
    }
    let (calls, begun) = (account.calls().len(), world.clock.now());
    assert_eq!(tally(&sweep(&world, &sweeper())).repaired, 30);
    let calls = account.calls().len() - calls;
    let seconds = (world.clock.now() - begun).whole_seconds();
    assert!(i64::try_from(calls).unwrap() <= seconds * 3 + 3, "{calls} calls in {seconds} s");
}

#[test]
fn revocations_go_with_their_last_session() {
    let world = settled(&[]);
    let name = PolicyName::parse("rescind-revoke-AROA3AEW23DC76AD3735E-20261120T100005.123456Z").unwrap();
    let exposure = guardrails::Exposure::between(NOW - Duration::from_secs(7), NOW + Duration::from_secs(60));
    let guardrails::Step::PutInline { after: text, .. } = exposure.step(&name).step else {
        panic!("no inline policy")
    };
    world.account.seed(|stored| stored.put_inline("app", &name, &text));
    let revoking =
        with_settings(Function::Sweep, Mode::Enforce, "revoke_sessions: off", "revoke_sessions: external");
    let passed = sweep(&world, &revoking);
    assert_eq!(names(&passed), ["compliant", "swept"], "sessions live on");
    world.clock.advance(Duration::from_secs(13 * 3600));
    assert_eq!(names(&sweep(&world, &revoking)), ["repaired", "swept"]);
    assert_eq!(names(&sweep(&world, &revoking)), ["swept"]);
    assert_eq!(world.account.writes(), 1);
}

#[test]
fn a_role_that_the_history_does_not_take_keeps_the_baseline_open() {
    let account = account(&unsafe_trust());
    let world = all_world(&account);
    world.bus.fail(99);
    let _ = sweep(&world, &sweeper());
    assert_eq!(block_on(world.history.baseline(ACCOUNT)).unwrap(), None);
    world.bus.fail(0);
    let _ = sweep(&world, &sweeper());
    assert!(block_on(world.history.baseline(ACCOUNT)).unwrap().is_some());
    let ends = world.history.entries().into_iter().filter(|entry| matches!(entry, Entry::Baseline { .. }));
    assert_eq!(ends.count(), 1);
}

fn go_on(account: &str, version: u32) -> Value {
    json!({"sweep": {"version": version, "account": account, "begun": "2026-11-20T10:00:00Z"}})
}

#[test]
fn only_the_sweep_sweeps_and_only_its_own_account() {
    let refused = |function, message: Value| {
        let world = all_world(&account(&safe()));
        pass(&world, &enforce(function), &message).outcome.why().unwrap()
    };
    insta::assert_snapshot!(refused(Function::PutRolePolicy, json!({"sweep": true})), @"the message is not an event: `put-role-policy` does not sweep; send the message to `sweep`");
    insta::assert_snapshot!(refused(Function::Sweep, go_on("999988887777", 1)), @"the event is about account `999988887777`, but this function works for `111122223333`");
    insta::assert_snapshot!(refused(Function::Sweep, go_on(ACCOUNT, 2)), @"the message is not an event: a sweep of version 2; this release reads version 1");
    insta::assert_snapshot!(refused(Function::Sweep, json!({"sweep": false})), @"the message is not an event: a sweep that can't be read: invalid type: boolean `false`, expected struct SweepUnderWay");
    insta::assert_snapshot!(refused(Function::Sweep, json!({"sweep": true, "role": "app"})), @"the message is not an event: a sweep that can't be read: unknown field `role`, expected `sweep`");
}

#[test]
fn who_may_write_to_the_queue_can_neither_end_the_baseline_nor_have_roles_passed_over() {
    let world = all_world(&account(&unsafe_trust()));
    let mut forged = go_on(ACCOUNT, 1);
    assert_eq!(names(&pass_all(&world, &sweeper(), &forged)), ["unjudged"], "no such sweep");
    for (field, value) in
        [("marker", json!("100")), ("over", json!(true)), ("tally", json!(Tally::default()))]
    {
        forged["sweep"][field] = value;
        assert_eq!(names(&pass_all(&world, &sweeper(), &forged)), ["refused"], "{field}");
    }
    assert_eq!(block_on(world.history.baseline(ACCOUNT)).unwrap(), None);
    assert_eq!(names(&sweep(&world, &sweeper())), ["unrepaired", "swept"], "all roles are looked at");
}

/// A sweep that has looked at one role of several, with what goes on from there.
fn begun_sweep() -> (All, Value) {
    let account = account(&safe());
    for number in 0..5 {
        put(&account, &format!("role-{number}"), &safe());
    }
    let world = all_world(&account);
    let passed = block_on(handle(&world, &sweeper(), &json!({"sweep": true}), Some(NOW)));
    assert!(
        matches!(passed.last().unwrap().outcome, Outcome::Swept { tally, is_over: false } if tally.roles == 1)
    );
    let message = world.queues.sweeps()[0].clone();
    (world, message)
}

#[test]
fn of_two_invocations_with_one_sweep_one_goes_on() {
    let (world, message) = begun_sweep();
    for _ in 0..20 {
        let _ = block_on(handle(&world, &sweeper(), &message, Some(world.clock.now())));
    }
    let over = block_on(world.history.sweep(ACCOUNT)).unwrap().unwrap();
    assert_eq!((over.over, over.tally.roles), (true, 6));
    let sent = world.queues.sweeps().len();
    assert_eq!(names(&pass_all(&world, &sweeper(), &message)), ["swept"]);
    assert_eq!(world.queues.sweeps().len(), sent, "what is over calls nobody");
}

#[test]
fn whoever_asks_for_a_sweep_while_one_is_under_way_gets_another_after_it() {
    let (world, message) = begun_sweep();
    let begun = world.queues.sweeps().len();
    for _ in 0..5 {
        assert_eq!(names(&sweep(&world, &sweeper())), ["swept"]);
    }
    assert_eq!(world.queues.sweeps().len(), begun, "one at a time");
    // A role that it has passed already.
    world.account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let first = pass_all(&world, &sweeper(), &message);
    assert_eq!(tally(&first).roles, 6);
    assert_eq!(world.queues.sweeps()[begun..], [json!({"sweep": true})]);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(names(&sweep(&world, &sweeper())), ["repaired", "swept"]);
    assert_eq!(world.queues.sweeps().len(), begun + 1, "it was asked for once");
}

#[test]
fn a_sweep_whose_message_was_lost_is_taken_up_by_the_next() {
    let (world, _) = begun_sweep();
    world.clock.advance(Duration::from_secs(60));
    assert!(
        matches!(sweep(&world, &sweeper())[0].outcome, Outcome::Swept { is_over: false, .. }),
        "it may live"
    );
    world.clock.advance(Duration::from_secs(900));
    assert_eq!(tally(&sweep(&world, &sweeper())).roles, 6);
}

#[test]
fn where_iam_asks_for_patience_the_sweep_goes_on_later() {
    let (world, message) = begun_sweep();
    let next = world.account.calls().len();
    for call in next..next + 5 {
        world.account.fail(call, Fault::Throttled);
    }
    let passed = pass_all(&world, &sweeper(), &message);
    assert_eq!(names(&passed), ["unjudged"]);
    assert_eq!(passed[0].next, Next::Done);
    assert_eq!(world.queues.sweeps()[1..], *std::slice::from_ref(&message));
    assert_eq!(tally(&pass_all(&world, &sweeper(), &message)).roles, 6);
}

#[test]
fn a_repair_whose_pass_died_is_told_of_and_its_sessions_are_revoked() {
    let account = account(&unsafe_trust());
    let queues = [Function::PutRolePolicy];
    let world = World::new(account.clone(), Everything, MemoryHistory::default(), &queues, NOW);
    let context = |function| {
        with_settings(function, Mode::Enforce, "revoke_sessions: off", "revoke_sessions: external")
    };
    let _ = pass_all(&world, &context(Function::UpdateAssumeRolePolicy), &update(&unsafe_trust()));
    // The same story, but the pass died after the write.
    let intents = world.history.entries().into_iter().filter(|entry| matches!(entry, Entry::Intent(_)));
    let history = MemoryHistory::of(intents.collect());
    let world = World::new(account.clone(), Everything, history, &queues, NOW);
    let repaired = |passed: &[Passed]| names(passed).contains(&"repaired");
    assert!(!repaired(&pass_all(&world, &context(Function::Sweep), &json!({"sweep": true}))), "it may live");
    assert_eq!(world.queues.messages().len(), 0);

    world.clock.advance(Duration::from_secs(1800));
    let writes = account.writes();
    assert!(repaired(&pass_all(&world, &context(Function::Sweep), &json!({"sweep": true}))));
    let messages = world.queues.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].1.revoke.is_some());
    assert_eq!(world.bus.told().iter().filter(|told| told.outcome.name == "repaired").count(), 1);

    let again = pass_all(&world, &context(Function::Sweep), &json!({"sweep": true}));
    assert_eq!((names(&again), world.queues.messages().len()), (vec!["swept"], 1));
    assert_eq!(account.writes(), writes);
}
