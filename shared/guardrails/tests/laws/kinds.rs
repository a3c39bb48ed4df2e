//! The kinds of findings about a trust policy, as people read them.

use rescind_guardrails::{
    Account, AccountId, Facet, LastGood, Mode, Role, RoleArn, RoleId, Rules, Settings, check, plan,
};
use time::OffsetDateTime;

fn rules() -> Rules {
    let settings = "
version: 1
guardrails:
  restrict_cross_account_access:
    mode: enforce
    trusted_services: [lambda.amazonaws.com]
    source_bound_services: [scheduler.amazonaws.com]
    trusted_oidc_providers: [{issuer: token.actions.githubusercontent.com, claims: {sub: [\"repo:example-org/*\"]}}]
protected_roles: []
";
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn role(path: &str, statement: &str) -> Role {
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role{path}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
        boundary: None,
        permissions: None,
    }
}

fn aws(principal: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{{"AWS":{principal}}},"Action":"sts:AssumeRole"}}"#)
}

fn service(name: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{{"Service":"{name}"}},"Action":"sts:AssumeRole","Condition":{condition}}}"#
    )
}

fn token(issuer: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111122223333:oidc-provider/{issuer}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
    )
}

fn told(role: &Role) -> String {
    let rules = rules();
    let findings = check(&rules, role, Facet::Trust);
    let plan = plan(&rules, role, findings.clone(), &LastGood::default());
    let mut text: Vec<String> = findings
        .iter()
        .map(|finding| {
            let kind = serde_json::to_value(&finding.kind).unwrap();
            format!("{:?}: {}: {}", finding.severity, kind["kind"].as_str().unwrap(), finding.sentence)
        })
        .collect();
    text.extend(plan.steps().iter().map(|planned| format!("{:?}: {}", planned.strategy, planned.sentence)));
    text.extend(plan.open().iter().map(|open| serde_json::to_string(&open.why).unwrap()));
    text.join("\n")
}

#[test]
fn each_kind_has_its_severity_its_sentence_and_its_repair() {
    let github = "token.actions.githubusercontent.com";
    let cases = [
        ("a stranger", role("/app", &aws(r#""999988887777""#))),
        ("a vendor", role("/app", &aws(r#"["464622532012","arn:aws:iam::111122223333:root"]"#))),
        (
            "an issuer, unbound",
            role(
                "/ci",
                &token(
                    github,
                    r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#,
                ),
            ),
        ),
        (
            "an issuer, bound to everyone",
            role(
                "/ci",
                &token(github, r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}"#),
            ),
        ),
        (
            "an issuer, bound to all that begin so",
            role(
                "/ci",
                &token(
                    github,
                    r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example*"}}"#,
                ),
            ),
        ),
        (
            "an issuer, bound to others",
            role(
                "/ci",
                &token(
                    github,
                    r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:others/*"}}"#,
                ),
            ),
        ),
        ("an issuer that nobody trusts", role("/ci", &token("gitlab.com", "{}"))),
        ("a deputy", role("/nightly", &service("scheduler.amazonaws.com", "{}"))),
        (
            "a deputy of others",
            role(
                "/nightly",
                &service(
                    "scheduler.amazonaws.com",
                    r#"{"StringEquals":{"aws:SourceAccount":"999988887777"}}"#,
                ),
            ),
        ),
        ("a service", role("/nightly", &service("ec2.amazonaws.com", "{}"))),
        ("another partition", role("/app", &aws(r#""arn:aws-cn:iam::111122223333:root""#))),
        ("a deleted principal", role("/app", &aws(r#"["AIDAEXAMPLEEXAMPLE03","111122223333"]"#))),
        (
            "a deleted principal and a stranger",
            role("/app", &aws(r#"["AIDAEXAMPLEEXAMPLE03","111122223333","999988887777"]"#)),
        ),
        ("a decoy", role("/AWSServiceRoleForSupport", &aws(r#""111122223333""#))),
        ("a decoy and a stranger", role("/x/AWSReservedSSO_Admin_1", &aws(r#""999988887777""#))),
        (
            "a role of AWS",
            role(
                "/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
                &aws(r#""111122223333""#),
            ),
        ),
        ("a `*` in the path", role("/a*/app", &aws(r#""111122223333""#))),
    ];
    let table: Vec<String> =
        cases.iter().map(|(what, role)| format!("## {what}\n{}\n", told(role))).collect();
    insta::assert_snapshot!(table.join("\n"));
}
