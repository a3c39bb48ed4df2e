//! The event does not name the role: the sweep is asked to find it, at most once a minute.

use std::time::Duration;

use super::draft::Draft;
use super::once::{NotDone, once};
use super::{Pass, Passed, all_roles};
use crate::function::Function;
use crate::history::{Claim, History as _};
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::ports::{HandOver as _, Ports};

const MINUTE: i64 = 60;

/// Asks for a sweep that begins after the change. Where there is no sweep, this function looks at all roles itself.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>) -> Vec<Passed> {
    if !pass.ports.hand_over().reaches(Function::Sweep) {
        return all_roles::pass(pass).await;
    }
    let mut draft = Draft::new(pass, None);
    let (outcome, next) = match ask(pass).await {
        Ok((is_asked, next)) => {
            if is_asked {
                draft.handed_over(Function::Sweep);
            }
            (outcome(pass).await, next)
        }
        Err(outcome) => (outcome, pass.recheck()),
    };
    vec![draft.close(pass.ports, pass.context, outcome, next).await]
}

/// Before the first sweep is over nothing tells this change from what was there before. Nobody asked to have that
/// repaired, so people are told to look.
async fn outcome<P: Ports>(pass: &Pass<'_, P>) -> Outcome {
    match pass.ports.history().baseline(pass.context.rules.account().id.as_str()).await {
        Ok(Some(_)) => Outcome::HandedOver(Function::Sweep),
        Ok(None) => Outcome::Unjudged(Unjudged::BeforeBaseline),
        Err(error) => Outcome::no_history(&error),
    }
}

/// Was it asked for now, and what has to happen then?
async fn ask<P: Ports>(pass: &Pass<'_, P>) -> Result<(bool, Next), Outcome> {
    let now = pass.now();
    let minute = now.unix_timestamp().div_euclid(MINUTE);
    let id = format!("omitted/{}/{minute}", pass.trigger.account);
    let sweep = pass.ports.hand_over().sweep(None, Duration::ZERO);
    let is_asked = match once(pass, &id, sweep).await.map_err(failed)? {
        Claim::Granted => true,
        // Whoever asked for it did so in this minute, and the change was made before.
        Claim::Sent if changed_before(pass, minute) => false,
        Claim::Sent | Claim::Sending => {
            let seconds = MINUTE - now.unix_timestamp().rem_euclid(MINUTE);
            let after = Duration::from_secs(seconds.unsigned_abs());
            return Ok((false, Next::Again { after }));
        }
    };
    // The pages may not show yet what the event did; another sweep, later, must.
    let next = if pass.is_young() { pass.settle() } else { Next::Done };
    Ok((is_asked, next))
}

fn changed_before<P: Ports>(pass: &Pass<'_, P>, minute: i64) -> bool {
    pass.trigger.time().is_some_and(|time| time.unix_timestamp() < minute * MINUTE)
}

fn failed(why: NotDone) -> Outcome {
    match why {
        NotDone::History(error) => Outcome::no_history(&error),
        NotDone::Act(error) => {
            Outcome::Unrepaired(Unrepaired::NotToldTo { to: Function::Sweep, why: error.to_string() })
        }
    }
}
