//! What people read of a decision.

use super::explain;
use crate::{Caller, Document, Policies, Request, evaluate};

fn document(statements: &str) -> Document {
    Document::read(format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
}

fn request(caller: &str, action: &str, resource: &str) -> Request {
    Request::new(Caller::parse(caller).unwrap(), action, resource)
}

#[test]
fn of_a_bucket() {
    let identity = document(
        r#"{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"},
           {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
           {"Sid": "Net", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8"]}}},
           {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringMatches": {"aws:x": "1"}}}"#,
    );
    let bucket = document(
        r#"{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:*", "Resource": "*"}"#,
    );
    let scp = document(r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#);
    let mut request =
        request("arn:aws:sts::111122223333:assumed-role/app/s1", "s3:GetObject", "arn:aws:s3:::bucket/key");
    let mut texts = Vec::new();
    let mut policies = Policies { identity: vec![&identity], resource: Some(&bucket), ..Policies::default() };
    texts.push(explain(&evaluate(&request, &policies), &request, &policies));
    request.context.set("aws:SourceIp", ["10.1.2.3"]);
    texts.push(explain(&evaluate(&request, &policies), &request, &policies));
    policies.scps = vec![vec![&scp]];
    texts.push(explain(&evaluate(&request, &policies), &request, &policies));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn of_a_trust_policy() {
    let trust = document(
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"},
           {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
    );
    let policies = Policies { resource: Some(&trust), ..Policies::default() };
    let callers =
        ["arn:aws:iam::111122223333:user/alice", "ec2.amazonaws.com", "arn:aws:iam::444455556666:user/eve"];
    let texts = callers.map(|caller| {
        let request = request(caller, "sts:AssumeRole", "arn:aws:iam::111122223333:role/app");
        explain(&evaluate(&request, &policies), &request, &policies)
    });
    insta::assert_snapshot!(texts.join("\n"));
}
