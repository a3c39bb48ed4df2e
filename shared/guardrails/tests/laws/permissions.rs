//! Every case of the permission corpus as a role: ways to more permissions are found, closed, and stay closed.

use policy::analyse::Budget;
use policy::analyse::within::{Permissions as Allowed, within};
use policy::{Caller, Document, Principal, Request};
use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, Finding, InlinePolicy, Kind, LastGood, Mode, Permissions,
    Plan, PolicyArn, PolicyName, Role, RoleArn, RoleId, Rules, Settings, Step, check, plan,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

const CORPUS: &str = include_str!("../../../../tests/corpus/permissions.jsonl");

struct Case {
    id: String,
    escalates: bool,
    is_certain: bool,
    rules: Rules,
    role: Role,
}

fn cases() -> Vec<Case> {
    CORPUS.lines().map(|line| case(&serde_json::from_str(line).unwrap())).collect()
}

fn case(case: &Value) -> Case {
    let options = &case["options"];
    let id = AccountId::parse(options["account"].as_str().unwrap()).unwrap();
    let account = Account { partition: "aws".to_owned(), id };
    let list = |name: &str| options.get(name).cloned().unwrap_or_else(|| json!([]));
    let settings = json!({
        "version": 1,
        "organization": {"id": "o-exampleorg1"},
        "guardrails": {"lock_down_permissions": {
            "mode": "enforce",
            "scope": "all_roles",
            "never": ["organizations:*"],
            "escalation": "forbid",
            "safe_boundaries": list("safe_boundaries"),
            "safe_policies": list("safe_policies"),
        }},
        "protected_roles": [],
    });
    let text = |document: &Value| document.as_str().map_or_else(|| document.to_string(), str::to_owned);
    let policies = case["policies"].as_array().unwrap();
    let names = (1..).map(|number| PolicyName::parse(&format!("p{number}")).unwrap());
    let boundary =
        options.get("boundary").filter(|boundary| !boundary.is_null()).map(|boundary| AttachedPolicy {
            arn: PolicyArn::parse("arn:aws:iam::111122223333:policy/Boundary").unwrap(),
            version: "v1".to_owned(),
            text: text(boundary),
        });
    Case {
        id: case["id"].as_str().unwrap().to_owned(),
        escalates: case["expected"]["escalates"].as_bool().unwrap(),
        // The settings know no harmless roles.
        is_certain: case["confidence"] != "low"
            && !case["policies"].to_string().contains("role/service/worker"),
        rules: Settings::read(&settings.to_string()).unwrap().rules(&account, Mode::Enforce).unwrap(),
        role: Role {
            arn: RoleArn::parse(options["self_arn"].as_str().unwrap()).unwrap(),
            id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
            created: OffsetDateTime::UNIX_EPOCH,
            max_session_seconds: 3600,
            trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            boundary: boundary.as_ref().map(|boundary| boundary.arn.clone()),
            permissions: Some(Permissions {
                inline: names
                    .zip(policies)
                    .map(|(name, policy)| InlinePolicy { name, text: text(policy) })
                    .collect(),
                attached: Vec::new(),
                boundary,
            }),
        },
    }
}

fn is_a_way(finding: &Finding) -> bool {
    matches!(finding.kind, Kind::Administrator { .. } | Kind::Escalation { .. })
}

fn applied(plan: &Plan, role: &Role) -> Role {
    plan.steps().iter().fold(role.clone(), |role, planned| planned.step.applied_to(&role, &[]).unwrap())
}

fn documents(role: &Role) -> Vec<Document> {
    let inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
    inline.map(|policy| Document::read(policy.text.as_str()).unwrap()).collect()
}

#[test]
fn ways_to_more_are_found_closed_and_stay_closed() {
    let mut wrong = Vec::new();
    let mut table = String::new();
    for case in cases() {
        let findings = check(&case.rules, &case.role, Facet::Permissions);
        if case.is_certain && findings.iter().any(is_a_way) != case.escalates {
            wrong.push(case.id.clone());
        }
        if findings.is_empty() {
            continue;
        }
        table.push_str(&told(&case, &findings));
        let plan = plan(&case.rules, &case.role, findings, &LastGood::default());
        table.push_str(&planned(&plan));
        let repaired = applied(&plan, &case.role);
        let left: Vec<Finding> = check(&case.rules, &repaired, Facet::Permissions);
        let open: Vec<&Kind> = plan.open().iter().map(|open| &open.finding.kind).collect();
        assert_eq!(left.iter().map(|finding| &finding.kind).collect::<Vec<_>>(), open, "{}", case.id);
        let is_undecided = |finding: &Finding| matches!(finding.kind, Kind::PermissionsUndecided { .. });
        assert!(left.iter().all(is_undecided), "{}: {left:#?}", case.id);
        let (new, old) = (documents(&repaired), documents(&case.role));
        let answer = within(&Allowed::of(&new), &Allowed::of(&old), Budget::default()).answer;
        assert!(answer.is_proved(), "{}: {answer:?}", case.id);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    insta::assert_snapshot!(table);
}

/// The witness is a sentence; the request in it is given to the evaluator, with no context at all.
#[test]
fn what_shows_an_administrator_is_allowed_by_the_plain_evaluator() {
    let mut shown = 0;
    for case in cases() {
        let (documents, permissions) = (documents(&case.role), case.role.permissions.as_ref().unwrap());
        let boundary =
            permissions.boundary.as_ref().map(|boundary| Document::read(boundary.text.as_str()).unwrap());
        let allowed = Allowed::of(&documents);
        let allowed = boundary.iter().fold(allowed, |allowed, boundary| allowed.limited_by([boundary]));
        for finding in check(&case.rules, &case.role, Facet::Permissions) {
            if !matches!(finding.kind, Kind::Administrator { .. }) {
                continue;
            }
            let witness = finding.witness.unwrap();
            let words: Vec<&str> = witness.split('`').collect();
            let (action, resource) = match words.as_slice() {
                [_, action, " on ", resource, ..] => (*action, *resource),
                [_, action, " on any resource"] => (*action, "*"),
                other => panic!("{}: {other:?}", case.id),
            };
            // Told only of what some condition looks at, so a condition may take more than is told.
            if !witness.contains(" when ") && !documents.iter().any(|one| one.text.contains("\"Condition\""))
            {
                let caller = Caller::Known(Principal::recognise("AWS", case.role.arn.as_str()).unwrap());
                let request = Request::new(caller, action, resource);
                assert_eq!(allowed.allow(&request), Some(true), "{}: {witness}", case.id);
                shown += 1;
            }
        }
    }
    assert!(shown >= 5, "{shown}");
}

fn told(case: &Case, findings: &[Finding]) -> String {
    let mut table = format!("## {}\n", case.id);
    for policy in &case.role.permissions.as_ref().unwrap().inline {
        table.push_str(&format!("{}: {}\n", policy.name, policy.text));
    }
    for finding in findings {
        table.push_str(&format!("{:?}: {}\n", finding.severity, finding.sentence));
    }
    table
}

fn planned(plan: &Plan) -> String {
    let mut table = String::new();
    for planned in plan.steps() {
        table.push_str(&format!("{:?}: {}\n", planned.strategy, planned.sentence));
        planned.proof.iter().for_each(|line| table.push_str(&format!("- {line}\n")));
        if let Step::PutInline { after, .. } = &planned.step {
            table.push_str(&format!("{after}\n"));
        }
    }
    for open in plan.open() {
        table.push_str(&format!("open: {:?}\n", open.why));
    }
    table + "\n"
}
