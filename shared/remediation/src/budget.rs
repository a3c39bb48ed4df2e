//! How often IAM is called. IAM throttles per account and publishes no limits, so all functions share one bucket
//! of calls, which lies in the history.
//!
//! A pass begins when the bucket has a call for it; what it takes beyond that is paid with the next one. Half of
//! the bucket is kept for roles that were not looked at this minute: whoever makes thousands of changes to some
//! roles does not hold up the repair of another.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use crate::history::History as _;
use crate::pass::{Context, Passed};
use crate::ports::{Clock as _, Ports};
use crate::record::{Record, StepResult};
use crate::trigger::Target;

/// The bucket holds what fills it in this time: at the usual rate two repairs at once.
const FULL: Duration = Duration::from_secs(2);

/// The part that is kept for roles not looked at for a [`MINUTE`].
const RESERVE: Duration = Duration::from_secs(1);

const MINUTE: Duration = Duration::from_secs(60);

/// IAM bears fewer writes than reads: a write counts as so many calls.
const WRITE: u64 = 4;

/// Calls a second of all functions together. A write counts as four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(NonZeroU32);

impl Rate {
    /// So many calls a second.
    #[must_use]
    pub const fn per_second(calls: NonZeroU32) -> Self {
        Self(calls)
    }

    fn time_for(self, calls: u32) -> Duration {
        Duration::from_secs(1) * calls / self.0.get()
    }

    /// What one function keeps to while it does not know what the others do.
    fn share(self) -> Self {
        Self(NonZeroU32::new(self.0.get() / 10).unwrap_or(NonZeroU32::MIN))
    }
}

impl Default for Rate {
    /// Ten reads or two and a half writes a second: below all at which others report throttling.
    fn default() -> Self {
        Self(NonZeroU32::MIN.saturating_add(9))
    }
}

/// The role or the managed policy that a pass is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject(String);

impl Subject {
    /// None for what looks at all roles: it keeps to a pace of its own.
    pub(crate) fn of(target: &Target) -> Option<Self> {
        match target {
            Target::Role(name) => Some(Self(name.as_str().to_ascii_lowercase())),
            Target::UsersOf(policy) => Some(Self(policy.as_str().to_owned())),
            Target::TrustersOf(_) | Target::Omitted | Target::Sweep(_) => None,
        }
    }
}

/// May the pass begin?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    /// It may.
    Now,
    /// Not before this time has gone by.
    After(Duration),
}

/// What a function asks of the bucket before a pass: one call, and what earlier passes still owe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// How fast the bucket fills.
    pub rate: Rate,
    /// Calls that were made already. They are taken out whatever the answer is.
    pub debt: u32,
    /// The role was not looked at this minute, so the reserve is open to it.
    pub is_new: bool,
}

/// A bucket of calls that fills at a steady rate. The time when it will be full tells all about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// When it will be full.
    pub full_at: OffsetDateTime,
}

impl Bucket {
    /// A full bucket.
    pub const FULL: Self = Self { full_at: OffsetDateTime::UNIX_EPOCH };

    /// The bucket afterwards, and the answer.
    pub fn take(self, ask: Ask, now: OffsetDateTime) -> (Self, Turn) {
        // A debt delays nobody for longer than this, and neither does a clock that went wrong.
        let latest = now + 2 * FULL;
        let full_at = (self.full_at.clamp(now, latest) + ask.rate.time_for(ask.debt)).min(latest);
        let after = full_at + ask.rate.time_for(1);
        let limit = now + if ask.is_new { FULL } else { FULL - RESERVE };
        match Duration::try_from(after - limit) {
            Ok(wait) if !wait.is_zero() => (Self { full_at }, Turn::After(wait)),
            Ok(_) | Err(_) => (Self { full_at: after }, Turn::Now),
        }
    }
}

/// The budget as one instance of a function sees it.
#[derive(Debug)]
pub struct Budget {
    rate: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    debt: u32,
    /// When each role was last looked at.
    seen: BTreeMap<Subject, OffsetDateTime>,
    /// Asked when the history does not answer.
    own: Bucket,
}

impl Budget {
    /// A budget of which nothing is spent.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, state: Mutex::new(State { debt: 0, seen: BTreeMap::new(), own: Bucket::FULL }) }
    }

    /// May the pass begin?
    pub(crate) async fn turn<P: Ports>(&self, ports: &P, context: &Context, subject: &Subject) -> Turn {
        let now = ports.clock().now();
        let ask = self.ask(subject, now);
        let turn = match ports.history().take(context.rules.account().id.as_str(), ask, now).await {
            Ok(turn) => turn,
            Err(_) => self.own_turn(ask, now),
        };
        if turn == Turn::Now {
            self.state().seen.insert(subject.clone(), now);
        }
        turn
    }

    /// The time in which the bucket fills by one call.
    pub(crate) fn one_call(&self) -> Duration {
        self.rate.time_for(1)
    }

    /// Was nothing of this looked at for a minute?
    pub(crate) fn is_new(&self, subject: &Subject, now: OffsetDateTime) -> bool {
        self.state().is_new(subject, now)
    }

    /// What a pass took beyond the one call that it had asked for.
    pub(crate) fn spent(&self, passed: &[Passed]) {
        let calls: u64 = passed.iter().map(|passed| calls(&passed.record)).sum();
        let more = u32::try_from(calls.saturating_sub(1)).unwrap_or(u32::MAX);
        let state = &mut self.state();
        state.debt = state.debt.saturating_add(more);
    }

    fn ask(&self, subject: &Subject, now: OffsetDateTime) -> Ask {
        let state = &mut self.state();
        state.seen.retain(|_, seen| now - *seen < MINUTE);
        Ask { rate: self.rate, debt: std::mem::take(&mut state.debt), is_new: state.is_new(subject, now) }
    }

    fn own_turn(&self, ask: Ask, now: OffsetDateTime) -> Turn {
        let state = &mut self.state();
        let (own, turn) = state.own.take(Ask { rate: self.rate.share(), ..ask }, now);
        state.own = own;
        turn
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_new(&self, subject: &Subject, now: OffsetDateTime) -> bool {
        self.seen.get(subject).is_none_or(|seen| now - *seen >= MINUTE)
    }
}

fn calls(record: &Record) -> u64 {
    let is_write = |result: StepResult| matches!(result, StepResult::Done | StepResult::Failed);
    let writes = record.steps.iter().filter(|step| is_write(step.result)).count();
    record.iam_calls + (WRITE - 1) * u64::try_from(writes).unwrap_or_default()
}

#[cfg(test)]
mod tests;
