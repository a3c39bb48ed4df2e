//! "Blind" is an alarm: each sweep asks whether rescind still sees what happens, and people are told.

use std::time::Duration;

use guardrails::{PolicyName, RoleId};
use serde_json::json;

use super::fixture::*;
use crate::authority::Everything;
use crate::blind::{Selectors, Surroundings, Trail};
use crate::embedded::Embedded;
use crate::embedded::world::{Around, World};
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::pass::{Context, OwnRole, Passed};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:q"}]}"#;

fn trail(is_logging: bool) -> Surroundings {
    let trail = Trail {
        arn: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all".to_owned(),
        home_region: "us-east-1".to_owned(),
        is_multi_region: true,
        has_global_events: true,
        is_logging: Ok(is_logging),
        selectors: Ok(Selectors::Default),
    };
    Surroundings { region: "us-east-1".to_owned(), trails: Ok(vec![trail]), functions: Vec::new() }
}

/// A world with a role of rescind's own, and whoever sweeps it.
fn world(is_logging: bool) -> (All, Context) {
    let account = account(&safe());
    own_role(&account);
    let own = role(&account, "rescind-SweepRole");
    let mut world = World::new(account, Everything, MemoryHistory::default(), &[], NOW);
    world.around = Around(Some(trail(is_logging)));
    let own_roles = vec![OwnRole { arn: own.arn, id: own.id }];
    (world, Context { own_roles, ..enforce(Function::Sweep) })
}

fn own_role(account: &Embedded) {
    let name = PolicyName::parse("sweep").unwrap();
    account.seed(|stored| {
        stored.put_role("/", "rescind-SweepRole", &safe(), EVENT).unwrap();
        stored.put_inline("rescind-SweepRole", &name, POLICY);
    });
}

fn sweep(world: &All, context: &Context) -> Vec<Passed> {
    pass_all(world, context, &json!({"sweep": true}))
}

fn gaps(passed: &[Passed]) -> Vec<String> {
    passed.iter().flat_map(|passed| &passed.record.blind).map(|gap| gap.sentence()).collect()
}

#[test]
fn a_trail_that_stops_is_told_of_once_an_hour_until_it_goes_on() {
    let (mut world, context) = world(false);
    for _ in 0..8 {
        let passed = sweep(&world, &context);
        assert_eq!(
            gaps(&passed),
            ["the trail `arn:aws:cloudtrail:us-east-1:111122223333:trail/all` does not log"]
        );
        world.clock.advance(Duration::from_secs(900));
    }
    let told = world.bus.told();
    let blind: Vec<_> = told.iter().filter(|told| told.detail_type() == "Rescind Blind").collect();
    // 10:00 to 11:45.
    assert_eq!(blind.len(), 2);
    insta::assert_json_snapshot!(json!([
        blind[0].severity,
        blind[0].subject,
        blind[0].outcome,
        blind[0].findings,
        blind[0].blind
    ]));
    world.around = Around(Some(trail(true)));
    assert_eq!(gaps(&sweep(&world, &context)), [""; 0]);
}

#[test]
fn a_change_of_what_is_missing_is_told_of_at_once() {
    let (mut world, context) = world(false);
    let _ = sweep(&world, &context);
    world.around.0.as_mut().unwrap().trails = Ok(Vec::new());
    world.clock.advance(Duration::from_secs(1));
    let _ = sweep(&world, &context);
    assert_eq!(world.bus.told().iter().filter(|told| !told.blind.is_empty()).count(), 2);
}

#[test]
fn a_sweep_that_goes_on_does_not_ask_again() {
    let (world, context) = world(false);
    let deadline = Some(NOW);
    let first = block_on(crate::pass::handle(&world, &context, &json!({"sweep": true}), deadline));
    assert_eq!(gaps(&first).len(), 1);
    let message = world.queues.sweeps()[0].clone();
    assert_eq!(gaps(&pass_all(&world, &context, &message)), [""; 0]);
}

#[test]
fn who_touches_a_role_of_rescind_is_told_of() {
    let (world, context) = world(true);
    assert_eq!(gaps(&sweep(&world, &context)), [""; 0]);
    let name = PolicyName::parse("sweep").unwrap();
    let next = |seed: &dyn Fn(&mut crate::embedded::Stored)| {
        world.account.seed(|stored| seed(stored));
        world.clock.advance(Duration::from_secs(900));
        gaps(&sweep(&world, &context))
    };
    // A deployment, or somebody who takes rights away.
    let changed = next(&|stored| {
        stored.put_inline("rescind-SweepRole", &name, &POLICY.replace("Receive", "Delete"));
    });
    insta::assert_snapshot!(changed.join("\n"), @"the role `arn:aws:iam::111122223333:role/rescind-SweepRole` was changed; unless that was a deployment, somebody takes away what rescind can do");
    assert_eq!(next(&|_| {}), [""; 0], "once");
    let deny = PolicyName::parse("deny").unwrap();
    let foreign = |stored: &mut crate::embedded::Stored| {
        stored.put_inline("rescind-SweepRole", &deny, POLICY);
    };
    let sentence = "the role `arn:aws:iam::111122223333:role/rescind-SweepRole` carries what rescind did not give it: inline policy deny";
    assert_eq!(next(&foreign)[0], sentence);
    assert_eq!(next(&|_| {}), [sentence], "for as long as it does");
    let gone = next(&|stored| stored.take_role("rescind-SweepRole"));
    assert_eq!(gone, ["the role `arn:aws:iam::111122223333:role/rescind-SweepRole` is not there"]);
    assert_eq!(world.account.writes(), 0);
}

#[test]
fn a_role_of_the_same_name_is_not_rescinds_own() {
    let (world, mut context) = world(true);
    context.own_roles[0].id = RoleId::parse("AROA3AEW23DC76AD3735X").unwrap();
    assert_eq!(
        gaps(&sweep(&world, &context)),
        ["the role `arn:aws:iam::111122223333:role/rescind-SweepRole` is another role of the same name"]
    );
}
