//! Pairs of policies over a small universe, in which all requests can be tried one by one.

use proptest::{prelude::*, sample::select, sample::subsequence};
use serde_json::{Value, json};

use super::policy;
use crate::{
    AccountId, Caller, Context, Decision, Document, Partition, Policies, Principal, Request,
    analyse::{
        Answer, Budget,
        within::{Permissions, within},
    },
    evaluate,
};

/// The conditions that statements draw from, by key. A pair uses few keys, so that statements meet.
fn condition(key: usize) -> BoxedStrategy<Value> {
    match key {
        0 => one(
            &[
                "StringEquals",
                "StringNotEquals",
                "StringLike",
                "StringNotLike",
                "StringEqualsIfExists",
                "StringNotEqualsIgnoreCase",
            ],
            "aws:PrincipalTag/t",
            subsequence(vec!["a", "b", "a*", "?"], 1..=2).boxed(),
        ),
        1 => one(
            &[
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericEquals",
                "NumericNotEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEqualsIfExists",
            ],
            "s3:max-keys",
            subsequence(vec!["5", "7"], 1..=1).boxed(),
        ),
        2 => one(
            &[
                "ForAllValues:StringEquals",
                "ForAnyValue:StringEquals",
                "ForAllValues:StringNotEquals",
                "ForAnyValue:StringNotEquals",
            ],
            "aws:TagKeys",
            texts().boxed(),
        ),
        3 => one(
            &["IpAddress", "NotIpAddress"],
            "aws:SourceIp",
            subsequence(vec!["10.0.0.0/30", "10.0.0.4/31", "10.0.0.6/32", "10.0.0.0/29"], 1..=3).boxed(),
        ),
        4 => one(
            &["Bool", "BoolIfExists"],
            "aws:SecureTransport",
            subsequence(vec!["true", "false"], 1..=1).boxed(),
        ),
        5 => one(&["Null"], "aws:PrincipalTag/t", subsequence(vec!["true", "false"], 1..=1).boxed()),
        _ => further_condition(key),
    }
}

fn further_condition(key: usize) -> BoxedStrategy<Value> {
    match key {
        6 => one(
            &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEqualsIfExists",
            ],
            "aws:CurrentTime",
            subsequence(vec!["2026-01-02T00:00:00Z", "2026-01-03T00:00:00+00:00"], 1..=1).boxed(),
        ),
        7 => one(
            &["BinaryEquals", "BinaryEqualsIfExists"],
            "aws:PrincipalTag/key",
            subsequence(vec!["QUFB", "qufb"], 1..=2).boxed(),
        ),
        8 => one(
            &["ArnEquals", "ArnLike", "ArnNotLike", "ArnNotEquals", "ArnLikeIfExists"],
            "aws:SourceArn",
            subsequence(
                vec!["arn:aws:s3:::a*", "arn:aws:*:::a", "arn:aws:sns:*:1*:a", "arn:aws:s3:::?"],
                1..=2,
            )
            .boxed(),
        ),
        _ => one(
            &["ForAllValues:StringLike", "ForAnyValue:StringLike", "ForAnyValue:StringEqualsIfExists"],
            "codecommit:References",
            texts().boxed(),
        ),
    }
}

fn texts() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(vec!["a", "b", "ab"], 1..=2)
}

fn one(
    operators: &'static [&'static str],
    key: &'static str,
    values: BoxedStrategy<Vec<&'static str>>,
) -> BoxedStrategy<Value> {
    (select(operators), values).prop_map(move |(operator, values)| json!({operator: {key: values}})).boxed()
}

/// Values that together tell all these conditions apart.
fn values(key: usize) -> (&'static str, Vec<Vec<&'static str>>) {
    match key {
        0 | 5 => {
            ("aws:PrincipalTag/t", vec![vec![], vec!["a"], vec!["b"], vec!["ab"], vec!["A"], vec!["cd"]])
        }
        1 => ("s3:max-keys", vec![vec![], vec!["4"], vec!["5"], vec!["6"], vec!["7"], vec!["8"]]),
        2 | 9 => (
            if key == 2 { "aws:TagKeys" } else { "codecommit:References" },
            vec![
                vec![],
                vec!["a"],
                vec!["b"],
                vec!["c"],
                vec!["a", "b"],
                vec!["a", "c"],
                vec!["ab", "b"],
                vec!["a", "b", "ab"],
                vec!["ab"],
            ],
        ),
        3 => (
            "aws:SourceIp",
            vec![
                vec![],
                vec!["10.0.0.0"],
                vec!["10.0.0.3"],
                vec!["10.0.0.4"],
                vec!["10.0.0.5"],
                vec!["10.0.0.6"],
                vec!["10.0.0.7"],
                vec!["10.0.0.8"],
                vec!["9.255.255.255"],
                vec!["2001:db8::1"],
            ],
        ),
        4 => ("aws:SecureTransport", vec![vec![], vec!["true"], vec!["false"]]),
        _ => further_values(key),
    }
}

fn further_values(key: usize) -> (&'static str, Vec<Vec<&'static str>>) {
    match key {
        6 => (
            "aws:CurrentTime",
            vec![
                vec![],
                vec!["2026-01-01T23:59:59Z"],
                vec!["2026-01-02T00:00:00Z"],
                vec!["2026-01-02T12:00:00Z"],
                vec!["2026-01-03T00:00:00Z"],
                vec!["2026-01-03T00:00:01Z"],
            ],
        ),
        7 => ("aws:PrincipalTag/key", vec![vec![], vec!["QUFB"], vec!["qufb"], vec!["QUFBQQ=="]]),
        _ => (
            "aws:SourceArn",
            vec![
                vec![],
                vec!["arn:aws:s3:::a"],
                vec!["arn:aws:s3:::ab"],
                vec!["arn:aws:s3:::b"],
                vec!["arn:aws:sns:x:1:a"],
                vec!["arn:aws:sns:x:2:a"],
                vec!["arn:aws:sns:x:2:a:1:a"],
                vec!["arn:aws:s3:::b:::a"],
            ],
        ),
    }
}

const ACTIONS: [&str; 6] = ["s:a", "s:b", "s:ab", "s:ba", "s:abb", "t:a"];
const RESOURCES: [&str; 6] =
    ["*", "arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::ab", "arn:aws:s3:::ba", "arn:aws:s3:::c"];

fn statement(effects: &'static [&'static str], keys: [usize; 2]) -> impl Strategy<Value = Value> {
    let actions = subsequence(vec!["s:*", "s:a", "s:a*", "s:?", "s:*b", "*", "t:*"], 1..=2);
    let resources = subsequence(
        vec!["*", "arn:aws:s3:::*", "arn:aws:s3:::a*", "arn:aws:s3:::?", "arn:aws:s3:::*b", "arn:aws:s3:::a"],
        1..=2,
    );
    let conditions = prop_oneof![
        Just(json!({})),
        condition(keys[0]),
        condition(keys[1]),
        (condition(keys[0]), condition(keys[1])).prop_map(|(a, b)| merged(a, b)),
    ];
    (select(effects), actions, any::<bool>(), resources, any::<bool>(), conditions).prop_map(
        |(effect, actions, not_action, resources, not_resource, conditions)| {
            // Inverted elements are half as common as plain ones.
            let action = if not_action && actions.len() == 1 { "NotAction" } else { "Action" };
            let resource = if not_resource && resources.len() == 1 { "NotResource" } else { "Resource" };
            json!({"Effect": effect, action: actions, resource: resources, "Condition": conditions})
        },
    )
}

fn merged(mut a: Value, b: Value) -> Value {
    for (operator, block) in b.as_object().unwrap() {
        if a.get(operator).is_none() {
            a[operator] = block.clone();
        }
    }
    a
}

fn allowed(documents: &[&Document], request: &Request) -> bool {
    let policies = Policies { identity: documents.to_vec(), ..Policies::default() };
    evaluate(request, &policies).decision == Decision::Allowed
}

fn requests(keys: [usize; 2]) -> Vec<Request> {
    let account = AccountId::parse("111122223333").unwrap();
    let caller = Principal::Role { partition: Partition::Aws, account, path: "/".into(), name: "x".into() };
    let (first, second) = (values(keys[0]), values(keys[1]));
    let mut all = Vec::new();
    for action in ACTIONS {
        for resource in RESOURCES {
            for one in &first.1 {
                for two in &second.1 {
                    let mut context = Context::new();
                    for (key, values) in [(first.0, one), (second.0, two)] {
                        if !values.is_empty() {
                            context.set(key, values.iter().copied());
                        }
                    }
                    all.push(Request {
                        context,
                        ..Request::new(Caller::Known(caller.clone()), action, resource)
                    });
                }
            }
        }
    }
    all
}

fn pair() -> impl Strategy<Value = ([usize; 2], Vec<Value>, Vec<Value>)> {
    subsequence((0..10).collect::<Vec<usize>>(), 2).prop_flat_map(|keys| {
        let keys = [keys[0], keys[1]];
        let policy = proptest::collection::vec(statement(&["Allow", "Allow", "Deny"], keys), 1..4);
        let ceiling =
            proptest::collection::vec(statement(&["Allow", "Allow", "Allow", "Allow", "Deny"], keys), 3..10);
        (Just(keys), policy, ceiling)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn no_request_contradicts_a_proof_and_every_witness_holds((keys, policies, ceiling) in pair()) {
        let (policies, ceiling) = (policy(&policies), policy(&ceiling));
        let found = within(&Permissions::of([&policies]), &Permissions::of([&ceiling]), Budget::default());
        match &found.answer {
            Answer::Proved => {
                let exceeding = requests(keys).into_iter().find(|r| allowed(&[&policies], r) && !allowed(&[&ceiling], r));
                prop_assert!(exceeding.is_none(), "{exceeding:?}");
            }
            Answer::Refuted(witness) => prop_assert!(!found.exceeding.is_empty(), "{witness}"),
            Answer::Unknown(reason) => prop_assert!(false, "nothing here is outside the decidable part: {reason}"),
        }
    }

    #[test]
    fn a_policy_is_within_itself_with_more_and_with_less((_, policies, more) in pair()) {
        let is_within = |a: &[Value], b: &[Value]| within(&Permissions::of([&policy(a)]), &Permissions::of([&policy(b)]), Budget::default()).answer;
        let allows_only: Vec<Value> = more.iter().filter(|s| s["Effect"] == "Allow").cloned().collect();
        let wider: Vec<Value> = policies.iter().cloned().chain(allows_only).collect();
        let denied: Vec<Value> = policies.iter().cloned().chain(more.iter().filter(|s| s["Effect"] == "Deny").cloned()).collect();
        let reversed: Vec<Value> = policies.iter().rev().cloned().collect();
        prop_assert_eq!(is_within(&policies, &policies), Answer::Proved);
        prop_assert_eq!(is_within(&policies, &wider), Answer::Proved);
        prop_assert_eq!(is_within(&denied, &policies), Answer::Proved);
        prop_assert_eq!(is_within(&reversed, &policies), Answer::Proved);
        prop_assert_eq!(is_within(&policies, &reversed), Answer::Proved);
    }

    /// A boundary narrows, a ceiling of two layers is as narrow as both, and all documents of a layer count.
    #[test]
    fn every_layer_and_every_document_counts((_, policies, ceiling) in pair()) {
        let (first, last) = ceiling.split_at(ceiling.len() / 2);
        let (policies, first, last, ceiling) = (policy(&policies), policy(first), policy(last), policy(&ceiling));
        let everything = policy(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
        let ask = |a: &Permissions<'_>, b: &Permissions<'_>| within(a, b, Budget::default()).answer;
        let (own, cap) = (Permissions::of([&policies]), Permissions::of([&ceiling]));
        prop_assert_eq!(ask(&own.clone().limited_by([&ceiling]), &cap), Answer::Proved);
        let proved = ask(&own, &cap).is_proved();
        prop_assert_eq!(ask(&own, &Permissions::of([&everything]).limited_by([&ceiling])).is_proved(), proved);
        prop_assert_eq!(ask(&own, &Permissions::of([&first, &last])).is_proved(), proved);
    }

    /// One statement with a list is the statements with one entry each; `**` is `*`.
    #[test]
    fn a_list_may_be_split_into_statements((_, policies, _) in pair()) {
        let split: Vec<Value> = policies.iter().flat_map(|statement| {
            let Some(actions) = statement["Action"].as_array() else { return vec![statement.clone()] };
            let single = |action: &Value| {
                let mut single = statement.clone();
                single["Action"] = json!([action.as_str().unwrap().replace('*', "**").to_ascii_uppercase()]);
                single
            };
            actions.iter().map(single).collect()
        }).collect();
        let (one, other) = (policy(&policies), policy(&split));
        for (a, b) in [(&one, &other), (&other, &one)] {
            prop_assert_eq!(within(&Permissions::of([a]), &Permissions::of([b]), Budget::default()).answer, Answer::Proved);
        }
    }

    /// More steps only turn `Unknown` into an answer.
    #[test]
    fn a_larger_budget_never_changes_an_answer((_, policies, ceiling) in pair()) {
        let (policies, ceiling) = (policy(&policies), policy(&ceiling));
        let answer = |steps| within(&Permissions::of([&policies]), &Permissions::of([&ceiling]), Budget::steps(steps)).answer;
        let last = answer(50_000);
        for steps in [5, 20, 50, 200, 1_000] {
            let found = answer(steps);
            let same = found.is_proved() == last.is_proved() && found.witness().is_some() == last.witness().is_some();
            prop_assert!(same || matches!(found, Answer::Unknown(_)), "{steps}: {found:?}");
        }
    }
}
