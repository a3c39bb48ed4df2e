//! What the analysis does not look into, or decides by trying values: it may answer `Unknown`, and never
//! anything wrong.

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::policy;
use crate::{
    Caller, Context, Document, Request,
    analyse::{
        Answer, Budget, confirm,
        within::{Permissions, within},
    },
};

/// Unknown operators, variables, operators of two types on one key, plain operators on several values, no
/// values at all; and plain conditions on the same keys, which these meet.
fn conditions() -> Vec<Value> {
    let t = |operator: &str, value: &str| json!({operator: {"aws:PrincipalTag/t": value}});
    vec![
        json!({}),
        json!({}),
        t("StringResembles", "a"),
        t("StringResembles", "b"),
        t("StringEquals", "${aws:PrincipalTag/u}"),
        t("StringEquals", "${aws:PrincipalTag/t}"),
        t("StringNotEquals", "${aws:PrincipalTag/u}"),
        t("StringLike", "${aws:PrincipalTag/u}?"),
        t("StringLike", "?"),
        t("StringEquals", "a"),
        json!({"StringEquals": {"aws:PrincipalTag/u": "a"}}),
        json!({"Null": {"aws:PrincipalTag/u": "true"}}),
        json!({"StringEquals": {"aws:PrincipalTag/u": []}}),
        json!({"StringLike": {"aws:PrincipalTag/n": "1*"}}),
        json!({"StringNotLike": {"aws:PrincipalTag/n": "*2"}}),
        json!({"NumericLessThan": {"aws:PrincipalTag/n": "15"}}),
        json!({"NumericNotEquals": {"aws:PrincipalTag/n": "12"}}),
        json!({"StringEquals": {"aws:TagKeys": "a"}}),
        json!({"StringNotEquals": {"aws:TagKeys": "a"}}),
        json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
        json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}),
    ]
}

fn statement(effects: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let resource = select(vec![
        "*",
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/?",
        "arn:aws:s3:::b/${aws:PrincipalTag/u}",
        "arn:aws:s3:::b/${aws:PrincipalTag/u}*",
        "arn:aws:s3:::b/${aws:PrincipalTag/t, 'a'}",
        "arn:aws:s3:::b/${aws:TagKeys}",
        "arn:aws:*:b/a",
    ]);
    let element = select(vec!["Resource", "Resource", "Resource", "NotResource"]);
    (select(effects), element, resource, select(conditions())).prop_map(|(effect, element, resource, condition)| {
        json!({"Effect": effect, "Action": "s3:Get*", element: resource, "Condition": condition})
    })
}

fn requests() -> Vec<Request> {
    let mut contexts = vec![Context::new()];
    for (key, values) in [
        ("aws:PrincipalTag/t", &[&["a"][..], &["b"], &["ab"]][..]),
        ("aws:PrincipalTag/u", &[&["a"], &["b"], &["a*"]]),
        ("aws:PrincipalTag/n", &[&["1"], &["12"], &["22"]]),
        ("aws:TagKeys", &[&["a"], &["b"], &["a", "b"]]),
    ] {
        let with = |context: &Context, values: &[&str]| context.clone().with(key, values.iter().copied());
        let more: Vec<Context> =
            contexts.iter().flat_map(|context| values.iter().map(|v| with(context, v))).collect();
        contexts.extend(more);
    }
    let resources = ["*", "arn:aws:s3:::b/a", "arn:aws:s3:::b/ab", "arn:aws:s3:::b/b", "arn:aws:s3:::c"];
    let of = |context: &Context, resource| Request {
        context: context.clone(),
        ..Request::new(Caller::parse("arn:aws:iam::111122223333:role/x").unwrap(), "s3:GetObject", resource)
    };
    contexts.iter().flat_map(|context| resources.map(|resource| of(context, resource))).collect()
}

/// Whether the document allows the request, where the evaluator can say.
fn allows(document: &Document, request: &Request) -> Option<bool> {
    let caller = Caller::parse("arn:aws:iam::111122223333:role/x").unwrap();
    let (allow, deny) = confirm::identity(&[document], &Request { principal: caller, ..request.clone() });
    confirm::certainly(allow & !deny)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn doubt_makes_no_answer_wrong(
        policies in proptest::collection::vec(statement(&["Allow", "Allow", "Deny", "Perhaps"]), 1..4),
        ceiling in proptest::collection::vec(statement(&["Allow", "Allow", "Allow", "Deny"]), 1..5),
    ) {
        let (policies, ceiling) = (policy(&policies), policy(&ceiling));
        let exceeds = |r: &Request| allows(&policies, r) == Some(true) && allows(&ceiling, r) == Some(false);
        match within(&Permissions::of([&policies]), &Permissions::of([&ceiling]), Budget::default()).answer {
            Answer::Proved => {
                let exceeding = requests().into_iter().find(exceeds);
                prop_assert!(exceeding.is_none(), "{exceeding:?}");
            }
            Answer::Refuted(witness) => prop_assert!(exceeds(witness.request()), "{witness}"),
            Answer::Unknown(_) => {}
        }
    }
}

#[test]
fn one_value_of_a_key_that_can_have_several_pins_no_variable() {
    let allow = |resource: &str, condition: &Value| json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": resource, "Condition": condition});
    let tag_keys = json!({"StringEquals": {"aws:TagKeys": "a"}});
    let (policies, ceiling) = (
        policy(&[allow("arn:aws:s3:::b/a", &tag_keys)]),
        policy(&[allow("arn:aws:s3:::b/${aws:TagKeys}", &json!({}))]),
    );
    let found = within(&Permissions::of([&policies]), &Permissions::of([&ceiling]), Budget::default());
    assert!(!found.answer.is_proved());
}
