//! Which policies and which statements break a limit, as findings.

use super::GUARDRAIL;
use super::held::{Held, HeldPolicy};
use super::limit::Limit;
use super::verdict::{Alone, Evidence, Verdict};
use crate::facet::Facet;
use crate::finding::{Finding, Kind, PolicyRef, Severity};
use crate::repair::narrow;
use crate::words::listed;

/// Who breaks a limit, and of whom it is not known.
#[derive(Debug, Default)]
pub(super) struct Culprits {
    /// A finding for each policy that does so alone, or one for all that do so together.
    pub(super) broken: Vec<Finding>,
    pub(super) undecided: Vec<Undecided>,
}

/// Policies of which it could not be decided whether they break some limits.
#[derive(Debug)]
pub(super) struct Undecided {
    policies: Vec<PolicyRef>,
    reason: String,
    /// In words.
    pub(super) limits: Vec<String>,
    /// A repair takes it at its worst.
    is_at_worst: bool,
}

impl Undecided {
    /// Is it the same, but for the limits?
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.policies == other.policies
            && self.reason == other.reason
            && self.is_at_worst == other.is_at_worst
    }

    pub(super) fn finding(self) -> Finding {
        let Self { policies, reason, limits, is_at_worst } = self;
        let mut finding = undecided(policies, reason);
        finding.sentence.push_str(&format!("; this concerns {}", listed(&limits)));
        if is_at_worst {
            tell_the_worst(&mut finding);
        }
        finding
    }
}

/// What the role's policies break of one limit.
pub(super) fn culprits(held: &Held<'_>, limit: &Limit<'_>) -> Culprits {
    let alone: Vec<(&HeldPolicy, Alone)> =
        held.policies.iter().map(|policy| (policy, held.ask_alone(limit, policy))).collect();
    let together = match limit {
        // No statement breaks these by what stands beside it.
        Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => None,
        Limit::Administrator | Limit::Escalation => {
            let is_broken = alone.iter().any(|(_, alone)| alone.verdict.is_present());
            (!is_broken && held.policies.len() > 1).then(|| held.ask(limit, &held.whole()))
        }
    };
    let mut culprits = Culprits::default();
    if together == Some(Verdict::Absent) {
        return culprits;
    }
    for (policy, Alone { verdict, statements }) in alone {
        culprits.add(held, limit, vec![policy.name.clone()], statements, verdict);
    }
    if let Some(whole) = together.filter(|whole| whole.is_present() || culprits.undecided.is_empty()) {
        culprits.add(held, limit, needed(held, limit, &whole), Vec::new(), whole);
    }
    culprits
}

impl Culprits {
    fn add(
        &mut self,
        held: &Held<'_>,
        limit: &Limit<'_>,
        policies: Vec<PolicyRef>,
        statements: Vec<usize>,
        verdict: Verdict,
    ) {
        let is_at_worst = held.takes_doubts_at_their_worst() && verdict.is_at_worst_present();
        match verdict {
            Verdict::Absent => {}
            Verdict::Present(evidence) => self.broken.push(broken(limit, policies, statements, evidence)),
            Verdict::Undecided { reason, doubt: _ } => {
                let limits = vec![limit.to_string()];
                self.undecided.push(Undecided { policies, reason, limits, is_at_worst });
            }
        }
    }
}

/// No policy does it alone: the smallest set that does, or may.
fn needed(held: &Held<'_>, limit: &Limit<'_>, whole: &Verdict) -> Vec<PolicyRef> {
    let all: Vec<&HeldPolicy> = held.policies.iter().collect();
    let needed = if whole.is_present() {
        narrow::together(&all, &mut |some: &[&HeldPolicy]| held.ask(limit, &held.only(some)).is_present())
    } else {
        all
    };
    needed.iter().map(|policy| policy.name.clone()).collect()
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

/// What could not be decided is repaired as if it were so.
pub(super) fn tell_the_worst(finding: &mut Finding) {
    finding.sentence.push_str("; `on_unknown: repair` takes it at its worst");
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
