//! The catalogue as data; what a session can have together; what witnesses say.

use super::{GrantFacts, catalogue::PATHS, grants, never_allows};
use crate::{
    AccountId, Document,
    analyse::{Answer, Budget, within::Permissions},
};
use serde_json::{Value, json};

#[test]
fn every_way_is_listed_once_with_a_source_and_passed_roles_go_somewhere() {
    let mut seen = std::collections::BTreeSet::new();
    for path in PATHS {
        assert!(seen.insert(path.actions), "{:?} stands there twice", path.actions);
        assert!(!path.source.is_empty());
        let passes = path.actions.contains(&"iam:PassRole");
        assert_eq!(passes, path.actions.first() == Some(&"iam:PassRole"));
        assert_eq!(passes, !path.services.is_empty(), "{:?}", path.actions);
    }
}

fn policy(statements: &Value) -> Document {
    Document::read(json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).unwrap()
}

fn facts() -> GrantFacts {
    GrantFacts::new(AccountId::parse("111122223333").unwrap())
}

/// Whether the role may pass another to an instance it runs, each half under a condition.
fn runs_instances(pass: &Value, run: &Value, deny: &Value) -> bool {
    let document = policy(&json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": pass},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": run},
        {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*", "Condition": deny},
    ]));
    let found = grants(&Permissions::of([&document]), &facts(), Budget::default());
    assert!(!matches!(found.answer, Answer::Unknown(_)));
    assert_eq!(found.escalates, !found.paths.is_empty());
    found.escalates
}

#[test]
fn a_session_has_each_of_its_own_keys_once() {
    let tag = |value: &str| json!({"StringEquals": {"aws:PrincipalTag/team": value}});
    let never = json!({"StringEquals": {"aws:PrincipalTag/team": "nobody"}});
    assert!(runs_instances(&tag("a"), &tag("a"), &never));
    assert!(!runs_instances(&tag("a"), &tag("b"), &never));
    assert!(!runs_instances(&tag("a"), &json!({}), &tag("a")));
    let either = json!({"StringEquals": {"aws:PrincipalTag/team": ["a", "b"]}});
    assert!(runs_instances(&either, &tag("b"), &tag("a")));
    let mfa = |value: bool| json!({"Bool": {"aws:MultiFactorAuthPresent": value}});
    assert!(!runs_instances(&mfa(true), &mfa(false), &never));
    assert!(runs_instances(&mfa(true), &tag("b"), &mfa(false)));
}

#[test]
fn requests_differ_in_what_is_not_of_the_session() {
    let never = json!({"StringEquals": {"aws:PrincipalTag/team": "nobody"}});
    for key in ["aws:SourceVpce", "aws:RequestedRegion", "aws:RequestTag/team"] {
        let is = |value: &str| json!({"StringEquals": {key: value, "aws:PrincipalTag/team": "a"}});
        assert!(runs_instances(&is("a"), &is("b"), &never), "{key}");
    }
    // What is not looked into may differ too.
    let odd = |team: &str| json!({"StringEquals": {"aws:PrincipalTag/team": "a", "aws:RequestTag/x": format!("${{aws:PrincipalTag/{team}}}")}});
    assert!(runs_instances(&odd("x"), &odd("y"), &never));
}

#[test]
fn witnesses_say_what_the_policy_looks_at_as_it_spells_it() {
    let document = policy(&json!([
        {"Effect": "Allow", "Action": "appRunner:Update*", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ]));
    let permissions = Permissions::of([&document]);
    let sentence = |answer: Answer<crate::analyse::Witness>| match answer {
        Answer::Refuted(witness) => witness.to_string(),
        Answer::Proved | Answer::Unknown(_) => panic!("{answer:?}"),
    };
    insta::assert_snapshot!(
        sentence(grants(&permissions, &facts(), Budget::default()).answer),
        @"`apprunner:UpdateService` on any resource is allowed when `aws:SecureTransport` is `true`"
    );
    insta::assert_snapshot!(
        sentence(never_allows(&permissions, "*", &facts(), Budget::default())),
        @"`appRunner:Update` on any resource is allowed when `aws:SecureTransport` is `true`"
    );
}
