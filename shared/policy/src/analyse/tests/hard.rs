//! Inputs made to be hard: they stay within their budget, and end in an answer or in `Unknown`.

use serde_json::{Value, json};

use super::policy;
use crate::{
    AccountId, Document, MAX_BYTES,
    analyse::{
        Answer, Budget, Reason,
        assume::{Reach, TrustFacts, who_can_assume},
        within::{Permissions, Within, within},
    },
};

fn is_within(policies: &Document, ceiling: &Document) -> Within {
    within(&Permissions::of([policies]), &Permissions::of([ceiling]), Budget::default())
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

#[test]
fn statements_that_only_jointly_cover() {
    let everything = policy(&[
        json!({"Effect": "Allow", "Action": (0..20).map(|n| format!("s:a{n:02}")).collect::<Vec<_>>(), "Resource": (0..20).map(|n| format!("arn:aws:s3:::b{n:02}")).collect::<Vec<_>>()}),
    ]);
    let mut grid: Vec<Value> = (0..400)
        .map(|n| allow(&format!("s:a{:02}", n / 20), &format!("arn:aws:s3:::b{:02}", n % 20)))
        .collect();
    assert_eq!(is_within(&everything, &policy(&grid)).answer, Answer::Proved);
    grid.remove(217);
    let found = is_within(&everything, &policy(&grid)).answer;
    let witness = found.witness().expect("one cell of the grid is missing").request();
    assert_eq!((witness.action.as_str(), witness.resource.as_str()), ("s:a10", "arn:aws:s3:::b17"));
}

#[test]
fn two_hundred_denies_with_two_hundred_keys() {
    let denies = (0..200).map(|n| json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {format!("aws:PrincipalTag/k{n}"): "x"}}}));
    let mut statements: Vec<Value> = denies.collect();
    statements.push(allow("*", "*"));
    assert!(is_within(&policy(&statements), &policy(&[allow("s3:*", "*")])).answer.witness().is_some());
    assert_eq!(is_within(&policy(&statements), &policy(&statements)).answer, Answer::Proved);
}

#[test]
fn hundreds_of_stars() {
    let stars = |n: usize| policy(&[allow("*", &format!("arn:aws:s3:::{}", "a*".repeat(n)))]);
    assert_eq!(is_within(&stars(401), &stars(400)).answer, Answer::Proved);
    assert!(is_within(&stars(400), &stars(401)).answer.witness().is_some());
}

/// What has to contain many texts at once is exponential by nature; it ends as `Unknown`.
#[test]
fn too_many_infixes_spend_the_budget() {
    let infixes = |n: usize| -> Vec<Value> {
        ('a'..)
            .take(n)
            .map(
                |c| json!({"Effect": "Deny", "Action": "*", "NotResource": format!("arn:aws:s3:::*{c}{c}*")}),
            )
            .collect()
    };
    let mut statements = infixes(20);
    statements.push(allow("*", "arn:aws:s3:::*"));
    let ceiling = policy(&[allow("*", "arn:aws:s3:::*zz*")]);
    let found = is_within(&policy(&statements), &ceiling).answer;
    assert!(matches!(found, Answer::Unknown(Reason::Budget)) || found.witness().is_some(), "{found:?}");
    assert_eq!(is_within(&policy(&statements), &policy(&[allow("*", "*")])).answer, Answer::Proved);
}

#[test]
fn the_largest_documents() {
    for size in [6_144, MAX_BYTES] {
        let mut resources: Vec<String> = Vec::new();
        while resources.len() * 40 < size - 400 {
            resources.push(format!("arn:aws:s3:::bucket-{:08}/*", resources.len()));
        }
        let large = policy(&[json!({"Effect": "Allow", "Action": "s3:*", "Resource": resources})]);
        assert!(large.text.len() <= MAX_BYTES && large.text.len() > size / 2);
        assert_eq!(is_within(&large, &large).answer, Answer::Proved);
        assert_eq!(
            is_within(&large, &policy(&[allow("s3:*", "arn:aws:s3:::bucket-*")])).answer,
            Answer::Proved
        );
        assert!(is_within(&large, &policy(&[allow("s3:*", "arn:aws:s3:::bucket-0*")])).answer.is_proved());
        let narrower: Vec<&String> = resources.iter().take(resources.len() - 1).collect();
        let narrower = policy(&[json!({"Effect": "Allow", "Action": "s3:*", "Resource": narrower})]);
        assert!(!is_within(&large, &narrower).answer.is_proved());
    }
}

#[test]
fn a_trust_policy_of_two_hundred_statements() {
    let mut statements: Vec<Value> = (0..200).map(|n| json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringLike": {"aws:PrincipalArn": format!("arn:aws:iam::*:role/*{n}*")}}})).collect();
    statements.push(json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}));
    let found = who_can_assume(
        &policy(&statements),
        &TrustFacts::new(AccountId::parse("111122223333").unwrap()),
        Budget::default(),
    );
    assert_eq!((found.reach, found.answer.is_proved()), (Reach::Public, false));
}

#[test]
fn variables_are_decided_or_named() {
    let with = |resource: &str| policy(&[allow("s3:*", resource)]);
    let home = with("arn:aws:s3:::b/${aws:username}/*");
    assert_eq!(is_within(&home, &with("arn:aws:s3:::b/*")).answer, Answer::Proved);
    assert_eq!(is_within(&home, &with("arn:aws:s3:::b/${AWS:UserName}/*")).answer, Answer::Proved);
    assert!(is_within(&home, &with("arn:aws:s3:::b/bob/*")).answer.witness().is_some());
    assert!(is_within(&home, &with("arn:aws:s3:::b/${aws:userid}/*")).answer.witness().is_some());
    // A deny with a variable has a hole where the variable has no value.
    let denied = policy(&[
        allow("s3:*", "arn:aws:s3:::b/*"),
        json!({"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/${aws:username}/*"}),
    ]);
    assert_eq!(is_within(&denied, &with("arn:aws:s3:::b/*")).answer, Answer::Proved);
    let deny_own = policy(&[
        allow("s3:*", "arn:aws:s3:::b/*"),
        json!({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}),
    ]);
    assert!(is_within(&deny_own, &policy(&[allow("s3:*", "arn:aws:s3:::c/*")])).answer.witness().is_some());
}
