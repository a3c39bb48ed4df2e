//! An exception lets through exactly what it names, for its role, until its day.

use rescind_guardrails::{
    Account, AccountId, Facet, InlinePolicy, LastGood, Mode, Permissions, PolicyName, Role, RoleArn, RoleId,
    Rules, Settings, check, exceptions_in_use, plan,
};
use time::OffsetDateTime;
use time::macros::datetime;

const BEFORE: OffsetDateTime = datetime!(2027-01-31 23:59:59 UTC);
const AFTER: OffsetDateTime = datetime!(2027-02-01 0:00 UTC);

fn rules(exceptions: &str) -> Rules {
    let settings = format!(
        "version: 1\nguardrails:\n  restrict_cross_account_access: {{mode: enforce}}\n  lock_down_permissions: {{mode: enforce, scope: all_roles, never: [\"s3:Delete*\"]}}\nprotected_roles: []\nexceptions:\n{exceptions}"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn role(name: &str, trust: &str, inline: &str) -> Role {
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: trust.to_owned(),
        boundary: None,
        permissions: Some(Permissions {
            inline: vec![InlinePolicy { name: PolicyName::parse("p").unwrap(), text: inline.to_owned() }],
            ..Permissions::default()
        }),
    }
}

const TWO: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:role/ci","999988887777"]},"Action":"sts:AssumeRole"}]}"#;
const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;
const DELETE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:DeleteObject"],"Resource":"*"}]}"#;

#[test]
fn a_principal_is_let_through_and_no_other() {
    let entry = r#"- {role: "arn:aws:iam::111122223333:role/legacy", guardrail: restrict_cross_account_access, principal: "123456789012", owner: team-x, reason: "migration, CHG-1", until: 2027-01-31}"#;
    let rules = rules(entry);
    let legacy = role("legacy", TWO, READ);
    let now = rules.at(BEFORE);
    let findings = check(&now, &legacy, Facet::Trust);
    assert_eq!(findings.len(), 1);
    assert!(!findings[0].sentence.contains("123456789012"), "{}", findings[0].sentence);
    let plan = plan(&now, &legacy, findings, &LastGood::default());
    let repaired = plan.steps()[0].step.applied_to(&legacy, &[]).unwrap();
    assert_eq!(repaired.trust, TWO.replace(r#","999988887777""#, ""));
    assert!(check(&now, &repaired, Facet::Trust).is_empty());
    let used = exceptions_in_use(&now, &repaired, Facet::Trust);
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].0.owner, "team-x");
    assert!(exceptions_in_use(&now, &role("legacy", OWN, READ), Facet::Trust).is_empty(), "it is not needed");
    for (rules, role) in [
        (rules.clone(), repaired.clone()),
        (rules.at(AFTER), repaired.clone()),
        (now, role("legacy2", &repaired.trust, READ)),
    ] {
        assert!(!check(&rules, &role, Facet::Trust).is_empty(), "{}", role.arn);
    }
}

#[test]
fn a_permission_is_let_through_and_no_other() {
    let entry = r#"- {role: "arn:aws:iam::*:role/*", match: pattern, guardrail: lock_down_permissions, permission: "s3:DeleteObject", owner: o, reason: r, until: 2027-01-31}"#;
    let rules = rules(entry);
    let deletes = role("app", OWN, DELETE);
    assert!(check(&rules.at(BEFORE), &deletes, Facet::Permissions).is_empty());
    assert_eq!(exceptions_in_use(&rules.at(BEFORE), &deletes, Facet::Permissions).len(), 1);
    assert_eq!(check(&rules.at(AFTER), &deletes, Facet::Permissions).len(), 1);
    let more = role("app", OWN, &DELETE.replace("s3:DeleteObject", "s3:Delete*"));
    assert_eq!(check(&rules.at(BEFORE), &more, Facet::Permissions).len(), 1);
}
