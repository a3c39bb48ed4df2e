//! What can't be decided says so, with its reason, and is never taken for a proof; beside it, what looks alike and can.

use serde_json::{Value, json};

use super::policy;
use crate::analyse::{
    Answer, Budget, Reason,
    within::{Permissions, within},
};

/// `proved`, `refuted`, or the kind of the reason why it is not known.
fn answer(allowed: &Value, ceiling: &[Value]) -> &'static str {
    let (allowed, ceiling) = (policy(std::slice::from_ref(allowed)), policy(ceiling));
    match within(&Permissions::of([&allowed]), &Permissions::of([&ceiling]), Budget::default()).answer {
        Answer::Proved => "proved",
        Answer::Refuted(_) => "refuted",
        Answer::Unknown(reason) => match reason {
            Reason::Budget => "budget",
            Reason::Variable(_) => "variable",
            Reason::Mixed(_) => "mixed",
            Reason::PlainOnSet(_) => "plain on set",
            Reason::Empty(_) => "empty",
            Reason::Mistyped(_) => "mistyped",
            Reason::Undocumented(_) => "undocumented",
            Reason::Reading => "reading",
            Reason::Unreadable(_) => "not understood",
            Reason::Unconfirmed => "unconfirmed",
        },
    }
}

fn allow(condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
}

fn other() -> Value {
    json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})
}

#[test]
fn conditions_that_are_not_understood_are_the_same_only_if_they_read_the_same() {
    let resembles = |value: &str| allow(json!({"StringResembles": {"aws:PrincipalTag/t": value}}));
    assert_eq!(answer(&resembles("a"), &[resembles("b")]), "not understood");
    assert_eq!(answer(&resembles("a"), &[resembles("a")]), "proved");
}

#[test]
fn a_statement_with_an_unknown_element_covers_nothing_for_certain() {
    let allowed = allow(json!({}));
    let with = |name: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        statement[name] = value;
        statement
    };
    assert_eq!(answer(&allowed, &[with("Unless", json!("monday"))]), "not understood");
    assert_eq!(answer(&allowed, &[with("Sid", json!("monday"))]), "proved");
}

#[test]
fn an_empty_list_covers_nothing() {
    let empty = json!({"Effect": "Allow", "Action": "s3:*", "Resource": []});
    assert_eq!(answer(&empty, &[other()]), "proved");
    assert_eq!(answer(&allow(json!({})), &[empty]), "refuted");
}

#[test]
fn plain_operators_may_or_may_not_agree_on_several_values() {
    let both = json!({"StringEquals": {"aws:TagKeys": "a"}, "StringLike": {"aws:TagKeys": "b*"}});
    assert_eq!(answer(&allow(both), &[other()]), "plain on set");
    let one = json!({"StringEquals": {"aws:TagKeys": "a"}, "StringLike": {"aws:TagKeys": "a*"}});
    assert_eq!(answer(&allow(one), &[other()]), "refuted");
}

/// `+13` is a number that does not begin with 1; what begins with `1.3` is looked for among a few spellings only.
#[test]
fn a_key_that_is_compared_as_text_and_as_a_number_is_decided_if_a_spelling_is_found() {
    let n = |operator: &str, value: Value| (operator.to_owned(), json!({"aws:PrincipalTag/n": value}));
    let all = |conditions: Vec<(String, Value)>| allow(Value::Object(conditions.into_iter().collect()));
    let above = |value: Value| n("NumericGreaterThan", value);
    let below = |value: i32| n("NumericLessThan", json!(value));

    let alone = all(vec![above(json!(12)), below(15), n("StringNotLike", json!("1*"))]);
    assert_eq!(answer(&alone, &[other()]), "refuted");
    let between = all(vec![above(json!(12)), below(15)]);
    assert_eq!(answer(&between, &[all(vec![n("StringLike", json!("1*"))])]), "refuted");
    // None is found for the statement itself, none that leaves the ceiling's only statement,
    let spelled = all(vec![above(json!(12)), below(15), n("StringLike", json!("1?.7*"))]);
    assert_eq!(answer(&spelled, &[other()]), "mixed");
    assert_eq!(answer(&between, &[all(vec![n("StringNotLike", json!("1?.7*"))])]), "mixed");
    // As numbers alone they are decided.
    assert_eq!(answer(&between, &[all(vec![below(16)])]), "proved");
}

#[test]
fn what_is_of_no_type_passes_no_bound() {
    let tag = |operator: &str, value: Value| allow(json!({operator: {"aws:PrincipalTag/n": value}}));
    let split = [tag("NumericLessThan", json!(5)), tag("NumericGreaterThanEquals", json!(5))];
    let there = tag("Null", json!("false"));
    assert_eq!(answer(&there, &split), "refuted");
    // Where a page says that the key is a number, it is one.
    let typed = |operator: &str, value: Value| allow(json!({operator: {"s3:max-keys": value}}));
    let split = [typed("NumericLessThan", json!(5)), typed("NumericGreaterThanEquals", json!(5))];
    assert_eq!(answer(&typed("Null", json!("false")), &split), "proved");
    // AWS does not say whether a word differs from a number.
    assert_eq!(answer(&tag("NumericNotEquals", json!(5)), &[tag("NumericEquals", json!(5))]), "refuted");
    let differs = allow(json!({
        "NumericNotEquals": {"aws:PrincipalTag/n": 5}, "StringLike": {"aws:PrincipalTag/n": "a*"}
    }));
    assert_eq!(answer(&differs, &[other()]), "mistyped");
}

#[test]
fn whether_an_empty_value_is_one_is_not_decided() {
    let tag = |operator: &str, value: Value| allow(json!({operator: {"aws:PrincipalTag/n": value}}));
    assert_eq!(answer(&tag("StringLike", json!("*")), &[tag("Null", json!("false"))]), "empty");
    assert_eq!(answer(&tag("StringLike", json!("?*")), &[tag("Null", json!("false"))]), "proved");
    assert_eq!(answer(&tag("StringEquals", json!("")), &[other()]), "refuted");
    // One of both holds, whichever it is,
    let either = [tag("Null", json!("true")), tag("Null", json!("false"))];
    assert_eq!(answer(&tag("StringLike", json!("*")), &either), "proved");
    // and of a key with several values it is documented.
    let all_a = allow(json!({
        "ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}
    }));
    let any_a = allow(json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}));
    assert_eq!(answer(&all_a, &[any_a]), "proved");
}

#[test]
fn a_value_is_found_between_two_bounds_and_in_the_other_family_of_addresses() {
    let between =
        json!({"NumericGreaterThan": {"s3:max-keys": "5"}, "NumericLessThan": {"s3:max-keys": "6"}});
    assert_eq!(answer(&allow(between), &[other()]), "refuted");
    let from = |operator: &str| {
        allow(json!({operator: {"aws:SourceIp": "0.0.0.0/0"}, "Null": {"aws:SourceIp": "false"}}))
    };
    assert_eq!(answer(&from("NotIpAddress"), &[from("IpAddress")]), "refuted");
}

/// Segment by segment `arn:*:b/a` has three segments, and as text it ends in `b/a`.
#[test]
fn what_the_two_readings_of_a_resource_answer_differently_is_not_decided() {
    let on = |resource: &str| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource});
    let (short, whole) = (on("arn:*:b/a"), on("arn:aws:s3:::b/a"));
    assert_eq!(answer(&whole, std::slice::from_ref(&short)), "reading");
    assert_eq!(answer(&short, &[on("arn:*:b/a:*")]), "reading");
    assert_eq!(answer(&short, &[whole]), "refuted");
}

#[test]
fn one_character_of_a_segment_is_not_any_number_of_them() {
    let from = |regions: &[&str]| {
        let source = |region| format!("arn:aws:s3:{region}:111122223333:b");
        let sources: Vec<String> = regions.iter().map(source).collect();
        allow(json!({"ArnLike": {"aws:SourceArn": sources}}))
    };
    assert_eq!(answer(&from(&["*"]), &[from(&["", "?"])]), "refuted");
    assert_eq!(answer(&from(&["", "?"]), &[from(&["*"])]), "proved");
}

/// What is left of the resources is `b/`, and the ceiling has it only for a user whose name is empty.
#[test]
fn values_are_tried_for_variables_and_none_is_one_of_them() {
    let mut allowed = allow(json!({"Null": {"aws:username": "true"}}));
    allowed["NotResource"] = json!("arn:aws:s3:::b/${aws:PrincipalTag/x}");
    allowed.as_object_mut().unwrap().remove("Resource");
    let of_the_user =
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}"});
    let others = json!({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/"});
    assert_eq!(answer(&allowed, &[of_the_user, others]), "refuted");
}

#[test]
fn an_action_that_one_statement_leaves_out_is_not_denied_by_another() {
    let allowed = json!({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"});
    let ceiling = [
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}),
    ];
    assert_eq!(answer(&allowed, &ceiling), "proved");
}
