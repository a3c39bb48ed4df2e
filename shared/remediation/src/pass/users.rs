//! A managed policy changed: every role that has it attached or as its boundary is looked at. The event names none.

use std::collections::BTreeSet;

use guardrails::{PolicyArn, PolicyUser, RoleName};

use super::draft::Draft;
use super::{Pass, Passed, one_role};
use crate::authority::Read as _;
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::Ports;
use crate::trigger::Trigger;

/// There is one end for each role, and one for the whole if there is no role or not all had their turn.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, policy: &PolicyArn) -> Vec<Passed> {
    let draft = Draft::new(pass, None);
    let (mut passed, mut end) = (Vec::new(), None);
    match users(pass, policy).await {
        Ok(users) => {
            if !each(pass, &users, &mut passed).await {
                end = Some((Outcome::Unjudged(Unjudged::OutOfTime), pass.recheck()));
            }
        }
        Err(IamError::Absent(_)) => end = Some((Outcome::Gone, Next::Done)),
        Err(error) => end = Some(pass.unreadable(error)),
    }
    if end.is_some() || passed.is_empty() {
        let (outcome, next) = end.unwrap_or((Outcome::Compliant, Next::Done));
        passed.push(draft.close(pass.ports, pass.context, outcome, next).await);
    }
    passed
}

/// `false` when time ran out.
async fn each<P: Ports>(pass: &Pass<'_, P>, users: &BTreeSet<RoleName>, passed: &mut Vec<Passed>) -> bool {
    // Once a repair has changed the policy for all its users, none of them shows any more what the event reports.
    let past = Trigger { seen: Vec::new(), ..pass.trigger.clone() };
    let after_repair = Pass { trigger: &past, ..*pass };
    let mut is_repaired = false;
    for name in users {
        if pass.out_of_time() {
            return false;
        }
        let one = one_role::pass(if is_repaired { &after_repair } else { pass }, name).await;
        is_repaired |= matches!(one.outcome, Outcome::Repaired(_) | Outcome::Contested(_));
        passed.push(one);
    }
    true
}

/// The roles that have the policy attached and those whose permissions boundary it is, each once.
async fn users<P: Ports>(pass: &Pass<'_, P>, policy: &PolicyArn) -> Result<BTreeSet<RoleName>, IamError> {
    let users = pass.patiently(|| pass.ports.read().users(policy)).await?;
    users.iter().filter_map(PolicyUser::role).map(named).collect()
}

fn named(role: &str) -> Result<RoleName, IamError> {
    RoleName::parse(role).map_err(|error| IamError::Unexpected(error.to_string()))
}
