//! Sessions that were opened while a role was unsafe: handed over by the function that repairs the trust
//! policy, ended by the one that writes inline policies.

use std::time::Duration;

use guardrails::{InlinePolicy, Mode, PolicyName};
use serde_json::{Value, json};

use super::fixture::*;
use crate::authority::TrustOnly;
use crate::embedded::Embedded;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::outcome::{Outcome, Unrepaired};
use crate::pass::{Context, Passed};
use crate::ports::ReadPermissions as _;
use crate::record::StepResult;

const REPAIR: &str = "AROA3AEW23DC76AD3735E-20261120T100005.123456Z";

fn with_words(function: Function, mode: Mode, words: &str) -> Context {
    with_settings(function, mode, "revoke_sessions: off", words)
}

fn trust_context(words: &str) -> Context {
    with_words(Function::UpdateAssumeRolePolicy, Mode::Enforce, words)
}

fn inline_context() -> Context {
    with_words(Function::PutRolePolicy, Mode::Enforce, "revoke_sessions: external")
}

fn deployed(account: &Embedded) -> Trust {
    World::new(account.clone(), TrustOnly, MemoryHistory::default(), &[Function::PutRolePolicy], NOW)
}

/// The messages to `put-role-policy`, as they travel.
fn messages(world: &Trust) -> Vec<Value> {
    let messages = world.queues.messages();
    assert!(messages.iter().all(|(to, _)| *to == Function::PutRolePolicy));
    messages.iter().map(|(_, message)| serde_json::to_value(message).unwrap()).collect()
}

fn inline(account: &Embedded) -> Vec<InlinePolicy> {
    block_on(account.permissions(&role(account, "app"))).unwrap().inline
}

fn windows(account: &Embedded) -> Vec<String> {
    let times = |text: &str| {
        let times = text.split('"').filter(|part| part.starts_with("20") && part.ends_with('Z'));
        times.collect::<Vec<_>>().join(" ")
    };
    inline(account).iter().map(|policy| times(&policy.text)).collect()
}

/// The trust policy is repaired; what the message does is up to the caller.
fn repaired(account: &Embedded, words: &str) -> (Passed, Vec<Value>) {
    let world = deployed(account);
    let passed = pass(&world, &trust_context(words), &update(&live(account)));
    let messages = messages(&world);
    (passed, messages)
}

#[test]
fn the_sessions_of_the_exposure_are_revoked_once_and_for_as_long_as_they_live() {
    let account = account(&unsafe_trust());
    let (passed, messages) = repaired(&account, "revoke_sessions: external");
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert_eq!(passed.record.handed_over, [Function::PutRolePolicy]);
    let last = passed.record.steps.last().unwrap();
    assert_eq!(last.result, StepResult::HandedOver);
    insta::assert_snapshot!(last.sentence, @"revoke the sessions of the role that were issued from 2026-11-20T09:59:58Z to 2026-11-20T10:01:05Z; sessions of other roles that were opened from them (role chaining) are not covered");
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    let window = (message["revoke"]["from"].as_str(), message["revoke"]["to"].as_str());
    assert_eq!(window, (Some("2026-11-20T09:59:58Z"), Some("2026-11-20T10:01:05Z")));

    let world = inline_world(&account);
    let ends = until_done(&world, &inline_context(), message);
    assert_eq!(names(&ends), ["repaired", "compliant"]);
    assert_eq!(windows(&account), ["2026-11-20T09:59:58Z 2026-11-20T10:01:05Z"]);
    let policy = &inline(&account)[0];
    let repair = message["revoke"]["repair"].as_str().unwrap();
    assert_eq!(policy.name.as_str(), format!("rescind-revoke-{repair}"));
    let told = &world.bus.told()[0];
    assert!(told.steps[0].sentence.as_str().contains("role chaining"), "{:?}", told.steps);

    // The same message again, soon and days later, writes nothing; the policy goes with its last session.
    let writes = account.writes();
    assert_eq!(pass(&world, &inline_context(), message).outcome, Outcome::Compliant);
    assert_eq!(account.writes(), writes);
    world.clock.advance(Duration::from_secs(12 * 3600 + 60));
    assert!(is_repaired(&pass(&world, &inline_context(), &by_hand("app")).outcome));
    assert_eq!(inline(&account), []);
    assert_eq!(pass(&world, &inline_context(), message).outcome, Outcome::Compliant);
    assert_eq!(account.writes(), writes + 1);
}

#[test]
fn a_role_created_again_under_the_name_gets_nothing() {
    let account = account(&unsafe_trust());
    let (_, messages) = repaired(&account, "revoke_sessions: external");
    account.seed(|stored| stored.put_role("/", "app", &safe(), EVENT)).unwrap();
    let passed = pass(&inline_world(&account), &inline_context(), &messages[0]);
    assert_eq!(passed.outcome, Outcome::Compliant);
    assert_eq!(inline(&account), []);
}

#[test]
fn a_message_is_not_believed_beyond_what_can_be_true() {
    let account = account(&safe());
    let id = role(&account, "app").id;
    let message = |revoke: Value| json!({"version": 1, "account": ACCOUNT, "role": "app", "role_id": id.as_str(), "facet": "permissions", "revoke": revoke});
    let forever = json!({"repair": REPAIR, "from": "1970-01-01T00:00:00Z", "to": "9999-12-31T00:00:00Z"});
    let passed = pass(&inline_world(&account), &inline_context(), &message(forever));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert_eq!(windows(&account), ["2026-11-19T22:00:05Z 2026-11-20T10:01:05Z"], "12 hours and a minute");
    let writes = account.writes();
    for revoke in [
        json!({"repair": REPAIR, "from": "2026-11-20T11:00:00Z", "to": "2026-11-20T12:00:00Z"}),
        json!({"repair": REPAIR, "from": "2026-11-20T10:00:00Z", "to": "2026-11-20T09:00:00Z"}),
        json!({"repair": REPAIR, "from": "2026-11-10T10:00:00Z", "to": "2026-11-10T11:00:00Z"}),
    ] {
        let passed = pass(&inline_world(&account), &inline_context(), &message(revoke));
        assert_eq!(passed.outcome, Outcome::Compliant);
    }
    for revoke in [
        json!({"repair": "../x", "from": "2026-11-20T10:00:00Z", "to": "2026-11-20T10:00:00Z"}),
        json!({"repair": REPAIR, "from": "yesterday", "to": "2026-11-20T10:00:00Z"}),
        json!({"repair": REPAIR, "to": "2026-11-20T10:00:00Z"}),
        json!({"repair": REPAIR, "from": "2026-11-20T10:00:00Z", "to": "2026-11-20T10:00:00Z", "effect": "Allow"}),
    ] {
        let passed = pass(&inline_world(&account), &inline_context(), &message(revoke));
        assert!(matches!(passed.outcome, Outcome::Refused(_)), "{:?}", passed.outcome);
    }
    assert_eq!(account.writes(), writes);
}

#[test]
fn the_window_begins_where_the_role_was_last_known_to_be_safe() {
    let from = |prepare: &dyn Fn(&Trust)| {
        let account = account(&unsafe_trust());
        let world = deployed(&account);
        prepare(&world);
        account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
        let passed = pass(&world, &trust_context("revoke_sessions: external"), &by_hand("app"));
        assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
        messages(&world)[0]["revoke"]["from"].as_str().unwrap().to_owned()
    };
    let safe_an_hour_ago = |world: &Trust| {
        world.account.seed(|stored| stored.put_trust("app", &safe()));
        let passed = pass(world, &trust_context("revoke_sessions: external"), &by_hand("app"));
        assert_eq!(passed.outcome, Outcome::Compliant);
        world.clock.advance(Duration::from_secs(3600));
    };
    assert_eq!(from(&safe_an_hour_ago), "2026-11-20T10:00:05Z");
    // The role is a day old, but sessions live 12 hours.
    assert_eq!(from(&|_| {}), "2026-11-19T22:00:05Z");
}

#[test]
fn the_settings_say_after_which_repairs() {
    let service =
        r#"{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
    let count = |statement: &str, words: &str| {
        let account = account(&trust(&[OWN, statement]));
        let (passed, messages) = repaired(&account, words);
        assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
        messages.len()
    };
    for (words, outsider, from_service) in [("off", 0, 0), ("external", 1, 0), ("always", 1, 1)] {
        let words = format!("revoke_sessions: {words}");
        assert_eq!((count(OUTSIDER, &words), count(service, &words)), (outsider, from_service), "{words}");
    }
    let account = account(&unsafe_trust());
    let monitor = with_words(Function::UpdateAssumeRolePolicy, Mode::Monitor, "revoke_sessions: always");
    let world = deployed(&account);
    assert_eq!(pass(&world, &monitor, &update(&unsafe_trust())).outcome, Outcome::WouldRepair);
    assert_eq!(messages(&world), Vec::<Value>::new());
}

#[test]
fn what_can_not_be_revoked_is_said() {
    let not_revoked = |outcome: &Outcome| {
        let Outcome::Unrepaired(Unrepaired::NotRevoked(why)) = outcome else { panic!("{outcome:?}") };
        why.clone()
    };
    // No function that writes inline policies.
    let account = account(&unsafe_trust());
    let passed =
        pass(&trust_world(&account), &trust_context("revoke_sessions: external"), &update(&unsafe_trust()));
    insta::assert_snapshot!(not_revoked(&passed.outcome), @"no authority: the step belongs to `put-role-policy`, which this deployment does not have or does not let do it");
    assert!(is_safe(&live(&account)));
    assert_eq!(passed.record.steps.last().unwrap().result, StepResult::NoAuthority);
    // Its queue is out of order.
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let world = deployed(&account);
    world.queues.fail(99);
    let passed = pass(&world, &trust_context("revoke_sessions: external"), &update(&unsafe_trust()));
    insta::assert_snapshot!(not_revoked(&passed.outcome), @"`put-role-policy` could not be told: out of order");
    // The role has no room left.
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let (_, messages) = repaired(&account, "revoke_sessions: external");
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{}","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}]}}"#,
        "x".repeat(10_000)
    );
    let name = PolicyName::parse("long").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, &long));
    let writes = account.writes();
    let passed = pass(&inline_world(&account), &inline_context(), &messages[0]);
    insta::assert_snapshot!(not_revoked(&passed.outcome), @"the role's inline policies would take 10362 of the 10240 characters that a role has: make room and revoke the sessions in the console");
    assert_eq!(account.writes(), writes);
}

#[test]
fn a_contested_role_does_not_run_out_of_room() {
    let account = account(&unsafe_trust());
    let trust = deployed(&account);
    let inline_world = inline_world(&account);
    for _ in 0..50 {
        account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
        let told = trust.queues.messages().len();
        let _ = pass(&trust, &trust_context("revoke_sessions: external"), &by_hand("app"));
        for message in messages(&trust).iter().skip(told) {
            assert!(is_safe_end(&pass(&inline_world, &inline_context(), message).outcome));
        }
        trust.clock.advance(Duration::from_secs(45));
        inline_world.clock.advance(Duration::from_secs(45));
    }
    assert_eq!(inline(&account).len(), 1);
}

fn is_safe_end(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Compliant | Outcome::Repaired(_))
}

#[test]
fn protected_roles_keep_their_sessions() {
    let account = account(&safe());
    account.seed(|stored| stored.put_role("/", "break-glass", &safe(), EVENT)).unwrap();
    let id = role(&account, "break-glass").id;
    let message = json!({
        "version": 1, "account": ACCOUNT, "role": "break-glass", "role_id": id.as_str(), "facet": "permissions",
        "revoke": {"repair": REPAIR, "from": "2026-11-20T10:00:00Z", "to": "2026-11-20T10:00:05Z"},
    });
    assert_eq!(pass(&inline_world(&account), &inline_context(), &message).outcome, Outcome::Compliant);
    assert_eq!(account.writes(), 0);
}

#[test]
fn an_event_that_wrote_no_trust_policy_does_not_date_the_exposure() {
    let account = account(&unsafe_trust());
    let world = deployed(&account);
    let tagged = event("TagRole", &json!({"roleName": "app", "tags": []}));
    let passed = pass(&world, &trust_context("revoke_sessions: external"), &tagged);
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert_eq!(messages(&world)[0]["revoke"]["from"], "2026-11-19T22:00:05Z");
}
