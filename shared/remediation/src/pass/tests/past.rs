//! What a pass makes of a role's past.

use guardrails::{Mode, RoleName};

use super::fixture::*;
use crate::embedded::Fault;
use crate::function::Function;
use crate::history::{Archive as _, History as _, Hold};
use crate::outcome::Outcome;
use crate::record::RoleState;

const EC2: &str =
    r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
const GONE: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/gone"},"Action":"sts:AssumeRole"}"#;

fn bad(number: u32) -> String {
    trust(&[&OUTSIDER.replacen('{', &format!(r#"{{"Sid":"n{number}","#), 1)])
}

/// Lets a stranger write, some seconds later.
fn written(account: &crate::embedded::Embedded, world: &Trust, text: &str) {
    world.clock.advance(std::time::Duration::from_secs(10));
    account.seed(|stored| stored.put_trust("app", text));
}

#[test]
fn two_bad_documents_in_a_row_never_bring_a_bad_one_back() {
    let good = trust(&[EC2]);
    let account = account(&good);
    let world = trust_world(&account);
    assert_eq!(pass(&world, &updater(), &by_hand("app")).outcome, Outcome::Compliant);
    // The first is seen and left: the function only watched.
    let watching = context(Function::UpdateAssumeRolePolicy, Mode::Monitor);
    for number in 0..9 {
        written(&account, &world, &bad(number));
        assert_eq!(pass(&world, &watching, &by_hand("app")).outcome, Outcome::WouldRepair);
    }
    for number in 9..12 {
        written(&account, &world, &bad(number));
        assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
        assert_eq!(live(&account), good);
    }
}

#[test]
fn what_was_good_then_and_is_not_today_does_not_come_back() {
    let (old, older) = (trust(&[EC2, OWN]), trust(&[OWN]));
    let account = account(&older);
    let world = trust_world(&account);
    let _ = pass(&world, &updater(), &by_hand("app"));
    written(&account, &world, &old);
    let _ = pass(&world, &updater(), &by_hand("app"));
    written(&account, &world, &bad(0));
    let stricter = with_settings(Function::UpdateAssumeRolePolicy, Mode::Enforce, "[ec2.amazonaws.com,", "[");
    assert!(is_repaired(&pass(&world, &stricter, &by_hand("app")).outcome));
    assert_eq!(live(&account), older);
}

#[test]
fn a_role_of_the_same_name_gets_nothing_of_the_others_past() {
    let account = account(&trust(&[EC2]));
    let world = trust_world(&account);
    assert_eq!(pass(&world, &updater(), &by_hand("app")).outcome, Outcome::Compliant);
    world.clock.advance(std::time::Duration::from_secs(10));
    account.seed(|stored| {
        stored.take_role("app");
        stored.put_role("/", "app", &bad(0), NOW).unwrap();
    });
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
    assert!(live(&account).contains(r#""Effect":"Deny""#), "{}", live(&account));
    let named = block_on(world.history.roles_named(&RoleName::parse("app").unwrap())).unwrap();
    assert_eq!(named.len(), 2);
}

#[test]
fn a_good_version_comes_back_without_principals_that_died_since() {
    let account = account(&trust(&[EC2, GONE]));
    let world = trust_world(&account);
    assert_eq!(pass(&world, &updater(), &by_hand("app")).outcome, Outcome::Compliant);
    account.seed(|stored| stored.take_principal("arn:aws:iam::111122223333:role/gone"));
    written(&account, &world, &bad(0));
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
    assert_eq!(live(&account), trust(&[EC2]));
}

/// The pass ends at its write, which was not carried out, or right after it.
#[test]
fn a_crash_before_the_write_or_after_it_leaves_an_intent_with_all_that_was_before() {
    for (call, then) in [(2, "repaired"), (3, "compliant")] {
        let account = account(&unsafe_trust());
        account.fail(call, Fault::Denied);
        let world = trust_world(&account);
        let passed = pass(&world, &updater(), &by_hand("app"));
        assert!(!is_repaired(&passed.outcome));
        let id = passed.record.repair.unwrap();
        let repair = block_on(world.history.repair(&id)).unwrap().unwrap();
        assert_eq!(repair.before().unwrap().trust, unsafe_trust());
        world.clock.advance(std::time::Duration::from_secs(10));
        assert_eq!(pass(&world, &updater(), &by_hand("app")).outcome.name(), then);
        assert!(is_safe(&live(&account)));
    }
}

#[test]
fn a_held_trust_policy_keeps_nobody_from_repairing_the_permissions() {
    let account = account(&unsafe_trust());
    let name = guardrails::PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, ADMIN));
    let world = all_world(&account);
    let live_role = role(&account, "app");
    let hold = Hold {
        version: 1,
        role_id: live_role.id.clone(),
        role: live_role.arn.clone(),
        facet: guardrails::Facet::Trust,
        digest: RoleState::from(&live_role).digest(guardrails::Facet::Trust),
        at: NOW,
        until: NOW + std::time::Duration::from_secs(60),
        by: "dana".to_owned(),
    };
    block_on(world.history.hold(&hold)).unwrap();
    let trigger = crate::trigger::Trigger {
        cause: crate::trigger::Cause::Sweep,
        ..crate::trigger::Trigger::by_hand(ACCOUNT, RoleName::parse("app").unwrap(), guardrails::Facet::All)
    };
    let passed = block_on(crate::pass::run(&world, &enforce(Function::Sweep), &trigger, None));
    assert!(is_repaired(&passed[0].outcome), "{:?}", passed[0].outcome);
    assert_eq!(live(&account), unsafe_trust());
    assert!(
        !passed[0]
            .record
            .after
            .as_ref()
            .unwrap()
            .permissions
            .as_ref()
            .unwrap()
            .inline
            .iter()
            .any(|policy| policy.text == ADMIN)
    );
}
