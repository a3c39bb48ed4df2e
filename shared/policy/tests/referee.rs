//! The proofs against a second reader's cases: `tests/corpus/referee-*.jsonl`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of a test")]

use rescind_policy::{
    AccountId, Document,
    analyse::{
        Answer, Budget,
        assume::{OidcTrust, Origin, TrustFacts, who_can_assume},
        grants::{GrantFacts, grants},
        within::{Permissions, within},
    },
};
use serde_json::Value;

fn cases(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/corpus/referee-{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 47, "{path} has only {} cases", cases.len());
    cases
}

fn document(value: &Value) -> Document {
    Document::read(value.to_string()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn subsets() {
    let mut wrong = Vec::new();
    for case in cases("subset") {
        let (policy, ceiling) = ([document(&case["policy"])], [document(&case["ceiling"])]);
        let answer = within(&Permissions::of(&policy), &Permissions::of(&ceiling), Budget::default()).answer;
        let right = match &answer {
            Answer::Proved => case["expected"]["subset"] == true,
            Answer::Refuted(_) => case["expected"]["subset"] == false,
            // Where a variable is in play, doubt is no error; a wrong answer always is.
            Answer::Unknown(_) => case["confidence"] != "high",
        };
        if !right {
            wrong.push(format!("{}: found {answer:?}: {}", case["id"], case["reason"]));
        }
    }
    report(&wrong);
}

#[test]
fn trust_policies() {
    let mut wrong = Vec::new();
    for case in cases("trust") {
        let found = who_can_assume(&document(&case["document"]), &facts(&case["options"]), Budget::default());
        let expected = &case["expected"];
        let right = found.answer.is_proved() == (expected["safe"] == true)
            && !matches!(found.answer, Answer::Unknown(_))
            && expected["reach"] == found.reach.as_str()
            && expected["unsafe_statements"] == serde_json::json!(found.guilty);
        if !right {
            let reason = &case["reason"];
            wrong.push(format!("{}: expected {expected}, found {found:?}: {reason}", case["id"]));
        }
    }
    report(&wrong);
}

fn facts(options: &Value) -> TrustFacts {
    let account = |text: &str| AccountId::parse(text).unwrap();
    let mut facts = TrustFacts::new(account(options["account"].as_str().unwrap()));
    facts.org_id = options["org_id"].as_str().map(str::to_owned);
    facts.trust_org = options["trust_org"] == true;
    facts.trusted_org_paths = options.get("trusted_org_paths").map(texts);
    facts.trusted_accounts = texts(&options["trusted_accounts"]).iter().map(|id| account(id)).collect();
    facts.trusted_services = texts(&options["trusted_services"]);
    facts.source_bound_services = texts(&options["source_bound_services"]);
    facts.trusted_saml = texts(&options["trusted_saml"]);
    for trust in options["trusted_oidc"].as_array().into_iter().flatten() {
        let claims = trust["claims"].as_object().unwrap();
        facts.trusted_oidc.push(OidcTrust {
            issuer: trust["issuer"].as_str().unwrap().to_owned(),
            claims: claims.iter().map(|(claim, globs)| (claim.clone(), texts(globs))).collect(),
        });
    }
    let stored = options["document_origin"] == "stored";
    facts.document_origin = if stored { Origin::Stored } else { Origin::Request };
    facts
}

#[test]
fn permissions() {
    let mut wrong = Vec::new();
    for case in cases("permissions") {
        let options = &case["options"];
        let mut facts = GrantFacts::new(AccountId::parse(options["account"].as_str().unwrap()).unwrap());
        facts.self_arn = options["self_arn"].as_str().map(str::to_owned);
        facts.org_id = options["org_id"].as_str().map(str::to_owned);
        facts.safe_boundaries = texts(&options["safe_boundaries"]);
        facts.safe_policies = texts(&options["safe_policies"]);
        facts.harmless_roles = texts(&options["harmless_roles"]);
        let policies: Vec<Document> = case["policies"].as_array().unwrap().iter().map(document).collect();
        let boundary: Vec<Document> = options.get("boundary").map(document).into_iter().collect();
        let all = Permissions::of(&policies);
        let all = if boundary.is_empty() { all } else { all.limited_by(&boundary) };
        let found = grants(&all, &facts, Budget::default());
        let paths: Vec<String> = found.paths.iter().map(|path| path.join("+")).collect();
        let expected = &case["expected"];
        let right = expected["escalates"] == found.escalates
            && expected["admin"] == found.admin
            && !matches!(found.answer, Answer::Unknown(_))
            && texts(&expected["must_include"]).iter().all(|path| paths.contains(path));
        if !right {
            wrong.push(format!(
                "{}: expected {expected}, found {:?} {} {} {paths:?}: {}",
                case["id"], found.answer, found.escalates, found.admin, case["reason"]
            ));
        }
    }
    report(&wrong);
}
