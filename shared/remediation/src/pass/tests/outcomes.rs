//! Every outcome is reached.

use std::time::Duration;

use guardrails::{Facet, Mode, PolicyName, RoleArn, RoleId, RoleName};
use serde_json::json;

use super::fixture::*;
use crate::authority::TrustOnly;
use crate::embedded::Fault;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::log::{Entry, LogHistory};
use crate::history::memory::MemoryHistory;
use crate::history::{Claim, Hold};
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::pass::OwnRole;
use crate::record::{RoleState, StepResult};
use crate::trigger::Trigger;

#[test]
fn a_safe_role_is_compliant_after_one_call() {
    let account = account(&safe());
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &update(&safe()));
    assert_eq!((passed.outcome, passed.record.iam_calls), (Outcome::Compliant, 1));
    assert!(world.bus.told().is_empty());
}

#[test]
fn an_unsafe_role_is_repaired_and_the_rest_is_kept() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert!(matches!(passed.next, Next::Again { .. }));
    assert!(crate::document::same(&live(&account), &safe()), "{}", live(&account));
    let names: Vec<_> = account.calls().into_iter().map(|call| call.name).collect();
    assert_eq!(names, ["GetRole", "GetRole", "UpdateAssumeRolePolicy", "GetRole"]);
    assert_eq!(world.bus.told().len(), 1);
}

#[test]
fn the_same_event_again_and_the_own_event_write_nothing() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let context = updater();
    assert_eq!(names(&until_done(&world, &context, &update(&unsafe_trust()))), ["repaired", "compliant"]);
    let writes = account.writes();
    until_done(&world, &context, &update(&unsafe_trust()));
    let own = pass(&world, &context, &update(&live(&account)));
    assert_eq!(own.outcome, Outcome::Compliant);
    assert_eq!(account.writes(), writes);
}

#[test]
fn a_new_role_is_neutralised_and_stays() {
    let account = account(&trust(&[OUTSIDER]));
    let event = event(
        "CreateRole",
        &json!({
            "roleName": "app", "assumeRolePolicyDocument": trust(&[OUTSIDER])
        }),
    );
    let passed = pass(&trust_world(&account), &enforce(Function::CreateRole), &event);
    assert!(is_repaired(&passed.outcome));
    assert!(live(&account).contains(r#""Effect":"Deny""#));
}

#[test]
fn an_inline_policy_is_repaired_by_the_function_that_may() {
    let account = account(&safe());
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    let passed = pass(&inline_world(&account), &enforce(Function::PutRolePolicy), &put_inline(ADMIN));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    let after = passed.record.after.unwrap();
    assert!(after.permissions.unwrap().inline.is_empty());
}

#[test]
fn monitor_mode_goes_the_whole_way_and_writes_nothing() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let context = context(Function::UpdateAssumeRolePolicy, Mode::Monitor);
    let passed = pass(&world, &context, &update(&unsafe_trust()));
    assert_eq!((passed.outcome, passed.next), (Outcome::WouldRepair, Next::Done));
    assert_eq!(passed.record.steps[0].result, StepResult::NotWritten);
    assert_eq!((account.writes(), live(&account)), (0, unsafe_trust()));
    let intents = world.history.entries().into_iter().filter(|e| matches!(e, Entry::Intent(_)));
    assert_eq!(intents.count(), 0);
}

#[test]
fn a_step_beyond_the_authority_is_handed_over_or_reported() {
    let account = account(&safe());
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    // A trust-only writer that reads all, as the sweep without inline authority.
    let world = |deployed: &[Function]| {
        World::new(
            account.clone(),
            super::weather::SweepWithoutInline,
            MemoryHistory::default(),
            deployed,
            NOW,
        )
    };
    let sweep = enforce(Function::Sweep);
    let alone = world(&[]);
    let passed = pass(&alone, &sweep, &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::Unrepaired(Unrepaired::NoAuthority(Function::PutRolePolicy)));
    // What it may, it did.
    assert!(is_safe(&live(&account)));
    let together = world(&[Function::PutRolePolicy]);
    let passed = pass(&together, &sweep, &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::HandedOver(Function::PutRolePolicy));
    let messages = together.queues.messages();
    assert_eq!(messages.len(), 1);
    // The other function takes the message like any event.
    let message = serde_json::to_value(&messages[0].1).unwrap();
    let passed = pass(&inline_world(&account), &enforce(Function::PutRolePolicy), &message);
    assert!(is_repaired(&passed.outcome));
}

#[test]
fn a_role_is_not_handed_to_and_fro() {
    let account = account(&unsafe_trust());
    let deployed = [Function::UpdateAssumeRolePolicy, Function::PutRolePolicy];
    let world =
        World::new(account.clone(), super::weather::InlineSweep, MemoryHistory::default(), &deployed, NOW);
    let mut message = by_hand("app");
    for hops in 0..5 {
        let passed = pass(&world, &enforce(Function::Sweep), &message);
        assert_eq!(passed.outcome, Outcome::HandedOver(Function::UpdateAssumeRolePolicy));
        let handed = world.queues.messages().pop().unwrap().1;
        assert_eq!(handed.hops, hops);
        message = serde_json::to_value(handed).unwrap();
    }
    let passed = pass(&world, &enforce(Function::Sweep), &message);
    let why = Unrepaired::NoAuthority(Function::UpdateAssumeRolePolicy);
    assert_eq!(passed.outcome, Outcome::Unrepaired(why));
}

#[test]
fn a_queue_out_of_order_is_tried_again_and_then_reported() {
    let account = account(&safe());
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    let deployed = [Function::PutRolePolicy];
    let world =
        World::new(account, super::weather::SweepWithoutInline, MemoryHistory::default(), &deployed, NOW);
    world.queues.fail(2);
    let passed = pass(&world, &enforce(Function::Sweep), &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::HandedOver(Function::PutRolePolicy));
    world.queues.fail(9);
    let passed = pass(&world, &enforce(Function::Sweep), &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::NotToldTo { .. })));
    assert!(matches!(passed.next, Next::Again { .. }));
}

#[test]
fn a_notification_is_tried_again_and_never_lost_in_silence() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    world.bus.fail(2);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!((passed.record.untold, world.bus.told().len()), (false, 1));
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    world.bus.fail(9);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert!(is_repaired(&passed.outcome), "a dead bus does not keep a role unsafe");
    assert!(passed.record.untold);
    assert_eq!(passed.record.trouble.len(), 1);
    assert!(matches!(passed.next, Next::Again { .. }), "the message comes again until people are told");
    world.bus.fail(0);
    world.clock.advance(Claim::LEASE);
    let _ = until_done(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!(world.bus.told().len(), 2);
}

#[test]
fn a_history_that_knows_the_repair_confirms_the_second_delivery_at_once() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    assert!(is_repaired(&pass(&world, &updater(), &update(&unsafe_trust())).outcome));
    let again = pass(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!((again.outcome, again.record.iam_calls), (Outcome::Compliant, 1));
}

#[test]
fn a_look_alike_weighs_more() {
    let account = account(&safe());
    account.seed(|stored| stored.put_role("/", "awsservicerolefory", &unsafe_trust(), EVENT)).unwrap();
    let passed = pass(&trust_world(&account), &updater(), &by_hand("awsservicerolefory"));
    assert_eq!(passed.record.findings[0].finding["severity"], "critical");
}

#[test]
fn a_trust_change_of_a_guarded_role_hands_its_permissions_over() {
    let account = account(&safe());
    let queues = [Function::PutRolePolicy];
    let world = World::new(account, TrustOnly, MemoryHistory::default(), &queues, NOW);
    let passed = pass(&world, &updater(), &update(&safe()));
    assert_eq!((passed.outcome, passed.record.handed_over), (Outcome::Compliant, queues.to_vec()));
    let message = world.queues.messages().remove(0).1;
    assert_eq!((message.facet, message.role.as_str()), (Facet::Permissions, "app"));
    // Looking at it by hand changes nothing, so there is nothing to hand over.
    assert!(pass(&world, &updater(), &by_hand("app")).record.handed_over.is_empty());
}

#[test]
fn a_role_that_is_not_there_is_gone() {
    let account = account(&safe());
    let world = trust_world(&account);
    assert_eq!(pass(&world, &updater(), &by_hand("nobody")).outcome, Outcome::Gone);
    let deleted = event("DeleteRole", &json!({"roleName": "nobody"}));
    assert_eq!(pass(&world, &updater(), &deleted).outcome, Outcome::Gone);
}

#[test]
fn roles_of_aws_are_left_alone_by_path_and_look_alikes_are_not() {
    let account = account(&safe());
    account
        .seed(|stored| {
            stored.put_role(
                "/aws-service-role/x.amazonaws.com/",
                "AWSServiceRoleForX",
                &unsafe_trust(),
                EVENT,
            )?;
            stored.put_role("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Safe", &safe(), EVENT)?;
            stored.put_role("/", "AWSServiceRoleForY", &unsafe_trust(), EVENT)
        })
        .unwrap();
    let world = trust_world(&account);
    let context = updater();
    let passed = pass(&world, &context, &by_hand("AWSServiceRoleForX"));
    assert_eq!(passed.outcome, Outcome::Unmodifiable);
    assert_eq!(passed.record.findings.len(), 1);
    assert_eq!(pass(&world, &context, &by_hand("AWSReservedSSO_Safe")).outcome, Outcome::Compliant);
    assert_eq!(account.writes(), 0);
    assert!(is_repaired(&pass(&world, &context, &by_hand("AWSServiceRoleForY")).outcome));
}

#[test]
fn a_protected_role_gets_findings_and_no_writes() {
    let account = account(&safe());
    account.seed(|stored| stored.put_role("/", "break-glass", &unsafe_trust(), EVENT)).unwrap();
    let passed = pass(&trust_world(&account), &updater(), &by_hand("break-glass"));
    assert_eq!(passed.outcome, Outcome::Protected("last way in".to_owned()));
    assert_eq!((account.writes(), passed.record.findings.len()), (0, 1));
}

#[test]
fn an_own_role_is_known_by_arn_and_id_and_never_written() {
    let account = account(&unsafe_trust());
    let live = role(&account, "app");
    let mut context = updater();
    context.own_roles = vec![OwnRole { arn: live.arn.clone(), id: live.id }];
    let passed = pass(&trust_world(&account), &context, &update(&unsafe_trust()));
    assert!(matches!(passed.outcome, Outcome::Protected(_)));
    assert_eq!(account.writes(), 0);
    // The same name under another id is somebody else's role.
    context.own_roles = vec![OwnRole { arn: live.arn, id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap() }];
    assert!(is_repaired(&pass(&trust_world(&account), &context, &update(&unsafe_trust())).outcome));
}

#[test]
fn a_held_document_stays_until_the_hold_ends_or_it_changes() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let live = role(&account, "app");
    let hold = Hold {
        version: 1,
        role_id: live.id.clone(),
        role: live.arn.clone(),
        facet: Facet::Trust,
        digest: RoleState::from(&live).digest(Facet::Trust),
        at: NOW,
        until: NOW + Duration::from_secs(60),
        by: "dana".to_owned(),
    };
    world.history.push(Entry::Hold(hold));
    let held = pass(&world, &updater(), &by_hand("app"));
    assert!(matches!(held.outcome, Outcome::Held { .. }));
    assert_eq!(account.writes(), 0);
    account.seed(|stored| stored.put_trust("app", &trust(&[OUTSIDER])));
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    world.clock.advance(Duration::from_secs(61));
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
}

#[test]
fn what_is_undecided_or_without_proof_is_never_silent() {
    let undecided = r#"{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"SomedayEquals":{"a":"b"}}}"#;
    let account = account(&trust(&[undecided]));
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unjudged(Unjudged::Undecided(_))), "{:?}", passed.outcome);
    // Only what was good before may come back, and nothing is known of it.
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let context = with_settings(
        Function::UpdateAssumeRolePolicy,
        Mode::Enforce,
        "[narrow, restore, quarantine]",
        "[restore]",
    );
    let passed = pass(&world, &context, &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::NoProof(_))), "{:?}", passed.outcome);
    assert_eq!((account.writes(), world.bus.told().len()), (0, 2));
    // Once it was seen safe, it can come back.
    account.seed(|stored| stored.put_trust("app", &safe()));
    assert_eq!(pass(&world, &context, &by_hand("app")).outcome, Outcome::Compliant);
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let passed = pass(&world, &context, &by_hand("app"));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert_eq!(live(&account), safe());
}

#[test]
fn a_repair_that_leaves_something_in_monitor_mode_does_not_call_the_role_safe() {
    let account = account(&unsafe_trust());
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    let context = with_settings(
        Function::Sweep,
        Mode::Enforce,
        "lock_down_permissions: {mode: enforce",
        "lock_down_permissions: {mode: monitor",
    );
    let passed = pass(&all_world(&account), &context, &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::WouldRepair);
    let results: Vec<_> = passed.record.steps.iter().map(|step| step.result).collect();
    assert_eq!(results, [StepResult::Done, StepResult::NotWritten]);
    assert!(is_safe(&live(&account)));
}

#[test]
fn a_role_of_another_account_is_refused() {
    let account = account(&safe());
    let arn = RoleArn::parse("arn:aws:iam::444455556666:role/app").unwrap();
    let id = RoleId::parse("AROA3AEW23DC76AD3735E").unwrap();
    account.seed(|stored| stored.put_role_as(arn, id, &unsafe_trust(), EVENT));
    let passed = pass(&trust_world(&account), &updater(), &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Refused(_)));
    let account = super::fixture::account(&unsafe_trust());
    let foreign = Trigger::by_hand("444455556666", RoleName::parse("app").unwrap(), Facet::Trust);
    let passed = block_on(crate::pass::run(&trust_world(&account), &updater(), &foreign, None));
    assert!(matches!(passed[0].outcome, Outcome::Refused(_)));
    assert!(account.calls().is_empty());
}

#[test]
fn ignored_and_refused_messages_make_no_call_and_leave_a_record() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let tag = event("TagPolicy", &json!({"policyArn": "arn:aws:iam::111122223333:policy/p"}));
    assert!(matches!(pass(&world, &updater(), &tag).outcome, Outcome::Ignored(_)));
    assert!(matches!(pass(&world, &updater(), &json!({})).outcome, Outcome::Refused(_)));
    let entries = world.history.entries();
    let records = entries.iter().filter(|entry| matches!(entry, Entry::Record(_)));
    assert_eq!((account.calls().len(), records.count()), (0, 2));
}

/// A log that takes no lines.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn without_an_intent_in_the_history_nothing_is_written() {
    let account = account(&unsafe_trust());
    let world = World::new(account.clone(), TrustOnly, LogHistory::new(Full), &[], NOW);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::NoHistory(_))));
    assert_eq!((account.writes(), passed.record.trouble.len()), (0, 1));
}

#[test]
fn a_document_that_iam_refuses_gives_way_to_the_form_in_reserve() {
    let account = account(&trust(&[OUTSIDER]));
    let refuses = Fault::Answer(IamError::Malformed("MalformedPolicyDocument".to_owned()));
    account.fail(2, refuses.clone());
    let passed = pass(&trust_world(&account), &updater(), &update(&trust(&[OUTSIDER])));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert!(live(&account).contains("000000000000"));
    // When no form is left, that is said.
    account.seed(|stored| stored.put_trust("app", &trust(&[OUTSIDER])));
    let calls = account.calls().len();
    account.fail(calls + 2, refuses.clone());
    account.fail(calls + 4, refuses);
    let passed = pass(&trust_world(&account), &updater(), &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::Iam(IamError::Malformed(_)))));
}

#[test]
fn an_unreadable_role_is_unjudged() {
    let account = account(&safe());
    account.fail(0, Fault::Denied);
    let passed = pass(&trust_world(&account), &updater(), &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unjudged(Unjudged::Unreadable(_))));
    assert_eq!(passed.next, Next::Done);
}

#[test]
fn when_time_runs_out_the_message_comes_again() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let passed = block_on(crate::pass::handle(&world, &updater(), &by_hand("app"), Some(NOW)));
    assert_eq!(passed[0].outcome, Outcome::Unjudged(Unjudged::OutOfTime));
    assert!(matches!(passed[0].next, Next::Again { .. }));
    assert!(account.calls().is_empty());
}

#[test]
fn omitted_parameters_lead_to_every_role() {
    let account = account(&unsafe_trust());
    account
        .seed(|stored| {
            for number in 0..250 {
                stored.put_role("/many/", &format!("role-{number}"), &safe(), EVENT)?;
            }
            stored.put_role("/many/", "zz-last", &unsafe_trust(), EVENT)
        })
        .unwrap();
    let world = trust_world(&account);
    let parameters = json!({"reason": "requestParameters too large", "omitted": "true"});
    let omitted = event("UpdateAssumeRolePolicy", &parameters);
    let passed = pass_all(&world, &updater(), &omitted);
    assert_eq!(names(&passed), ["repaired", "repaired", "unjudged"]);
    // Only when the event is old enough are the pages known to show it.
    world.clock.advance(Duration::from_secs(120));
    let passed = pass_all(&world, &updater(), &omitted);
    assert_eq!(names(&passed), ["compliant"]);
    // People hear of a padded call even when nothing came of it.
    assert_eq!(world.bus.told().len(), 4);
}
