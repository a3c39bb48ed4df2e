//! Many messages at once.

use guardrails::PolicyName;
use serde_json::{Value, json};

use super::fixture::*;
use crate::budget::Rate;
use crate::function::Function;
use crate::outcome::{Next, Outcome};
use crate::pass::{Instance, Message, Worked, handle_batch};
use crate::ports::Ports;

fn timed(mut event: Value, id: &str, second: u32) -> String {
    event["detail"]["eventID"] = json!(id);
    event["detail"]["eventTime"] = json!(format!("2026-11-20T10:00:{second:02}Z"));
    event.to_string()
}

fn worked<P: Ports>(world: &P, function: Function, bodies: &[String]) -> Vec<Worked> {
    let batch: Vec<Message<'_>> = bodies.iter().map(|body| Message { body, deliveries: 1 }).collect();
    block_on(handle_batch(world, &enforce(function), &Instance::new(Rate::default()), &batch, None))
}

#[test]
fn ten_events_about_a_role_are_one_pass_and_the_newest_leads() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let second = |place: u32| if place == 4 { 4 } else { place % 4 };
    let bodies: Vec<String> =
        (0..10).map(|n| timed(update(&unsafe_trust()), &format!("e{n}"), second(n))).collect();
    let worked = worked(&world, Function::UpdateAssumeRolePolicy, &bodies);
    let names: Vec<_> = account.calls().into_iter().map(|call| call.name).collect();
    assert_eq!(names, ["GetRole", "GetRole", "UpdateAssumeRolePolicy", "GetRole"]);
    // The newest comes back for another look, the others are done.
    assert_eq!(worked[0].messages, [4]);
    assert!(worked[0].again.is_some());
    assert_eq!((worked[1].messages.len(), worked[1].again), (9, None));
    let record = &worked[0].passed[0].record;
    assert!(record.pass.starts_with("e4/"));
    assert_eq!(record.also.len(), 9, "none is forgotten");
}

#[test]
fn what_any_of_the_events_changed_must_show_before_the_role_is_called_safe() {
    let account = account(&safe());
    let harmless = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/b"}]}"#;
    account.seed(|stored| stored.put_inline("app", &PolicyName::parse("q").unwrap(), harmless));
    let put = |policy: &str, id: &str, second: u32| {
        let parameters = json!({"roleName": "app", "policyName": policy, "policyDocument": harmless});
        timed(event("PutRolePolicy", &parameters), id, second)
    };
    // The older one, over another policy, does not show yet.
    let bodies = [put("q", "new", 2), put("p", "old", 1)];
    let world = inline_world(&account);
    let first = worked(&world, Function::PutRolePolicy, &bodies);
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].passed[0].outcome.name(), first[0].messages.len()), ("unjudged", 2));
    account.seed(|stored| stored.put_inline("app", &PolicyName::parse("p").unwrap(), harmless));
    let then = worked(&world, Function::PutRolePolicy, &bodies);
    assert_eq!(then[0].passed[0].outcome, Outcome::Compliant);
}

#[test]
fn a_deletion_stays_a_pass_of_its_own() {
    let account = account(&safe());
    let delete = timed(event("DeleteRole", &json!({"roleName": "app"})), "gone", 3);
    let bodies = [timed(update(&safe()), "e1", 1), delete];
    assert_eq!(worked(&trust_world(&account), Function::UpdateAssumeRolePolicy, &bodies).len(), 2);
}

#[test]
fn what_cannot_be_read_stands_in_nobodys_way() {
    let account = account(&unsafe_trust());
    let poison = ["", "{", "[]", "{\"detail\":{}}", &"[".repeat(100_000), "{\"role\":7}", "\u{0}"];
    let mut bodies: Vec<String> = poison.iter().map(|text| (*text).to_owned()).collect();
    bodies.insert(3, update(&unsafe_trust()).to_string());
    let worked = worked(&trust_world(&account), Function::UpdateAssumeRolePolicy, &bodies);
    assert_eq!(worked.len(), 8);
    for one in &worked {
        let refused = matches!(one.passed[0].outcome, Outcome::Refused(_));
        assert_eq!(refused, one.messages != [3], "{:?}", one.passed[0].outcome);
        assert_eq!(refused, one.passed[0].next == Next::Done, "poison is not tried again");
    }
    assert!(is_safe(&live(&account)));
}

#[test]
fn what_there_is_no_time_for_comes_back_untouched() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let body = update(&unsafe_trust()).to_string();
    let batch = [body.as_str(), "{"].map(|body| Message { body, deliveries: 1 });
    let instance = Instance::new(Rate::default());
    let worked = block_on(handle_batch(&world, &updater(), &instance, &batch, Some(NOW)));
    assert!(worked.iter().all(|one| one.again.is_some() && one.passed.is_empty()));
    assert!(account.calls().is_empty());
}

#[test]
fn an_old_event_from_a_dead_letter_queue_judges_today_only() {
    let account = account(&safe());
    let world = trust_world(&account);
    world.clock.advance(std::time::Duration::from_secs(9 * 24 * 3_600));
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!(passed.outcome, Outcome::Compliant);
    assert!(passed.record.late);
    assert_eq!((account.writes(), live(&account)), (0, safe()));
    // And what is unsafe today is repaired, whatever the event tells.
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let passed = pass(&world, &updater(), &update(&safe()));
    assert!(is_repaired(&passed.outcome) && passed.record.late);
}
