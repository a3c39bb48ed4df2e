//! An attached policy is shared: its text is not this role's to change. A customer managed one goes back to
//! the version that was last good; otherwise the policy is detached.

use policy::Document;

use super::{GUARDRAIL, HeldPolicy, Repair, Repaired};
use crate::names::PolicyArn;
use crate::plan::{PlannedStep, Strategy};
use crate::step::Step;

impl Repair<'_> {
    /// The policy put right; `None` if it denies something, which may hold back what others allow, and of the
    /// lockdown policy: how it comes back whole is decided elsewhere.
    pub(super) fn repair_attached(
        &self,
        index: usize,
        policy: &HeldPolicy,
        arn: &PolicyArn,
    ) -> Option<Repaired> {
        if policy.known.denies.is_some() || self.is_lockdown(arn) {
            return None;
        }
        Some(self.version_set_back(index, policy, arn).unwrap_or_else(|| {
            let nothing_new = "the policy denies nothing, so without it nothing new is allowed";
            Repaired { kept: None, step: detached(arn, nothing_new) }
        }))
    }

    /// The policy in its last good version, if that is safe.
    pub(super) fn version_set_back(
        &self,
        index: usize,
        policy: &HeldPolicy,
        arn: &PolicyArn,
    ) -> Option<Repaired> {
        let good = self.last_good.attached.get(arn).filter(|_| !arn.is_owned_by_aws())?;
        let version = policy.version.as_ref().filter(|version| **version != good.version)?;
        let document = self.held.read(Document::read(good.text.as_str()).ok()?);
        if self.is_unsafe(index, &document) || self.frees(index, policy, &document) {
            return None;
        }
        let (new, old) = (self.with(index, Some(&document)), self.held.whole());
        let nothing_new = match self.held.newly_allowed(&new, &old) {
            None => "nothing is allowed that was not allowed before".to_owned(),
            Some(what) => format!("comes back with the last good version: {what}"),
        };
        let step = Step::SetDefaultVersion {
            policy: arn.clone(),
            before: version.clone(),
            after: good.version.clone(),
        };
        let proof = vec!["with this version the role is allowed nothing forbidden".to_owned(), nothing_new];
        let sentence =
            format!("set `{arn}` back to version {}, for every role that has it attached", good.version);
        let step = PlannedStep::new(GUARDRAIL, Strategy::Restore, step, proof, sentence);
        Some(Repaired { kept: Some(document.document), step })
    }
}

pub(super) fn detached(arn: &PolicyArn, nothing_new: &str) -> PlannedStep {
    let proof =
        vec!["without the policy the role is allowed nothing forbidden".to_owned(), nothing_new.to_owned()];
    let sentence =
        format!("detach `{arn}`: an attached policy is shared and cannot be narrowed for one role");
    let step = Step::DetachPolicy { policy: arn.clone() };
    PlannedStep::new(GUARDRAIL, Strategy::Quarantine, step, proof, sentence)
}
