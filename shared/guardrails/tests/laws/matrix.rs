//! What each guardrail does in each mode, for every kind of principal and shape of condition, and for every
//! shape of permission: one table to read.

use policy::Document;
use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, Guardrail, InlinePolicy, LastGood, Mode, Permissions,
    PolicyArn, PolicyName, Role, RoleArn, RoleId, Rules, Settings, Step, check, plan,
};
use time::OffsetDateTime;

const OWN: &str = "111122223333";

/// The settings of the whole table, with the mode under test.
fn rules(mode: &str) -> Rules {
    let settings = format!(
        r#"
version: 1
organization: {{id: o-exampleorg1, trusted: true}}
guardrails:
  restrict_cross_account_access:
    mode: {mode}
    trusted_accounts: ["444455556666"]
    trusted_services: [lambda.amazonaws.com]
    source_bound_services: [scheduler.amazonaws.com]
    trusted_saml_providers: ["arn:aws:iam::111122223333:saml-provider/Corp"]
    trusted_oidc_providers: [{{issuer: token.actions.githubusercontent.com, claims: {{sub: ["repo:example-org/*"]}}}}]
    vendors: [{{account: "777788889999", external_id: required}}]
  lock_down_permissions:
    mode: {mode}
    scope: all_roles
    never: ["organizations:*"]
    escalation: forbid
    data_exposure: report
protected_roles: []
"#
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse(OWN).unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

const PRINCIPALS: &[(&str, &str)] = &[
    ("anybody", r#"{"AWS":"*"}"#),
    ("anybody, bare", r#""*""#),
    ("own account", r#"{"AWS":"111122223333"}"#),
    ("own role", r#"{"AWS":"arn:aws:iam::111122223333:role/x"}"#),
    ("own user", r#"{"AWS":"arn:aws:iam::111122223333:user/x"}"#),
    ("own session", r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/x/s"}"#),
    ("trusted account", r#"{"AWS":"arn:aws:iam::444455556666:root"}"#),
    ("other account", r#"{"AWS":"arn:aws:iam::999988887777:root"}"#),
    ("other account's role", r#"{"AWS":"arn:aws:iam::999988887777:role/x"}"#),
    ("other account's session", r#"{"AWS":"arn:aws:sts::999988887777:assumed-role/x/s"}"#),
    ("own and other account", r#"{"AWS":["111122223333","999988887777"]}"#),
    ("vendor", r#"{"AWS":"arn:aws:iam::777788889999:root"}"#),
    ("other partition", r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#),
    ("deleted principal", r#"{"AWS":"AROA3AEW23DC76AD3735E"}"#),
    ("trusted service", r#"{"Service":"lambda.amazonaws.com"}"#),
    ("service to be bound", r#"{"Service":"scheduler.amazonaws.com"}"#),
    ("other service", r#"{"Service":"sns.amazonaws.com"}"#),
    ("trusted SAML", r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/Corp"}"#),
    ("other SAML", r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/Other"}"#),
    (
        "trusted OIDC",
        r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#,
    ),
    ("other OIDC", r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/gitlab.com"}"#),
    ("unreadable", r#"{"AWS":"arn:aws:what"}"#),
];

const CONDITIONS: &[(&str, &str)] = &[
    ("none", "{}"),
    ("own organization", r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#),
    ("organization by wildcard", r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#),
    ("organization if present", r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#),
    ("own account", r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#),
    ("not own account", r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#),
    ("external id", r#"{"StringEquals":{"sts:ExternalId":"k1"}}"#),
    ("own source account", r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#),
    ("repository", r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example-org/*"}}"#),
    ("MFA", r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#),
    ("network", r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#),
    ("unknown operator", r#"{"StringSomehow":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#),
];

const PERMISSIONS: &[(&str, &str)] = &[
    ("harmless", r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*"}"#),
    ("everything", r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
    ("everything, in disguise", r#"{"Effect":"Allow","NotAction":"a4b:Foo","Resource":"*"}"#),
    ("everything, by question marks", r#"{"Effect":"Allow","Action":"?*:*","Resource":"*"}"#),
    (
        "everything with MFA",
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
    ),
    (
        "everything, IAM denied",
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["iam:*","organizations:*","sts:*"],"Resource":"*"}"#,
    ),
    ("never", r#"{"Effect":"Allow","Action":"organizations:LeaveOrganization","Resource":"*"}"#),
    ("never, by wildcard", r#"{"Effect":"Allow","Action":["o*:Leave*","sqs:SendMessage"],"Resource":"*"}"#),
    (
        "never, and denied",
        r#"{"Effect":"Allow","Action":"organizations:*","Resource":"*"},{"Effect":"Deny","Action":"organizations:*","Resource":"*"}"#,
    ),
    ("a way to more", r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*"}"#),
    (
        "a way in two actions",
        r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction","s3:ListBucket"],"Resource":"*"}"#,
    ),
    (
        "a way, bounded",
        r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ecs.amazonaws.com"}}}"#,
    ),
    ("all data", r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#),
    ("an unreadable effect", r#"{"Effect":"Perhaps","Action":"*","Resource":"*"}"#),
];

fn role(trust: &str, permissions: Permissions) -> Role {
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: trust.to_owned(),
        boundary: None,
        permissions: Some(permissions),
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// What is found, and what is done about it in each mode.
fn row(role: &Role, guardrail: Guardrail, facet: Facet) -> String {
    let judged = |mode: &str| {
        let rules = rules(mode);
        let findings = check(&rules, role, facet);
        let plan = plan(&rules, role, findings.clone(), &LastGood::default());
        let permit = rules.permit(guardrail);
        let done = plan.steps().iter().map(|planned| {
            let strategy = format!("{:?}", planned.strategy).to_lowercase();
            let is_written = permit.is_some();
            if is_written { strategy } else { format!("would {strategy}") }
        });
        let open = plan.open().iter().map(|open| {
            let why = serde_json::to_value(&open.why).unwrap();
            format!("left: {}", why["why"].as_str().unwrap())
        });
        let mut all: Vec<String> = done.chain(open).collect();
        all.dedup();
        (findings, if all.is_empty() { "-".to_owned() } else { all.join(", ") })
    };
    let (findings, enforce) = judged("enforce");
    let found: Vec<String> = findings
        .iter()
        .map(|finding| {
            let kind = serde_json::to_value(&finding.kind).unwrap();
            let reach = kind["reach"].as_str().map(|reach| format!(" ({reach})")).unwrap_or_default();
            format!("{:?}: {}{reach}", finding.severity, kind["kind"].as_str().unwrap())
        })
        .collect();
    let found = if found.is_empty() { "clean".to_owned() } else { found.join("; ") };
    format!("{found} | {} | {} | {enforce}", judged("off").1, judged("monitor").1)
}

#[test]
fn of_trust() {
    let mut table = "principal | condition | found | off | monitor | enforce\n".to_owned();
    for (who, principal) in PRINCIPALS {
        let action = if who.contains("SAML") {
            "sts:AssumeRoleWithSAML"
        } else if who.contains("OIDC") {
            "sts:AssumeRoleWithWebIdentity"
        } else {
            "sts:AssumeRole"
        };
        for (shape, condition) in CONDITIONS {
            let statement = format!(
                r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Condition":{condition}}}"#
            );
            let role = role(&document(&statement), Permissions::default());
            let row = row(&role, Guardrail::RestrictCrossAccountAccess, Facet::Trust);
            table.push_str(&format!("{who} | {shape} | {row}\n"));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn of_permissions() {
    let mut table = "permissions | held | found | off | monitor | enforce\n".to_owned();
    let trust = document(
        r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
    );
    for (shape, statements) in PERMISSIONS {
        let text = document(statements);
        assert!(Document::read(text.as_str()).is_ok(), "{shape}");
        let inline = InlinePolicy { name: PolicyName::parse("p").unwrap(), text: text.clone() };
        let attached = |arn: &str| AttachedPolicy {
            arn: PolicyArn::parse(arn).unwrap(),
            version: "v1".to_owned(),
            text: text.clone(),
        };
        for (held, permissions) in [
            ("inline", Permissions { inline: vec![inline], ..Permissions::default() }),
            (
                "own policy",
                Permissions {
                    attached: vec![attached("arn:aws:iam::111122223333:policy/P")],
                    ..Permissions::default()
                },
            ),
            (
                "AWS's policy",
                Permissions {
                    attached: vec![attached("arn:aws:iam::aws:policy/P")],
                    ..Permissions::default()
                },
            ),
        ] {
            let row = row(&role(&trust, permissions), Guardrail::LockDownPermissions, Facet::Permissions);
            table.push_str(&format!("{shape} | {held} | {row}\n"));
        }
    }
    insta::assert_snapshot!(table);
}

/// The steps of the table are of the kind that its columns promise: a repair of trust never touches
/// permissions, and the other way round.
#[test]
fn each_guardrail_keeps_to_its_facet() {
    let trust = document(r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#);
    let inline = InlinePolicy {
        name: PolicyName::parse("p").unwrap(),
        text: document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
    };
    let role = role(&trust, Permissions { inline: vec![inline], ..Permissions::default() });
    let rules = rules("enforce");
    let plan = plan(&rules, &role, check(&rules, &role, Facet::All), &LastGood::default());
    assert!(!plan.steps().is_empty());
    for planned in plan.steps() {
        let is_trust = matches!(planned.step, Step::PutTrust { .. });
        assert_eq!(is_trust, planned.guardrail == Guardrail::RestrictCrossAccountAccess);
    }
}
