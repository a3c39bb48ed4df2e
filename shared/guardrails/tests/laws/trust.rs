//! Every case of the trust corpus as a role: what is refuted is found, repaired, and then clean.

use rescind_guardrails::{
    Account, AccountId, Facet, Finding, LastGood, Mode, Role, RoleArn, RoleId, Rules, Settings, Step,
    Strategy, check, plan,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

const CORPUS: &str = include_str!("../../../../tests/corpus/trust.jsonl");

pub(super) struct Case {
    pub(super) id: String,
    is_safe: bool,
    is_certain: bool,
    pub(super) rules: Rules,
    pub(super) role: Role,
}

pub(super) fn cases() -> impl Iterator<Item = Case> {
    CORPUS.lines().map(|line| case(&serde_json::from_str(line).unwrap()))
}

fn case(case: &Value) -> Case {
    let options = &case["options"];
    let account = Account {
        partition: "aws".to_owned(),
        id: AccountId::parse(options["account"].as_str().unwrap()).unwrap(),
    };
    let list = |name: &str| options.get(name).cloned().unwrap_or_else(|| json!([]));
    let mut settings = json!({
        "version": 1,
        "guardrails": {"restrict_cross_account_access": {
            "mode": "enforce",
            "trusted_accounts": list("trusted_accounts"),
            "trusted_services": list("trusted_services"),
            "source_bound_services": list("source_bound_services"),
            "trusted_saml_providers": list("trusted_saml"),
            "trusted_oidc_providers": list("trusted_oidc"),
        }},
        "protected_roles": [],
    });
    if let Some(id) = options.get("org_id").filter(|id| !id.is_null()) {
        let trusted = options.get("trust_org").cloned().unwrap_or(Value::Bool(false));
        settings["organization"] = json!({"id": id, "trusted": trusted, "paths": list("trusted_org_paths")});
    }
    let arn = format!("arn:aws:iam::{}:role/case", account.id);
    // A role that IAM holds: in it, a unique id is a principal that was deleted.
    let is_stored = options["document_origin"].as_str() == Some("stored");
    let trust = match case["document_text"].as_str() {
        Some(text) => text.to_owned(),
        None => case["document"].to_string(),
    };
    let has_ids = ["AIDA", "AROA"].iter().any(|prefix| trust.contains(&format!("\"{prefix}")));
    Case {
        id: case["id"].as_str().unwrap().to_owned(),
        is_safe: case["expected"]["safe"].as_bool().unwrap(),
        is_certain: case["confidence"] != "low" && (is_stored || !has_ids),
        rules: Settings::read(&settings.to_string()).unwrap().rules(&account, Mode::Enforce).unwrap(),
        role: Role {
            arn: RoleArn::parse(&arn).unwrap(),
            id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
            created: OffsetDateTime::UNIX_EPOCH,
            max_session_seconds: 3600,
            trust,
            boundary: None,
            permissions: None,
        },
    }
}

/// Is `part` what is left of `whole` when some bytes are taken out?
fn is_left_of(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|wanted| rest.any(|found| found == wanted))
}

/// What makes the role unsafe.
fn found(rules: &Rules, role: &Role) -> Vec<Finding> {
    let mut findings = check(rules, role, Facet::Trust);
    findings.retain(|finding| !finding.kind.is_notice());
    findings
}

#[test]
fn findings_agree_with_the_corpus() {
    let wrong: Vec<String> = cases()
        .filter(|case| case.is_certain)
        .filter(|case| found(&case.rules, &case.role).is_empty() != case.is_safe)
        .map(|case| case.id)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_repaired_role_is_clean_and_nobody_new_can_assume_it() {
    for case in cases() {
        let findings = found(&case.rules, &case.role);
        let is_found = !findings.is_empty();
        let plan = plan(&case.rules, &case.role, findings, &LastGood::default());
        assert!(plan.open().is_empty(), "{}: {:#?}", case.id, plan.open());
        assert_eq!(plan.steps().len(), usize::from(is_found), "{}", case.id);
        let mut role = case.role;
        for planned in plan.steps() {
            if let (Step::PutTrust { before, after }, Strategy::Narrow) = (&planned.step, planned.strategy) {
                assert!(is_left_of(after, before), "{}: {after}", case.id);
            }
            for fallback in &planned.fallbacks {
                let role = fallback.applied_to(&role, &[]).unwrap();
                assert!(check(&case.rules, &role, Facet::Trust).is_empty(), "{}: {fallback:?}", case.id);
            }
            let proof = planned.proof.join("\n");
            assert!(!proof.contains("undecided") && !proof.contains("still open"), "{}: {proof}", case.id);
            role = planned.step.applied_to(&role, &[]).unwrap();
        }
        let findings = found(&case.rules, &role);
        assert!(findings.is_empty(), "{}: {findings:#?}", case.id);
        assert!(plan_is_empty(&case.rules, &role), "{}", case.id);
    }
}

fn plan_is_empty(rules: &Rules, role: &Role) -> bool {
    let plan = plan(rules, role, found(rules, role), &LastGood::default());
    plan.steps().is_empty() && plan.open().is_empty()
}

#[test]
fn what_people_read() {
    let mut table = String::new();
    for case in cases() {
        let findings = check(&case.rules, &case.role, Facet::Trust);
        if findings.is_empty() {
            continue;
        }
        table.push_str(&format!("## {}\n{}\n", case.id, case.role.trust));
        for finding in &findings {
            table.push_str(&format!("{:?}: {}\n", finding.severity, finding.sentence));
        }
        let plan = plan(&case.rules, &case.role, findings, &LastGood::default());
        for planned in plan.steps() {
            table.push_str(&format!("{:?}: {}\n", planned.strategy, planned.sentence));
            planned.proof.iter().for_each(|line| table.push_str(&format!("- {line}\n")));
            if let (Step::PutTrust { after, .. }, Strategy::Narrow) = (&planned.step, planned.strategy) {
                table.push_str(&format!("{after}\n"));
            }
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

/// A trust policy of several hundred principals, strangers among them at every other place: nobody rightful is cut for
/// want of time to ask.
#[test]
fn of_a_large_trust_policy_only_strangers_are_cut() {
    let settings =
        "version: 1\nguardrails:\n  restrict_cross_account_access: {mode: enforce}\nprotected_roles: []\n";
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    let rules = Settings::read(settings).unwrap().rules(&account, Mode::Enforce).unwrap();
    let own = |number: usize| format!("arn:aws:iam::111122223333:role/t{number}");
    let principals: Vec<String> =
        (0..130).flat_map(|number| [own(number), format!("99998888{number:04}")]).collect();
    let allow = |principals: &[String]| json!({"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"});
    let one = vec![allow(&principals)];
    let several: Vec<Value> = principals.chunks(7).map(allow).collect();
    for statements in [one, several] {
        let role = Role {
            arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
            id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
            created: OffsetDateTime::UNIX_EPOCH,
            max_session_seconds: 3600,
            trust: json!({"Version": "2012-10-17", "Statement": statements}).to_string(),
            boundary: None,
            permissions: None,
        };
        let plan = plan(&rules, &role, check(&rules, &role, Facet::Trust), &LastGood::default());
        let [step] = plan.steps() else { panic!("one step: {:?}", plan.open()) };
        let Step::PutTrust { after, .. } = &step.step else { panic!("{step:?}") };
        assert_eq!(step.strategy, Strategy::Narrow);
        assert!(!after.contains("99998888"), "{after}");
        let lost: Vec<usize> =
            (0..130).filter(|number| !after.contains(&format!("\"{}\"", own(*number)))).collect();
        assert_eq!(lost, [] as [usize; 0], "{}", step.proof.join("; "));
    }
}
