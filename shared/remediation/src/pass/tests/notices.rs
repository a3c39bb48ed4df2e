//! Notices do not make a role unsafe, and are not lost.

use serde_json::Value;

use super::fixture::*;
use crate::outcome::Outcome;

const DELETED: &str = r#"{"Effect":"Allow","Principal":{"AWS":["AIDAEXAMPLEEXAMPLE03","arn:aws:iam::111122223333:root"]},"Action":"sts:AssumeRole"}"#;

fn kinds(passed: &crate::pass::Passed) -> Vec<&str> {
    passed
        .record
        .findings
        .iter()
        .filter_map(|found| found.finding.get("kind").and_then(Value::as_str))
        .collect()
}

#[test]
fn a_role_with_a_notice_is_compliant_and_only_what_weighs_is_told() {
    let account = account(&trust(&[DELETED]));
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &by_hand("app"));
    assert_eq!((&passed.outcome, kinds(&passed)), (&Outcome::Compliant, vec!["deleted_principal"]));
    assert_eq!(world.bus.told(), []);
    account.seed(|stored| stored.put_role("/", "AWSServiceRoleForSupport", &safe(), EVENT)).unwrap();
    let passed = pass(&world, &updater(), &by_hand("AWSServiceRoleForSupport"));
    assert_eq!((&passed.outcome, kinds(&passed)), (&Outcome::Compliant, vec!["decoy_name"]));
    assert_eq!(world.bus.told().len(), 1);
    assert_eq!(account.writes(), 0);
}

#[test]
fn a_repair_of_a_role_with_a_notice_is_a_repair() {
    let account = account(&trust(&[DELETED, OUTSIDER]));
    let passed = pass(&trust_world(&account), &updater(), &by_hand("app"));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert_eq!(live(&account), trust(&[&DELETED.replace(r#""AIDAEXAMPLEEXAMPLE03","#, "")]));
    account.seed(|stored| stored.put_role("/", "AWSServiceRoleForX", &unsafe_trust(), EVENT)).unwrap();
    let passed = pass(&trust_world(&account), &updater(), &by_hand("AWSServiceRoleForX"));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
}
