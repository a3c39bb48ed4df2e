//! The three obligations of a repair, for every refuted case of the trust corpus: the new document is safe,
//! nothing safe is lost, nothing is newly allowed. Asked of the solver, and of the plain evaluator with
//! requests made from what the documents name.

use std::collections::BTreeSet;

use policy::analyse::assume::{Origin, TrustFacts, admits_nobody_new, keeps_the_allowed, who_can_assume};
use policy::analyse::{Answer, Budget};
use policy::{Caller, Document, Effect, Outcome, Policies, Request, edit, evaluate};
use rescind_guardrails::{Facet, LastGood, PlannedStep, Step, Strategy, check, plan};

use super::trust::{Case, cases};

/// A repair of the corpus: the case, and the documents before and after.
struct Repair {
    case: Case,
    planned: PlannedStep,
    old: Document,
    new: Document,
    facts: TrustFacts,
}

fn repairs() -> Vec<Repair> {
    let repairs: Vec<Repair> =
        cases().chain(cases().filter_map(beside_a_rightful_statement)).filter_map(repair).collect();
    assert!(repairs.len() > 150, "{} repairs: a poor corpus", repairs.len());
    repairs
}

/// The same case with something to keep.
fn beside_a_rightful_statement(mut case: Case) -> Option<Case> {
    let rightful = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"sts:AssumeRole"}"#;
    let document = Document::read(case.role.trust.as_str()).ok()?;
    case.role.trust = edit::add_statement(&document, rightful).ok()?;
    case.id.push_str(", and more");
    Some(case)
}

fn repair(case: Case) -> Option<Repair> {
    let findings = check(&case.rules, &case.role, Facet::Trust);
    let plan = plan(&case.rules, &case.role, findings, &LastGood::default());
    let planned = plan.steps().first()?.clone();
    let Step::PutTrust { before, after } = &planned.step else { panic!("{}: {planned:?}", case.id) };
    // What IAM itself could not read is the whole of it guilty; there is nothing to compare.
    let old = Document::read(before.as_str()).ok()?;
    let new = Document::read(after.as_str()).unwrap();
    let facts = case.rules.trust_facts(Some(&case.role.arn), Origin::Stored).unwrap();
    Some(Repair { case, planned, old, new, facts })
}

impl Repair {
    /// A part that outsiders and rightful callers share had to go whole, and the proof says so.
    fn says_what_is_lost(&self) -> bool {
        self.planned.strategy == Strategy::Quarantine
            || self.planned.proof.iter().any(|line| line.contains("loses a way"))
    }
}

#[test]
fn the_solver_proves_all_three() {
    for repair in repairs() {
        let Repair { case, old, new, facts, .. } = &repair;
        let after = who_can_assume(new, facts, Budget::default()).answer;
        assert_eq!(after, Answer::Proved, "{}: {}", case.id, new.text);
        let newly = admits_nobody_new(new, old, facts, Budget::default());
        assert_eq!(newly, Answer::Proved, "{}: {}", case.id, new.text);
        if keeps_the_allowed(new, old, facts, Budget::default()) != Answer::Proved {
            assert!(repair.says_what_is_lost(), "{}: {:#?}", case.id, repair.planned);
        }
    }
}

#[test]
fn no_request_shows_otherwise() {
    let (mut closed, mut kept, mut lost) = (0, 0, 0);
    for repair in repairs() {
        let Repair { case, old, new, .. } = &repair;
        for sample in samples(old) {
            let (before, after) = (allows(old, &sample.request), allows(new, &sample.request));
            assert!(before || !after, "{}: newly allowed: {:?}\n{}", case.id, sample.request, new.text);
            match sample.standing {
                Standing::Outsider => {
                    assert!(!after, "{}: still open: {:?}\n{}", case.id, sample.request, new.text);
                    closed += usize::from(before);
                }
                Standing::Own if before && !after => {
                    assert!(
                        repair.says_what_is_lost(),
                        "{}: lost: {:?}\n{}",
                        case.id,
                        sample.request,
                        new.text
                    );
                    lost += 1;
                }
                Standing::Own => kept += usize::from(before),
                Standing::Depends => {}
            }
        }
    }
    assert!(closed > 300 && kept > 500, "{closed} closed, {kept} kept, {lost} lost: a poor sample");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Of the role's own account.
    Own,
    /// Of an account, or a service, that no settings of the corpus name.
    Outsider,
    /// It depends on the settings.
    Depends,
}

struct Sample {
    request: Request,
    standing: Standing,
}

const ROLE: &str = "arn:aws:iam::111122223333:role/case";
const CALLERS: &[(&str, Standing)] = &[
    ("arn:aws:iam::111122223333:root", Standing::Own),
    ("arn:aws:iam::111122223333:role/app", Standing::Own),
    ("arn:aws:iam::111122223333:user/alice", Standing::Own),
    ("arn:aws:iam::999988887777:root", Standing::Outsider),
    ("arn:aws:iam::999988887777:role/x", Standing::Outsider),
    ("arn:aws:iam::444455556666:role/x", Standing::Depends),
    ("nobody-names-it.amazonaws.com", Standing::Outsider),
    ("lambda.amazonaws.com", Standing::Depends),
    ("scheduler.amazonaws.com", Standing::Depends),
];

/// Callers of all kinds, those that the document names too, each in circumstances that meet the document's
/// conditions, or some of them.
fn samples(document: &Document) -> Vec<Sample> {
    let mut callers: Vec<(String, Standing)> =
        CALLERS.iter().map(|(name, standing)| ((*name).to_owned(), *standing)).collect();
    let named = document.statements.iter().flat_map(|statement| &statement.principal);
    for text in named.flat_map(|principal| principal.entries()).map(|entry| entry.text.to_string()) {
        let is_own = text.contains(":111122223333:role/") || text.contains(":111122223333:user/");
        callers.push((text, if is_own { Standing::Own } else { Standing::Depends }));
    }
    let mut samples = Vec::new();
    for (name, standing) in &callers {
        let Ok(caller) = Caller::parse(name) else { continue };
        for action in
            ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
        {
            for wanted in 0..4 {
                let mut request = Request::new(caller.clone(), action, ROLE);
                arrange(&mut request, document, wanted);
                describe(&mut request, name);
                samples.push(Sample { request, standing: *standing });
            }
        }
    }
    samples
}

/// The keys that the document asks for: none, all with their first value, all with their last, every other.
fn arrange(request: &mut Request, document: &Document, wanted: usize) {
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    for (index, condition) in conditions.enumerate() {
        let value = match wanted {
            0 => None,
            1 => condition.values.first(),
            2 => condition.values.last(),
            _ => condition.values.first().filter(|_| index % 2 == 0),
        };
        if let Some(value) = value {
            request.context.set(condition.key.as_str(), [value.text.replace(['*', '?'], "x")]);
        }
    }
}

/// What STS says of the caller, whatever the caller arranged.
fn describe(request: &mut Request, name: &str) {
    let context = std::mem::take(&mut request.context);
    let told = [
        "aws:principal",
        "aws:userid",
        "aws:username",
        "aws:source",
        "aws:federatedprovider",
        "aws:viaawsservice",
    ];
    let is_told = |key: &str| told.iter().any(|start| key.to_ascii_lowercase().starts_with(start));
    for (key, values) in context.iter().filter(|(key, _)| !is_told(key.as_str())) {
        request.context.set(key.as_str(), values.iter().cloned());
    }
    let account: BTreeSet<&str> =
        name.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 12).collect();
    if let (Some(account), true) = (account.first(), name.contains(":iam::")) {
        request.context.set("aws:PrincipalAccount", [*account]);
        request.context.set("aws:PrincipalArn", [name]);
        request.context.set("aws:PrincipalIsAWSService", ["false"]);
    } else if name.ends_with(".amazonaws.com") {
        request.context.set("aws:PrincipalIsAWSService", ["true"]);
        request.context.set("aws:PrincipalServiceName", [name]);
    }
}

/// By the trust policy alone.
fn allows(document: &Document, request: &Request) -> bool {
    let policies = Policies { resource: Some(document), ..Policies::default() };
    let statements = evaluate(request, &policies).trace.statements;
    let applies =
        |effect| statements.iter().any(|one| one.effect == effect && one.outcome == Outcome::Applies);
    applies(Effect::Allow) && !applies(Effect::Deny)
}
