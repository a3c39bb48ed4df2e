//! Repairs whose pass did not live to tell: the message comes again, finds the role safe, and tells in its place.

use std::time::Duration;

use guardrails::{Facet, Guardrail, Role, Step};
use time::OffsetDateTime;

use super::draft::Draft;
use super::shows::{Shows, shows};
use super::verify::Verified;
use super::{Pass, read};
use crate::history::{History as _, Intent};
use crate::judge;
use crate::ports::Ports;
use crate::trigger::Cause;

/// The longest time that Lambda gives a function (AWS Lambda Developer Guide, quotas), and some more.
const LONGEST_LIFE: Duration = Duration::from_secs(16 * 60);

/// Takes the story of an unfinished repair up, if the role shows what it was about to write.
pub(super) async fn told_of<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    draft: &mut Draft,
) -> Option<Verified> {
    let came_differently = match pass.trigger.cause {
        Cause::Created | Cause::Changed => pass.trigger.seen.is_empty() || !read::shows_event(pass, role),
        Cause::HandedOver { .. } | Cause::Sweep => true,
        Cause::Deleted | Cause::ByHand => false,
    };
    if !came_differently {
        return None;
    }
    let intent = pass.ports.history().unfinished(&role.id, pass.trigger.facet).await.ok().flatten()?;
    if pass.trigger.cause == Cause::Sweep && !is_abandoned(&intent, pass.now()) {
        return None;
    }
    if !intent.steps.iter().all(|step| shows(role, step) == Shows::After) {
        return None;
    }
    revoke_after(pass, &intent, draft);
    draft.resume(intent);
    draft.read_back(role);
    Some(Verified::clean(pass.now()))
}

/// No function lives long enough to tell of it any more.
pub(super) fn is_abandoned(intent: &Intent, now: OffsetDateTime) -> bool {
    now - intent.at > LONGEST_LIFE
}

/// Whoever died after the write may not have handed the sessions over that are to be revoked.
fn revoke_after<P: Ports>(pass: &Pass<'_, P>, intent: &Intent, draft: &mut Draft) {
    let rules = &pass.context.rules;
    let wrote_trust = intent.steps.iter().any(|step| matches!(step, Step::PutTrust { .. }));
    let before = intent.before.to_role();
    let calls = || guardrails::calls_for_revocation(rules, &judge::check(rules, &before, Facet::Trust));
    if wrote_trust && rules.permit(Guardrail::RestrictCrossAccountAccess).is_some() && calls() {
        draft.was_exposed(before);
    }
}
