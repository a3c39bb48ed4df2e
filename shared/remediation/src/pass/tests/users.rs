//! A policy that very many roles use: each has its turn, and no invocation has more to do than a few of them.

use std::collections::BTreeSet;

use guardrails::PolicyArn;
use serde_json::{Value, json};

use super::fixture::*;
use crate::authority::VersionOnly;
use crate::embedded::Embedded;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::outcome::Next;
use crate::pass::handle;

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*"}]}"#;
const USERS: usize = 1_000;

fn policy() -> PolicyArn {
    PolicyArn::parse(&format!("arn:aws:iam::{ACCOUNT}:policy/base")).unwrap()
}

/// An account in which the policy has just got this version.
fn many(users: usize, document: &str) -> Embedded {
    let account = Embedded::new("aws", ACCOUNT);
    account.seed(|stored| {
        stored.put_policy(&policy(), "v1", READ);
        for number in 0..users {
            let name = format!("role-{number:04}");
            stored.put_role("/", &name, &safe(), EVENT - time::Duration::days(1)).unwrap();
            stored.attach(&name, &policy());
        }
        stored.put_policy(&policy(), "v2", document);
    });
    account
}

fn changed(document: &str) -> Value {
    let parameters =
        json!({"policyArn": policy().as_str(), "policyDocument": document, "setAsDefault": true});
    let mut event = event("CreatePolicyVersion", &parameters);
    event["detail"]["responseElements"] =
        json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}});
    event
}

/// Delivers the event and the messages to the function's own queue; the roles that were looked at, and the most
/// calls of one message.
fn delivered(account: &Embedded, event: &Value) -> (BTreeSet<String>, u64) {
    let function = Function::ChangePolicyVersion;
    let to = [function, Function::AttachRolePolicy];
    let world = World::new(account.clone(), VersionOnly, MemoryHistory::default(), &to, NOW);
    let (mut seen, mut most) = (BTreeSet::new(), 0);
    let mut deliver = |message: &Value| {
        let before = account.call_count();
        let passed = block_on(handle(&world, &enforce(function), message, None));
        most = most.max(account.call_count() - before);
        for one in &passed {
            seen.extend(one.record.role_name.as_ref().map(ToString::to_string));
            assert!(
                ["compliant", "repaired", "handed_over"].contains(&one.outcome.name()),
                "{:?}",
                one.outcome
            );
        }
    };
    deliver(event);
    let sent = world.queues.sent();
    for (to, message) in sent.iter().filter(|(to, _)| *to == function) {
        assert_eq!(message["account"], ACCOUNT, "{to}");
        deliver(message);
    }
    (seen, most)
}

#[test]
fn a_thousand_users_of_a_policy_are_looked_at_a_few_at_a_time() {
    let account = many(USERS, READ);
    let (seen, most) = delivered(&account, &changed(READ));
    assert_eq!(seen.len(), USERS);
    assert!(most <= 60, "{most} calls for one message");
    assert_eq!(account.writes(), 0);
}

#[test]
fn each_of_many_users_of_an_unsafe_version_is_judged() {
    let account = many(100, ADMIN);
    let (seen, most) = delivered(&account, &changed(ADMIN));
    assert_eq!(seen.len(), 100);
    assert!(most <= 200, "{most} calls for one message");
}

#[test]
fn an_event_that_comes_again_does_not_send_its_many_roles_again() {
    let account = many(USERS, READ);
    let function = Function::ChangePolicyVersion;
    let world = World::new(account.clone(), VersionOnly, MemoryHistory::default(), &[function], NOW);
    for _ in 0..3 {
        let _ = pass_all(&world, &enforce(function), &changed(READ));
        assert_eq!(world.queues.sent().len(), USERS - 10);
    }
    let [first, ..] = &world.queues.sent()[..] else { panic!("nothing was sent") };
    insta::assert_json_snapshot!(first.1);
}

#[test]
fn a_queue_that_takes_not_all_of_them_gets_them_again() {
    let account = many(USERS, READ);
    let function = Function::ChangePolicyVersion;
    let world = World::new(account.clone(), VersionOnly, MemoryHistory::default(), &[function], NOW);
    world.queues.fail(1);
    let passed = pass_all(&world, &enforce(function), &changed(READ));
    let last = passed.last().unwrap();
    assert!(last.outcome.name() == "unrepaired" && last.next != Next::Done, "{:?}", last.outcome);
    world.clock.advance(std::time::Duration::from_secs(61));
    let _ = pass_all(&world, &enforce(function), &changed(READ));
    assert_eq!(world.queues.sent().len(), USERS - 10);
}

#[test]
fn only_who_follows_policies_takes_their_users() {
    let message = |account: &str, version: u32| json!({"version": version, "account": account, "role": "app", "policy": policy().as_str(), "event": null, "actor": {"who": null}});
    let refused = |function, message: Value| {
        pass(&all_world(&account(&safe())), &enforce(function), &message).outcome.why().unwrap()
    };
    insta::assert_snapshot!(refused(Function::PutRolePolicy, message(ACCOUNT, 1)), @"the message is not an event: `put-role-policy` does not follow policies; send the message to `change-policy-version`");
    insta::assert_snapshot!(refused(Function::ChangePolicyVersion, message("999988887777", 1)), @"the event is about account `999988887777`, but this function works for `111122223333`");
    insta::assert_snapshot!(refused(Function::ChangePolicyVersion, message(ACCOUNT, 2)), @"the message is not an event: a user of a policy of version 2; this release reads version 1");
    let world = all_world(&account(&safe()));
    assert_eq!(
        names(&[pass(&world, &enforce(Function::ChangePolicyVersion), &message(ACCOUNT, 1))]),
        ["compliant"]
    );
}
