//! What to do about the findings of a role, as data. Applying a plan makes no further choices.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use crate::finding::{Finding, Guardrail};
use crate::names::{PolicyName, RoleArn, RoleId};
use crate::role::Role;
use crate::rules::Rules;
use crate::step::Step;
use crate::{lock_down_permissions, restrict_cross_account_access};

/// Decides what to do about what [`crate::check`] found in this very snapshot of the role.
pub fn plan(rules: &Rules, role: &Role, findings: Vec<Finding>, last_good: &LastGood) -> Plan {
    let mut plan =
        Plan { role: role.arn.clone(), role_id: role.id.clone(), steps: Vec::new(), open: Vec::new() };
    if let Some(why) = untouchable(rules, role) {
        plan.open = findings.into_iter().map(|finding| Open { finding, why: why.clone() }).collect();
        return plan;
    }
    let (trust, permissions): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.guardrail == Guardrail::RestrictCrossAccountAccess);
    if !trust.is_empty() {
        match restrict_cross_account_access::repair(rules, role, last_good) {
            Ok(step) => plan.steps.push(step),
            Err(why) => plan.leave(trust, &why),
        }
    }
    for (findings, repair) in lock_down_permissions::repairs(rules, role, permissions, last_good) {
        match repair {
            Ok(step) => plan.steps.push(step),
            Err(why) => plan.leave(findings, &why),
        }
    }
    plan
}

/// Why no write to this role is allowed at all.
fn untouchable(rules: &Rules, role: &Role) -> Option<Why> {
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
    /// The guardrail that asks for it, and whose permit it needs.
    pub guardrail: Guardrail,
    /// How it makes the role safe.
    pub strategy: Strategy,
    /// What was proved about it before it was planned, one sentence each.
    pub proof: Vec<String>,
    /// What it takes away or puts back, for people.
    pub sentence: String,
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
    fn leave(&mut self, findings: Vec<Finding>, why: &Why) {
        self.open.extend(findings.into_iter().map(|finding| Open { finding, why: why.clone() }));
    }

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
