//! What to do about the findings of a role, as data. Applying a plan makes no further choices.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check;
use crate::facet::Facet;
use crate::finding::{Finding, Guardrail, Kind};
use crate::lock_down_permissions::{self, Lockdown, Response, Staying};
use crate::names::{PolicyArn, PolicyName, RoleArn, RoleId};
use crate::restrict_cross_account_access;
use crate::role::{AttachedPolicy, Role};
use crate::rules::Rules;
use crate::step::Step;
use crate::words::listed;

/// Decides what to do about what [`crate::check`] found in this very snapshot of the role.
///
/// The plan is carried out on the snapshot and checked again: what is then still found is left open, whatever
/// the steps say of themselves.
pub fn plan(rules: &Rules, role: &Role, findings: Vec<Finding>, last_good: &LastGood) -> Plan {
    let mut plan =
        Plan { role: role.arn.clone(), role_id: role.id.clone(), steps: Vec::new(), open: Vec::new() };
    if findings.is_empty() {
        return plan;
    }
    if let Some(why) = untouchable(rules, role) {
        plan.open = findings.into_iter().map(|finding| Open { finding, why: why.clone() }).collect();
        return plan;
    }
    let is_found = |guardrail| {
        findings.iter().any(|finding| finding.guardrail == guardrail && !finding.kind.is_notice())
    };
    let (mut trust_is_left, mut lockdown_is_left, mut staying) = (None, None, Vec::new());
    if is_found(Guardrail::RestrictCrossAccountAccess) {
        match restrict_cross_account_access::repair(rules, role, last_good) {
            Ok(step) => {
                plan.steps.push(step);
                trust_is_left = restrict_cross_account_access::kept_open(rules);
            }
            Err(why) => trust_is_left = Some(why),
        }
    }
    if is_found(Guardrail::LockDownPermissions) {
        let repairs = lock_down_permissions::repair(rules, role, last_good);
        plan.steps.extend(repairs.steps);
        lockdown_is_left = repairs.lockdown_is_left;
        staying = repairs.staying;
    }
    plan.open = left_open(rules, role, findings, &plan.steps, last_good)
        .into_iter()
        .map(|finding| {
            let why = lockdown_is_left.clone().filter(|_| finding.kind.is_about_lockdown());
            let why = why.unwrap_or_else(|| why_open(rules, &finding, trust_is_left.as_ref()));
            Open { why: told_of(&staying, &finding, why), finding }
        })
        .collect();
    plan
}

/// The findings that are still there after the steps.
fn left_open(
    rules: &Rules,
    role: &Role,
    findings: Vec<Finding>,
    steps: &[PlannedStep],
    last_good: &LastGood,
) -> Vec<Finding> {
    if steps.is_empty() {
        return findings;
    }
    let Some(repaired) = after(rules, role, steps, last_good) else { return findings };
    let has = |facet: Facet| findings.iter().any(|finding| finding.facet == facet);
    let facet = match (has(Facet::Trust), has(Facet::Permissions)) {
        (true, false) => Facet::Trust,
        (false, true) => Facet::Permissions,
        (true, true) | (false, false) => Facet::All,
    };
    let mut left = check(rules, &repaired, facet);
    // What a step did not touch is told as it was found: places are those of the live documents.
    for left in &mut left {
        if let Some(finding) = findings.iter().find(|finding| finding.kind == left.kind) {
            left.clone_from(finding);
        }
    }
    left
}

/// The role as the steps leave it; `None` if one of them does not find what it expects.
pub(crate) fn after(rules: &Rules, role: &Role, steps: &[PlannedStep], last_good: &LastGood) -> Option<Role> {
    let lockdown = rules.lockdown().map(Lockdown::forms);
    let known: Vec<&AttachedPolicy> =
        last_good.managed().into_iter().chain(lockdown.iter().flatten()).collect();
    let Some((first, others)) = steps.split_first() else { return Some(role.clone()) };
    let begun = first.step.applied_to(role, &known)?;
    others.iter().try_fold(begun, |role, planned| planned.step.applied_to(&role, &known))
}

/// Why the policy at fault stays, if anybody found out.
fn told_of(staying: &[Staying], finding: &Finding, why: Why) -> Why {
    let is_about = |staying: &&Staying| {
        staying.policy.as_ref().is_some_and(|policy| finding.kind.policies().contains(policy))
    };
    let staying = staying.iter().find(is_about).filter(|_| matches!(why, Why::NoProof { .. }));
    staying.map_or(why, |staying| Why::NoProof { reason: staying.why.clone() })
}

fn why_open(rules: &Rules, finding: &Finding, trust: Option<&Why>) -> Why {
    let undecided = |reason: &str| Why::Undecided { reason: reason.to_owned() };
    let no_proof = || Why::NoProof {
        reason: "no step was found that makes the role safe and allows it nothing new".to_owned(),
    };
    match &finding.kind {
        Kind::DeletedPrincipal { .. } | Kind::DecoyName { .. } => Why::Notice,
        Kind::TrustReachesOutside { .. }
        | Kind::SharedIssuer { .. }
        | Kind::ConfusedDeputy { .. }
        | Kind::OtherPartition { .. } => trust.cloned().unwrap_or_else(no_proof),
        Kind::TrustUndecided { reason, .. } => match trust {
            Some(Why::NoProof { reason }) => Why::NoProof { reason: reason.clone() },
            Some(_) | None => undecided(reason),
        },
        Kind::PermissionsUndecided { reason, .. } => undecided(reason),
        Kind::PermissionsUnread => undecided("the permissions were not read"),
        Kind::Escalation { .. } if rules.lock_down.escalation == Response::Report => Why::ReportOnly,
        Kind::DataExposure { .. } if rules.lock_down.data_exposure == Response::Report => Why::ReportOnly,
        Kind::Administrator { .. }
        | Kind::NeverAllowed { .. }
        | Kind::Escalation { .. }
        | Kind::ExceedsCeiling { .. }
        | Kind::DataExposure { .. }
        | Kind::LockdownMissing { .. }
        | Kind::LockdownLoosened { .. } => no_proof(),
    }
}

/// Why no write to this role is allowed at all.
pub(crate) fn untouchable(rules: &Rules, role: &Role) -> Option<Why> {
    if role.is_owned_by_aws() {
        return Some(Why::OwnedByAws);
    }
    rules.protection(&role.arn).map(|entry| Why::Protected { reason: entry.reason.clone() })
}

/// The newest documents of this role (the same RoleId) that the history knows as safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastGood {
    /// The trust policy.
    pub trust: Option<String>,
    /// Inline policies by name.
    pub inline: BTreeMap<PolicyName, String>,
    /// Attached managed policies, in the version that was then the default.
    pub attached: BTreeMap<PolicyArn, AttachedPolicy>,
    /// The permissions boundary, in the version that was then the default.
    pub boundary: Option<AttachedPolicy>,
    /// Versions of the lockdown policy that the account still keeps, whatever the history knows.
    pub lockdown: Vec<AttachedPolicy>,
}

impl LastGood {
    /// The versions of managed policies that are known.
    pub(crate) fn managed(&self) -> Vec<&AttachedPolicy> {
        self.attached.values().chain(&self.boundary).chain(&self.lockdown).collect()
    }
}

/// How a step makes a role safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Take the guilty part away and keep the rest.
    Narrow,
    /// Put the last version back that passes today's check.
    Restore,
    /// Nothing safe is left: the inert trust, or no policy.
    Quarantine,
    /// Deny explicitly what may not be.
    Deny,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// The write.
    pub step: Step,
    /// What to write instead, in this order, if IAM refuses the document (`MalformedPolicyDocument`): worse
    /// for those who use the role, but safe.
    pub fallbacks: Vec<Step>,
    /// What the role must show of other steps before this one is written: it may give back what they take away.
    pub needs: Vec<Step>,
    /// It may give something back: it is written only to a role that shows all permissions as they were judged, but
    /// for what the steps of the plan change.
    pub gives: bool,
    /// The guardrail that asks for it, and whose permit it needs.
    pub guardrail: Guardrail,
    /// How it makes the role safe.
    pub strategy: Strategy,
    /// What was proved about it before it was planned, one sentence each.
    pub proof: Vec<String>,
    /// What it takes away or puts back, for people.
    pub sentence: String,
    /// Who else uses the policy that the step changes, as far as somebody asked.
    pub used_by: Vec<PolicyUser>,
}

impl PlannedStep {
    /// A step with nothing in reserve, about whose other users nobody asked.
    #[must_use]
    pub fn new(
        guardrail: Guardrail,
        strategy: Strategy,
        step: Step,
        proof: Vec<String>,
        sentence: String,
    ) -> Self {
        let (fallbacks, needs, used_by) = (Vec::new(), Vec::new(), Vec::new());
        Self { step, fallbacks, needs, gives: false, guardrail, strategy, proof, sentence, used_by }
    }

    /// The same with what to write instead, should IAM refuse the document.
    #[must_use]
    pub fn or_else(mut self, fallbacks: Vec<Step>) -> Self {
        self.fallbacks = fallbacks;
        self
    }

    /// Tells who else uses the managed policy whose version the step changes.
    pub fn tell_users(&mut self, users: Vec<PolicyUser>) {
        let names: Vec<String> = users.iter().map(ToString::to_string).collect();
        if !names.is_empty() {
            self.sentence.push_str(&format!("; besides this role it is in force for {}", listed(&names)));
        }
        self.used_by = users;
    }
}

/// Who uses a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyUser {
    /// A role that has it attached.
    Role(String),
    /// A role whose permissions boundary it is.
    BoundaryOf(String),
    /// A user whose permissions boundary it is.
    BoundaryOfUser(String),
    /// A user that has it attached.
    User(String),
    /// A group that has it attached.
    Group(String),
}

impl PolicyUser {
    /// The name, if it is a role.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Role(name) | Self::BoundaryOf(name) => Some(name),
            Self::BoundaryOfUser(_) | Self::User(_) | Self::Group(_) => None,
        }
    }
}

impl fmt::Display for PolicyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(name) => write!(f, "role `{name}`"),
            Self::BoundaryOf(name) => write!(f, "`{name}` as its boundary"),
            Self::BoundaryOfUser(name) => write!(f, "user `{name}` as its boundary"),
            Self::User(name) => write!(f, "user `{name}`"),
            Self::Group(name) => write!(f, "group `{name}`"),
        }
    }
}

/// Why a finding is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// The settings protect the role: findings, never writes.
    Protected {
        /// The reason that the settings give.
        reason: String,
    },
    /// AWS owns the role.
    OwnedByAws,
    /// It could not be decided, and nothing shows that it reaches outside.
    Undecided {
        /// Why, and what to change.
        reason: String,
    },
    /// The settings ask to report it only.
    ReportOnly,
    /// It is worth knowing, and there is nothing to repair.
    Notice,
    /// No repair could be proved safe.
    NoProof {
        /// Which obligation failed.
        reason: String,
    },
}

/// A finding that the plan leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The finding.
    pub finding: Finding,
    /// Why nothing is done about it.
    pub why: Why,
}

/// The steps for one role, each against the snapshot it was made from. Only [`crate::check`]'s findings lead
/// to a plan, so its fields are private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Plan {
    role: RoleArn,
    role_id: RoleId,
    steps: Vec<PlannedStep>,
    open: Vec<Open>,
}

impl Plan {
    /// The role it is for.
    #[must_use]
    pub fn role(&self) -> &RoleArn {
        &self.role
    }

    /// The unique id of that role: a role created again under the same name is another role.
    #[must_use]
    pub fn role_id(&self) -> &RoleId {
        &self.role_id
    }

    /// The steps, in the order in which they are applied.
    #[must_use]
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }

    /// The findings that are left as they are.
    #[must_use]
    pub fn open(&self) -> &[Open] {
        &self.open
    }
}
