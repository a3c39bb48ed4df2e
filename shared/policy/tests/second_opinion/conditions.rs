//! Conditions of every shape: any operator on any key with any values.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Keys that speak of the caller.
const CALLER_KEYS: [&str; 14] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:userid",
    "aws:username",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];

/// Keys that speak of the request, its resource and its ways.
const REQUEST_KEYS: [&str; 30] = [
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:ViaAWSService",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:SourceIp",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SecureTransport",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:TokenIssueTime",
    "aws:RequestedRegion",
    "aws:UserAgent",
    "aws:FederatedProvider",
    "aws:SourceIdentity",
    "aws:TagKeys",
    "aws:RequestTag/team",
    "aws:ResourceTag/team",
    "aws:ResourceTag/a.b:c",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:TransitiveTagKeys",
    "sts:RequestContextProviders",
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/a.b:c",
];

const TAG_KEYS: [&str; 5] = [
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/a.b:c",
    "aws:principaltag/TEAM",
    "aws:PrincipalTag/https://x.example/y:z",
    "aws:RequestTag/accounts.google.com:sub",
];

/// Claims of tokens: of issuers that policies name, and of others.
pub(crate) const CLAIM_KEYS: [&str; 12] = [
    "token.actions.githubusercontent.com:sub",
    "token.actions.githubusercontent.com:aud",
    "token.actions.githubusercontent.com:repository",
    "idp.example/acme:sub",
    "evil.example:sub",
    "evil.example:aud",
    "accounts.google.com:aud",
    "cognito-identity.amazonaws.com:aud",
    "cognito-identity.amazonaws.com:amr",
    "saml:sub",
    "saml:aud",
    "SAML:iss",
];

const INVENTED_KEYS: [&str; 8] =
    ["foo:bar", "foo", "aws:Invented", "s3:prefix", "s3:max-keys", "kms:ViaService", "a.b:c", "sts:Invented"];

/// What a kind of policy likes to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taste {
    Trust,
    Permissions,
}

fn key(dice: &mut Dice<'_>, taste: Taste) -> &'static str {
    match (dice.below(20), taste) {
        (0..=6, Taste::Trust) | (0..=2, Taste::Permissions) => dice.of(&CALLER_KEYS),
        (7..=10, Taste::Trust) => dice.of(&CLAIM_KEYS),
        (11..=12, _) | (7..=10, Taste::Permissions) => dice.of(&TAG_KEYS),
        (13..=14, _) | (3..=5, Taste::Permissions) => dice.of(&INVENTED_KEYS),
        (15, Taste::Trust) => dice.of(&["aws:PrincipalArn", "aws:SourceArn"]),
        (6 | 15, Taste::Permissions) => {
            dice.of(&["aws:ViaAWSService", "aws:ResourceAccount", "aws:ResourceOrgID"])
        }
        _ => dice.of(&REQUEST_KEYS),
    }
}

const TEXT_TESTS: [&str; 8] = [
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "Null",
    "BinaryEquals",
];
const ARN_TESTS: [&str; 4] = ["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"];
const NUMBER_TESTS: [&str; 6] = [
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE_TESTS: [&str; 6] = [
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
const ADDRESS_TESTS: [&str; 2] = ["IpAddress", "NotIpAddress"];

/// The tests that suit a key, most of the time.
fn test(dice: &mut Dice<'_>, key: &str) -> &'static str {
    let lower = key.to_ascii_lowercase();
    let suits = |parts: &[&str]| parts.iter().any(|part| lower.ends_with(part));
    if dice.chance(20) {
        return match dice.below(6) {
            0 => dice.of(&ARN_TESTS),
            1 => dice.of(&NUMBER_TESTS),
            2 => dice.of(&DATE_TESTS),
            3 => dice.of(&ADDRESS_TESTS),
            4 => "Bool",
            _ => "Null",
        };
    }
    if suits(&["sourceip"]) {
        dice.of(&ADDRESS_TESTS)
    } else if suits(&["awsservice", "transport", "authpresent"]) {
        dice.of(&["Bool", "Bool", "StringEquals", "Null"])
    } else if suits(&["time"]) {
        dice.of(&DATE_TESTS)
    } else if suits(&["age", "max-keys"]) {
        dice.of(&NUMBER_TESTS)
    } else if suits(&["arn"]) {
        if dice.chance(70) { dice.of(&ARN_TESTS) } else { dice.of(&TEXT_TESTS) }
    } else {
        dice.of(&TEXT_TESTS)
    }
}

fn is_multivalued(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    ["paths", "list", "tagkeys", "calledvia", "amr", "contextproviders"]
        .iter()
        .any(|end| lower.ends_with(end))
}

fn operator(dice: &mut Dice<'_>, key: &str) -> String {
    let test = test(dice, key);
    let quantified = if is_multivalued(key) { 80 } else { 12 };
    let quantifier = if test != "Null" && dice.chance(quantified) {
        dice.of(&["ForAnyValue:", "ForAllValues:"])
    } else {
        ""
    };
    let suffix = if test != "Null" && dice.chance(15) { "IfExists" } else { "" };
    format!("{quantifier}{test}{suffix}")
}

/// Values that suit a test, most of the time.
fn value(dice: &mut Dice<'_>, operator: &str, key: &str) -> Value {
    let odd = dice.chance(12);
    if odd {
        return json!(dice.of(&[
            "",
            "*",
            "?",
            "${aws:username}",
            "TRUE",
            "5",
            "x",
            "${aws:PrincipalTag/team}",
            "**",
            " "
        ]));
    }
    if operator.contains("Null") {
        return json!(dice.of(&["true", "false"]));
    }
    if operator.contains("Bool") {
        return json!(dice.of(&["true", "false", "True"]));
    }
    if operator.contains("Numeric") {
        return json!(dice.of(&["5", "0", "2.5", "10"]));
    }
    if operator.contains("Date") {
        return json!(dice.of(&["2030-01-01T00:00:00Z", "2019-01-01T00:00:00Z", "1900000000", "2027"]));
    }
    if operator.contains("IpAddress") {
        return json!(dice.of(&["203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "::/0", "10.0.0.0/8"]));
    }
    if operator.contains("Arn") {
        return json!(dice.of(&ARN_VALUES));
    }
    json!(text(dice, key))
}

const ARN_VALUES: [&str; 14] = [
    "*",
    "*",
    "*:*",
    "arn:aws:iam::*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::999988887777:role/x",
    "arn:aws:iam::*:role/x",
    "arn:*",
    "arn:aws:*:*:*:*",
    "arn:aws:scheduler:*:111122223333:*",
    "arn:aws:s3:::b",
    "arn:aws:iam::444455556666:*",
    "arn:aws:iam::${aws:PrincipalAccount}:role/*",
    "arn:aws:iam::111122223333:root",
];

/// A text that suits the key.
fn text(dice: &mut Dice<'_>, key: &str) -> &'static str {
    let lower = key.to_ascii_lowercase();
    let ends = |parts: &[&str]| parts.iter().any(|part| lower.ends_with(part));
    if ends(&["account"]) {
        dice.of(&[
            "111122223333",
            "444455556666",
            "999988887777",
            "*",
            "1111*",
            "${aws:ResourceAccount}",
            "anonymous",
        ])
    } else if ends(&["orgid"]) {
        dice.of(&["o-exampleorg1", "o-strangers99", "o-*", "*", "${aws:ResourceOrgID}"])
    } else if ends(&["orgpaths"]) {
        dice.of(&["o-exampleorg1/*", "o-exampleorg1/r-ab12/*", "o-e*", "*", "o-strangers99/r-ab12/"])
    } else if ends(&["arn"]) {
        dice.of(&ARN_VALUES)
    } else if ends(&["servicename", "serviceslist", "nameslist", "calledvia", "first", "viaservice"]) {
        dice.of(&[
            "lambda.amazonaws.com",
            "scheduler.amazonaws.com",
            "sns.amazonaws.com",
            "*",
            "cloudformation.amazonaws.com",
        ])
    } else if ends(&[":sub"]) {
        dice.of(&[
            "repo:example-org/*",
            "repo:*",
            "*",
            "repo:example-org/a:ref:refs/heads/main",
            "repo:example-org*",
            "system",
            "?*",
        ])
    } else if ends(&[":aud", ":amr", ":iss"]) {
        dice.of(&[
            "sts.amazonaws.com",
            "*",
            "eu-west-1:pool",
            "authenticated",
            "https://signin.aws.amazon.com/saml",
        ])
    } else if ends(&["principaltype"]) {
        dice.of(&["AssumedRole", "User", "Account", "*", "FederatedUser"])
    } else if ends(&["userid"]) {
        dice.of(&[
            "AROAEXAMPLEEXAMPLE123:*",
            "AIDAEXAMPLEEXAMPLE123",
            "111122223333",
            "999988887777",
            "*:alice",
            "*",
        ])
    } else if ends(&["awsservice", "transport", "authpresent"]) {
        dice.of(&["true", "false", "*"])
    } else {
        dice.of(&[
            "a",
            "ab",
            "a*",
            "A",
            "?",
            "T*",
            "true",
            "x",
            "5",
            "*",
            "${aws:PrincipalTag/team}",
            "eu-*",
            "vpce-0a1b",
            "",
        ])
    }
}

fn condition(dice: &mut Dice<'_>, taste: Taste) -> (String, String, Value) {
    let key = key(dice, taste);
    let operator = operator(dice, key);
    let mut values: Vec<Value> = (0..=dice.below(3) / 2).map(|_| value(dice, &operator, key)).collect();
    values.dedup();
    let shown = match dice.below(12) {
        0 => key.to_ascii_uppercase(),
        1 => key.to_ascii_lowercase(),
        _ => key.to_owned(),
    };
    let values = if values.len() == 1 && dice.chance(50) { values.remove(0) } else { Value::Array(values) };
    (operator, shown, values)
}

fn add(statement: &mut Value, (operator, key, values): (String, String, Value)) {
    let members = statement.as_object_mut().unwrap();
    let block = members.entry("Condition").or_insert_with(|| Value::Object(Map::new()));
    if let Some(block) = block.as_object_mut() {
        let keys = block.entry(operator).or_insert_with(|| Value::Object(Map::new()));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(key, values);
        }
    }
}

/// Adds up to `most` conditions.
pub(crate) fn some(dice: &mut Dice<'_>, taste: Taste, statement: &mut Value, most: usize) {
    for _ in 0..dice.below(most + 1) {
        let one = condition(dice, taste);
        add(statement, one);
    }
}

/// Two tests of one key, so that types and texts meet.
pub(crate) fn crossed(dice: &mut Dice<'_>, taste: Taste, statement: &mut Value) {
    let key = key(dice, taste);
    for _ in 0..2 {
        let operator = operator(dice, key);
        let value = value(dice, &operator, key);
        add(statement, (operator, key.to_owned(), value));
    }
}

/// Tests of one key that seem to leave nothing: with a Deny for each, nobody passes who is well typed.
pub(crate) fn exhausting(dice: &mut Dice<'_>, taste: Taste) -> Vec<(String, String, Value)> {
    let key = key(dice, taste);
    let (one, other, value): (&str, &str, &str) = match dice.below(7) {
        0 => ("NumericLessThan", "NumericGreaterThanEquals", "5"),
        1 => ("DateLessThan", "DateGreaterThanEquals", "2030-01-01T00:00:00Z"),
        2 => ("IpAddress", "NotIpAddress", "203.0.113.0/24"),
        3 => ("ArnLike", "ArnNotLike", dice.of(&ARN_VALUES)),
        4 => ("StringLike", "StringNotLike", text(dice, key)),
        5 => ("StringEquals", "StringNotEquals", text(dice, key)),
        _ => ("Bool", "StringEquals", "true"),
    };
    let second = if one == "Bool" { "false" } else { value };
    let mut all = vec![
        (one.to_owned(), key.to_owned(), json!(value)),
        (other.to_owned(), key.to_owned(), json!(second)),
    ];
    if one == "Bool" {
        all[1].0 = "Bool".to_owned();
    }
    if dice.chance(70) {
        all.push(("Null".to_owned(), key.to_owned(), json!("true")));
    }
    all
}

pub(crate) fn put(statement: &mut Value, condition: (String, String, Value)) {
    add(statement, condition);
}
