//! One batch of messages: those about the same facet of the same role become one pass, which answers them
//! all. A message that can't be read stands in nobody's way.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Context, Passed, act_on};
use crate::decode::{self, Decoded};
use crate::outcome::{Next, Outcome};
use crate::ports::{Clock as _, Ports};
use crate::trigger::{Along, Cause, Seen, Target, Trigger};

/// What came of some messages of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Worked {
    /// The messages, by their place in the batch.
    pub messages: Vec<usize>,
    /// What the pass over them left behind; empty if time ran out before it.
    pub passed: Vec<Passed>,
    /// Deliver the messages again after this time.
    pub again: Option<Duration>,
}

/// Works on every message of a batch. No pass is begun after `deadline`; what was not begun comes back at once.
pub async fn handle_batch<P: Ports>(
    ports: &P,
    context: &Context,
    bodies: &[&str],
    deadline: Option<OffsetDateTime>,
) -> Vec<Worked> {
    let mut done = Vec::new();
    for (messages, decoded) in groups(context, bodies) {
        if deadline.is_some_and(|deadline| ports.clock().now() >= deadline) {
            done.push(Worked { messages, passed: Vec::new(), again: Some(Duration::ZERO) });
            continue;
        }
        let passed = act_on(ports, context, decoded, deadline).await;
        let again = again(&passed);
        let (lead, others) = messages.split_at(if leads(&passed) { 1 } else { messages.len() });
        done.push(Worked { messages: lead.to_vec(), passed, again });
        done.push(Worked { messages: others.to_vec(), passed: Vec::new(), again: None });
    }
    done.retain(|worked| !worked.messages.is_empty());
    done
}

/// Once the live role was judged, the newest message is enough to look at it again. Were all of them to come
/// back, a fight would pile them up until the queue gives them up.
fn leads(passed: &[Passed]) -> bool {
    passed.iter().all(|passed| matches!(passed.outcome, Outcome::Repaired(_) | Outcome::Contested(_)))
}

/// When to deliver the messages again: the soonest that any of the passes asks for.
fn again(passed: &[Passed]) -> Option<Duration> {
    let after = |passed: &Passed| match passed.next {
        Next::Done => None,
        Next::Again { after } => Some(after),
    };
    passed.iter().filter_map(after).min()
}

/// The messages of each group, the newest first.
fn groups(context: &Context, bodies: &[&str]) -> Vec<(Vec<usize>, Decoded)> {
    let account = context.rules.account().id.as_str();
    let mut groups: Vec<(Vec<usize>, Decoded)> = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let mut decoded = decode::decode_text(body, context.function, account);
        if let Decoded::Trigger(trigger) = &mut decoded
            && let Some((messages, group)) = groups.iter_mut().find_map(|(messages, group)| match group {
                Decoded::Trigger(group) if are_one(group, trigger) => Some((messages, group)),
                Decoded::Trigger(_) | Decoded::Ignored(_) | Decoded::Refused(_) => None,
            })
        {
            let place = if merge(group, trigger) { 0 } else { messages.len() };
            messages.insert(place, index);
        } else {
            groups.push((vec![index], decoded));
        }
    }
    groups
}

/// Can one pass answer both?
fn are_one(one: &Trigger, other: &Trigger) -> bool {
    let same_target = match (&one.target, &other.target) {
        (Target::Role(one), Target::Role(other)) => one.as_str().eq_ignore_ascii_case(other.as_str()),
        (one, other) => one == other,
    };
    one == other
        || (same_target
            && (&one.account, one.facet) == (&other.account, other.facet)
            && [one, other].into_iter().all(is_change))
}

/// A change that tells when it was made. After a deletion the role is another one.
fn is_change(trigger: &Trigger) -> bool {
    let is_timed = trigger.time().is_some();
    match trigger.cause {
        Cause::Created | Cause::Changed => is_timed,
        Cause::Deleted | Cause::HandedOver { .. } | Cause::ByHand | Cause::Sweep => false,
    }
}

/// The newer event leads, since reads must be no older than it. Of every part of the role the newest word
/// counts. Tells whether the other one leads from now on.
fn merge(group: &mut Trigger, other: &mut Trigger) -> bool {
    if group == other {
        return false;
    }
    let time = Trigger::time;
    let leads = time(other) >= time(group);
    if leads {
        std::mem::swap(group, other);
    }
    let said: Vec<_> = group.seen.iter().map(Seen::part).collect();
    let older: Vec<Seen> = other.seen.iter().filter(|seen| !said.contains(&seen.part())).cloned().collect();
    group.seen.extend(older);
    if let Some(event) = &other.event {
        group.also.push(Along { event: event.clone(), actor: other.actor.clone() });
    }
    group.also.append(&mut other.also);
    leads
}
