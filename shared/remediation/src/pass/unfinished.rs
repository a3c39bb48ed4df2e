//! Repairs whose pass did not live to tell. Whoever comes to the role next tells in its place: as of a repair, if
//! the role shows what was about to be written; as of one that was begun and overtaken, if it shows something else.

use std::time::Duration;

use guardrails::{Guardrail, Role, RoleId, RoleName, Step};
use time::OffsetDateTime;

use super::draft::{self, Draft};
use super::shows::{Shows, shows};
use super::verify::Verified;
use super::{Pass, Passed, read, revoke};
use crate::history::{History as _, Repair};
use crate::judge;
use crate::outcome::{Next, Outcome, Unrepaired};
use crate::ports::{PortError, Ports};
use crate::record::RoleState;
use crate::trigger::Cause;

/// The longest time that Lambda gives a function (AWS Lambda Developer Guide, quotas), and some more.
const LONGEST_LIFE: Duration = Duration::from_secs(16 * 60);

/// The repairs of a role, begun by other passes, that nobody was told of.
pub(super) struct Unfinished {
    /// Oldest first.
    repairs: Vec<Repair>,
    /// The history could not be asked.
    is_unknown: bool,
}

impl Unfinished {
    /// After the rounds of a pass, before its end.
    pub(super) async fn of<P: Ports>(
        pass: &Pass<'_, P>,
        name: &RoleName,
        draft: &Draft,
        outcome: &Outcome,
    ) -> Self {
        match repairs(pass, name, draft, outcome).await {
            Ok(repairs) => Self { repairs, is_unknown: false },
            Err(_) => Self { repairs: Vec::new(), is_unknown: true },
        }
    }

    /// Takes the story of the newest one up, if the role is clean and shows what it was about to write.
    pub(super) fn take_up<P: Ports>(
        &mut self,
        pass: &Pass<'_, P>,
        draft: &mut Draft,
        outcome: Outcome,
    ) -> Outcome {
        let is_clean = matches!(outcome, Outcome::Compliant | Outcome::Exempt(_));
        let found = draft.found().filter(|_| is_clean && !self.repairs.is_empty());
        let Some(role) = found.map(RoleState::to_role) else { return outcome };
        let is_shown = |repair: &Repair| {
            let mut steps = last_steps(repair);
            may_be_taken_up(pass, &role, repair) && steps.all(|step| shows(&role, step) == Shows::After)
        };
        let Some(place) = self.repairs.iter().rposition(is_shown) else { return outcome };
        resume(pass, draft, self.repairs.remove(place));
        draft.read_back(&role);
        Outcome::Repaired(Verified::clean(pass.now()))
    }

    /// Tells of those that the role does not show, each in a record of its own. As long as somebody may still be about
    /// to tell of one, the message comes again.
    pub(super) async fn tell<P: Ports>(
        self,
        pass: &Pass<'_, P>,
        name: &RoleName,
        mut next: Next,
    ) -> (Vec<Passed>, Next) {
        let (mut told, now) = (Vec::new(), pass.now());
        if self.is_unknown {
            next = next.and_again(pass.context.patience.recheck);
        }
        for repair in self.repairs {
            if !is_over(&repair, now) {
                let rest = end_of_life(&repair).and_then(|end| Duration::try_from(end - now).ok());
                next = next.and_again(rest.unwrap_or(LONGEST_LIFE));
            } else if let Some(record) = repair.record {
                next = draft::tell(pass.ports, pass.context, &mut { record }, next).await;
            } else {
                told.push(overtaken(pass, name, repair).await);
            }
        }
        (told, next)
    }
}

/// No function lives long enough to tell of it any more, or one has lived and could tell nobody.
pub(super) fn is_over(repair: &Repair, now: OffsetDateTime) -> bool {
    repair.record.is_some() || end_of_life(repair).is_none_or(|end| end <= now)
}

fn end_of_life(repair: &Repair) -> Option<OffsetDateTime> {
    Some(repair.intents.last()?.at + LONGEST_LIFE)
}

fn last_steps(repair: &Repair) -> impl Iterator<Item = &Step> {
    repair.intents.last().into_iter().flat_map(|intent| &intent.steps)
}

/// A pass that repairs what the same message led another pass to begin tells of that too.
async fn repairs<P: Ports>(
    pass: &Pass<'_, P>,
    name: &RoleName,
    draft: &Draft,
    outcome: &Outcome,
) -> Result<Vec<Repair>, PortError> {
    let mut repairs = Vec::new();
    for role in &roles(pass, name, draft, outcome).await? {
        repairs.extend(pass.ports.history().unfinished(role, pass.trigger.facet).await?);
    }
    repairs.retain(|repair| !draft.tells_of(repair));
    Ok(repairs)
}

/// The role; all that had its name, if the one that the message is about is gone.
async fn roles<P: Ports>(
    pass: &Pass<'_, P>,
    name: &RoleName,
    draft: &Draft,
    outcome: &Outcome,
) -> Result<Vec<RoleId>, PortError> {
    let is_another = |role: &RoleState| pass.trigger.time().is_some_and(|time| time < role.created);
    match draft.found() {
        Some(role) if !is_another(role) => Ok(vec![role.id.clone()]),
        None if *outcome != Outcome::Gone => Ok(Vec::new()),
        Some(_) | None => pass.ports.history().roles_named(name).await,
    }
}

/// Not when it may be whoever made the change, and not its own pass, that wrote what the role shows.
fn may_be_taken_up<P: Ports>(pass: &Pass<'_, P>, role: &Role, repair: &Repair) -> bool {
    match pass.trigger.cause {
        Cause::Created | Cause::Changed => pass.trigger.seen.is_empty() || !read::shows_event(pass, role),
        Cause::HandedOver { .. } => true,
        Cause::Deleted | Cause::ByHand | Cause::Sweep => is_over(repair, pass.now()),
    }
}

/// Nobody will ever know whether it was carried out. What it was to repair is known, and that it was begun.
async fn overtaken<P: Ports>(pass: &Pass<'_, P>, name: &RoleName, repair: Repair) -> Passed {
    let mut draft = Draft::new(pass, Some(name));
    resume(pass, &mut draft, repair);
    let outcome = Outcome::Unrepaired(Unrepaired::Overtaken);
    let outcome = revoke::hand_over(pass, &mut draft, outcome).await;
    draft.close(pass.ports, pass.context, outcome, Next::Done).await
}

/// Goes on with the repair. Whoever died after the write may not have handed the sessions over that are to be revoked.
fn resume<P: Ports>(pass: &Pass<'_, P>, draft: &mut Draft, mut repair: Repair) {
    let Some(intent) = repair.intents.pop() else { return };
    let rules = &pass.context.rules;
    let before = intent.before.to_role();
    let findings = judge::check(rules, &before, intent.facet);
    let wrote_trust = intent.steps.iter().any(|step| matches!(step, Step::PutTrust { .. }));
    let may_write = rules.permit(Guardrail::RestrictCrossAccountAccess).is_some();
    if wrote_trust && may_write && guardrails::calls_for_revocation(rules, &findings) {
        draft.was_exposed(before);
    }
    draft.resume(intent, &findings);
}
