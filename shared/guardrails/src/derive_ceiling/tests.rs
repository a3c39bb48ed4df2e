use super::*;

fn policy(statements: &str) -> Document {
    Document::read(format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
}

/// A user with one identity policy, and perhaps a boundary.
fn user(name: &str, identity: &str, boundary: Option<&str>) -> User {
    User { name: name.to_owned(), identity: vec![policy(identity)], boundary: boundary.map(policy) }
}

/// The statements of the ceiling, and who may do more.
fn derived(users: &[User]) -> (String, Vec<String>) {
    let ceiling = derive_ceiling(users).unwrap();
    let statements = ceiling.text.strip_prefix(r#"{"Version":"2012-10-17","Statement":["#).unwrap();
    let beyond = ceiling.beyond.iter().map(|beyond| beyond.user.clone()).collect();
    (statements.strip_suffix("]}").unwrap().to_owned(), beyond)
}

const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const NO_IAM: &str = r#"{"Effect":"Deny","Action":["iam:*","organizations:*"],"Resource":"*"}"#;

#[test]
fn what_any_user_may_do_is_allowed_and_said_once() {
    let users = [
        user("ann", READ, None),
        user("bob", r#"{"Effect":"Allow","Action":["s3:Get*","sqs:SendMessage"],"Resource":"*"}"#, None),
        user("cyd", r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}"#, None),
    ];
    let statements =
        r#"{"Effect":"Allow","Action":["s3:Get*","s3:GetObject","sqs:SendMessage"],"Resource":"*"}"#;
    assert_eq!(derived(&users), (statements.to_owned(), Vec::new()));
}

#[test]
fn a_deny_of_all_users_is_kept_and_one_of_some_is_worked_in() {
    let denied = format!("{ALL},{NO_IAM}");
    let common = [user("ann", &denied, None), user("bob", &format!("{READ},{NO_IAM}"), None)];
    assert_eq!(derived(&common), (format!("{NO_IAM},{ALL}"), Vec::new()));
    let own = [user("ann", &denied, None), user("bob", READ, None)];
    let statements = r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}"#;
    assert_eq!(derived(&own), (statements.to_owned(), Vec::new()));
}

#[test]
fn what_one_user_is_denied_another_may_still_give() {
    let users = [
        user("ann", &format!("{ALL},{NO_IAM}"), None),
        user("bob", r#"{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}"#, None),
    ];
    let statements = concat!(
        r#"{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"},"#,
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}"#
    );
    assert_eq!(derived(&users), (statements.to_owned(), Vec::new()));
}

#[test]
fn what_cannot_be_said_is_left_out_and_its_user_is_named() {
    let half = r#"{"Effect":"Allow","Action":["s3:*","sqs:SendMessage"],"Resource":"*"},
                  {"Effect":"Deny","Action":"s3:Delete*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    let users = [user("ann", half, None), user("bob", READ, None)];
    let statements = r#"{"Effect":"Allow","Action":["s3:GetObject","sqs:SendMessage"],"Resource":"*"}"#;
    assert_eq!(derived(&users), (statements.to_owned(), vec!["ann".to_owned()]));
}

#[test]
fn a_boundary_limits_its_user() {
    let boundary = r#"{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"}"#;
    let both = r#"{"Effect":"Allow","Action":["s3:GetObject","ec2:RunInstances"],"Resource":"*"}"#;
    assert_eq!(
        derived(&[user("ann", both, Some(boundary))]),
        (READ.replace(r#""Sid":"Read","#, ""), Vec::new())
    );
    assert_eq!(derived(&[user("ann", ALL, Some(boundary))]), (boundary.to_owned(), Vec::new()));
}

#[test]
fn conditions_are_part_of_a_statement() {
    let tagged = r#"{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":["a","b"]}}}"#;
    let users = [user("ann", tagged, None), user("bob", READ, None)];
    let read = READ.replace(r#""Sid":"Read","#, "");
    assert_eq!(derived(&users), (format!("{tagged},{read}"), Vec::new()));
}

#[test]
fn an_administrator_among_the_users_is_named() {
    let ceiling = derive_ceiling(&[user("ann", ALL, None), user("bob", READ, None)]).unwrap();
    assert_eq!(ceiling.administrators, ["ann"]);
    assert_eq!(derive_ceiling(&[]), Err(NoCeiling::NoUser));
    assert_eq!(derive_ceiling(&[user("ann", NO_IAM, None)]), Err(NoCeiling::Nothing));
}
