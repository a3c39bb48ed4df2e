//! A managed policy changed: every role that has it attached or as its boundary is looked at. The event names none.
//!
//! An invocation looks at a few of them. If there are more, each of the others gets a message of its own, so that
//! no invocation has more to do than it has time for, and no role waits for another.

use std::collections::BTreeSet;

use guardrails::{PolicyArn, PolicyUser, RoleName};

use super::draft::Draft;
use super::once::{NotDone, once};
use super::{Pass, Passed, one_role};
use crate::authority::Read as _;
use crate::decode::PolicyUserMessage;
use crate::function::Function;
use crate::history::Claim;
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::ports::{HandOver as _, PortError, Ports};
use crate::trigger::Trigger;

/// So many roles are looked at for one event in one invocation.
const AT_ONCE: usize = 10;

/// There is one end for each role that was looked at, and one for the whole if there is no role or not all had
/// their turn.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, policy: &PolicyArn) -> Vec<Passed> {
    let mut draft = Draft::new(pass, None);
    let mut passed = Vec::new();
    let end = match users(pass, policy).await {
        Ok(users) => all(pass, policy, users, &mut passed, &mut draft).await,
        Err(IamError::Absent(_)) => Some((Outcome::Gone, Next::Done)),
        Err(error) => Some(pass.unreadable(error)),
    };
    if end.is_some() || passed.is_empty() {
        let (outcome, next) = end.unwrap_or((Outcome::Compliant, Next::Done));
        passed.push(draft.close(pass.ports, pass.context, outcome, next).await);
    }
    passed
}

/// Once a repair has changed the policy for all its users, none of them shows any more what the event reports.
async fn all<P: Ports>(
    pass: &Pass<'_, P>,
    policy: &PolicyArn,
    mut users: Vec<RoleName>,
    passed: &mut Vec<Passed>,
    draft: &mut Draft,
) -> Option<(Outcome, Next)> {
    let to = Function::ChangePolicyVersion;
    let at_once = if pass.ports.hand_over().reaches(to) { AT_ONCE } else { users.len() };
    let others = users.split_off(at_once.min(users.len()));
    let past = Trigger { seen: Vec::new(), ..pass.trigger.clone() };
    let after_repair = Pass { trigger: &past, ..*pass };
    let mut is_repaired = false;
    for name in &users {
        if pass.out_of_time() {
            return Some((Outcome::Unjudged(Unjudged::OutOfTime), pass.recheck()));
        }
        let one = one_role::pass(if is_repaired { &after_repair } else { pass }, name).await;
        is_repaired |=
            one.iter().any(|one| matches!(one.outcome, Outcome::Repaired(_) | Outcome::Contested(_)));
        passed.extend(one);
    }
    if others.is_empty() {
        return None;
    }
    match tell(if is_repaired { &after_repair } else { pass }, policy, others).await {
        Ok(next) => {
            draft.handed_over(to);
            Some((Outcome::HandedOver(to), next))
        }
        Err(error) => {
            let why = Unrepaired::NotToldTo { to, why: error.to_string() };
            Some((Outcome::Unrepaired(why), pass.recheck()))
        }
    }
}

/// Gives each role a message of its own. An event that comes again, because a role asked for it, does so once; while
/// another invocation may be about to, the event comes again, because that one may die.
async fn tell<P: Ports>(
    pass: &Pass<'_, P>,
    policy: &PolicyArn,
    roles: Vec<RoleName>,
) -> Result<Next, PortError> {
    let event = pass.trigger.event.as_ref().and_then(|event| event.id.as_ref());
    let id = event.map(|event| format!("users/{}/{event}/{policy}", pass.trigger.account));
    let message = |role| PolicyUserMessage::new(pass.trigger, policy, role);
    let messages: Vec<_> = roles.into_iter().map(message).collect();
    let act = pass.ports.hand_over().policy_users(&messages);
    let Some(id) = id else { return act.await.map(|()| Next::Done) };
    match once(pass, &id, act).await {
        Ok(Claim::Granted | Claim::Sent) => Ok(Next::Done),
        Ok(Claim::Sending) => Ok(Next::Again { after: Claim::LEASE }),
        Err(NotDone::History(error) | NotDone::Act(error)) => Err(error),
    }
}

/// The roles that have the policy attached and those whose permissions boundary it is, each once.
async fn users<P: Ports>(pass: &Pass<'_, P>, policy: &PolicyArn) -> Result<Vec<RoleName>, IamError> {
    let users = pass.patiently(|| pass.ports.read().users(policy)).await?;
    let names: BTreeSet<RoleName> =
        users.iter().filter_map(PolicyUser::role).map(named).collect::<Result<_, _>>()?;
    Ok(names.into_iter().collect())
}

fn named(role: &str) -> Result<RoleName, IamError> {
    RoleName::parse(role).map_err(|error| IamError::Unexpected(error.to_string()))
}
