//! Where no function of this deployment may carry a step out, what stands in reserve for it takes its place: it is
//! worse for those who use the role, and as safe.

use guardrails::{PlannedStep, Step};

use super::Pass;
use crate::authority::Write as _;
use crate::function::Function;
use crate::judge::Judgement;
use crate::ports::Ports;

/// The judgement with the steps that this deployment can carry out.
pub(super) fn within_authority<P: Ports>(pass: &Pass<'_, P>, judgement: Judgement) -> Judgement {
    let steps = judgement.steps.into_iter().map(|planned| possible(pass, planned)).collect();
    Judgement { steps, ..judgement }
}

/// What another function may do is handed over instead.
fn possible<P: Ports>(pass: &Pass<'_, P>, planned: PlannedStep) -> PlannedStep {
    let is_own = Function::with_authority_for(&planned.step) == pass.context.function;
    // Monitor mode has no permit, and tells what would be done with all rights.
    let Some(permit) = pass.context.rules.permit(planned.guardrail) else { return planned };
    if !is_own || pass.ports.write().may(&permit, &planned.step) {
        return planned;
    }
    let deletion = planned.fallbacks.iter().find_map(|step| match step {
        Step::DeleteInline { policy, .. } => Some((step.clone(), policy.clone())),
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => None,
    });
    let Some((step, policy)) = deletion else { return planned };
    PlannedStep {
        step,
        fallbacks: Vec::new(),
        proof: vec!["the policy denies nothing, so without it nothing new is allowed".to_owned()],
        sentence: format!("delete inline policy `{policy}`: this deployment may not rewrite it"),
        ..planned
    }
}
