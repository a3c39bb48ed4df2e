//! Every document that the tests know of, wherever it stands in a row of a file.

use std::path::Path;

use rescind_policy::analyse::assume::{OidcTrust, TrustFacts};
use serde_json::Value;

use crate::{
    cases,
    conditions::Taste,
    corpus::managed_policies,
    dice::Dice,
    facts::{OWN, account, trust_facts},
    judge::{Case, Question},
    policies,
};

/// The folders with rows, from the package's own.
const FOLDERS: [&str; 3] = ["../../tests/corpus", "tests/cases", "tests/data"];

/// A document, and the surroundings that its row gives it.
pub(crate) struct Found {
    pub(crate) origin: String,
    pub(crate) document: Value,
    /// The document behind it in its row: an old one behind a new one, a ceiling behind a policy.
    second: Option<Value>,
    facts: Option<TrustFacts>,
}

/// All of them, in the order of files and rows.
pub(crate) fn all() -> Vec<Found> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = FOLDERS
        .iter()
        .flat_map(|folder| std::fs::read_dir(package.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for (at, line) in std::fs::read_to_string(file).unwrap().lines().enumerate() {
            let Ok(row) = serde_json::from_str::<Value>(line) else { continue };
            let facts = facts_of(&row["options"]);
            let mut documents = Vec::new();
            collect(&row, &mut documents);
            let rows = (0..documents.len()).map(|one| Found {
                origin: format!("{name}, row {}", at + 1),
                document: documents[one].clone(),
                second: documents.get(one + 1).cloned(),
                facts: facts.clone(),
            });
            found.extend(rows);
        }
    }
    let managed = managed_policies().into_iter().map(|(name, text)| Found {
        origin: name,
        document: serde_json::from_str(&text).unwrap(),
        second: None,
        facts: None,
    });
    found.extend(managed);
    found
}

/// The questions to ask of a document: of a trust policy who may assume, of permissions what they are good for,
/// and of each how it stands to a policy near to it.
pub(crate) fn questions(found: &Found, dice: &mut Dice<'_>) -> Vec<Case> {
    let taste = if is_trust(&found.document) { Taste::Trust } else { Taste::Permissions };
    let facts = found.facts.clone().unwrap_or_else(|| trust_facts(dice));
    let second = found.second.iter().filter(|second| is_trust(second) == (taste == Taste::Trust)).cloned();
    let mut others: Vec<Value> = second.collect();
    others.push(policies::neighbour(dice, &found.document, taste));
    let mut all = vec![match taste {
        Taste::Trust => {
            Case { question: Question::Assume(facts.clone()), documents: vec![found.document.clone()] }
        }
        Taste::Permissions => cases::of_permissions(dice, vec![found.document.clone()]),
    }];
    for other in others {
        let compared = match taste {
            Taste::Trust => vec![Question::NobodyNew(facts.clone()), Question::Keeps(facts.clone())],
            Taste::Permissions => vec![Question::Within],
        };
        let documents = vec![found.document.clone(), other];
        all.extend(compared.into_iter().map(|question| Case { question, documents: documents.clone() }));
    }
    all
}

fn is_trust(document: &Value) -> bool {
    document.to_string().contains("Principal\":")
}

fn collect(value: &Value, into: &mut Vec<Value>) {
    match value {
        Value::Object(members) if members.contains_key("Statement") => {
            let statements = &members["Statement"];
            let objects = statements.is_object()
                || statements.as_array().is_some_and(|all| all.iter().all(Value::is_object));
            if objects {
                into.push(value.clone());
            }
        }
        Value::Object(members) => members.values().for_each(|member| collect(member, into)),
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, into)),
        Value::String(text) if text.contains("\"Statement\"") => {
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                collect(&value, into);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The surroundings of a row about a trust policy.
fn facts_of(options: &Value) -> Option<TrustFacts> {
    let texts = |name: &str| -> Vec<String> {
        options[name]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    if options["account"] != OWN || options["trusted_accounts"].is_null() {
        return None;
    }
    let mut facts = TrustFacts::new(account(OWN));
    facts.org_id = options["org_id"].as_str().map(str::to_owned);
    facts.trust_org = options["trust_org"] == true;
    facts.trusted_org_paths = options["trusted_org_paths"].is_array().then(|| texts("trusted_org_paths"));
    facts.trusted_accounts = texts("trusted_accounts").iter().map(|id| account(id)).collect();
    facts.trusted_services = texts("trusted_services");
    facts.source_bound_services = texts("source_bound_services");
    facts.trusted_saml = texts("trusted_saml");
    for trust in options["trusted_oidc"].as_array().into_iter().flatten() {
        let claims = trust["claims"].as_object().into_iter().flatten().map(|(claim, globs)| {
            let globs = globs.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            (claim.clone(), globs.collect())
        });
        facts.trusted_oidc.push(OidcTrust {
            issuer: trust["issuer"].as_str().unwrap_or_default().to_owned(),
            claims: claims.collect(),
        });
    }
    Some(facts)
}
