//! Each strategy for permissions, on the smallest role that calls for it.

use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, InlinePolicy, LastGood, Mode, Permissions, PolicyArn,
    PolicyName, PolicyUser, Role, RoleArn, RoleId, Rules, Settings, Step, check, plan,
};
use time::OffsetDateTime;

fn rules() -> Rules {
    let settings = "version: 1\nguardrails:\n  lock_down_permissions: {mode: enforce, scope: all_roles, never: [\"organizations:*\"], escalation: forbid}\nprotected_roles: []\n";
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn statement(effect: &str, rest: &str) -> String {
    format!(r#"{{"Effect":"{effect}",{rest},"Resource":"*"}}"#)
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn allow(actions: &str) -> String {
    statement("Allow", &format!(r#""Action":{actions}"#))
}

fn attached(arn: &str, version: &str, text: &str) -> AttachedPolicy {
    AttachedPolicy { arn: PolicyArn::parse(arn).unwrap(), version: version.to_owned(), text: text.to_owned() }
}

fn role(inline: &[&str], attached: Vec<AttachedPolicy>) -> Role {
    let names = ('a'..).map(|name| PolicyName::parse(&name.to_string()).unwrap());
    let inline = names.zip(inline).map(|(name, text)| InlinePolicy { name, text: (*text).to_owned() });
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: String::new(),
        boundary: None,
        permissions: Some(Permissions { inline: inline.collect(), attached, boundary: None }),
    }
}

/// Findings, steps and what stays open, for people.
fn told(role: &Role, good: &LastGood) -> String {
    let rules = rules();
    let findings = check(&rules, role, Facet::Permissions);
    let mut lines: Vec<String> =
        findings.iter().map(|finding| format!("{:?}: {}", finding.severity, finding.sentence)).collect();
    let plan = plan(&rules, role, findings, good);
    for planned in plan.steps() {
        lines.push(format!("{:?}: {}", planned.strategy, planned.sentence));
        lines.extend(planned.proof.iter().map(|proof| format!("- {proof}")));
        if let Step::PutInline { after, .. } = &planned.step {
            lines.push(after.clone());
        }
    }
    lines.extend(plan.open().iter().map(|open| format!("open: {:?}", open.why)));
    lines.join("\n")
}

const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const OWN: &str = "arn:aws:iam::111122223333:policy/App";

#[test]
fn a_mixed_statement_is_kept_under_a_deny() {
    let mixed = document(&[allow(r#"["s3:GetObject","o*:Describe*"]"#)]);
    insta::assert_snapshot!(told(&role(&[&mixed], Vec::new()), &LastGood::default()));
}

#[test]
fn a_combination_across_policies_costs_the_later_one() {
    let pass = document(&[allow(r#"["iam:PassRole","s3:GetObject"]"#)]);
    let create = document(&[allow(r#"["lambda:CreateFunction","lambda:InvokeFunction"]"#)]);
    insta::assert_snapshot!(told(&role(&[&pass, &create], Vec::new()), &LastGood::default()));
}

#[test]
fn of_a_combination_the_policy_that_was_changed_is_repaired() {
    let pass = document(&[allow(r#"["iam:PassRole","s3:GetObject"]"#)]);
    let create = document(&[allow(r#"["lambda:CreateFunction","lambda:InvokeFunction"]"#)]);
    let good = LastGood {
        inline: [(PolicyName::parse("b").unwrap(), create.clone())].into(),
        ..LastGood::default()
    };
    let told = told(&role(&[&pass, &create], Vec::new()), &good);
    assert!(told.contains("Narrow: take what is forbidden out of inline policy `a`"), "{told}");
    assert!(!told.contains("inline policy `b` and keep"), "{told}");
}

#[test]
fn an_aws_managed_policy_is_detached() {
    let admin = attached(ADMIN, "v1", &document(&[allow("\"*\"")]));
    insta::assert_snapshot!(told(&role(&[], vec![admin]), &LastGood::default()));
}

#[test]
fn the_version_of_a_customer_policy_is_set_back() {
    let live = attached(OWN, "v2", &document(&[allow("\"*\"")]));
    let was = attached(OWN, "v1", &document(&[allow("\"s3:GetObject\"")]));
    let good = LastGood { attached: [(was.arn.clone(), was)].into(), ..LastGood::default() };
    insta::assert_snapshot!(told(&role(&[], vec![live]), &good));
}

#[test]
fn a_boundary_that_was_taken_away_is_put_back() {
    let all = document(&[allow("\"*\"")]);
    let boundary = attached(OWN, "v1", &document(&[allow("\"s3:GetObject\"")]));
    let good = LastGood { boundary: Some(boundary), ..LastGood::default() };
    insta::assert_snapshot!(told(&role(&[&all], Vec::new()), &good));
}

#[test]
fn the_version_of_a_boundary_is_set_back() {
    let all = document(&[allow("\"*\"")]);
    let mut role = role(&[&all], Vec::new());
    let live = attached(OWN, "v2", &all);
    role.boundary = Some(live.arn.clone());
    role.permissions.as_mut().unwrap().boundary = Some(live);
    let was = attached(OWN, "v1", &document(&[allow("\"s3:GetObject\"")]));
    let good = LastGood { boundary: Some(was), ..LastGood::default() };
    insta::assert_snapshot!(told(&role, &good));
}

#[test]
fn who_else_uses_a_policy_stands_in_the_step() {
    let live = attached(OWN, "v2", &document(&[allow("\"*\"")]));
    let was = attached(OWN, "v1", &document(&[allow("\"s3:GetObject\"")]));
    let good = LastGood { attached: [(was.arn.clone(), was)].into(), ..LastGood::default() };
    let role = role(&[], vec![live]);
    let plan = plan(&rules(), &role, check(&rules(), &role, Facet::Permissions), &good);
    let mut planned = plan.steps()[0].clone();
    planned.tell_users(Vec::new());
    assert_eq!(planned, plan.steps()[0], "nobody else, nothing to say");
    let users = vec![
        PolicyUser::Role("second".to_owned()),
        PolicyUser::BoundaryOf("third".to_owned()),
        PolicyUser::User("dana".to_owned()),
        PolicyUser::Group("admins".to_owned()),
    ];
    planned.tell_users(users.clone());
    assert_eq!(planned.used_by, users);
    insta::assert_snapshot!(planned.sentence);
}

#[test]
fn a_deny_that_limits_another_policy_survives() {
    let guilty = document(&[allow("\"*\""), statement("Deny", r#""Action":"organizations:*""#)]);
    let limited = document(&[allow(r#"["organizations:List*","s3:GetObject"]"#)]);
    insta::assert_snapshot!(told(&role(&[&guilty, &limited], Vec::new()), &LastGood::default()));
    let guilty = attached(OWN, "v1", &guilty);
    insta::assert_snapshot!(told(&role(&[&limited], vec![guilty]), &LastGood::default()));
}

#[test]
fn what_a_detached_policy_denied_does_not_come_free() {
    let guilty = document(&[allow("\"*\""), statement("Deny", r#""Action":"s3:DeleteBucket""#)]);
    let held_back = document(&[allow(r#"["s3:GetObject","s3:DeleteBucket"]"#)]);
    insta::assert_snapshot!(told(
        &role(&[&held_back], vec![attached(OWN, "v1", &guilty)]),
        &LastGood::default()
    ));
}
