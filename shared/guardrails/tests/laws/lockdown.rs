//! The enforced lockdown: what is rendered, who has to carry it, and how it is put in force again.

use policy::Document;
use policy::analyse::Budget;
use policy::analyse::within::{Permissions as Allowed, within};
use proptest::prelude::*;
use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, Finding, InlinePolicy, LastGood, Mode, Permissions, PolicyArn,
    PolicyName, Role, RoleArn, RoleId, Rules, Settings, Step, check, plan,
};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);
const POLICY: &str = "arn:aws:iam::111122223333:policy/rescind-lockdown";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/rescind-lockdown-boundary";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Rules with these lines beside `mode`, and with these at the end.
fn rules_with(lock_down: &str, end: &str) -> Result<Rules, String> {
    let settings = format!(
        "version: 1\nguardrails:\n  lock_down_permissions:\n    mode: enforce\n    scope: all_roles\n    {lock_down}\n{end}\n"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    let settings = Settings::read(&settings).map_err(|error| error.to_string())?;
    let rules = settings.rules(&account, Mode::Enforce).map_err(|error| error.to_string())?;
    Ok(rules.at(NOW))
}

fn rules() -> Rules {
    let end = r#"protected_roles: [{role: "arn:aws:iam::111122223333:role/break-glass", owner: o, reason: "last way in"}]
exceptions:
- {role: "arn:aws:iam::111122223333:role/legacy", guardrail: lock_down_permissions, permission: "organizations:ListRoots", owner: o, reason: r, until: 2027-01-31}
- {role: "arn:aws:iam::111122223333:role/ended", guardrail: lock_down_permissions, permission: "organizations:ListRoots", owner: o, reason: r, until: 2026-01-31}
- {role: "arn:aws:iam::111122223333:role/other", guardrail: lock_down_permissions, permission: "s3:GetObject", owner: o, reason: r, until: 2027-01-31}"#;
    rules_with(
        "never: [\"organizations:*\", \"iam:CreateUser\"]\n    lockdown: {policy: rescind-lockdown}",
        end,
    )
    .unwrap()
}

fn document(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

const DENY: &str = r#"{"Effect":"Deny","Action":["organizations:*","iam:CreateUser"],"Resource":"*"}"#;
const DENY_LESS: &str = r#"{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}"#;
const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const READ: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
const WRITE: &str = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}"#;
const ORGANIZATION: &str = r#"{"Effect":"Allow","Action":"organizations:ListRoots","Resource":"*"}"#;

fn managed(arn: &str, version: &str, statements: &[&str]) -> AttachedPolicy {
    AttachedPolicy {
        arn: PolicyArn::parse(arn).unwrap(),
        version: version.to_owned(),
        text: document(statements),
    }
}

fn lockdown() -> AttachedPolicy {
    managed(POLICY, "v1", &[DENY])
}

fn other(number: usize) -> AttachedPolicy {
    managed(&format!("arn:aws:iam::111122223333:policy/other-{number}"), "v1", &[READ])
}

fn role(
    name: &str,
    inline: &[&str],
    attached: Vec<AttachedPolicy>,
    boundary: Option<AttachedPolicy>,
) -> Role {
    let inline = inline.iter().map(|statement| InlinePolicy {
        name: PolicyName::parse("a").unwrap(),
        text: document(&[statement]),
    });
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: String::new(),
        boundary: boundary.as_ref().map(|boundary| boundary.arn.clone()),
        permissions: Some(Permissions { inline: inline.collect(), attached, boundary }),
    }
}

/// The history knows the role like this.
fn good(role: &Role) -> LastGood {
    let permissions = role.permissions.clone().unwrap();
    LastGood {
        inline: permissions.inline.into_iter().map(|policy| (policy.name, policy.text)).collect(),
        attached: permissions.attached.into_iter().map(|policy| (policy.arn.clone(), policy)).collect(),
        boundary: permissions.boundary,
        ..LastGood::default()
    }
}

fn told(what: &str, role: &Role, good: &LastGood) -> String {
    let rules = rules();
    let findings = check(&rules, role, Facet::Permissions);
    let mut lines = vec![format!("## {what}")];
    lines.extend(findings.iter().map(|finding| format!("{:?}: {}", finding.severity, finding.sentence)));
    let plan = plan(&rules, role, findings, good);
    for planned in plan.steps() {
        lines.push(format!("{:?}: {}", planned.strategy, planned.sentence));
        lines.extend(planned.proof.iter().map(|proof| format!("- {proof}")));
    }
    lines.extend(plan.open().iter().map(|open| format!("open: {:?}", open.why)));
    lines.join("\n") + "\n"
}

#[test]
fn the_policy_denies_what_is_never_allowed_under_no_condition() {
    let lines = "never: [\"organizations:*\", \"iam:CreateUser\", \"IAM:createuser\", \"account:*\"]\n    lockdown: {policy: rescind-lockdown}";
    let rules = rules_with(lines, "protected_roles: []\norganization: {id: o-exampleorg1}").unwrap();
    let lockdown = rules.lockdown().unwrap();
    assert_eq!((lockdown.policy().as_str(), lockdown.boundary().as_str()), (POLICY, BOUNDARY));
    let documents = [lockdown.document(), lockdown.boundary_document()];
    assert!(documents.iter().flat_map(|it| &it.statements).all(|statement| statement.conditions.is_empty()));
    insta::assert_snapshot!(documents.map(|document| document.text.as_str()).join("\n"));
}

#[test]
fn settings_that_give_no_such_policy_are_refused() {
    let many: Vec<String> = (0..300).map(|number| format!("\"example:Action{number:020}\"")).collect();
    let long = "x".repeat(120);
    let table: Vec<String> = [
        ("nothing to deny", "[]", "policy: rescind-lockdown"),
        ("everything", "[\"*\"]", "policy: rescind-lockdown"),
        ("rescind itself", "[\"s3:*\", \"iam:*\"]", "policy: rescind-lockdown"),
        ("rescind itself, in disguise", "[\"?QS:send*\"]", "policy: rescind-lockdown"),
        ("too much", &format!("[{}]", many.join(", ")), "policy: rescind-lockdown"),
        ("no action", "[\"organizations\"]", "policy: rescind-lockdown"),
        ("no name", "[\"organizations:*\"]", "policy: \"a/b\""),
        ("no room for the boundary's name", "[\"organizations:*\"]", &format!("policy: {long}")),
        ("no quota", "[\"organizations:*\"]", "policy: rescind-lockdown, attachments: 0"),
        ("more than AWS gives", "[\"organizations:*\"]", "policy: rescind-lockdown, attachments: 26"),
        ("good", "[\"organizations:*\"]", "policy: rescind-lockdown, attachments: 20"),
    ]
    .iter()
    .map(|(what, never, lockdown)| {
        let lines = format!("never: {never}\n    lockdown: {{{lockdown}}}");
        let answer = rules_with(&lines, "protected_roles: []").map(|_| "(accepted)".to_owned());
        format!("{what}\n{}\n", answer.unwrap_or_else(|error| error))
    })
    .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn the_solver_tells_which_versions_deny_enough() {
    let verdict = |statements: &[&str]| {
        let role = role("app", &[], vec![managed(POLICY, "v2", statements)], None);
        let kinds: Vec<String> = check(&rules(), &role, Facet::Permissions)
            .iter()
            .map(|finding| serde_json::to_value(&finding.kind).unwrap()["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.join(" ")
    };
    let enough: [&[&str]; 6] = [
        &[DENY],
        &[r#"{"Effect":"Deny","Action":["iam:createuser","ORGANIZATIONS:*","s3:*"],"Resource":"*"}"#],
        &[DENY_LESS, r#"{"Effect":"Deny","Action":"organizations:*","Resource":["*"]}"#],
        &[r#"{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}"#],
        &[r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#],
        &[DENY, READ],
    ];
    for statements in enough {
        assert_eq!(verdict(statements), "", "{statements:?}");
    }
    let less: [&[&str]; 5] = [
        &[DENY_LESS],
        &[r#"{"Effect":"Deny","Action":["organizations:L*","iam:CreateUser"],"Resource":"*"}"#],
        &[
            r#"{"Effect":"Deny","Action":["organizations:*","iam:CreateUser"],"Resource":"arn:aws:iam::*:user/*"}"#,
        ],
        &[
            r#"{"Effect":"Deny","Action":["organizations:*","iam:CreateUser"],"Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"x"}}}"#,
        ],
        &[r#"{"Effect":"Allow","Action":["organizations:*","iam:CreateUser"],"Resource":"*"}"#],
    ];
    for statements in less {
        assert!(verdict(statements).contains("lockdown_loosened"), "{statements:?}: {}", verdict(statements));
    }
}

fn table(cases: &[(&str, Role, LastGood)]) -> String {
    cases.iter().map(|(what, role, good)| told(what, role, good)).collect::<Vec<_>>().join("\n")
}

fn ten() -> Vec<AttachedPolicy> {
    (0..10).map(other).collect()
}

#[test]
fn a_detached_lockdown_is_attached_again() {
    let none = LastGood::default;
    let bare = |inline: &str| role("app", &[inline], vec![], None);
    let carrying = |inline: &str| role("app", &[inline], vec![lockdown()], None);
    let under = role("app", &[READ], ten(), Some(managed(BOUNDARY, "v1", &[ALL, DENY])));
    insta::assert_snapshot!(table(&[
        ("it is attached", carrying(READ), none()),
        ("its other form is the boundary", under, none()),
        ("missing", bare(READ), none()),
        ("missing, and a policy allows what it would deny", bare(ORGANIZATION), none()),
        ("detached, and nothing else has changed", bare(ORGANIZATION), good(&carrying(ORGANIZATION))),
        ("detached, and a policy has changed", bare(ORGANIZATION), good(&carrying(READ))),
    ]));
}

#[test]
fn a_loosened_lockdown_is_set_back_where_a_better_version_is_known() {
    let loosened = |statements: &[&str]| role("app", &[READ], vec![managed(POLICY, "v2", statements)], None);
    let under = |version: &str, statements: &[&str]| {
        role("app", &[READ], ten(), Some(managed(BOUNDARY, version, statements)))
    };
    let carrying = good(&role("app", &[READ], vec![lockdown()], None));
    let kept = || LastGood {
        lockdown: vec![managed(POLICY, "v2", &[DENY_LESS]), lockdown()],
        ..LastGood::default()
    };
    insta::assert_snapshot!(table(&[
        ("the history knows a better version", loosened(&[DENY_LESS]), carrying),
        ("the account keeps a better version", loosened(&[DENY_LESS]), kept()),
        ("no other version is known", loosened(&[DENY_LESS]), LastGood::default()),
        ("it gives everything", loosened(&[ALL]), kept()),
        ("it is the boundary", under("v2", &[ALL]), good(&under("v1", &[ALL, DENY]))),
        ("what comes back is told", under("v2", &[DENY_LESS]), good(&under("v1", &[ALL, DENY]))),
    ]));
}

#[test]
fn a_role_without_a_free_slot_carries_it_as_boundary_if_that_allows_nothing_new() {
    let boundary =
        |statements: &[&str]| Some(managed("arn:aws:iam::111122223333:policy/b", "v1", statements));
    let full = |inline: &str, boundary| role("app", &[inline], ten(), boundary);
    let mut guilty = ten();
    guilty[9] = managed(ADMIN, "v1", &[ALL]);
    let none = LastGood::default;
    insta::assert_snapshot!(table(&[
        ("no boundary", full(READ, None), none()),
        ("a boundary that holds nothing back", full(READ, boundary(&[READ])), none()),
        (
            "a boundary that holds back what the lockdown denies",
            full(ORGANIZATION, boundary(&[READ])),
            none()
        ),
        ("a boundary that holds something back", full(WRITE, boundary(&[READ])), none()),
        ("one policy has to go", role("app", &[READ], guilty, None), none()),
    ]));
}

#[test]
fn some_roles_never_carry_it() {
    let bare = |name: &str, inline: &str| (role(name, &[inline], vec![], None), LastGood::default());
    let cases = [
        ("protected", bare("break-glass", READ)),
        ("owned by AWS", bare("aws-service-role/x.amazonaws.com/R", READ)),
        ("an exception lets through what it would deny", bare("legacy", ORGANIZATION)),
        ("an exception that has ended", bare("ended", READ)),
        ("an exception about something else", bare("other", READ)),
    ];
    insta::assert_snapshot!(table(&cases.map(|(what, (role, good))| (what, role, good))));
}

fn is_about_lockdown(finding: &Finding) -> bool {
    finding.kind.is_about_lockdown()
}

fn documents(role: &Role) -> (Vec<Document>, Vec<Document>) {
    let permissions = role.permissions.as_ref().unwrap();
    let read = |text: &String| Document::read(text.as_str()).unwrap();
    let inline = permissions.inline.iter().map(|policy| read(&policy.text));
    let attached = permissions.attached.iter().map(|policy| read(&policy.text));
    (inline.chain(attached).collect(), permissions.boundary.iter().map(|policy| read(&policy.text)).collect())
}

fn allowed<'a>((identity, boundary): &'a (Vec<Document>, Vec<Document>)) -> Allowed<'a> {
    let allowed = Allowed::of(identity);
    if boundary.is_empty() { allowed } else { allowed.limited_by(boundary) }
}

fn any_role() -> impl Strategy<Value = Role> {
    let statement = || prop::sample::select(vec![READ, WRITE, ORGANIZATION, ALL, DENY, DENY_LESS]);
    let own = prop::option::of(prop::collection::vec(statement(), 1..3));
    let boundary = prop::option::of((any::<bool>(), prop::collection::vec(statement(), 1..3)));
    (prop::collection::vec(statement(), 0..2), 0_usize..12, own, boundary).prop_map(
        |(inline, others, own, boundary)| {
            let own = own.map(|statements| managed(POLICY, "v2", &statements));
            let boundary = boundary.map(|(is_ours, statements)| {
                managed(
                    if is_ours { BOUNDARY } else { "arn:aws:iam::111122223333:policy/b" },
                    "v2",
                    &statements,
                )
            });
            role("app", &inline, (0..others).map(other).chain(own).collect(), boundary)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the role holds: nothing is allowed that was not, what is not left open is in force, the second
    /// time there is nothing to do, and no step takes the lockdown away or the account's quota too far.
    #[test]
    fn putting_it_in_force_allows_nothing_new_and_is_done_once(role in any_role()) {
        let rules = rules();
        let kept = [managed(POLICY, "v1", &[DENY]), managed(BOUNDARY, "v1", &[ALL, DENY])];
        let known = LastGood { lockdown: kept.to_vec(), ..LastGood::default() };
        let planned = plan(&rules, &role, check(&rules, &role, Facet::Permissions), &known);
        let forms: Vec<&AttachedPolicy> = kept.iter().collect();
        let repaired = planned.steps().iter().try_fold(role.clone(), |role, step| step.step.applied_to(&role, &forms));
        let repaired = repaired.expect("every step finds what it expects");
        let (new, old) = (documents(&repaired), documents(&role));
        let is_restored = planned.steps().iter().any(|step| matches!(step.step, Step::SetDefaultVersion { .. }));
        if !is_restored {
            let answer = within(&allowed(&new), &allowed(&old), Budget::default()).answer;
            prop_assert!(answer.is_proved(), "{answer:?}");
        }
        let left = check(&rules, &repaired, Facet::Permissions);
        let open: Vec<&Finding> = planned.open().iter().map(|open| &open.finding).filter(|finding| is_about_lockdown(finding)).collect();
        prop_assert_eq!(left.iter().filter(|finding| is_about_lockdown(finding)).count(), open.len());
        let again = plan(&rules, &repaired, left, &known);
        prop_assert!(again.steps().is_empty(), "{again:?}");
        let permissions = repaired.permissions.unwrap();
        prop_assert!(permissions.attached.len() <= role.permissions.as_ref().unwrap().attached.len().max(10));
        let takes_away = |step: &Step| matches!(step, Step::DetachPolicy { policy } if policy.as_str() == POLICY);
        prop_assert!(!planned.steps().iter().any(|step| takes_away(&step.step)));
    }
}
