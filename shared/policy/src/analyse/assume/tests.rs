use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;
use crate::AccountId;

fn facts() -> TrustFacts {
    let account = |id: &str| AccountId::parse(id).unwrap();
    let mut facts = TrustFacts::new(account("111122223333"));
    facts.org_id = Some("o-exampleorg1".to_owned());
    facts.trust_org = true;
    facts.trusted_accounts = vec![account("444455556666")];
    facts.trusted_services = vec!["lambda.amazonaws.com".to_owned(), "ssm.amazonaws.com".to_owned()];
    facts.source_bound_services = vec!["ssm.amazonaws.com".to_owned()];
    facts
}

/// Plain principals, and some that are a little less plain.
fn principal() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"AWS": "111122223333"}),
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": ["arn:aws:iam::111122223333:role/team/deploy", "444455556666"]}),
        json!({"AWS": "arn:aws:iam::444455556666:user/ann"}),
        json!({"Service": "lambda.amazonaws.com"}),
        json!({"Service": ["ssm.amazonaws.com", "lambda.amazonaws.com"], "AWS": "444455556666"}),
        json!({"Service": "LAMBDA.amazonaws.com"}),
        json!({"Service": "ec2.amazonaws.com"}),
        json!({"AWS": "arn:aws-cn:iam::111122223333:root"}),
        json!({"AWS": "999988887777"}),
        json!({"AWS": "AROA3AEW23DC76AD3735E"}),
        json!({"AWS": "*"}),
        json!({"AWS": []}),
        json!("111122223333"),
    ])
}

fn statement() -> impl Strategy<Value = Value> {
    let action = select(vec![
        json!("sts:AssumeRole"),
        json!(["sts:TagSession", "STS:assumerole"]),
        json!("sts:*"),
        json!("sts:TagSession"),
        json!("sts:AssumeRoleWithSAML"),
    ]);
    let effect = prop_oneof![9 => Just("Allow"), 1 => Just("Deny")];
    (principal(), action, effect, addition()).prop_map(|(principal, action, effect, (element, value))| {
        let mut statement = json!({"Effect": effect, "Principal": principal, "Action": action});
        match element {
            "NotAction" => {
                statement.as_object_mut().unwrap().remove("Action");
                statement["NotAction"] = value;
            }
            _ => statement[element] = value,
        }
        statement
    })
}

/// What makes a statement less plain, most often nothing.
fn addition() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        4 => Just(("Sid", json!("plain"))),
        1 => select(vec![
            ("Condition", json!({"StringEquals": {"aws:PrincipalAccount": "999988887777"}})),
            ("Condition", json!({"Bool": {"aws:SecureTransport": "true"}})),
            ("NotAction", json!("sts:AssumeRole")),
            ("NotAction", json!("sts:TagSession")),
            ("Resource", json!("*")),
            ("Resource", json!("arn:aws:s3:::b")),
            ("Unless", json!("monday")),
        ]),
    ]
}

proptest! {
    #[test]
    fn what_is_answered_at_sight_is_what_the_search_finds(
        statements in proptest::collection::vec(statement(), 0..4),
    ) {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = Document::read(text).unwrap();
        let searched = search(&document, &facts(), Budget::default());
        prop_assert_eq!(who_can_assume(&document, &facts(), Budget::default()), searched);
    }
}

#[test]
fn the_common_shapes_are_plain() {
    for principal in [
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::444455556666:root"]}),
        json!({"Service": "lambda.amazonaws.com"}),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        let document = Document::read(json!({"Statement": [statement]}).to_string()).unwrap();
        assert!(plain::reach(&document, &facts()).is_some(), "{statement}");
    }
}
