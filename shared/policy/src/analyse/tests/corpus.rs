//! The proofs against cases with known answers.

use crate::{
    AccountId, Document, Partition,
    analyse::{
        Answer, Budget, Reason,
        assume::{OidcTrust, Origin, TrustFacts, who_can_assume},
        grants::{GrantFacts, grants},
        within::{Permissions, within},
    },
};
use serde_json::Value;

use super::document;

/// The cases of `name`, and those at the edges: each tells the analysis from one that is wrong in one place.
fn all_cases(name: &str) -> Vec<Value> {
    [cases(name), cases(&format!("edge-{name}"))].concat()
}

pub(super) fn cases(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/corpus/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 10, "{path} has only {} cases", cases.len());
    cases
}

fn documents(value: &Value) -> Vec<Document> {
    value.as_array().map_or_else(|| vec![document(value)], |all| all.iter().map(document).collect())
}

#[test]
fn subset_cases() {
    let mut wrong = Vec::new();
    for case in all_cases("subset") {
        let (policy, ceiling) = (documents(&case["policy"]), documents(&case["ceiling"]));
        let found = within(&Permissions::of(&policy), &Permissions::of(&ceiling), Budget::default());
        let expected = case["expected"]["subset"].as_bool().unwrap();
        let right = match &found.answer {
            Answer::Proved => expected,
            Answer::Refuted(_) => !expected,
            // What AWS does not say counts against high confidence only.
            Answer::Unknown(Reason::Empty(_)) => case["confidence"] != "high",
            Answer::Unknown(_) => false,
        };
        if !right && case["confidence"] != "low" {
            wrong.push(format!(
                "{} ({}): expected {expected}, found {:?}: {}",
                case["id"], case["confidence"], found.answer, case["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn account(value: &Value) -> AccountId {
    AccountId::parse(value.as_str().unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(|all| all.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default()
}

pub(super) fn trust_facts(options: &Value) -> TrustFacts {
    let mut facts = TrustFacts::new(account(&options["account"]));
    facts.org_id = options["org_id"].as_str().map(str::to_owned);
    facts.trust_org = options["trust_org"].as_bool().unwrap_or(false);
    facts.trusted_org_paths = options.get("trusted_org_paths").filter(|v| !v.is_null()).map(texts);
    facts.trusted_accounts =
        texts(&options["trusted_accounts"]).iter().map(|id| AccountId::parse(id).unwrap()).collect();
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
    facts.document_origin =
        if options["document_origin"] == "stored" { Origin::Stored } else { Origin::Request };
    facts
}

#[test]
fn trust_cases() {
    let mut wrong = Vec::new();
    for case in all_cases("trust") {
        let document = case["document_text"]
            .as_str()
            .map_or_else(|| document(&case["document"]), |text| Document::read(text).unwrap());
        let found = who_can_assume(&document, &trust_facts(&case["options"]), Budget::default());
        let expected = &case["expected"];
        let safe = expected["safe"].as_bool().unwrap();
        let guilty: Vec<usize> = expected["unsafe_statements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| usize::try_from(at.as_u64().unwrap()).unwrap())
            .collect();
        let right = match &found.answer {
            Answer::Proved => safe,
            Answer::Refuted(_) => !safe,
            Answer::Unknown(reason) => !safe && matches!(reason, Reason::Unreadable(_)),
        };
        let right = right && found.reach.as_str() == expected["reach"] && found.guilty == guilty;
        if !right && case["confidence"] != "low" {
            wrong.push(format!(
                "{} ({}): expected {expected}, found {found:?}: {}",
                case["id"], case["confidence"], case["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn grant_facts(options: &Value) -> GrantFacts {
    let partition = options["self_arn"].as_str().and_then(|arn| arn.split(':').nth(1));
    GrantFacts {
        partition: partition.and_then(Partition::parse).unwrap_or(Partition::Aws),
        self_arn: options["self_arn"].as_str().map(str::to_owned),
        org_id: options["org_id"].as_str().map(str::to_owned),
        safe_boundaries: texts(&options["safe_boundaries"]),
        safe_policies: texts(&options["safe_policies"]),
        harmless_roles: texts(&options["harmless_roles"]),
        ..GrantFacts::new(account(&options["account"]))
    }
}

#[test]
fn permission_cases() {
    let mut wrong = Vec::new();
    for case in all_cases("permissions") {
        let policies = documents(&case["policies"]);
        let boundary: Vec<Document> =
            case["options"].get("boundary").filter(|b| !b.is_null()).map(documents).unwrap_or_default();
        let permissions = Permissions::of(&policies);
        let permissions = if boundary.is_empty() { permissions } else { permissions.limited_by(&boundary) };
        let found = grants(&permissions, &grant_facts(&case["options"]), Budget::default());
        let expected = &case["expected"];
        let paths: Vec<String> = found.paths.iter().map(|path| path.join("+")).collect();
        let missing: Vec<String> = texts(&expected["must_include"])
            .into_iter()
            .chain(texts(&expected["paths"]))
            .filter(|path| !paths.contains(path))
            .collect();
        let known = !matches!(found.answer, Answer::Unknown(_));
        let right = known
            && found.escalates == expected["escalates"]
            && found.admin == expected["admin"]
            && missing.is_empty();
        if !right && case["confidence"] != "low" {
            wrong.push(format!(
                "{} ({}): expected {expected}, found {:?} escalates {} admin {} without {missing:?}: {}",
                case["id"], case["confidence"], found.answer, found.escalates, found.admin, case["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Requests that worlds once left out, so that open roles were proved safe.
#[test]
fn attacks_are_seen() {
    let mut wrong = Vec::new();
    for case in cases("attack") {
        let (input, right) = (&case["input"], case["right"].as_str().unwrap());
        let account = AccountId::parse("111122223333").unwrap();
        let found = match case["kind"].as_str().unwrap() {
            "trust" => {
                who_can_assume(&document(&input["document"]), &TrustFacts::new(account), Budget::default())
                    .answer
            }
            "compare" => {
                let (file, ceiling) = (document(&input["file"]), document(&input["ceiling"]));
                within(&Permissions::of([&file]), &Permissions::of([&ceiling]), Budget::default()).answer
            }
            _ => {
                let mut facts = GrantFacts::new(account);
                if right.contains("aws-cn") {
                    facts.partition = Partition::China;
                }
                let policies = documents(&input["policies"]);
                let found = grants(&Permissions::of(&policies), &facts, Budget::default());
                if right == "administrator" && !found.admin {
                    wrong.push(format!("{}: no administrator", case["id"]));
                }
                found.answer
            }
        };
        let is_right = match right {
            "not proved" => !found.is_proved(),
            _ => found.witness().is_some(),
        };
        if !is_right {
            wrong.push(format!("{}: right is {right}, found {found:?}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
