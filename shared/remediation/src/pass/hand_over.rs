//! Hands over what another function has the authority for.

use std::collections::BTreeSet;

use guardrails::{Facet, PlannedStep, Role, Step};

use super::Pass;
use super::draft::Draft;
use crate::decode::{HandOverMessage, Purpose, Revoke};
use crate::function::Function;
use crate::judge;
use crate::outcome::Unrepaired;
use crate::ports::{HandOver as _, Ports};
use crate::record::StepResult;
use crate::trigger::Cause;

/// From the sweep to the functions of inline policies, of versions, of boundaries and of attachments: whoever carries
/// out a part of the plan hands over what waited for it.
const MOST_HOPS: u32 = 4;

/// Hands each step to the function that may carry it out, as soon as what it waits for is done. The first function
/// that was told, or why not all could be.
pub(super) async fn steps<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    plan: &[PlannedStep],
    steps: &[&PlannedStep],
    draft: &mut Draft,
) -> Result<Option<Function>, Unrepaired> {
    let ready = steps.iter().filter(|planned| draft.are_done(&planned.needs));
    let ready: Vec<&Step> = ready.map(|planned| &planned.step).collect();
    let functions: BTreeSet<Function> = ready.iter().map(|step| Function::with_authority_for(step)).collect();
    let mut problem = None;
    for to in &functions {
        let purpose = Some(draft.purpose(plan));
        let told = tell(pass, role, *to, For { purpose, revoke: None }).await;
        let result = if told.is_ok() { StepResult::HandedOver } else { StepResult::NoAuthority };
        for step in ready.iter().filter(|step| Function::with_authority_for(step) == *to) {
            draft.step_ended(step, result, told.as_ref().err().map(ToString::to_string));
        }
        match told {
            Ok(()) => draft.handed_over(*to),
            Err(why) => problem = problem.or(Some(why)),
        }
    }
    problem.map_or(Ok(functions.first().copied()), Err)
}

/// A trust change that leaves the role guarded calls for a look at its permissions, which this function does
/// not read.
pub(super) async fn permissions_if_guarded<P: Ports>(pass: &Pass<'_, P>, role: &Role, draft: &mut Draft) {
    let trust_changed = match pass.trigger.cause {
        // `update-role` runs on what leaves the trust policy as it is.
        Cause::Created | Cause::Changed => {
            pass.trigger.facet == Facet::Trust && pass.context.function != Function::UpdateRole
        }
        Cause::Deleted | Cause::HandedOver { .. } | Cause::ByHand | Cause::Sweep => false,
    };
    let to = Function::PutRolePolicy;
    if !trust_changed || !judge::is_guarded(&pass.context.rules, role) || !pass.ports.hand_over().reaches(to)
    {
        return;
    }
    match tell(pass, role, to, For::default()).await {
        Ok(()) => draft.handed_over(to),
        Err(why) => draft.trouble(&why.to_string()),
    }
}

/// Hands the sessions over that are to be revoked.
pub(super) async fn sessions<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    revoke: Revoke,
) -> Result<Function, Unrepaired> {
    let to = Function::PutRolePolicy;
    tell(pass, role, to, For { revoke: Some(revoke), purpose: None }).await.map(|()| to)
}

/// In a fight over the trust policy the function that writes inline policies holds the role still.
pub(super) async fn to_contain<P: Ports>(pass: &Pass<'_, P>, role: &Role, draft: &mut Draft) {
    match tell(pass, role, Function::PutRolePolicy, For::default()).await {
        Ok(()) => draft.handed_over(Function::PutRolePolicy),
        Err(why) => draft.trouble(&format!("the role is fought over and nothing holds it still: {why}")),
    }
}

/// How often the role will have been handed over before.
fn hops(cause: &Cause) -> u32 {
    match cause {
        Cause::HandedOver { hops, .. } => hops.saturating_add(1),
        Cause::Created | Cause::Changed | Cause::Deleted | Cause::ByHand | Cause::Sweep => 0,
    }
}

/// What a role is handed over for, besides a look at it.
#[derive(Default)]
struct For {
    purpose: Option<Purpose>,
    revoke: Option<Revoke>,
}

async fn tell<P: Ports>(pass: &Pass<'_, P>, role: &Role, to: Function, asked: For) -> Result<(), Unrepaired> {
    // A function that hands over to itself would do so for ever, and so would two that can't do their part.
    let hops = hops(&pass.trigger.cause);
    if to == pass.context.function || hops > MOST_HOPS || !pass.ports.hand_over().reaches(to) {
        return Err(Unrepaired::NoAuthority(to));
    }
    let message = HandOverMessage {
        version: HandOverMessage::VERSION,
        account: role.arn.account().to_owned(),
        role: role.arn.name().clone(),
        role_id: role.id.clone(),
        facet: to.facet(),
        hops,
        revoke: asked.revoke,
        purpose: asked.purpose,
    };
    let mut attempt = 0;
    loop {
        match pass.ports.hand_over().hand_over(to, &message).await {
            Ok(()) => return Ok(()),
            Err(error) if !pass.pause(attempt).await => {
                return Err(Unrepaired::NotToldTo { to, why: error.to_string() });
            }
            Err(_) => attempt += 1,
        }
    }
}
