//! The guardrail against trust that reaches outside: a trust policy that lets another account, the public, or
//! a service or identity provider that the settings do not name, assume the role.

use policy::analyse::assume::Reach;
use policy::edit::Target;
use policy::{Document, Element, Principal};

use crate::assume::{Question, Verdict};
use crate::facet::Facet;
use crate::finding::{Finding, Guardrail, Kind, Severity};
use crate::inert;
use crate::narrow::{self, Guilty, List, Rest};
use crate::permit::Mode;
use crate::plan::{LastGood, PlannedStep, Strategy, Why};
use crate::role::Role;
use crate::rules::Rules;
use crate::step::Step;

const GUARDRAIL: Guardrail = Guardrail::RestrictCrossAccountAccess;

/// What is wrong with the role's trust policy: one finding for each statement at fault.
pub(crate) fn check(rules: &Rules, role: &Role) -> Vec<Finding> {
    if rules.mode(GUARDRAIL) == Mode::Off {
        return Vec::new();
    }
    match read(rules, role) {
        Err(reason) => vec![undecided(Vec::new(), reason, Reach::Public)],
        Ok((question, document)) => match question.ask(&document) {
            Verdict::Closed => Vec::new(),
            verdict @ (Verdict::Open { .. } | Verdict::Undecided { .. }) => {
                statements_at_fault(&question, &document, verdict)
            }
        },
    }
}

/// The step that makes the trust policy safe, or why there is none.
pub(crate) fn repair(rules: &Rules, role: &Role, last_good: &LastGood) -> Result<PlannedStep, Why> {
    let (question, document) = read(rules, role).map_err(|reason| Why::Undecided { reason })?;
    if !question.calls_for_repair(&document) {
        let reason = "nothing shows that it reaches outside".to_owned();
        return Err(Why::Undecided { reason });
    }
    let strategies = &rules.restrict.repair;
    if strategies.contains(&Strategy::Narrow)
        && let Some(step) = narrowed(&question, &document, role)
    {
        return Ok(step);
    }
    if strategies.contains(&Strategy::Restore)
        && let Some(step) = restored(&question, &document, role, last_good)
    {
        return Ok(step);
    }
    if strategies.contains(&Strategy::Quarantine) {
        return quarantined(&question, role);
    }
    Err(Why::NoProof { reason: "none of the strategies that `repair` lists makes it safe".to_owned() })
}

fn read(rules: &Rules, role: &Role) -> Result<(Question, Document), String> {
    let document = Document::read(role.trust.as_str()).map_err(|error| error.to_string())?;
    let question = Question::new(rules, role)
        .ok_or_else(|| format!("partition `{}` is unknown", role.arn.partition()))?;
    Ok((question, document))
}

fn statements_at_fault(question: &Question, document: &Document, whole: Verdict) -> Vec<Finding> {
    let parts = narrow::guilty(document, List::Principals, &|part| question.ask(part) != Verdict::Closed);
    let findings: Vec<Finding> = parts
        .iter()
        .filter_map(|part| {
            let alone = narrow::isolated(document, part.statement, &[])?;
            finding(part, document, question.ask(&alone))
        })
        .collect();
    if findings.is_empty() {
        let all = Guilty { statement: 0, entries: Vec::new() };
        return finding(&all, document, whole).into_iter().collect();
    }
    findings
}

fn finding(part: &Guilty, document: &Document, verdict: Verdict) -> Option<Finding> {
    match verdict {
        Verdict::Closed => None,
        Verdict::Undecided { reason, reach } => Some(undecided(vec![part.statement], reason, reach)),
        Verdict::Open { reach, witness } => {
            let principals = principals(document, part);
            let sentence = format!(
                "statement {} of the trust policy lets {} assume the role: {witness}",
                part.statement + 1,
                principals.join(", "),
            );
            Some(Finding {
                guardrail: GUARDRAIL,
                kind: Kind::TrustReachesOutside { reach: reach.to_string(), principals },
                severity: severity(reach),
                facet: Facet::Trust,
                statements: vec![part.statement],
                witness: Some(witness),
                sentence,
            })
        }
    }
}

fn undecided(statements: Vec<usize>, reason: String, reach: Reach) -> Finding {
    let place = match statements.first() {
        Some(index) => format!("statement {} of the trust policy", index + 1),
        None => "the trust policy".to_owned(),
    };
    Finding {
        guardrail: GUARDRAIL,
        severity: severity(reach).min(Severity::High),
        facet: Facet::Trust,
        statements,
        witness: None,
        sentence: format!("{place} could not be decided: {reason}. At worst it reaches: {reach}"),
        kind: Kind::TrustUndecided { reason, reach: reach.to_string() },
    }
}

fn severity(reach: Reach) -> Severity {
    match reach {
        Reach::Public => Severity::Critical,
        Reach::Federated | Reach::ExternalAccount => Severity::High,
        Reach::Organization | Reach::TrustedAccount | Reach::Service => Severity::Medium,
        Reach::SameAccount | Reach::None => Severity::Low,
    }
}

/// The guilty principals as they are written.
fn principals(document: &Document, part: &Guilty) -> Vec<String> {
    let element = document.statements.get(part.statement).and_then(|statement| statement.principal.as_ref());
    match element {
        None => vec!["everyone".to_owned()],
        Some(Element::AllBut(entries)) => {
            let names: Vec<&str> = entries.iter().map(|entry| &*entry.text).collect();
            vec![format!("everyone but {}", names.join(", "))]
        }
        Some(Element::Only(entries)) => entries
            .iter()
            .enumerate()
            .filter(|(index, _)| part.entries.is_empty() || part.entries.contains(index))
            .map(|(_, entry)| format!("`{}`", entry.text))
            .collect(),
    }
}

fn narrowed(question: &Question, document: &Document, role: &Role) -> Option<PlannedStep> {
    let is_guilty = |part: &Document| question.calls_for_repair(part);
    let guilty = narrow::guilty(document, List::Principals, &is_guilty);
    let dead = dead_principals(document);
    let Rest::Kept(after) = narrow::cut(document, List::Principals, &guilty, &dead, &is_guilty) else {
        return None;
    };
    let new = Document::read(after.as_str()).ok()?;
    let mut proof = vec![
        safe(question, &new),
        "only parts of Allow statements are taken away, so nobody new can assume the role".to_owned(),
    ];
    proof.push(match question.locked_out(&new, document) {
        None => "everyone who may assume the role still can".to_owned(),
        Some(who) => {
            format!("the guilty part also let in somebody who may come in, and is lost whole: {who}")
        }
    });
    let parts: Vec<String> = guilty.iter().map(|part| described(document, part)).collect();
    Some(planned(
        role,
        after,
        Strategy::Narrow,
        proof,
        format!("take {} out of the trust policy", parts.join(" and ")),
    ))
}

fn described(document: &Document, part: &Guilty) -> String {
    if part.entries.is_empty() {
        return format!("statement {}", part.statement + 1);
    }
    format!("{} of statement {}", principals(document, part).join(", "), part.statement + 1)
}

/// Ids of deleted principals: IAM refuses to write them back, and they let nobody in.
fn dead_principals(document: &Document) -> Vec<Target> {
    let mut dead = Vec::new();
    for (statement, element) in document.statements.iter().enumerate() {
        if let Some(Element::Only(entries)) = &element.principal {
            dead.extend(
                entries
                    .iter()
                    .enumerate()
                    .filter(|(_, entry)| matches!(entry.principal, Principal::UniqueId(_)))
                    .map(|(entry, _)| Target::Principal { statement, entry }),
            );
        }
    }
    dead
}

fn restored(
    question: &Question,
    document: &Document,
    role: &Role,
    last_good: &LastGood,
) -> Option<PlannedStep> {
    let good = Document::read(last_good.trust.as_deref()?).ok()?;
    let dead = dead_principals(&good);
    let Rest::Kept(after) =
        narrow::cut(&good, List::Principals, &[], &dead, &|part| question.calls_for_repair(part))
    else {
        return None;
    };
    let new = Document::read(after.as_str()).ok()?;
    if question.ask(&new) != Verdict::Closed {
        return None;
    }
    let mut proof = vec![safe(question, &new)];
    proof.push(match question.let_in(&new, document) {
        None => "nobody new can assume the role".to_owned(),
        Some(who) => format!("comes back with the last good version: {who}"),
    });
    Some(planned(role, after, Strategy::Restore, proof, "put the last good trust policy back".to_owned()))
}

fn quarantined(question: &Question, role: &Role) -> Result<PlannedStep, Why> {
    let inert = inert::DENY_ALL.to_owned();
    let no_proof = || Why::NoProof { reason: "the inert trust policy was not found safe".to_owned() };
    let new = Document::read(inert.as_str()).map_err(|_| no_proof())?;
    if question.ask(&new) != Verdict::Closed {
        return Err(no_proof());
    }
    let sentence = "replace the trust policy by one that lets nobody in: nothing in it is safe".to_owned();
    Ok(planned(role, inert, Strategy::Quarantine, vec![safe(question, &new)], sentence))
}

fn safe(question: &Question, new: &Document) -> String {
    match question.ask(new) {
        Verdict::Closed => "nobody outside the allowed set can assume the role any more".to_owned(),
        Verdict::Open { witness, .. } => format!("still open: {witness}"),
        Verdict::Undecided { reason, .. } => {
            format!("what is left does not reach outside, as far as it could be decided: {reason}")
        }
    }
}

/// The step, with the inert trust in reserve should IAM refuse the document.
fn planned(
    role: &Role,
    after: String,
    strategy: Strategy,
    proof: Vec<String>,
    sentence: String,
) -> PlannedStep {
    let put = |after: String| Step::PutTrust { before: role.trust.clone(), after };
    let inert = [inert::DENY_ALL.to_owned(), inert::allow_nobody(role.arn.partition(), role.arn.account())];
    let fallbacks = inert.into_iter().filter(|inert| *inert != after).map(put).collect();
    PlannedStep { step: put(after), fallbacks, guardrail: GUARDRAIL, strategy, proof, sentence }
}
