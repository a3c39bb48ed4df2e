//! What is remembered of what many roles share makes no difference, and statements are blamed one by one as they would
//! be if they stood alone.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, Finding, InlinePolicy, Kind, LastGood, Mode, Permissions,
    PolicyArn, PolicyName, PolicyRef, Role, RoleArn, RoleId, Rules, Settings, check, plan,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

const SETTINGS: &str = r#"
version: 1
organization: {id: o-exampleorg1, trusted: true, management_account: "777766665555"}
guardrails:
  restrict_cross_account_access:
    mode: monitor
    trusted_accounts: ["444455556666"]
    trusted_services: [lambda.amazonaws.com]
    vendors: [{account: "999988887777", external_id: required, roles: ["a*"]}]
  lock_down_permissions:
    mode: monitor
    scope: all_roles
    ceiling: [{roles: "*", file: ceiling.json}]
    never: ["organizations:*"]
    escalation: forbid
    data_exposure: report
exceptions:
  - {role: "arn:aws:iam::111122223333:role/exempt", guardrail: lock_down_permissions, permission: "sqs:SendMessage",
     owner: o, reason: r, until: 2027-01-31}
  - {role: "arn:aws:iam::111122223333:role/exempt", guardrail: restrict_cross_account_access, principal: "222233334444",
     owner: o, reason: r, until: 2027-01-31}
"#;
const CEILING: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["s3:Get*","s3:List*","logs:*"],"Resource":"*"},
    {"Effect":"Allow","Action":["iam:PassRole","iam:GetRole"],"Resource":"arn:aws:iam::111122223333:role/a*"},
    {"Effect":"Deny","Action":"s3:GetObjectAcl","Resource":"*"}]}"#;
/// The first is the placeholder's own name; `x` is the solver's.
const ROLES: &[&str] = &["rescind-some-role", "x", "app", "apply", "exempt"];

fn rules() -> Rules {
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    let settings = Settings::read_with_files(SETTINGS, &|_: &str| Ok(CEILING.to_owned())).unwrap();
    settings.rules(&account, Mode::Monitor).unwrap().at(OffsetDateTime::UNIX_EPOCH)
}

fn statement() -> impl Strategy<Value = Value> {
    const ACTIONS: &[&str] = &[
        "*",
        "iam:*",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "lambda:*",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
        "organizations:List*",
        "s3:*",
        "s3:GetObject",
        "sqs:SendMessage",
        "sts:AssumeRole",
    ];
    const RESOURCES: &[&str] = &[
        "*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/app",
        "arn:aws:iam::111122223333:role/a*",
        "arn:aws:iam::111122223333:role/${aws:username}",
        "arn:aws:s3:::a/*",
    ];
    const CONDITIONS: &[(&str, &str, &str)] = &[
        ("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/app"),
        ("Bool", "aws:SecureTransport", "true"),
    ];
    let condition = prop::option::weighted(0.15, select(CONDITIONS));
    (
        select(&["Allow", "Allow", "Allow", "Deny"][..]),
        subsequence(ACTIONS, 1..=3),
        select(RESOURCES),
        condition,
    )
        .prop_map(|(effect, actions, resource, condition)| {
            let action = if actions == ["*"] && effect == "Allow" { "NotAction" } else { "Action" };
            let mut one = json!({"Effect": effect, "Resource": resource});
            one[action] = if action == "NotAction" { json!(["iam:*"]) } else { json!(actions) };
            if let Some((operator, key, value)) = condition {
                one["Condition"] = json!({operator: {key: value}});
            }
            one
        })
}

fn trust_statement() -> impl Strategy<Value = Value> {
    const PRINCIPALS: &[(&str, &str)] = &[
        ("AWS", "*"),
        ("AWS", "111122223333"),
        ("AWS", "arn:aws:iam::222233334444:root"),
        ("AWS", "arn:aws:iam::444455556666:role/x"),
        ("AWS", "777766665555"),
        ("AWS", "999988887777"),
        ("Service", "lambda.amazonaws.com"),
        ("Service", "scheduler.amazonaws.com"),
    ];
    const CONDITIONS: &[(&str, &str, &str)] = &[
        ("StringEquals", "sts:ExternalId", "k1"),
        ("StringEquals", "aws:PrincipalOrgID", "o-exampleorg1"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/${aws:username}"),
    ];
    let condition = prop::option::weighted(0.4, select(CONDITIONS));
    (prop::bool::weighted(0.2), subsequence(PRINCIPALS, 1..=2), condition).prop_map(
        |(deny, principals, condition)| {
            let mut principal = json!({});
            for (kind, name) in principals {
                match principal[kind].as_array_mut() {
                    Some(names) => names.push(json!(name)),
                    None => principal[kind] = json!([name]),
                }
            }
            let mut one = json!({"Effect": if deny { "Deny" } else { "Allow" }, "Principal": principal});
            one["Action"] = json!("sts:AssumeRole");
            if let Some((operator, key, value)) = condition {
                one["Condition"] = json!({operator: {key: value}});
            }
            one
        },
    )
}

fn document() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 1..4)
}

fn text(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn managed(number: usize, statements: &[Value]) -> AttachedPolicy {
    let arn = PolicyArn::parse(&format!("arn:aws:iam::111122223333:policy/p{number}")).unwrap();
    AttachedPolicy { arn, version: "v1".to_owned(), text: text(statements) }
}

fn role(name: &str, permissions: Permissions) -> Role {
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        boundary: permissions.boundary.as_ref().map(|boundary| boundary.arn.clone()),
        permissions: Some(permissions),
    }
}

/// Name, attached policies and boundary by their place, and the statements of an inline policy.
type Pick = (usize, Vec<usize>, Option<usize>, Vec<Value>);

/// Roles that share the managed policies of an account.
fn roles(pool: &[AttachedPolicy], picks: Vec<Pick>) -> Vec<Role> {
    let of = |(name, attached, boundary, inline): Pick| {
        let inline = vec![InlinePolicy { name: PolicyName::parse("own").unwrap(), text: text(&inline) }];
        let attached = attached.into_iter().map(|at| pool[at].clone()).collect();
        role(ROLES[name], Permissions { inline, attached, boundary: boundary.map(|at| pool[at].clone()) })
    };
    picks.into_iter().map(of).collect()
}

/// The Allow statements of the policy that break the ceiling when no other Allow stands in it.
fn guilty_alone(rules: &Rules, policy: &[Value], denies: &[Value]) -> Vec<usize> {
    let breaks = |at: &usize| {
        let kept = policy.iter().enumerate().filter(|(other, one)| other == at || one["Effect"] == "Deny");
        let statements: Vec<Value> = kept.map(|(_, one)| one.clone()).chain(denies.to_vec()).collect();
        let attached = vec![managed(0, &statements)];
        let role = role("app", Permissions { attached, ..Permissions::default() });
        check(rules, &role, Facet::Permissions).iter().any(exceeds)
    };
    (0..policy.len()).filter(|at| policy[*at]["Effect"] == "Allow").filter(breaks).collect()
}

fn exceeds(finding: &Finding) -> bool {
    matches!(finding.kind, Kind::ExceedsCeiling { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_changes_no_finding_and_no_plan(
        pool in prop::collection::vec(document(), 4),
        picks in prop::collection::vec(
            (0..5usize, subsequence(vec![0usize, 1, 2, 3], 0..=3), prop::option::weighted(0.3, 0..4usize), document()), 3),
    ) {
        let pool: Vec<AttachedPolicy> = pool.iter().enumerate().map(|(at, one)| managed(at, one)).collect();
        let (afresh, known) = (rules(), rules().knowing(pool.clone()));
        for role in roles(&pool, picks) {
            let found = check(&afresh, &role, Facet::Permissions);
            prop_assert_eq!(&found, &check(&known, &role, Facet::Permissions));
            let last_good = LastGood::default();
            prop_assert_eq!(plan(&afresh, &role, found.clone(), &last_good), plan(&known, &role, found, &last_good));
        }
    }

    #[test]
    fn what_is_known_of_a_trust_policy_changes_no_finding_and_no_plan(
        pool in prop::collection::vec(prop::collection::vec(trust_statement(), 1..3), 2),
        picks in prop::collection::vec((0..ROLES.len(), 0..2usize), 6),
    ) {
        let (afresh, known) = (rules(), rules().knowing([]));
        for (name, trust) in picks {
            let role = Role { trust: text(&pool[trust]), ..role(ROLES[name], Permissions::default()) };
            let found = check(&afresh, &role, Facet::Trust);
            prop_assert_eq!(&found, &check(&known, &role, Facet::Trust));
            let last_good = LastGood::default();
            prop_assert_eq!(plan(&afresh, &role, found.clone(), &last_good), plan(&known, &role, found, &last_good));
        }
    }

    #[test]
    fn a_statement_exceeds_the_ceiling_whatever_stands_beside_it(one in document(), other in document()) {
        let rules = rules();
        let attached = vec![managed(0, &one), managed(1, &other)];
        let role = role("app", Permissions { attached, ..Permissions::default() });
        let found = check(&rules, &role, Facet::Permissions);
        if found.iter().any(|finding| matches!(finding.kind, Kind::Administrator { .. })) {
            return Ok(());
        }
        for (at, policy, beside) in [(0, &one, &other), (1, &other, &one)] {
            let name = PolicyRef::Managed { arn: managed(at, &[]).arn };
            let blamed = found.iter().filter(|finding| exceeds(finding) && finding.kind.policies().contains(&name));
            let blamed: Vec<usize> = blamed.flat_map(|finding| finding.statements.clone()).collect();
            let denies: Vec<Value> = beside.iter().filter(|one| one["Effect"] == "Deny").cloned().collect();
            prop_assert_eq!(blamed, guilty_alone(&rules, policy, &denies), "{}", text(policy));
        }
    }
}
