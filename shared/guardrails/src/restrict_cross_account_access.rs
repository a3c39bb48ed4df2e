//! The guardrail against trust that reaches outside: a trust policy that lets another account, the public, or
//! a service or identity provider that the settings do not name, assume the role.

mod culprit;
pub(crate) mod kind;
mod notice;
mod question;
mod repair;

use std::sync::Arc;

use policy::Document;
use policy::analyse::assume::Reach;

use crate::facet::Facet;
use crate::finding::{Finding, Guardrail, Kind, Severity};
use crate::permit::Mode;
use crate::repair::narrow;
use crate::role::Role;
use crate::rules::Rules;
use crate::settings::OnUnknown;
use culprit::Culprit;
use question::{Question, Verdict};

pub(crate) use question::WhoCanAssume;
pub(crate) use repair::{kept_open, repair};

const GUARDRAIL: Guardrail = Guardrail::RestrictCrossAccountAccess;

/// What is wrong with the role's trust policy: one finding for each statement at fault, and what else is worth
/// knowing.
pub(crate) fn check(rules: &Rules, role: &Role) -> Vec<Finding> {
    if rules.mode(GUARDRAIL) == Mode::Off {
        return Vec::new();
    }
    let read = read(rules, role);
    let mut findings = match &read {
        Err(reason) => vec![undecided(None, reason.clone(), Reach::Public)],
        Ok((question, document)) => match question.ask(document) {
            Verdict::Closed => Vec::new(),
            verdict @ (Verdict::Open { .. } | Verdict::Undecided { .. }) => {
                statements_at_fault(role, question, document, verdict)
            }
        },
    };
    if rules.restrict.on_unknown == OnUnknown::Repair {
        findings.iter_mut().for_each(told_at_its_worst);
    }
    if imitates_aws(role) {
        findings.iter_mut().for_each(worsen);
    }
    findings.extend(notice::of(role, read.as_ref().ok().map(|(_, document)| &**document)));
    findings
}

fn read(rules: &Rules, role: &Role) -> Result<(Question, Arc<Document>), String> {
    let document = rules.known().trust(&role.trust)?;
    let question = Question::new(rules, role)
        .ok_or_else(|| format!("partition `{}` is unknown", role.arn.partition()))?;
    Ok((question, document))
}

fn statements_at_fault(
    role: &Role,
    question: &Question,
    document: &Document,
    whole: Verdict,
) -> Vec<Finding> {
    let is_unsafe = |part: &Document| question.ask(part) != Verdict::Closed;
    let parts = narrow::guilty(document, narrow::OF_TRUST, &is_unsafe);
    let finding = |culprit: Option<&Culprit<'_>>, verdict: Verdict| match verdict {
        Verdict::Closed => None,
        Verdict::Undecided { reason, reach } => Some(undecided(culprit, reason, reach)),
        Verdict::Open { reach, witness } => Some(open(role, document, culprit, reach, witness)),
    };
    let findings: Vec<Finding> = narrow::by_statement(&parts)
        .into_iter()
        .filter_map(|(statement, entries)| {
            let alone = narrow::only(document, statement, &entries)?;
            let culprit = Culprit::new(document, statement, &entries);
            finding(Some(&culprit), question.ask(&alone))
        })
        .collect();
    if findings.is_empty() { finding(None, whole).into_iter().collect() } else { findings }
}

fn open(
    role: &Role,
    document: &Document,
    culprit: Option<&Culprit<'_>>,
    reach: Reach,
    witness: String,
) -> Finding {
    let (kind, severity, does) = kind::of(role, document, culprit, reach);
    Finding {
        guardrail: GUARDRAIL,
        kind,
        severity,
        facet: Facet::Trust,
        statements: culprit.iter().map(|culprit| culprit.statement).collect(),
        sentence: format!("{} {does}: {witness}", place(culprit)),
        witness: Some(witness),
    }
}

fn undecided(culprit: Option<&Culprit<'_>>, reason: String, reach: Reach) -> Finding {
    Finding {
        guardrail: GUARDRAIL,
        severity: severity(reach).min(Severity::High),
        facet: Facet::Trust,
        statements: culprit.iter().map(|culprit| culprit.statement).collect(),
        witness: None,
        sentence: format!("{} could not be decided: {reason}. At worst it reaches: {reach}", place(culprit)),
        kind: Kind::TrustUndecided { reason, reach },
    }
}

fn place(culprit: Option<&Culprit<'_>>) -> String {
    match culprit {
        Some(culprit) => format!("statement {} of the trust policy", culprit.statement + 1),
        None => "the trust policy".to_owned(),
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

/// A name that only AWS's own roles bear, outside the paths that only AWS can use: made to be overlooked.
fn imitates_aws(role: &Role) -> bool {
    let name = role.arn.name().as_str();
    !role.is_owned_by_aws()
        && ["awsservicerolefor", "awsreservedsso_"]
            .iter()
            .any(|prefix| name.to_ascii_lowercase().starts_with(prefix))
}

/// What could not be decided is repaired as if it were so.
fn told_at_its_worst(finding: &mut Finding) {
    if matches!(finding.kind, Kind::TrustUndecided { .. }) {
        finding.sentence.push_str("; `on_unknown: repair` takes it at its worst");
    }
}

fn worsen(finding: &mut Finding) {
    finding.severity = finding.severity.worse();
    finding.sentence.push_str("; the name of the role imitates one that AWS owns");
}
