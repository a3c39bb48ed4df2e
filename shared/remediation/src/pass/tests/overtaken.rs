//! A pass dies over a repair, and before anybody comes to tell of it, somebody changes the role to something else.

use std::time::Duration;

use guardrails::Mode;
use serde_json::{Value, json};

use super::crashes::{Process, lives};
use super::fixture::*;
use crate::authority::Everything;
use crate::budget::Rate;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::log::Entry;
use crate::history::memory::MemoryHistory;
use crate::outcome::{Next, Outcome, Unrepaired};
use crate::pass::{Context, Instance, Message, handle_batch};

/// A message that nobody answered is hidden from the queue for so long.
const HIDDEN: Duration = Duration::from_secs(360);
/// No function lives for so long.
const LIFE: Duration = Duration::from_secs(17 * 60);

/// The event, a second after the unsafe change, that makes the role safe in another way than rescind would.
fn made_safe() -> Value {
    let mut event = update(&safe_otherwise());
    event["detail"]["eventID"] = json!("e-later");
    event["detail"]["eventTime"] = json!("2026-11-20T10:00:01Z");
    event["detail"]["userIdentity"]["arn"] = json!("arn:aws:iam::111122223333:user/dana");
    event
}

fn safe_otherwise() -> String {
    trust(&[r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#])
}

fn revoking(function: Function) -> Context {
    with_settings(function, Mode::Enforce, "revoke_sessions: off", "revoke_sessions: always")
}

/// A world in which the pass over the unsafe change died after so many steps and was overtaken; `None` if it lived.
fn overtaken(steps: usize, change: impl Fn(&All)) -> Option<All> {
    let account = account(&unsafe_trust());
    let queues = [Function::PutRolePolicy];
    let world = World::new(account, Everything, MemoryHistory::default(), &queues, NOW);
    let message = update(&unsafe_trust());
    let context = revoking(Function::UpdateAssumeRolePolicy);
    if lives(&Process::new(&world, steps), &context, &message) {
        return None;
    }
    world.clock.advance(Duration::from_secs(10));
    change(&world);
    Some(world)
}

/// Whatever happened: if there is an intent, people know, and the sessions of the time in between end.
fn assert_told(world: &All, steps: usize) -> bool {
    let entries = world.history.entries();
    let Some(intent) = entries.iter().find_map(|entry| match entry {
        Entry::Intent(intent) => Some(intent),
        Entry::Record(_) | Entry::Hold(_) | Entry::Notice { .. } | Entry::Baseline { .. } => None,
    }) else {
        return false;
    };
    let told = world.bus.told();
    let of_it: Vec<_> = told.iter().filter(|told| told.repair.as_ref() == Some(&intent.repair)).collect();
    assert!(!of_it.is_empty(), "dead after {steps} steps: nobody was told");
    let ids: std::collections::BTreeSet<_> = of_it.iter().map(|told| &told.id).collect();
    assert_eq!(ids.len(), 1, "dead after {steps} steps: told under two ids");
    for told in of_it {
        assert_eq!(told.actor.who.as_ref().unwrap().as_str(), "arn:aws:iam::111122223333:user/carlos");
        assert_eq!(
            told.before,
            Some(intent.before.digest(guardrails::Facet::Trust)),
            "dead after {steps} steps"
        );
    }
    let is_revoked = world.queues.messages().iter().any(|(_, message)| message.revoke.is_some());
    assert!(is_revoked, "dead after {steps} steps: the sessions live on");
    true
}

/// Dies at every step, is overtaken by `change`, and goes on with what `then` delivers. How often there was an intent.
fn dies_everywhere(change: impl Fn(&All), then: impl Fn(&All)) -> usize {
    let mut intended = 0;
    for steps in 0..500 {
        let Some(world) = overtaken(steps, &change) else { return intended };
        then(&world);
        intended += usize::from(assert_told(&world, steps));
    }
    panic!("the process never came to an end");
}

fn changed(world: &All) {
    world.account.seed(|stored| stored.put_trust("app", &safe_otherwise()));
}

fn redelivered(world: &All) {
    world.clock.advance(HIDDEN);
    let _ = until_done(world, &revoking(Function::UpdateAssumeRolePolicy), &update(&unsafe_trust()));
}

#[test]
fn an_overtaken_repair_is_told_of_when_its_message_comes_again() {
    assert!(dies_everywhere(changed, redelivered) > 10);
}

#[test]
fn an_overtaken_repair_is_told_of_by_the_pass_that_answers_the_change() {
    let then = |world: &All| {
        let _ = until_done(world, &revoking(Function::UpdateAssumeRolePolicy), &made_safe());
    };
    assert!(dies_everywhere(changed, then) > 10);
}

#[test]
fn an_overtaken_repair_is_told_of_by_the_sweep() {
    let then = |world: &All| {
        world.clock.advance(LIFE);
        let sweep = || pass_all(world, &revoking(Function::Sweep), &json!({"sweep": true}));
        let _ = sweep();
        world.clock.advance(LIFE);
        let told = world.bus.told().len();
        let _ = sweep();
        assert_eq!(world.bus.told().len(), told, "once");
    };
    assert!(dies_everywhere(changed, then) > 10);
}

#[test]
fn a_repair_is_told_of_though_the_role_is_gone_or_another_one() {
    let taken = |world: &All| world.account.seed(|stored| stored.take_role("app"));
    let again = |world: &All| {
        taken(world);
        world.account.seed(|stored| stored.put_role("/", "app", &safe_otherwise(), NOW)).unwrap();
    };
    for change in [&taken as &dyn Fn(&All), &again] {
        let mut intended = 0;
        for steps in 0..500 {
            let Some(world) = overtaken(steps, change) else { break };
            world.clock.advance(HIDDEN);
            let context = revoking(Function::UpdateAssumeRolePolicy);
            let _ = until_done(&world, &context, &update(&unsafe_trust()));
            let entries = world.history.entries();
            let Some(Entry::Intent(intent)) = entries.iter().find(|entry| matches!(entry, Entry::Intent(_)))
            else {
                continue;
            };
            intended += 1;
            let is_it = |told: &crate::record::Notification| told.repair.as_ref() == Some(&intent.repair);
            assert!(world.bus.told().iter().any(is_it), "dead after {steps} steps");
        }
        assert!(intended > 10);
    }
}

/// The later event was answered by the very instance that the older message comes back to.
#[test]
fn an_event_is_not_answered_while_its_repair_is_unfinished() {
    let mut intended = 0;
    for steps in 0..500 {
        let Some(world) = overtaken(steps, changed) else { break };
        let instance = Instance::new(Rate::default());
        let context = revoking(Function::UpdateAssumeRolePolicy);
        let deliver = |body: &Value, deliveries| {
            let body = body.to_string();
            let batch = [Message { body: &body, deliveries }];
            block_on(handle_batch(&world, &context, &instance, &batch, None))
        };
        let _ = deliver(&made_safe(), 1);
        world.clock.advance(HIDDEN);
        let mut deliveries = 2;
        while let Some(after) = deliver(&update(&unsafe_trust()), deliveries)[0].again {
            world.clock.advance(after);
            deliveries += 1;
            assert!(deliveries < 20);
        }
        intended += usize::from(assert_told(&world, steps));
    }
    assert!(intended > 10);
}

#[test]
fn an_overtaken_repair_says_that_nobody_saw_its_end() {
    let has = |world: &All, is: fn(&Entry) -> bool| world.history.entries().iter().any(is);
    let is_dead = |world: &All| {
        has(world, |entry| matches!(entry, Entry::Intent(_)))
            && !has(world, |entry| matches!(entry, Entry::Record(_) | Entry::Notice { .. }))
    };
    let world = (0..500).map_while(|steps| overtaken(steps, changed)).filter(is_dead).last().unwrap();
    world.clock.advance(LIFE);
    let passed = pass_all(&world, &revoking(Function::UpdateAssumeRolePolicy), &made_safe());
    assert_eq!(names(&passed), ["unrepaired", "compliant"]);
    assert_eq!(passed[0].outcome, Outcome::Unrepaired(Unrepaired::Overtaken));
    assert_eq!(passed[1].next, Next::Done);
    let record = &passed[0].record;
    assert!(!record.findings.is_empty(), "what was wrong");
    assert_eq!(record.before.as_ref().unwrap().trust, unsafe_trust());
    insta::assert_snapshot!(passed[0].outcome.why().unwrap(), @"nobody saw how this repair ended: its pass did not live to tell, and the role was changed since; another record tells what the role is like now, and `rescind history` what it was like before");
    let good = block_on(crate::history::History::good(
        &world.history,
        &role(&world.account, "app").id,
        guardrails::Facet::Trust,
    ));
    assert_eq!(good.unwrap().len(), 1, "what it was about to repair is no good version");
}
