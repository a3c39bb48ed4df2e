//! The live role, read until it is fresh enough.

use guardrails::{Facet, PolicyArn, PolicyName, Role, RoleName, Step};

use super::Pass;
use crate::authority::Read as _;
use crate::document;
use crate::history::{self, History as _};
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::Ports;
use crate::record::RoleState;
use crate::trigger::{Cause, Seen};

/// A read, and whether it is known to be no older than the event.
pub(super) struct Fresh {
    pub(super) role: Role,
    pub(super) confirmed: bool,
}

/// Reads the role; again, with pauses, while it is absent or differs from what a young event reports.
pub(super) async fn fresh<P: Ports>(pass: &Pass<'_, P>, name: &RoleName) -> Result<Fresh, (Outcome, Next)> {
    let waits = pass.context.patience.waits_for_reads;
    let mut attempt = 0;
    loop {
        let answer = pass.ports.read().read(name, pass.trigger.facet).await;
        match answer {
            Ok(role) if is_confirmed(pass, &role).await => return Ok(Fresh { role, confirmed: true }),
            Ok(role) if !waits || !pass.pause(attempt).await => return Ok(Fresh { role, confirmed: false }),
            Ok(_) => {}
            Err(error) => {
                let worth_waiting = (waits && may_appear(pass, &error)) || error.is_transient();
                if !worth_waiting || !pass.pause(attempt).await {
                    return Err(given_up(pass, error));
                }
            }
        }
        attempt += 1;
    }
}

/// Reads once, and again with pauses only while IAM asks to.
pub(super) async fn again<P: Ports>(
    pass: &Pass<'_, P>,
    name: &RoleName,
    facet: Facet,
) -> Result<Role, IamError> {
    pass.patiently(|| pass.ports.read().read(name, facet)).await
}

/// The same for what one step changes.
pub(super) async fn for_step<P: Ports>(
    pass: &Pass<'_, P>,
    name: &RoleName,
    step: &Step,
) -> Result<Role, IamError> {
    pass.patiently(|| pass.ports.read().read_for(name, step)).await
}

fn may_appear<P: Ports>(pass: &Pass<'_, P>, error: &IamError) -> bool {
    matches!(error, IamError::Absent(_)) && pass.trigger.cause != Cause::Deleted && pass.is_young()
}

fn given_up<P: Ports>(pass: &Pass<'_, P>, error: IamError) -> (Outcome, Next) {
    if may_appear(pass, &error) {
        return (Outcome::Unjudged(Unjudged::NotThereYet), pass.recheck());
    }
    if matches!(error, IamError::Absent(_)) {
        return (Outcome::Gone, Next::Done);
    }
    pass.unreadable(error)
}

/// Does the read show what the event reports, or something known to be newer?
async fn is_confirmed<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> bool {
    if !pass.is_young() || shows_event(pass, role) {
        return true;
    }
    let facet = pass.trigger.facet;
    let Some(event_time) = pass.trigger.time() else { return false };
    let live = RoleState::from(role);
    for part in history::parts(facet) {
        let Ok(good) = pass.ports.history().good(&role.id, part).await else { return false };
        let newest = good.first().filter(|good| good.at > event_time);
        if newest.is_none_or(|good| good.digest != live.digest(part)) {
            return false;
        }
    }
    true
}

pub(super) fn shows_event<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> bool {
    let event_time = pass.trigger.time();
    if pass.trigger.cause == Cause::Deleted {
        // Another role of the same name; the deleted one may still be readable.
        return event_time.is_some_and(|time| role.created >= time);
    }
    pass.trigger.seen.iter().all(|seen| shows(role, seen))
}

/// What a pass did not read can't contradict the event.
fn shows(role: &Role, seen: &Seen) -> bool {
    let permissions = role.permissions.as_ref();
    let inline = |name: &PolicyName| permissions.map(|p| p.inline.iter().find(|policy| policy.name == *name));
    let is_attached =
        |arn: &PolicyArn| permissions.map(|p| p.attached.iter().any(|policy| policy.arn == *arn));
    match seen {
        Seen::Trust(text) => document::same(&role.trust, text),
        Seen::Inline { policy, text } => {
            inline(policy).is_none_or(|found| found.is_some_and(|found| document::same(&found.text, text)))
        }
        Seen::NoInline(policy) => inline(policy).is_none_or(|found| found.is_none()),
        Seen::Attached(arn) => is_attached(arn).unwrap_or(true),
        Seen::Detached(arn) => !is_attached(arn).unwrap_or(false),
        Seen::Version { policy, version } => {
            let managed = permissions.into_iter().flat_map(|p| p.attached.iter().chain(&p.boundary));
            managed.filter(|found| found.arn == *policy).all(|found| found.version == *version)
        }
        Seen::Boundary(arn) => role.boundary.as_ref() == Some(arn),
        Seen::NoBoundary => role.boundary.is_none(),
    }
}
