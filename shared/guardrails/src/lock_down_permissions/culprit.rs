//! Which policies and which statements break a limit, as findings.

use std::collections::BTreeSet;

use policy::Document;
use policy::analyse::Answer;

use super::GUARDRAIL;
use super::held::{Held, HeldPolicy, worst};
use super::limit::Limit;
use super::verdict::{Evidence, Verdict};
use crate::facet::Facet;
use crate::finding::{Finding, Kind, PolicyRef, Severity};
use crate::repair::narrow;
use crate::words::listed;

/// What the role's policies break of one limit: a finding for each policy that does so alone, or one for all
/// that do so together.
pub(super) fn findings(held: &Held<'_>, limit: &Limit<'_>) -> Vec<Finding> {
    match limit {
        Limit::Administrator | Limit::Escalation => of_all_together(held, limit),
        Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => {
            held.policies.iter().filter_map(|policy| of_statements(held, limit, policy)).collect()
        }
    }
}

/// Where each statement breaks the limit or does not, whatever stands beside it.
fn of_statements(held: &Held<'_>, limit: &Limit<'_>, policy: &HeldPolicy) -> Option<Finding> {
    let group = held.alone(policy, &policy.known);
    let breaches = held.breaches(limit, &policy.known, &group.denies);
    let guilty = breaches.iter().filter(|(_, answer)| matches!(answer, Answer::Refuted(_)));
    let statements = guilty.map(|(statement, _)| *statement).collect();
    match Verdict::of(worst(breaches), &group.documents()) {
        Verdict::Absent => None,
        Verdict::Present(evidence) => Some(broken(limit, vec![policy.name.clone()], statements, evidence)),
        Verdict::Undecided { reason } => Some(undecided(vec![policy.name.clone()], reason)),
    }
}

/// Where policies may break the limit together that do not break it alone.
fn of_all_together(held: &Held<'_>, limit: &Limit<'_>) -> Vec<Finding> {
    let whole = held.ask(limit, &held.whole());
    if whole == Verdict::Absent {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut is_explained = false;
    for policy in &held.policies {
        match held.ask(limit, &held.alone(policy, &policy.known)) {
            Verdict::Absent => {}
            Verdict::Present(evidence) => {
                is_explained = true;
                let statements = statements(held, limit, policy);
                found.push(broken(limit, vec![policy.name.clone()], statements, evidence));
            }
            Verdict::Undecided { reason } => {
                is_explained |= !whole.is_present();
                found.push(undecided(vec![policy.name.clone()], reason));
            }
        }
    }
    if !is_explained {
        found.push(all_together(held, limit, whole));
    }
    found
}

/// No policy does it alone: the smallest set that does.
fn all_together(held: &Held<'_>, limit: &Limit<'_>, whole: Verdict) -> Finding {
    match whole {
        Verdict::Present(evidence) => {
            let policies: Vec<&HeldPolicy> = held.policies.iter().collect();
            let needed = narrow::together(&policies, &|some: &[&HeldPolicy]| {
                held.ask(limit, &held.only(some)).is_present()
            });
            let names = needed.iter().map(|policy| policy.name.clone()).collect();
            broken(limit, names, Vec::new(), evidence)
        }
        Verdict::Undecided { reason } => {
            undecided(held.policies.iter().map(|policy| policy.name.clone()).collect(), reason)
        }
        Verdict::Absent => undecided(Vec::new(), "no policy breaks it".to_owned()),
    }
}

/// The statements at fault: those that do it alone, and a smallest set of those that do it together.
fn statements(held: &Held<'_>, limit: &Limit<'_>, policy: &HeldPolicy) -> Vec<usize> {
    let document = &policy.known.document;
    let is_broken =
        |part: &Document| held.ask(limit, &held.alone(policy, &held.read(part.clone()))).is_present();
    let allowing: Vec<usize> = narrow::allowing(document).collect();
    let is_broken_by = |some: &[usize]| {
        let others = allowing.iter().filter(|index| !some.contains(index));
        let gone = others.map(|&index| policy::edit::Target::Statement(index)).collect();
        narrow::without(document, &gone).is_some_and(|part| is_broken(&part))
    };
    let mut found: BTreeSet<usize> =
        narrow::guilty(document, &[], &is_broken).iter().map(|part| part.statement()).collect();
    found.extend(narrow::together(&allowing, &is_broken_by));
    found.into_iter().collect()
}

fn broken(
    limit: &Limit<'_>,
    policies: Vec<PolicyRef>,
    statements: Vec<usize>,
    evidence: Evidence,
) -> Finding {
    let place = place(&policies, &statements);
    let allows = match (policies.len(), statements.len()) {
        (1, 0 | 1) => "allows",
        (1, _) => "allow",
        _ => "together allow",
    };
    let Evidence { witness, path, ways } = evidence;
    let (kind, severity, what) = match limit {
        Limit::Administrator => (
            Kind::Administrator { policies },
            Severity::Critical,
            format!("{allows} everything, which makes the role an administrator"),
        ),
        Limit::Never(never) => (
            Kind::NeverAllowed { policies, never: (*never).to_owned() },
            Severity::High,
            format!("{allows} `{never}`, which is never allowed"),
        ),
        Limit::Escalation => {
            let what = format!(
                "{allows} the role to give itself more than it has, by {}{}",
                listed(&quoted(&path)),
                more_ways(ways)
            );
            (Kind::Escalation { policies, path, ways }, Severity::High, what)
        }
        Limit::Ceiling(ceiling) => (
            Kind::ExceedsCeiling { policies, ceiling: ceiling.file.clone() },
            Severity::High,
            format!("{allows} more than the ceiling `{}`", ceiling.file),
        ),
        Limit::DataExposure => (
            Kind::DataExposure { policies },
            Severity::Medium,
            format!("{allows} to read or hand out data that no policy names"),
        ),
    };
    Finding {
        guardrail: GUARDRAIL,
        kind,
        severity,
        facet: Facet::Permissions,
        statements,
        sentence: format!("{place} {what}: {witness}"),
        witness: Some(witness),
    }
}

fn quoted(actions: &[String]) -> Vec<String> {
    actions.iter().map(|action| format!("`{action}`")).collect()
}

fn more_ways(ways: usize) -> String {
    match ways {
        0 | 1 => String::new(),
        2 => " (and one more way)".to_owned(),
        more => format!(" (and {} more ways)", more - 1),
    }
}

fn place(policies: &[PolicyRef], statements: &[usize]) -> String {
    let names: Vec<String> = policies.iter().map(ToString::to_string).collect();
    let policies = if names.is_empty() { "the role".to_owned() } else { listed(&names) };
    let numbers: Vec<String> = statements.iter().map(|index| (index + 1).to_string()).collect();
    match numbers.as_slice() {
        [] => policies,
        [number] => format!("statement {number} of {policies}"),
        numbers => format!("statements {} of {policies}", listed(numbers)),
    }
}

pub(super) fn undecided(policies: Vec<PolicyRef>, reason: String) -> Finding {
    Finding {
        guardrail: GUARDRAIL,
        severity: Severity::Medium,
        facet: Facet::Permissions,
        statements: Vec::new(),
        witness: None,
        sentence: format!("{} could not be decided: {reason}", place(&policies, &[])),
        kind: Kind::PermissionsUndecided { policies, reason },
    }
}
