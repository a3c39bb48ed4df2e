//! Repairs whose pass did not live to tell: the message comes again, finds the role safe, and tells in its place.

use guardrails::Role;

use super::draft::Draft;
use super::shows::{Shows, shows};
use super::verify::Verified;
use super::{Pass, read};
use crate::history::History as _;
use crate::ports::Ports;
use crate::trigger::Cause;

/// Takes the story of an unfinished repair up, if the role shows what it was about to write.
pub(super) async fn told_of<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    draft: &mut Draft,
) -> Option<Verified> {
    let came_differently = match pass.trigger.cause {
        Cause::Created | Cause::Changed => pass.trigger.seen.is_empty() || !read::shows_event(pass, role),
        Cause::HandedOver { .. } => true,
        Cause::Deleted | Cause::ByHand | Cause::Sweep => false,
    };
    if !came_differently {
        return None;
    }
    let intent = pass.ports.history().unfinished(&role.id, pass.trigger.facet).await.ok().flatten()?;
    if !intent.steps.iter().all(|step| shows(role, step) == Shows::After) {
        return None;
    }
    draft.resume(intent);
    draft.read_back(role);
    Some(Verified::clean(pass.now()))
}
