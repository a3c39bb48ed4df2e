//! Edits keep the bytes they do not mean.

use super::{
    EditError, Target, add_statement, remove, remove_actions, remove_principals, remove_statements,
    replace_statement,
};
use crate::Document;

const TRUST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "own", "Effect": "Allow", "Principal": {"AWS": ["111122223333", "999988887777"], "Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole" },
    {"Effect":"Allow", "Principal":{"AWS":"999988887777"}, "Action":["sts:AssumeRole", "sts:TagSession"]},
    {"Effect":"Deny","NotPrincipal":{"AWS":["111122223333"]},"Action":"sts:*", "Later": [1, {"a": null}]}
  ]
}
"#;

fn trust() -> Document {
    Document::read(TRUST).unwrap()
}

/// The result reads back; what it shows is the difference to the source, line by line.
fn difference(edited: Result<Option<String>, EditError>) -> String {
    let Some(edited) = edited.unwrap() else { return "nothing left".to_owned() };
    Document::read(edited.as_str()).unwrap();
    let old: Vec<&str> = TRUST.lines().collect();
    let new: Vec<&str> = edited.lines().collect();
    let lost = old.iter().filter(|line| !new.contains(line)).map(|line| format!("-{line}\n"));
    let won = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+{line}\n"));
    lost.chain(won).collect()
}

#[test]
fn a_statement_goes_with_its_comma() {
    insta::assert_snapshot!("first", difference(remove_statements(&trust(), &[0])));
    insta::assert_snapshot!("middle", difference(remove_statements(&trust(), &[1])));
    insta::assert_snapshot!("last", difference(remove_statements(&trust(), &[2])));
    insta::assert_snapshot!("outer", difference(remove_statements(&trust(), &[0, 2])));
    assert_eq!(remove_statements(&trust(), &[2, 1, 0]), Ok(None));
}

#[test]
fn an_entry_goes_and_takes_what_it_empties() {
    insta::assert_snapshot!("one_of_a_list", difference(remove_principals(&trust(), 0, &[1])));
    insta::assert_snapshot!("a_whole_list", difference(remove_principals(&trust(), 0, &[0, 1])));
    insta::assert_snapshot!("a_scalar", difference(remove_principals(&trust(), 0, &[2])));
    insta::assert_snapshot!("the_last_principal", difference(remove_principals(&trust(), 1, &[0])));
    insta::assert_snapshot!("an_action", difference(remove_actions(&trust(), 1, &[0])));
    insta::assert_snapshot!("the_last_action", difference(remove_actions(&trust(), 0, &[0])));
    let mixed = [
        Target::Statement(2),
        Target::Principal { statement: 0, entry: 0 },
        Target::Action { statement: 1, entry: 1 },
    ];
    insta::assert_snapshot!("mixed", difference(remove(&trust(), &mixed)));
}

#[test]
fn a_single_statement_object_leaves_nothing() {
    let single = Document::read(
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#,
    );
    assert_eq!(remove_principals(&single.unwrap(), 0, &[0]), Ok(None));
}

#[test]
fn what_would_widen_or_does_not_exist_is_refused() {
    assert_eq!(remove_principals(&trust(), 2, &[0]), Err(EditError::Inverted(2)));
    assert_eq!(remove_principals(&trust(), 0, &[3]), Err(EditError::NoSuchEntry(0)));
    assert_eq!(remove_statements(&trust(), &[3]), Err(EditError::NoSuchStatement(3, 3)));
}

#[test]
fn a_statement_is_put_in_place_or_added() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "*"}"#;
    insta::assert_snapshot!("replaced", difference(replace_statement(&trust(), 1, deny).map(Some)));
    insta::assert_snapshot!("added", difference(add_statement(&trust(), deny).map(Some)));
    let single = Document::read(r#"{"Statement": {"Effect":"Allow"} }"#).unwrap();
    insta::assert_snapshot!("added_to_single", add_statement(&single, deny).unwrap());
    let empty = Document::read(r#"{"Statement": [ ]}"#).unwrap();
    insta::assert_snapshot!("added_to_empty", add_statement(&empty, deny).unwrap());
    for bad in ["", "1", "{}, {}", "{", "[]", "{}}"] {
        assert!(matches!(add_statement(&trust(), bad), Err(EditError::BadStatement(_))), "{bad}");
    }
}

#[test]
fn a_resource_goes_and_takes_what_it_empties() {
    let text = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::a", "arn:aws:s3:::b"]},{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    let document = Document::read(text).unwrap();
    let without = |entries: &[usize]| {
        let targets: Vec<Target> =
            entries.iter().map(|&entry| Target::Resource { statement: 0, entry }).collect();
        remove(&document, &targets).unwrap().unwrap()
    };
    assert_eq!(without(&[0]), text.replace(r#""arn:aws:s3:::a", "#, ""));
    assert_eq!(without(&[0, 1]), r#"{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#);
}
