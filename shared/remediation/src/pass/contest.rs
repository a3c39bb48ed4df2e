//! Fights: someone undoes the repairs of a role again and again.
//!
//! After [`REPAIRS`] repairs of a facet within an hour there is one containment that the opponent's calls do
//! not overwrite, and then repairs go on for ever, with pauses that grow to [`LONGEST_PAUSE`]. The bound is a
//! rate, never a total: whoever wrote last would have won. The history counts, so that all functions and all
//! their instances see the same fight.

use std::time::Duration;

use guardrails::{
    Facet, Finding, PlannedStep, Role, RoleId, contain_permissions, contain_trust, release_containments,
};
use time::OffsetDateTime;

use super::Pass;
use super::draft::Draft;
use super::verify::Verified;
use crate::history::{History as _, parts};
use crate::judge;
use crate::outcome::{Contest, Next};
use crate::ports::Ports;

/// So many repairs of a facet within an hour are a fight.
const REPAIRS: u32 = 5;

const WINDOW: Duration = Duration::from_secs(60 * 60);

/// The pause after the repair that follows the containment; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// No repair for so long, and the containment goes. It is the longest session that a role can give: whoever
/// got in during the fight is out by then.
const QUIET: Duration = Duration::from_secs(12 * 60 * 60);

/// CloudTrail's times are whole seconds of another clock.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

/// A fight over a facet of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fight {
    /// `trust` or `permissions`.
    pub(super) facet: Facet,
    /// Repairs within the last hour.
    repairs: u32,
}

/// Which facets of the role are fought over? A history that can't tell is no reason not to repair.
pub(super) async fn fights<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Vec<Fight> {
    let mut fights = Vec::new();
    let since = pass.now() - WINDOW;
    // Most roles are at peace: one question is enough for them.
    if repairs(pass, &role.id, Facet::All, since).await < REPAIRS {
        return fights;
    }
    for facet in parts(Facet::All) {
        let repairs = repairs(pass, &role.id, facet, since).await;
        if repairs >= REPAIRS {
            fights.push(Fight { facet, repairs });
        }
    }
    fights
}

/// The fight that everything found is about; none if something else was found too, which must not wait.
pub(super) fn over_all(fights: &[Fight], findings: &[Finding]) -> Option<Fight> {
    let about = |finding: &Finding| fights.iter().copied().find(|fight| fight.facet == finding.facet);
    let about: Option<Vec<Fight>> = findings.iter().map(about).collect();
    about?.into_iter().max_by_key(|fight| fight.repairs)
}

async fn repairs<P: Ports>(pass: &Pass<'_, P>, id: &RoleId, facet: Facet, since: OffsetDateTime) -> u32 {
    pass.ports.history().repairs_since(id, facet, since).await.unwrap_or_default()
}

impl Fight {
    pub(super) fn contest(self, verified: Option<Verified>) -> Contest {
        Contest { repairs: self.repairs, pause: self.pause(), verified }
    }

    /// How long after the last repair the next one may come.
    fn pause(self) -> Duration {
        let doublings = match self.repairs.checked_sub(REPAIRS + 1) {
            None => return Duration::ZERO,
            Some(doublings) => doublings.min(10),
        };
        (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
    }

    /// How long to hold the next repair off; nothing if it may come now.
    pub(super) async fn rest<P: Ports>(self, pass: &Pass<'_, P>, id: &RoleId) -> Option<Duration> {
        let quarter = self.pause() / 4;
        if quarter.is_zero() {
            return None;
        }
        // The history counts and does not date; a quarter is exact enough.
        for quarters in 1..=4 {
            if repairs(pass, id, self.facet, pass.now() - quarter * quarters).await > 0 {
                return Some(quarter * (5 - quarters));
            }
        }
        None
    }

    /// What to do with the message when the repair is held off. If a repair came after the event, what is
    /// unsafe now was written later still, and a later event carries on; else this message must.
    pub(super) async fn later<P: Ports>(self, pass: &Pass<'_, P>, id: &RoleId, rest: Duration) -> Next {
        if let Some(time) = pass.trigger.time()
            && repairs(pass, id, self.facet, time + CLOCKS_DIFFER).await > 0
        {
            return Next::Done;
        }
        Next::Again { after: rest }
    }
}

/// The steps that put the containments in force which the role's fights call for, and take those away whose
/// fight is over. `repairs` are the steps that the role is to be repaired with.
pub(super) async fn containments<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    fights: &[Fight],
    repairs: &[PlannedStep],
    draft: &mut Draft,
) -> Vec<PlannedStep> {
    if role.permissions.is_none() || pass.context.rules.protection(&role.arn).is_some() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    for fight in fights {
        let step = match fight.facet {
            Facet::Trust => contain_trust(role, pass.now() - WINDOW),
            Facet::Permissions | Facet::All => {
                let repaired = judge::after(role, repairs);
                contain_permissions(&pass.context.rules, role, &repaired)
            }
        };
        match step {
            Ok(step) => steps.extend(step),
            Err(no_room) => draft.trouble(&no_room.to_string()),
        }
    }
    if repairs.is_empty() {
        for facet in parts(Facet::All) {
            steps.extend(over(pass, role, facet).await);
        }
    }
    steps
}

/// The containment to take away, when nobody has undone a repair for long.
async fn over<P: Ports>(pass: &Pass<'_, P>, role: &Role, facet: Facet) -> Vec<PlannedStep> {
    let steps = release_containments(role, facet);
    if steps.is_empty() {
        return steps;
    }
    match pass.ports.history().repairs_since(&role.id, facet, pass.now() - QUIET).await {
        Ok(0) => steps,
        Ok(_) | Err(_) => Vec::new(),
    }
}
