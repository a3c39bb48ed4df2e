//! What holds for every trust policy and every order of events.

use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::Value;

use super::fixture::*;
use crate::embedded::Embedded;
use crate::pass::run;
use crate::trigger::Trigger;
use guardrails::{Facet, RoleName};

/// Statements of a trust policy, safe and unsafe, that IAM would store.
const STATEMENTS: [&str; 9] = [
    OWN,
    OUTSIDER,
    r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/partner"]},"Action":["sts:AssumeRole","sts:TagSession"]}"#,
    r#"{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}"#,
    r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":["AROAX2BE4EEWZ2EXD6DFQ","arn:aws:iam::111122223333:root"]},"Action":"sts:AssumeRole"}"#,
    r#"{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"}"#,
];

fn document() -> impl Strategy<Value = String> {
    subsequence(STATEMENTS.to_vec(), 1..=STATEMENTS.len()).prop_map(|statements| trust(&statements))
}

fn again_by_hand(world: &Trust) -> &'static str {
    let trigger = Trigger::by_hand(ACCOUNT, RoleName::parse("app").unwrap(), Facet::Trust);
    let mut passed = block_on(run(world, &updater(), &trigger, None));
    passed.remove(0).outcome.name()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// A repaired role needs no repair, and the second pass writes nothing.
    #[test]
    fn a_pass_after_a_pass_writes_nothing(document in document()) {
        let account = account(&document);
        let world = trust_world(&account);
        let first = until_done(&world, &updater(), &update(&document));
        let writes = account.writes();
        prop_assert!(writes <= 1, "{:?}", names(&first));
        prop_assert_eq!(again_by_hand(&world), "compliant");
        until_done(&world, &updater(), &update(&live(&account)));
        prop_assert_eq!(account.writes(), writes);
    }

    /// Late, twice and in any order: the state that is live decides, so the end is the same.
    #[test]
    fn the_order_of_deliveries_does_not_matter(
        documents in prop::collection::vec(document(), 1..4),
        deliveries in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let account: Embedded = account(&safe());
        for document in &documents {
            account.seed(|stored| stored.put_trust("app", document));
        }
        let world = trust_world(&account);
        let events: Vec<Value> = documents.iter().map(|document| update(document)).collect();
        for delivery in deliveries {
            until_done(&world, &updater(), delivery.get(&events));
        }
        let alone = super::fixture::account(documents.last().unwrap());
        until_done(&trust_world(&alone), &updater(), events.last().unwrap());
        prop_assert_eq!(live(&account), live(&alone));
    }
}
