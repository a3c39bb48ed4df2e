//! What people see of a faulty document.

use super::{Kind, stored_size, validate_text};
use crate::Position;

/// One line for each diagnostic, as a terse linter would print it.
fn lint(kind: Kind, text: &str) -> String {
    let mut lines = String::new();
    for found in validate_text(text, kind) {
        let Position { line, column } = found.span.position(text);
        let code = found.code.as_str();
        lines += &format!("{line}:{column} {:?} {code}: {}\n", found.severity, found.message);
        lines += &found.iam.map_or(String::new(), |answer| format!("    IAM: {answer}\n"));
        lines += &found.help.map_or(String::new(), |help| format!("    help: {help}\n"));
    }
    lines
}

#[test]
fn identity_policies() {
    insta::assert_snapshot!(lint(
        Kind::Managed,
        r#"{
  "Version": "2012-10-17", "Id": "x",
  "Statement": [
    {"Sid": "a b", "Effect": "Allow", "Action": "GetObject", "Resource": "bucket"},
    {"Sid": "one", "Effect": "Allow", "Action": ["s3:a:b", "s3:Get Object", "*3:Get*"], "Resource": ["arn:aws:s3:::a", "arn::s3:::b", "arn:aws:sqs:${aws:x}:1:q"]},
    {"Sid": "one", "Effect": "Allow", "Action": [], "Resource": []},
    {"Effect": "Deny", "Principal": "*", "Action": "s3:*"},
    {"Effect": "allow", "NotAction": "s3:*", "Action": "s3:*", "NotResource": "*", "Extra": true},
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Resource": "*"}
  ]
}"#
    ));
}

#[test]
fn conditions() {
    insta::assert_snapshot!(lint(
        Kind::Inline,
        r#"{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {
    "StringMatches": {"aws:x": "1"},
    "StringEquals": {"username": "${aws:y", "aws:z": [], "AWS:Z": "2"},
    "NumericEquals": {"s3:max-keys": "ten"},
    "DateLessThan": {"aws:CurrentTime": "soon"},
    "IpAddress": {"aws:SourceIp": "10.0.0.*"},
    "Bool": {"aws:SecureTransport": "yes"},
    "ArnLike": {"aws:SourceArn": "arn:aws:s3:*"},
    "ForAllValues:StringEquals": {"aws:TagKeys": "a"},
    "Null": {"aws:TokenIssueTime": [null]}
  }}
}"#
    ));
}

#[test]
fn trust_policies() {
    insta::assert_snapshot!(lint(
        Kind::Trust,
        r#"{
  "Version": "2008-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
    {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/*", "AIDACKCEVSQ6C2EXAMPLE", "11112222333"], "Other": "x"}, "Action": "sts:AssumeRole"},
    {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"},
    {"Effect": "Allow", "Action": "*"},
    {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}},
    {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "${aws:x}"}}}
  ]
}"#
    ));
}

#[test]
fn texts_that_are_no_policies() {
    let long = "x".repeat(262_145);
    let texts = [
        "",
        "{",
        "[]",
        "{}",
        "{\"Statement\": null}",
        "{\"Statement\": \"x\"}",
        "{\"Statements\": []}",
        "{\"Statement\": []}",
        "{\"Statement\": [], \"a\": \"\u{20ac}\"}",
        "{\"Statement\" [",
        &long,
    ];
    insta::assert_snapshot!(texts.map(|text| lint(Kind::Managed, text)).join("---\n"));
}

#[test]
fn control_policies() {
    insta::assert_snapshot!(lint(
        Kind::Rcp,
        r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "NotAction": "s3:*", "Resource": "*"},
  {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
]}"#
    ));
}

#[test]
fn white_space_between_tokens_is_free() {
    assert_eq!(stored_size("{ \"a b\" :\n\t\"\\\" c\" }"), "{\"a b\":\"\\\" c\"}".len());
}
