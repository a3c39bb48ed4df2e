//! To be undecided is no hiding place: under `on_unknown: repair` what could not be decided, or not even read, is put
//! right at its worst reading; under `alert` it is told, and left.

use policy::Document;
use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, InlinePolicy, LastGood, Mode, Permissions, Plan, PolicyArn,
    PolicyName, Role, RoleArn, RoleId, Rules, Settings, Step, Strategy, check, plan,
};
use serde_json::json;
use time::OffsetDateTime;

const SERVICE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const LOGS: &str = r#"{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}"#;

fn rules(on_unknown: &str, repair: &[&str]) -> Rules {
    let settings = json!({
        "version": 1,
        "guardrails": {
            "restrict_cross_account_access": {
                "mode": "enforce", "trusted_services": ["lambda.amazonaws.com"], "on_unknown": on_unknown, "repair": repair,
            },
            "lock_down_permissions": {
                "mode": "enforce", "never": ["organizations:*"], "escalation": "forbid", "on_unknown": on_unknown,
            },
        },
        "protected_roles": [],
    });
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&settings.to_string()).unwrap().rules(&account, Mode::Enforce).unwrap()
}

const ALL: [&str; 3] = ["narrow", "restore", "quarantine"];

fn name(name: &str) -> PolicyName {
    PolicyName::parse(name).unwrap()
}

fn arn() -> PolicyArn {
    PolicyArn::parse("arn:aws:iam::111122223333:policy/team").unwrap()
}

fn role(trust: &str, inline: &[(&str, &str)], attached: &[&str]) -> Role {
    let attached = attached.iter().map(|text| AttachedPolicy {
        arn: arn(),
        version: "v2".to_owned(),
        text: (*text).to_owned(),
    });
    let inline =
        inline.iter().map(|(policy, text)| InlinePolicy { name: name(policy), text: (*text).to_owned() });
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: trust.to_owned(),
        boundary: None,
        permissions: Some(Permissions {
            inline: inline.collect(),
            attached: attached.collect(),
            boundary: None,
        }),
    }
}

fn planned(rules: &Rules, role: &Role, last_good: &LastGood) -> Plan {
    plan(rules, role, check(rules, role, Facet::All), last_good)
}

/// Documents that IAM may have stored and nobody here can read.
fn unreadable() -> Vec<String> {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    vec![
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","x":1e999}"#.to_owned(),
        format!("\u{feff}\u{feff}{SERVICE}"),
        format!(r#"{{"Version":"2012-10-17","Statement":{deep}}}"#),
        "not a policy".to_owned(),
    ]
}

/// The role after the steps of the plan, and again after their inverses.
fn there_and_back(plan: &Plan, role: &Role, known: &[&AttachedPolicy]) -> (Role, Role) {
    let there =
        plan.steps().iter().fold(role.clone(), |role, one| one.step.applied_to(&role, known).unwrap());
    let inverses = plan.steps().iter().rev().map(|one| one.step.inverse());
    let back = inverses.fold(there.clone(), |role, step| step.applied_to(&role, known).unwrap());
    (there, back)
}

#[test]
fn a_trust_policy_that_cannot_be_read_is_replaced_where_the_settings_ask_for_it() {
    for text in unreadable() {
        assert!(Document::read(text.as_str()).is_err(), "{text}");
        let role = role(&text, &[], &[]);
        let left = planned(&rules("alert", &ALL), &role, &LastGood::default());
        assert!(left.steps().is_empty(), "{text}");
        assert!(!left.open().is_empty());

        let plan = planned(&rules("repair", &ALL), &role, &LastGood::default());
        let [step] = plan.steps() else { panic!("{text}: {:?}", plan.steps()) };
        assert_eq!(step.strategy, Strategy::Quarantine);
        let (there, back) = there_and_back(&plan, &role, &[]);
        assert_eq!(check(&rules("repair", &ALL), &there, Facet::Trust), []);
        assert_eq!(back.trust, text, "byte for byte");

        let last_good = LastGood { trust: Some(OWN.to_owned()), ..LastGood::default() };
        let plan = planned(&rules("repair", &ALL), &role, &last_good);
        assert!(matches!(&plan.steps()[0].step, Step::PutTrust { after, .. } if after == OWN));
        let only_narrow = planned(&rules("repair", &["narrow"]), &role, &last_good);
        assert!(only_narrow.steps().is_empty(), "there is nothing to narrow");
    }
}

#[test]
fn the_finding_says_that_the_reading_is_the_worst() {
    let told = |on_unknown: &str, role: &Role| {
        let findings = check(&rules(on_unknown, &ALL), role, Facet::All);
        findings.iter().map(|finding| finding.sentence.clone()).collect::<Vec<_>>().join("\n")
    };
    for role in [role("not a policy", &[], &[]), role(SERVICE, &[("a", "not a policy")], &[])] {
        assert!(!told("alert", &role).contains("at its worst"), "{}", told("alert", &role));
        assert!(told("repair", &role).contains("`on_unknown: repair` takes it at its worst"));
    }
}

#[test]
fn policies_that_cannot_be_read_are_taken_away_where_the_settings_ask_for_it() {
    let logs = format!(r#"{{"Version":"2012-10-17","Statement":[{LOGS}]}}"#);
    for text in unreadable() {
        let role = role(SERVICE, &[("bad", &text), ("good", &logs)], &[&text]);
        let left = planned(&rules("alert", &ALL), &role, &LastGood::default());
        assert!(left.steps().is_empty(), "{text}");

        let plan = planned(&rules("repair", &ALL), &role, &LastGood::default());
        let (there, back) = there_and_back(&plan, &role, &[&role.permissions.as_ref().unwrap().attached[0]]);
        let left = there.permissions.unwrap();
        assert_eq!(left.inline, [InlinePolicy { name: name("good"), text: logs.clone() }]);
        assert_eq!(left.attached, []);
        let mut back = back.permissions.unwrap();
        back.inline.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
        assert_eq!(Some(back), role.permissions, "byte for byte");

        let good = AttachedPolicy { arn: arn(), version: "v1".to_owned(), text: logs.clone() };
        let last_good = LastGood {
            inline: [(name("bad"), logs.clone())].into(),
            attached: [(arn(), good)].into(),
            ..LastGood::default()
        };
        let plan = planned(&rules("repair", &ALL), &role, &last_good);
        let restored: Vec<_> = plan.steps().iter().map(|step| step.strategy).collect();
        assert_eq!(restored, [Strategy::Restore, Strategy::Restore]);
    }
}

/// Statements that are hard to decide, each beside one that is surely safe.
const DOUBTFUL: [&str; 5] = [
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":[]}}}"#,
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"x"}}}"#,
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"FutureOperator":{"aws:RequestedRegion":"x"}}}"#,
    r#"{"Effect":"Perhaps","Action":"*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"organizations:LeaveOrganization","Resource":"*","Condition":{"FutureOperator":{"aws:RequestedRegion":"x"}}}"#,
];

#[test]
fn statements_that_could_not_be_decided_are_taken_away_where_the_settings_ask_for_it() {
    for doubtful in DOUBTFUL {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{doubtful},{LOGS}]}}"#);
        let role = role(SERVICE, &[("a", &text)], &[]);
        let found = check(&rules("alert", &ALL), &role, Facet::Permissions);
        assert!(!found.is_empty(), "{doubtful}");
        let left = planned(&rules("alert", &ALL), &role, &LastGood::default());
        let is_sure = found.iter().any(|finding| finding.witness.is_some());
        assert_eq!(left.steps().is_empty(), !is_sure, "{doubtful}");

        let plan = planned(&rules("repair", &ALL), &role, &LastGood::default());
        let (there, back) = there_and_back(&plan, &role, &[]);
        assert_eq!(check(&rules("repair", &ALL), &there, Facet::Permissions), [], "{doubtful}");
        assert!(there.permissions.as_ref().unwrap().inline[0].text.contains(LOGS), "{doubtful}");
        assert_eq!(back, role);
    }
}

#[test]
fn a_deny_that_may_not_apply_does_not() {
    let deny = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"FutureOperator":{"aws:RequestedRegion":"x"}}}"#;
    let allow = r#"{"Effect":"Allow","Action":["iam:PutRolePolicy","logs:PutLogEvents"],"Resource":"*"}"#;
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{allow},{deny}]}}"#);
    let role = role(SERVICE, &[("a", &text)], &[]);
    let plan = planned(&rules("repair", &ALL), &role, &LastGood::default());
    let (there, _) = there_and_back(&plan, &role, &[]);
    let left = &there.permissions.unwrap().inline[0].text;
    assert!(
        left.contains(deny) && left.contains("logs:PutLogEvents") && !left.contains("iam:PutRolePolicy"),
        "{left}"
    );
}
