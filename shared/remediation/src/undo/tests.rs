use std::time::Duration;

use guardrails::RoleName;

use super::*;
use crate::authority::Everything;
use crate::embedded::Embedded;
use crate::history::{Archive as _, Hold, RepairId};
use crate::outcome::Outcome;
use crate::pass::block_on;
use crate::pass::tests::fixture::*;
use crate::record::RoleState;

const EC2: &str =
    r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#;

/// An account whose role was repaired, and the repair.
fn repaired(trust: &str) -> (Embedded, Trust, RepairId) {
    let account = account(trust);
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &update(trust));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    let id = passed.record.repair.unwrap();
    (account, world, id)
}

fn planned(account: &Embedded, world: &Trust, id: &RepairId) -> Result<Undo, CannotUndo> {
    let repair = block_on(world.history.repair(id)).unwrap().unwrap();
    block_on(plan(&Everything(account.clone()), &repair))
}

fn applied(account: &Embedded, world: &Trust, undo: &Undo) -> Result<Vec<Hold>, CannotUndo> {
    let until = NOW + Duration::from_secs(3_600);
    block_on(apply(&Everything(account.clone()), &world.history, undo, NOW, until, "dana"))
}

#[test]
fn what_was_undone_is_held_and_another_document_is_repaired() {
    let (account, world, id) = repaired(&unsafe_trust());
    let undo = planned(&account, &world, &id).unwrap();
    assert_eq!((undo.restored.trust.as_str(), undo.pruned.len()), (unsafe_trust().as_str(), 0));
    let holds = applied(&account, &world, &undo).unwrap();
    assert_eq!((holds.len(), live(&account)), (1, unsafe_trust()));
    let writes = account.writes();
    let held = pass(&world, &updater(), &update(&unsafe_trust()));
    assert!(matches!(held.outcome, Outcome::Held { .. }), "{:?}", held.outcome);
    assert_eq!(account.writes(), writes);
    // Only exactly this document is held, and only until then.
    account.seed(|stored| stored.put_trust("app", &trust(&[OUTSIDER])));
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    world.clock.advance(Duration::from_secs(3_601));
    assert!(is_repaired(&pass(&world, &updater(), &by_hand("app")).outcome));
}

#[test]
fn a_repair_that_did_not_live_to_tell_can_be_undone() {
    let (account, world, id) = repaired(&unsafe_trust());
    let mut repair = block_on(world.history.repair(&id)).unwrap().unwrap();
    repair.record = None;
    let undo = block_on(plan(&Everything(account.clone()), &repair)).unwrap();
    assert_eq!(undo.restored.trust, unsafe_trust());
    // It died before it wrote.
    account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    let undone = block_on(plan(&Everything(account), &repair));
    assert!(matches!(undone, Err(CannotUndo::Undone(_))), "{undone:?}");
}

#[test]
fn a_role_that_changed_since_is_left_alone() {
    let (account, world, id) = repaired(&unsafe_trust());
    let undo = planned(&account, &world, &id).unwrap();
    account.seed(|stored| stored.put_trust("app", &trust(&[EC2])));
    assert!(matches!(planned(&account, &world, &id), Err(CannotUndo::Changed { .. })));
    // Changed between the look and the write: nothing is written, and nothing stays held.
    let writes = account.writes();
    assert!(matches!(applied(&account, &world, &undo), Err(CannotUndo::Changed { .. })));
    assert_eq!(account.writes(), writes);
    assert_eq!(block_on(world.history.all_holds(NOW)).unwrap(), []);
}

#[test]
fn a_role_that_was_created_again_or_deleted_is_left_alone() {
    let (account, world, id) = repaired(&unsafe_trust());
    let text = live(&account);
    account.seed(|stored| stored.take_role("app"));
    assert!(matches!(planned(&account, &world, &id), Err(CannotUndo::Gone(_))));
    account.seed(|stored| stored.put_role("/", "app", &text, NOW)).unwrap();
    assert!(matches!(planned(&account, &world, &id), Err(CannotUndo::Recreated(_))));
    assert_eq!(block_on(world.history.all_holds(NOW)).unwrap(), []);
}

#[test]
fn principals_that_died_since_are_left_out_and_named() {
    let gone = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/gone"},"Action":"sts:AssumeRole"}"#;
    let before = trust(&[OWN, gone, OUTSIDER]);
    let (account, world, id) = repaired(&before);
    let undo = planned(&account, &world, &id).unwrap();
    assert_eq!(undo.pruned, ["arn:aws:iam::111122223333:role/gone"]);
    assert_eq!(undo.restored.trust, unsafe_trust());
    let holds = applied(&account, &world, &undo).unwrap();
    let name = RoleName::parse("app").unwrap();
    let role = block_on(crate::ports::ReadRole::role(&account, &name)).unwrap();
    assert!(holds.iter().all(|hold| hold.is_on(&RoleState::from(&role))));
}
