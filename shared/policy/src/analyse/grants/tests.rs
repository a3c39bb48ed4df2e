//! The catalogue as data; what a session can have together; what witnesses say.

use super::{Capabilities, GrantFacts, catalogue::PATHS, grants, is_administrator, never_allows};
use crate::{
    AccountId, Document,
    analyse::{
        Answer, Budget,
        within::{Permissions, Place},
    },
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

/// Each way is asked for by itself, and each of its requests.
#[test]
fn what_one_way_excludes_another_may_allow() {
    let team = |operator: &str| json!({operator: {"aws:PrincipalTag/team": "a"}});
    let paths = |statements: Value| {
        let document = policy(&statements);
        let found = grants(&Permissions::of([&document]), &facts(), Budget::default());
        let paths = found.paths.iter().map(|path| path.join(" "));
        paths.collect::<Vec<_>>()
    };
    let stack = "iam:PassRole cloudformation:CreateStack";
    let found = paths(json!([
        {"Effect": "Allow", "Action": ["iam:PassRole", "cloudformation:CreateStack"], "Resource": "*", "Condition": team("StringEquals")},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": team("StringNotEquals")},
    ]));
    assert_eq!(found, [stack]);
    let both = json!(["iam:PassRole", "cloudformation:CreateStack"]);
    let roles = "arn:aws:iam::*:role/*";
    let denying = |roles_to: &str, others_to: &str| {
        paths(json!([
            {"Effect": "Allow", "Action": both, "Resource": "*"},
            {"Effect": "Deny", "Action": both, "Resource": roles, "Condition": team(roles_to)},
            {"Effect": "Deny", "Action": both, "NotResource": roles, "Condition": team(others_to)},
        ]))
    };
    assert_eq!(denying("StringEquals", "StringEquals"), [stack]);
    assert_eq!(denying("StringEquals", "StringNotEquals"), [""; 0]);
}

#[test]
fn requests_differ_in_what_is_not_of_the_session() {
    let never = json!({"StringEquals": {"aws:PrincipalTag/team": "nobody"}});
    for key in ["aws:SourceVpce", "aws:RequestedRegion", "aws:RequestTag/team"] {
        let is = |value: &str| json!({"StringEquals": {key: value, "aws:PrincipalTag/team": "a"}});
        assert!(runs_instances(&is("a"), &is("b"), &never), "{key}");
        // Alone they are found in sessions of team `a` and of team `b`.
        let of = |value: &str, team: &str| json!({"StringEquals": {key: value, "aws:PrincipalTag/team": [team, "m"]}});
        assert!(runs_instances(&of("a", "a"), &of("b", "b"), &never), "{key}");
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

#[test]
fn one_holder_answers_for_some_statements_as_if_the_others_were_not_there() {
    let allows = json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:PassRole", "lambda:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:Put*Policy", "Resource": "arn:aws:iam::111122223333:role/a/*"},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}},
    ]);
    let deny = json!({"Effect": "Deny", "Action": ["lambda:Update*", "iam:PutRolePolicy"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "a"}}});
    let allows = allows.as_array().unwrap();
    let whole = policy(&allows.iter().chain([&deny]).cloned().collect());
    let (facts, budget) = (facts(), Budget::default());
    let permissions = Permissions::of([&whole]);
    let mut capabilities = Capabilities::new(&permissions, &facts);
    for some in 0..16_usize {
        let counts = |statement: usize| some >> statement & 1 == 1;
        let kept = allows.iter().enumerate().filter(|(at, _)| counts(*at)).map(|(_, statement)| statement);
        let part = policy(&kept.chain([&deny]).cloned().collect());
        let part = Permissions::of([&part]);
        capabilities.consider(|place| counts(place.statement));
        let found = grants(&part, &facts, budget);
        assert_eq!(capabilities.grants(budget), found, "{some:b}");
        let shown = capabilities.are_an_administrators(budget);
        assert_eq!(shown.is_some(), is_administrator(&part, &facts, budget));
        assert!(shown.is_none_or(|witness| part.allow(witness.request()) == Some(true)));
        assert_eq!(found.admin, is_administrator(&part, &facts, budget));
        let never = never_allows(&part, "iam:*", &facts, budget);
        assert_eq!(capabilities.never_allow("iam:*", budget), never);
        for path in &found.paths {
            for one in capabilities.guilty(path, budget) {
                assert!(
                    !one.is_empty() && one.iter().all(|place| counts(place.statement)),
                    "{path:?}: {one:?}"
                );
                capabilities.consider(|place| counts(place.statement) && !one.contains(&place));
                assert!(!capabilities.grants(budget).paths.contains(path), "{path:?} without {one:?}");
                capabilities.consider(|place| counts(place.statement));
            }
        }
    }
}

#[test]
fn the_guilty_statements_of_a_path_are_told_action_by_action() {
    let document = policy(&json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/harmless"},
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:Pass*", "Resource": "*"},
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:function:x*"},
        {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:function:xy*"},
        {"Effect": "Deny", "Action": "lambda:CreateFunction", "Resource": "*"},
    ]));
    let facts =
        GrantFacts { harmless_roles: vec!["arn:aws:iam::111122223333:role/harmless".to_owned()], ..facts() };
    let permissions = Permissions::of([&document]);
    let mut capabilities = Capabilities::new(&permissions, &facts);
    let mut guilty = |path: &[&'static str]| {
        let numbers = |places: &Vec<Place>| places.iter().map(|place| place.statement).collect::<Vec<_>>();
        capabilities.guilty(path, Budget::default()).iter().map(numbers).collect::<Vec<_>>()
    };
    assert_eq!(guilty(&["lambda:UpdateFunctionCode"]), [vec![1]]);
    assert_eq!(
        guilty(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        [vec![2], vec![], vec![1, 3]]
    );
    assert!(guilty(&["iam:PutRolePolicy"]).iter().all(Vec::is_empty));
    assert!(guilty(&["nobody:Knows"]).is_empty());
}

#[test]
fn a_request_that_is_shown_gives_more_than_harmless_things_do() {
    let all = policy(
        &json!([{"Effect": "Allow", "Action": ["sts:AssumeRole", "iam:AttachRolePolicy"], "Resource": "*"}]),
    );
    let facts = GrantFacts {
        harmless_roles: vec!["arn:aws:iam::111122223333:role/x".to_owned()],
        safe_policies: vec!["arn:aws:iam::111122223333:policy/x".to_owned()],
        ..facts()
    };
    let permissions = Permissions::of([&all]);
    let mut capabilities = Capabilities::new(&permissions, &facts);
    let found = capabilities.grants(Budget::default());
    let request = found.answer.witness().unwrap().request();
    assert_eq!(request.action, "iam:AttachRolePolicy");
    let attached = request.context.get(&crate::ConditionKey::new("iam:PolicyARN")).unwrap();
    assert!(!facts.safe_policies.contains(&attached.concat()), "{attached:?}");
    let all = policy(&json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]));
    let found = grants(&Permissions::of([&all]), &facts, Budget::default());
    let request = found.answer.witness().unwrap().request();
    assert!(request.resource.starts_with("arn:aws:iam::111122223333:role/x"), "{}", request.resource);
    assert!(!facts.harmless_roles.contains(&request.resource));
}

#[test]
fn what_one_budget_did_not_settle_another_may() {
    let document = policy(&json!([{"Effect": "Allow", "Action": "iam:PutRolePolicy",
        "Resource": "arn:aws:iam::*:role/a*b*c*", "Condition": {"StringLike": {"aws:PrincipalTag/t": "a*b*c*"}}}]));
    let (permissions, facts) = (Permissions::of([&document]), facts());
    let mut capabilities = Capabilities::new(&permissions, &facts);
    let path = ["iam:PutRolePolicy"];
    let unsettled = capabilities.grants(Budget::steps(1));
    assert_eq!(unsettled.answer, Answer::Unknown(crate::analyse::Reason::Budget));
    assert!(!capabilities.guilty(&path, Budget::steps(1)).concat().is_empty(), "perhaps it is");
    assert!(matches!(capabilities.grants(Budget::default()).answer, Answer::Refuted(_)));
}

#[test]
fn what_a_session_excludes_depends_on_the_statements_that_count() {
    let tag = |value: &str| json!({"StringEquals": {"aws:PrincipalTag/team": value}});
    let document = policy(&json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": tag("a")},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": tag("a")},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": tag("b")},
    ]));
    let (permissions, facts) = (Permissions::of([&document]), facts());
    let mut capabilities = Capabilities::new(&permissions, &facts);
    let mut escalates = |but: usize| {
        capabilities.consider(|place| place.statement != but);
        capabilities.grants(Budget::default()).escalates
    };
    assert_eq!([2, 1, 2, 1, 0, 3].map(&mut escalates), [true, false, true, false, false, true]);
}
