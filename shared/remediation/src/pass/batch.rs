//! One batch of messages: those about the same facet of the same role become one pass, which answers them
//! all. A message that can't be read stands in nobody's way, and neither does one that has to wait.

use std::time::Duration;

use time::OffsetDateTime;

use super::answered::{Answered, Change};
use super::{Context, Passed, act_on};
use crate::budget::{Budget, Rate, Subject, Turn};
use crate::decode::{self, Decoded, Ignored};
use crate::history::History as _;
use crate::outcome::{Next, Outcome};
use crate::ports::{Clock as _, Ports};
use crate::trigger::{Along, Cause, Seen, Target, Trigger};

/// A message that has to wait for calls to IAM is put back for so many seconds at most.
const LONGEST_WAIT: u32 = 30;

/// One message of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its text.
    pub body: &'a str,
    /// How often it was delivered, this time included.
    pub deliveries: u32,
}

/// What came of some messages of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Worked {
    /// The messages, by their place in the batch.
    pub messages: Vec<usize>,
    /// What the pass over them left behind; empty if it was not begun, for want of time or of calls to IAM.
    pub passed: Vec<Passed>,
    /// Deliver the messages again after this time.
    pub again: Option<Duration>,
}

/// What one instance of a function knows from one batch to the next.
#[derive(Debug)]
pub struct Instance {
    budget: Budget,
    answered: Answered,
}

impl Instance {
    /// An instance that has just begun.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { budget: Budget::new(rate), answered: Answered::default() }
    }
}

/// Works on the messages of a batch. No pass is begun after `deadline`, and none that the budget has no call for;
/// what was not begun comes back.
pub async fn handle_batch<P: Ports>(
    ports: &P,
    context: &Context,
    instance: &Instance,
    batch: &[Message<'_>],
    deadline: Option<OffsetDateTime>,
) -> Vec<Worked> {
    let groups = groups(ports, context, instance, batch).await;
    let groups = in_turn(groups, &instance.budget, ports.clock().now());
    let is_alone = groups.iter().filter(|group| group.subject().is_some()).count() < 2;
    let context = if is_alone { context.clone() } else { context.while_others_wait() };
    let (mut done, mut turn) = (Vec::new(), Turn::Now);
    for group in groups {
        if deadline.is_some_and(|deadline| ports.clock().now() >= deadline) {
            done.push(group.put_back(Duration::ZERO));
            continue;
        }
        let subject = group.subject();
        // Who comes after one that was turned away has no better claim.
        if let (Some(subject), Turn::Now) = (&subject, turn) {
            turn = instance.budget.turn(ports, &context, subject).await;
        }
        if let (Some(_), Turn::After(wait)) = (&subject, turn) {
            done.push(group.put_back(turned_away(wait, group.deliveries)));
            turn = Turn::After(wait + instance.budget.one_call());
            continue;
        }
        let (change, begun) = (group.change(), ports.clock().now());
        let passed = act_on(ports, &context, group.decoded, deadline).await;
        if subject.is_some() {
            instance.budget.spent(&passed);
        }
        if let Some(change) = change {
            instance.answered.note(change, &passed, begun);
        }
        done.extend(answered(group.messages, passed));
    }
    done
}

/// The messages that one pass answers, the newest first.
struct Group {
    messages: Vec<usize>,
    decoded: Decoded,
    /// The most that one of them had.
    deliveries: u32,
}

impl Group {
    /// What it asks of the budget; nothing if it calls IAM at no pace but its own.
    fn subject(&self) -> Option<Subject> {
        match &self.decoded {
            Decoded::Trigger(trigger) => Subject::of(&trigger.target),
            Decoded::Ignored(_) | Decoded::Refused(_) => None,
        }
    }

    fn change(&self) -> Option<Change> {
        match &self.decoded {
            Decoded::Trigger(trigger) => Change::of(trigger),
            Decoded::Ignored(_) | Decoded::Refused(_) => None,
        }
    }

    /// Takes in another group that one pass can answer too; `false` if none can.
    fn take_in(&mut self, other: &mut Self) -> bool {
        let (Decoded::Trigger(mine), Decoded::Trigger(theirs)) = (&mut self.decoded, &mut other.decoded)
        else {
            return false;
        };
        if !are_one(mine, theirs) {
            return false;
        }
        let place = if merge(mine, theirs) { 0 } else { self.messages.len() };
        self.messages.splice(place..place, other.messages.drain(..));
        self.deliveries = self.deliveries.max(other.deliveries);
        true
    }

    fn put_back(&self, after: Duration) -> Worked {
        Worked { messages: self.messages.clone(), passed: Vec::new(), again: Some(after) }
    }
}

/// Those that wait come back one after the other, as the bucket fills, and after longer the oftener they were delivered:
/// in fifty times a quarter of an hour goes by.
fn turned_away(turn: Duration, deliveries: u32) -> Duration {
    let at_least = Duration::from_secs(1) * deliveries.clamp(1, LONGEST_WAIT);
    turn.saturating_mul(deliveries).clamp(at_least, Duration::from_secs(1) * LONGEST_WAIT)
}

/// First what is told in no time, last the sweep, which may take all of it. Between them roles that were not looked at
/// this minute go first, and then whoever was delivered least: a message that crashes the function takes nobody along.
fn in_turn(mut groups: Vec<Group>, budget: &Budget, now: OffsetDateTime) -> Vec<Group> {
    groups.sort_by_cached_key(|group| {
        let place = match (&group.decoded, group.subject()) {
            (Decoded::Trigger(trigger), None) if matches!(trigger.target, Target::Sweep(_)) => 3,
            (_, None) => 0,
            (_, Some(subject)) if budget.is_new(&subject, now) => 1,
            (_, Some(_)) => 2,
        };
        (place, group.deliveries)
    });
    groups
}

/// The message that leads comes back if the pass asks for it; the others are answered.
fn answered(mut messages: Vec<usize>, passed: Vec<Passed>) -> Vec<Worked> {
    let again = again(&passed);
    let others = messages.split_off(if leads(&passed) { 1 } else { messages.len() });
    let mut worked = vec![Worked { messages, passed, again }];
    if !others.is_empty() {
        worked.push(Worked { messages: others, passed: Vec::new(), again: None });
    }
    worked
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

async fn groups<P: Ports>(
    ports: &P,
    context: &Context,
    instance: &Instance,
    batch: &[Message<'_>],
) -> Vec<Group> {
    let account = context.rules.account().id.as_str();
    let mut groups: Vec<Group> = Vec::new();
    for (index, message) in batch.iter().enumerate() {
        let decoded = decode::decode_text(message.body, context.function, account);
        let decoded = unanswered(ports, instance, decoded, message.deliveries).await;
        let mut one = Group { messages: vec![index], decoded, deliveries: message.deliveries };
        if !groups.iter_mut().any(|group| group.take_in(&mut one)) {
            groups.push(one);
        }
    }
    groups
}

/// What an earlier batch answered needs no pass, unless a pass that it led to may have died over it.
async fn unanswered<P: Ports>(ports: &P, instance: &Instance, decoded: Decoded, deliveries: u32) -> Decoded {
    let Decoded::Trigger(trigger) = &decoded else { return decoded };
    let (Some(change), Some(event)) = (Change::of(trigger), &trigger.event) else { return decoded };
    let Some(role) = instance.answered.covers(&change) else { return decoded };
    let answered = Decoded::Ignored(Ignored::Answered(event.id.clone().unwrap_or_default()));
    if deliveries < 2 {
        return answered;
    }
    match ports.history().unfinished(&role, trigger.facet).await {
        Ok(unfinished) if unfinished.is_empty() => answered,
        Ok(_) | Err(_) => decoded,
    }
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
