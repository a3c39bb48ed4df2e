//! What a scan finds, as it is printed.

use guardrails::{Facet, Finding, Guardrail, Kind, Plan, PlannedStep, Severity, Step, Strategy, Why};
use remediation::Function;
use serde::Serialize;
use serde_json::Value;

/// A role, and what was found.
#[derive(Debug)]
pub(super) struct Judged {
    /// The ARN, or what else names the role.
    pub(super) role: String,
    /// The role in the dump.
    pub(super) place: usize,
    /// Worst first.
    pub(super) reports: Vec<Report>,
}

impl Judged {
    pub(super) fn worst(&self) -> Option<Severity> {
        self.reports.iter().map(|report| report.found.severity()).max()
    }
}

/// One finding, and what would be done about it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) role: String,
    #[serde(flatten)]
    pub(super) found: Found,
    pub(super) repair: Repair,
}

/// What was found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Found {
    /// By a guardrail.
    Finding(Finding),
    /// The guardrail could not be asked.
    Unjudged(Unjudged),
}

/// A role, or a part of it, that could not be judged.
#[derive(Debug, Serialize)]
pub(super) struct Unjudged {
    pub(super) guardrail: Guardrail,
    kind: &'static str,
    severity: Severity,
    facet: Facet,
    statements: [usize; 0],
    witness: Option<String>,
    sentence: String,
}

impl Unjudged {
    pub(super) fn new(guardrail: Guardrail, why: &str) -> Self {
        Self {
            guardrail,
            kind: "unjudged",
            severity: Severity::High,
            facet: match guardrail {
                Guardrail::RestrictCrossAccountAccess => Facet::Trust,
                Guardrail::LockDownPermissions => Facet::Permissions,
            },
            statements: [],
            witness: None,
            sentence: format!("it could not be judged: {why}"),
        }
    }
}

impl Found {
    pub(super) fn guardrail(&self) -> Guardrail {
        match self {
            Self::Finding(finding) => finding.guardrail,
            Self::Unjudged(unjudged) => unjudged.guardrail,
        }
    }

    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Finding(finding) => finding.severity,
            Self::Unjudged(unjudged) => unjudged.severity,
        }
    }

    pub(super) fn sentence(&self) -> &str {
        match self {
            Self::Finding(finding) => &finding.sentence,
            Self::Unjudged(unjudged) => &unjudged.sentence,
        }
    }

    /// The kind as it is spelled in JSON.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Finding(finding) => match serde_json::to_value(&finding.kind) {
                Ok(Value::Object(kind)) => kind.get("kind").map(word).unwrap_or_default(),
                Ok(_) | Err(_) => String::new(),
            },
            Self::Unjudged(unjudged) => unjudged.kind.to_owned(),
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        match self {
            Self::Unjudged(_) => true,
            Self::Finding(finding) => match finding.kind {
                Kind::TrustUndecided { .. } | Kind::PermissionsUndecided { .. } | Kind::PermissionsUnread => {
                    true
                }
                Kind::TrustReachesOutside { .. }
                | Kind::SharedIssuer { .. }
                | Kind::ConfusedDeputy { .. }
                | Kind::OtherPartition { .. }
                | Kind::DeletedPrincipal { .. }
                | Kind::DecoyName { .. }
                | Kind::Administrator { .. }
                | Kind::NeverAllowed { .. }
                | Kind::Escalation { .. }
                | Kind::DataExposure { .. }
                | Kind::ExceedsCeiling { .. }
                | Kind::LockdownMissing { .. }
                | Kind::LockdownLoosened { .. } => false,
            },
        }
    }
}

/// A word as it is spelled in JSON.
pub(super) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// What would be done.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Repair {
    /// These steps.
    Steps {
        /// In their order.
        steps: Vec<Proposed>,
    },
    /// Nothing.
    Nothing(Why),
    /// Nothing: the role could not be judged.
    Unknown {
        /// Always `unjudged`.
        why: &'static str,
    },
}

impl Repair {
    /// What a plan does about a finding: all steps of its guardrail, for a plan is safe as a whole, and a part of it may
    /// not be.
    pub(super) fn of(finding: &Finding, plan: &Plan, diff: bool) -> Self {
        if let Some(open) = plan.open().iter().find(|open| open.finding == *finding) {
            return Self::Nothing(open.why.clone());
        }
        let steps: Vec<&PlannedStep> =
            plan.steps().iter().filter(|planned| planned.guardrail == finding.guardrail).collect();
        Self::Steps { steps: steps.iter().map(|step| Proposed::new(step, &steps, diff)).collect() }
    }
}

/// A proposed step.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Proposed {
    pub(super) strategy: Strategy,
    pub(super) sentence: String,
    proof: Vec<String>,
    /// The function that has the authority for it.
    by: Function,
    /// The steps of this plan that are done before, counted from 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) needs: Vec<usize>,
    /// The write with its documents, if asked for.
    #[serde(flatten)]
    pub(super) step: Option<Step>,
}

impl Proposed {
    fn new(planned: &PlannedStep, plan: &[&PlannedStep], diff: bool) -> Self {
        let needs = (0..).zip(plan).filter(|(_, other)| planned.needs.contains(&other.step));
        Self {
            strategy: planned.strategy,
            sentence: planned.sentence.clone(),
            proof: planned.proof.clone(),
            by: Function::with_authority_for(&planned.step),
            needs: needs.map(|(place, _)| place).collect(),
            step: diff.then(|| planned.step.clone()),
        }
    }
}
