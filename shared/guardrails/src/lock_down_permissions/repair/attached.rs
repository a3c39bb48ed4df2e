//! An attached policy is shared: its text is not this role's to change. A customer managed one goes back to
//! the version that was last good; otherwise the policy is detached.

use policy::Document;

use super::{GUARDRAIL, HeldPolicy, Repair};
use crate::names::PolicyArn;
use crate::plan::{PlannedStep, Strategy};
use crate::step::Step;

impl Repair<'_> {
    /// What is in force of the policy afterwards, and the step that leaves it so; no step if none is proved.
    pub(super) fn repair_attached(
        &self,
        index: usize,
        policy: &HeldPolicy,
        arn: &PolicyArn,
    ) -> (Option<Document>, Option<PlannedStep>) {
        if self.is_lockdown(arn) {
            // What it denies stays in force; how it comes back whole is decided elsewhere.
            return (policy.known.denies.clone(), None);
        }
        if let Some(restored) = self.version_set_back(index, policy, arn) {
            return restored;
        }
        let (new, old) = (self.with(index, None), self.held.whole());
        let comes_free = policy.known.denies.as_ref().and_then(|_| self.held.newly_allowed(&new, &old));
        if comes_free.is_some() {
            // It stays as it is; the other policies are not blamed for what it allows.
            return (policy.known.denies.clone(), None);
        }
        let nothing_new = match policy.known.denies {
            None => "the policy denies nothing, so without it nothing new is allowed",
            Some(_) => "what the policy denies is not allowed by any other, so nothing new is allowed",
        };
        let step = Step::DetachPolicy { policy: arn.clone() };
        let proof = vec![
            "without the policy the role is allowed nothing forbidden".to_owned(),
            nothing_new.to_owned(),
        ];
        let sentence =
            format!("detach `{arn}`: an attached policy is shared and cannot be narrowed for one role");
        (None, Some(PlannedStep::new(GUARDRAIL, Strategy::Quarantine, step, proof, sentence)))
    }

    fn version_set_back(
        &self,
        index: usize,
        policy: &HeldPolicy,
        arn: &PolicyArn,
    ) -> Option<(Option<Document>, Option<PlannedStep>)> {
        let good = self.last_good.attached.get(arn).filter(|_| !arn.is_owned_by_aws())?;
        let version = policy.version.as_ref().filter(|version| **version != good.version)?;
        let document = self.held.read(Document::read(good.text.as_str()).ok()?);
        if self.is_unsafe(index, &document) {
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
        let step = PlannedStep::new(GUARDRAIL, Strategy::Restore, step, proof, sentence)
            .or_else(vec![Step::DetachPolicy { policy: arn.clone() }]);
        Some((Some(document.document), Some(step)))
    }
}
