//! An exception lets through exactly what it names, for its role, until its day.

use rescind_guardrails::{
    Account, AccountId, Facet, InlinePolicy, Kind, LastGood, Mode, Permissions, PolicyName, Role, RoleArn,
    RoleId, Rules, Settings, Term, check, exceptions_in_use, plan,
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

/// Is anything found about the role, under exceptions from the guardrail of trust?
fn is_found(entry: &str, role: &Role) -> bool {
    !check(&rules(entry).at(BEFORE), role, Facet::Trust).is_empty()
}

fn to_principal(role: &str, principal: &str, more: &str) -> String {
    format!(
        r#"- {{role: "{role}", guardrail: restrict_cross_account_access, principal: "{principal}", owner: o, reason: r, until: 2027-01-31{more}}}"#
    )
}

fn trusting(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
    )
}

const ROLE: &str = "arn:aws:iam::111122223333:role/legacy";

#[test]
fn a_literal_role_is_that_role_whatever_its_path_holds() {
    let partner = trusting(r#"{"AWS":"123456789012"}"#);
    let star = "arn:aws:iam::111122223333:role/app/*/legacy";
    assert!(!is_found(&to_principal(star, "123456789012", ""), &role("app/*/legacy", &partner, READ)));
    assert!(is_found(&to_principal(star, "123456789012", ""), &role("app/x/legacy", &partner, READ)));
    let pattern = to_principal("arn:aws:iam::111122223333:role/app/*", "123456789012", ", match: pattern");
    assert!(
        !is_found(&pattern, &role("app/*/legacy", &partner, READ)),
        "a pattern crosses slashes, as in IAM"
    );
    assert!(is_found(&pattern, &role("legacy", &partner, READ)));
}

#[test]
fn a_path_with_colons_does_not_pass_for_another_account() {
    let partner = trusting(r#"{"AWS":"123456789012"}"#);
    let entry = to_principal("arn:aws:iam::*:role/legacy", "123456789012", ", match: pattern");
    assert!(!is_found(&entry, &role("legacy", &partner, READ)));
    assert!(is_found(&entry, &role("x:role/legacy", &partner, READ)));
    let entry = to_principal("arn:aws:iam::4444*:role/legacy", "123456789012", ", match: pattern");
    assert!(is_found(&entry, &role("444455556666:role/legacy", &partner, READ)));
}

#[test]
fn a_role_created_again_under_the_name_has_another_id() {
    let partner = trusting(r#"{"AWS":"123456789012"}"#);
    let entry = to_principal(ROLE, "123456789012", ", role_id: AROA3AEW23DC76AD3735E");
    let legacy = role("legacy", &partner, READ);
    let again = Role { id: RoleId::parse("AROA3AEW23DC76AD3735F").unwrap(), ..legacy.clone() };
    assert!(!is_found(&entry, &legacy));
    assert!(is_found(&entry, &again));
    assert!(!is_found(&to_principal(ROLE, "123456789012", ""), &again), "without the id, the name decides");
}

#[test]
fn an_exception_hides_no_other_principal_of_the_statement() {
    let account = to_principal(ROLE, "123456789012", "");
    let one_role = to_principal(ROLE, "arn:aws:iam::123456789012:role/ci", "");
    let pattern = to_principal(ROLE, "arn:aws:iam::123456789012:role/ci-*", ", match: pattern");
    let google = to_principal(ROLE, "accounts.google.com", "");
    let service = to_principal(ROLE, "lambda.amazonaws.com", "");
    let let_through = [
        (&account, r#"{"AWS":"123456789012"}"#),
        (&account, r#"{"AWS":"arn:aws:iam::123456789012:root"}"#),
        (&account, r#"{"AWS":"arn:aws:iam::123456789012:role/any"}"#),
        (&one_role, r#"{"AWS":"arn:aws:iam::123456789012:role/ci"}"#),
        (&pattern, r#"{"AWS":"arn:aws:iam::123456789012:role/ci-7"}"#),
        (&google, r#"{"Federated":"accounts.google.com"}"#),
        (&service, r#"{"Service":"lambda.amazonaws.com"}"#),
    ];
    for (entry, principal) in let_through {
        let trust = trusting(principal).replace("AssumeRole\"", "AssumeRole*\"");
        assert!(!is_found(entry, &role("legacy", &trust, READ)), "{entry}\n{trust}");
    }
    let still_found = [
        (&account, r#""*""#),
        (&account, r#"{"AWS":"*"}"#),
        (&account, r#"{"AWS":["123456789012","123456789013"]}"#),
        (&account, r#"{"AWS":"123456789012","Service":"lambda.amazonaws.com"}"#),
        (&one_role, r#"{"AWS":"123456789012"}"#),
        (&one_role, r#"{"AWS":"arn:aws:iam::123456789012:role/ci/ci"}"#),
        (&pattern, r#"{"AWS":"123456789012"}"#),
        (&pattern, r#"{"AWS":"arn:aws:iam::123456789012:user/ci-7"}"#),
        (&pattern, r#"{"AWS":"arn:aws:iam::123456789013:role/ci-7"}"#),
        (&service, r#"{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}"#),
        (&google, r#"{"Federated":["accounts.google.com","graph.facebook.com"]}"#),
    ];
    for (entry, principal) in still_found {
        let trust = trusting(principal).replace("AssumeRole\"", "AssumeRole*\"");
        assert!(is_found(entry, &role("legacy", &trust, READ)), "{entry}\n{trust}");
    }
    let all_but = trusting(r#"{"AWS":"111122223333"}"#).replace("\"Principal\"", "\"NotPrincipal\"");
    assert!(is_found(&account, &role("legacy", &all_but, READ)));
}

#[test]
fn under_a_pattern_of_roles_a_plain_principal_stays_literal() {
    let roles = "arn:aws:iam::111122223333:role/vendor-*";
    let entry = to_principal(roles, "123456789012", ", match: pattern");
    let partner = |principal| role("vendor-x", &trusting(principal), READ);
    assert!(!is_found(&entry, &partner(r#"{"AWS":"123456789012"}"#)));
    assert!(is_found(&entry, &partner(r#"{"AWS":"123456789013"}"#)));
}

#[test]
fn of_two_exceptions_for_the_same_one_is_needed() {
    let entries =
        [to_principal(ROLE, "123456789012", ""), to_principal(ROLE, "123456789012", ", match: pattern")];
    let rules = rules(&entries.join("\n")).at(BEFORE);
    let legacy = role("legacy", &trusting(r#"{"AWS":"123456789012"}"#), READ);
    assert!(check(&rules, &legacy, Facet::Trust).is_empty());
    assert_eq!(exceptions_in_use(&rules, &legacy, Facet::Trust).len(), 1);
}

#[test]
fn a_day_ends_at_midnight_utc() {
    let rules = rules(&to_principal(ROLE, "123456789012", ""));
    let legacy = role("legacy", &trusting(r#"{"AWS":"123456789012"}"#), READ);
    let holds = |now| check(&rules.at(now), &legacy, Facet::Trust).is_empty();
    assert!(holds(datetime!(2027-01-31 23:59:59.999_999_999 UTC)));
    assert!(!holds(datetime!(2027-02-01 0:00 UTC)));
    assert!(holds(datetime!(2027-01-31 15:59:59 -8)), "23:59:59 UTC");
    assert!(!holds(datetime!(2027-01-31 16:00 -8)), "0:00 UTC of the next day");
    let [exception] = rules.exceptions() else { panic!("one exception") };
    assert_eq!(exception.last_day(), time::macros::date!(2027 - 01 - 31));
    assert_eq!(exception.term(datetime!(2027-01-01 23:59:59 UTC)), Term::Running);
    assert_eq!(exception.term(datetime!(2027-01-02 0:00 UTC)), Term::EndsSoon);
    assert_eq!(exception.term(AFTER), Term::Expired);
}

#[test]
fn a_small_exception_hides_no_administrator() {
    let entry = r#"- {role: "arn:aws:iam::111122223333:role/app", guardrail: lock_down_permissions, permission: "s3:DeleteObject", owner: o, reason: r, until: 2027-01-31}"#;
    let rules = rules(entry).at(BEFORE);
    for action in ["*", "iam:*"] {
        let findings = check(&rules, &role("app", OWN, &READ.replace("s3:Get*", action)), Facet::Permissions);
        assert!(findings.iter().any(|found| matches!(found.kind, Kind::Administrator { .. })), "{action}");
    }
}
