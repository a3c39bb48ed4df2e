//! Ends the sessions that were opened while a role was unsafe. The function that repaired the trust policy
//! hands the time of the exposure over at once; the one that may write inline policies revokes.

use guardrails::{Exposure, Facet, Guardrail, NotRevoked, PlannedStep, PolicyName, Role, Since};
use time::OffsetDateTime;

use super::draft::Draft;
use super::{Pass, hand_over as handing_over};
use crate::decode::Revoke;
use crate::history::History as _;
use crate::outcome::{Outcome, Unrepaired};
use crate::ports::Ports;
use crate::record::StepResult;
use crate::trigger::Cause;

/// What is to be done about sessions, whatever the guardrails find.
pub(super) struct Upkeep {
    pub(super) steps: Vec<PlannedStep>,
    /// Why sessions that should end live on.
    pub(super) refused: Option<NotRevoked>,
}

impl Upkeep {
    /// Takes revocations away whose last session has expired, and revokes what was handed over.
    pub(super) fn of<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Self {
        let rules = &pass.context.rules;
        let may_write = rules.permit(Guardrail::RestrictCrossAccountAccess).is_some();
        if !may_write || !pass.trigger.facet.has_permissions() {
            return Self::none();
        }
        let mut steps = guardrails::spent_revocations(rules, role, pass.now());
        let asked_for = asked_for(&pass.trigger.cause, role).and_then(|revoke| {
            let name = PolicyName::of_revocation(&revoke.repair.to_string()).ok()?;
            Some((name, Exposure::between(revoke.from, revoke.to)))
        });
        let revocation = asked_for.map_or(Ok(None), |(name, exposure)| {
            guardrails::revocation(rules, role, exposure, &name, pass.now())
        });
        let refused = match revocation {
            Ok(step) => {
                steps.extend(step);
                None
            }
            Err(why) => Some(why),
        };
        Self { steps, refused }
    }

    pub(super) const fn none() -> Self {
        Self { steps: Vec::new(), refused: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.refused.is_none()
    }
}

/// The sessions of this very role: one created again under the same name never had them.
fn asked_for<'a>(cause: &'a Cause, role: &Role) -> Option<&'a Revoke> {
    match cause {
        Cause::HandedOver { role_id, revoke, .. } if *role_id == role.id => revoke.as_ref(),
        Cause::HandedOver { .. }
        | Cause::Created
        | Cause::Deleted
        | Cause::Changed
        | Cause::ByHand
        | Cause::Sweep => None,
    }
}

/// After a repair of a trust policy: tells the function that may revoke, and says so in the record.
pub(super) async fn hand_over<P: Ports>(pass: &Pass<'_, P>, draft: &mut Draft, outcome: Outcome) -> Outcome {
    let Some(role) = draft.take_exposed() else { return outcome };
    if outcome == Outcome::Gone {
        return outcome;
    }
    // Without a verified end the trust policy was written all the same, by now at the latest.
    let closed = if let Outcome::Repaired(verified) = &outcome { verified.at() } else { pass.now() };
    let since = match draft.opened() {
        Some(at) => Since::Event(at),
        None => since(pass, &role, draft.started()).await,
    };
    let exposure = Exposure::new(since, closed).bounded(&role, pass.now());
    let repair = draft.repair_of(&role);
    let name = PolicyName::of_revocation(&repair.to_string());
    let (Some(exposure), Ok(name)) = (exposure, name) else { return outcome };
    let step = exposure.step(&name);
    let revoke = Revoke { repair, from: exposure.from(), to: exposure.to() };
    match handing_over::sessions(pass, &role, revoke).await {
        Ok(to) => {
            draft.handed_over(to);
            draft.besides(&step, StepResult::HandedOver, None);
            outcome
        }
        Err(why) => {
            draft.besides(&step, StepResult::NoAuthority, Some(&why.to_string()));
            not_revoked(outcome, &why)
        }
    }
}

/// A role whose trust policy is repaired is not safe while outsiders hold sessions. What is worse stays.
fn not_revoked(outcome: Outcome, why: &Unrepaired) -> Outcome {
    if matches!(outcome, Outcome::Repaired(_) | Outcome::HandedOver(_)) {
        Outcome::Unrepaired(Unrepaired::NotRevoked(why.to_string()))
    } else {
        outcome
    }
}

/// When the exposure began that no event tells of: the last moment before the repair at which the role was safe.
async fn since<P: Ports>(pass: &Pass<'_, P>, role: &Role, repair: OffsetDateTime) -> Since {
    let good = pass.ports.history().good(&role.id, Facet::Trust).await.unwrap_or_default();
    match good.iter().map(|version| version.at).filter(|at| *at <= repair).max() {
        Some(at) => Since::LastSafe(at),
        None => Since::Creation(role.created),
    }
}
