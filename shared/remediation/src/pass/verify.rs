//! After a write: read back and check again. Only here a repair becomes `Repaired`.

use guardrails::{Facet, LastGood, Role, RoleId, RoleName, Step};
use time::OffsetDateTime;

use super::share::Share;
use super::shows::{self, Shows};
use super::{Pass, in_reserve, read};
use crate::authority::facet_of;
use crate::iam_error::IamError;
use crate::judge::{self, Judgement};
use crate::ports::Ports;

/// Proof that a repair was read back and checked again. Only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    at: OffsetDateTime,
}

impl Verified {
    /// The role was read and found clean, after a repair whose pass did not live to see it.
    pub(super) fn clean(at: OffsetDateTime) -> Self {
        Self { at }
    }

    /// When the repaired role was read back.
    #[must_use]
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }
}

pub(super) enum Verdict {
    /// The role as it was read back: nothing is left that this function may repair. What is left for others,
    /// or open, the judgement tells.
    Safe(Verified, Box<Role>, Judgement),
    /// Something is left to repair, or someone else wrote: look again.
    Changed,
    /// The role is gone.
    Gone,
    /// The role could not be read back.
    Unread(IamError),
}

/// Reads until the role shows what the steps leave behind, then checks again.
pub(super) async fn verify<P: Ports>(
    pass: &Pass<'_, P>,
    name: &RoleName,
    id: &RoleId,
    steps: &[Step],
) -> Verdict {
    let facet = widest(pass.trigger.facet, steps);
    let mut attempt = 0;
    loop {
        let role = match read::again(pass, name, facet).await {
            Ok(role) => role,
            Err(IamError::Absent(_)) => return Verdict::Gone,
            Err(error) => return Verdict::Unread(error),
        };
        if role.id != *id {
            return Verdict::Changed;
        }
        if steps.iter().all(|step| shows::shows(&role, step) == Shows::After) {
            return match check_again(pass, &role) {
                Some(judgement) => Verdict::Safe(Verified { at: pass.now() }, Box::new(role), judgement),
                None => Verdict::Changed,
            };
        }
        // What was before may be a stale read, or be back; only more reads or another round can tell.
        let may_be_stale = steps.iter().all(|step| shows::shows(&role, step) != Shows::Neither);
        if !may_be_stale || !pass.pause(attempt).await {
            return Verdict::Changed;
        }
        attempt += 1;
    }
}

/// What the guardrails say now; nothing when this function has something to repair again.
fn check_again<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Option<Judgement> {
    let rules = &pass.context.rules;
    let findings = judge::check(rules, role, pass.trigger.facet);
    let judgement = judge::plan(rules, role, findings, &LastGood::default());
    let judgement = in_reserve::within_authority(pass, judgement);
    Share::of(pass, &judgement).own.is_empty().then_some(judgement)
}

fn widest(facet: Facet, steps: &[Step]) -> Facet {
    let beyond = steps.iter().any(|step| facet_of(step) == Facet::Permissions);
    if beyond && !facet.has_permissions() { Facet::All } else { facet }
}
