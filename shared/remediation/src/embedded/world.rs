//! All ports around an embedded account: for replays and tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Embedded;
use crate::authority::{Read, Write};
use crate::blind::Surroundings;
use crate::decode::{HandOverMessage, PolicyUserMessage, SweepUnderWay};
use crate::function::Function;
use crate::history::History;
use crate::ports::{Clock, HandOver, Notify, PortError, Ports, Preconditions};
use crate::record::Notification;

/// An embedded account, an authority over it, a history, and collections in place of bus and queues.
#[derive(Debug)]
pub struct World<A, H> {
    /// The account.
    pub account: Embedded,
    /// What may be read and written.
    pub authority: A,
    /// The history.
    pub history: H,
    /// What was told to people.
    pub bus: Bus,
    /// What was handed over.
    pub queues: Queues,
    /// What rescind lives on.
    pub around: Around,
    /// The time.
    pub clock: VirtualClock,
}

impl<A, H> World<A, H> {
    /// A world at this time, with the queues of these functions. The authority is made of the account, such
    /// as by [`crate::authority::TrustOnly`].
    pub fn new(
        account: Embedded,
        authority: impl FnOnce(Embedded) -> A,
        history: H,
        deployed: &[Function],
        now: OffsetDateTime,
    ) -> Self {
        Self {
            authority: authority(account.clone()),
            account,
            history,
            bus: Bus::default(),
            queues: Queues { deployed: deployed.to_vec(), ..Queues::default() },
            around: Around::default(),
            clock: VirtualClock::at(now),
        }
    }
}

impl<A: Read + Write, H: History> Ports for World<A, H> {
    type Read = A;
    type Roles = Embedded;
    type Write = A;
    type History = H;
    type Notify = Bus;
    type HandOver = Queues;
    type Preconditions = Around;
    type Clock = VirtualClock;

    fn read(&self) -> &A {
        &self.authority
    }

    fn roles(&self) -> &Embedded {
        &self.account
    }

    fn write(&self) -> &A {
        &self.authority
    }

    fn history(&self) -> &H {
        &self.history
    }

    fn notify(&self) -> &Bus {
        &self.bus
    }

    fn hand_over(&self) -> &Queues {
        &self.queues
    }

    fn preconditions(&self) -> &Around {
        &self.around
    }

    fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    fn iam_calls(&self) -> u64 {
        self.account.call_count()
    }
}

/// What rescind lives on; nobody knows until it is set.
#[derive(Debug, Default)]
pub struct Around(pub Option<Surroundings>);

impl Preconditions for Around {
    async fn surroundings(&self) -> Option<Surroundings> {
        self.0.clone()
    }
}

/// Collects notifications.
#[derive(Debug, Default)]
pub struct Bus {
    told: Mutex<Vec<Notification>>,
    outage: Outage,
}

impl Bus {
    /// What was told so far.
    #[must_use]
    pub fn told(&self) -> Vec<Notification> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Bus {
    /// Lets the next notifications fail.
    pub fn fail(&self, times: usize) {
        self.outage.begin(times);
    }
}

impl Notify for Bus {
    async fn notify(&self, notification: &Notification) -> Result<(), PortError> {
        self.outage.pass()?;
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(notification.clone());
        Ok(())
    }
}

/// Collects messages to other functions, for those that are deployed.
#[derive(Debug, Default)]
pub struct Queues {
    deployed: Vec<Function>,
    sent: Mutex<Vec<(Function, Sent)>>,
    outage: Outage,
}

#[derive(Clone, Debug)]
enum Sent {
    HandOver(HandOverMessage),
    Other(Value),
}

impl Queues {
    /// What was sent so far, as the functions get it.
    #[must_use]
    pub fn sent(&self) -> Vec<(Function, Value)> {
        let value = |sent: &Sent| match sent {
            Sent::HandOver(message) => json!(message),
            Sent::Other(value) => value.clone(),
        };
        self.locked().iter().map(|(to, sent)| (*to, value(sent))).collect()
    }

    /// What was handed over so far.
    #[must_use]
    pub fn messages(&self) -> Vec<(Function, HandOverMessage)> {
        let hand_over = |(to, sent): &(Function, Sent)| match sent {
            Sent::HandOver(message) => Some((*to, message.clone())),
            Sent::Other(_) => None,
        };
        self.locked().iter().filter_map(hand_over).collect()
    }

    /// The messages that begin a sweep, or have one go on, so far.
    #[must_use]
    pub fn sweeps(&self) -> Vec<Value> {
        let sweeps = self.sent().into_iter().filter(|(_, value)| value.get("sweep").is_some());
        sweeps.map(|(_, value)| value).collect()
    }

    /// Lets the next messages fail.
    pub fn fail(&self, times: usize) {
        self.outage.begin(times);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<(Function, Sent)>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandOver for Queues {
    fn reaches(&self, to: Function) -> bool {
        self.deployed.contains(&to)
    }

    async fn hand_over(&self, to: Function, message: &HandOverMessage) -> Result<(), PortError> {
        self.outage.pass()?;
        self.locked().push((to, Sent::HandOver(message.clone())));
        Ok(())
    }

    async fn policy_users(&self, messages: &[PolicyUserMessage]) -> Result<(), PortError> {
        for message in messages {
            self.outage.pass()?;
            self.locked().push((Function::ChangePolicyVersion, Sent::Other(json!(message))));
        }
        Ok(())
    }

    async fn sweep(&self, under_way: Option<&SweepUnderWay>, _: Duration) -> Result<(), PortError> {
        self.outage.pass()?;
        self.locked().push((Function::Sweep, Sent::Other(SweepUnderWay::message(under_way))));
        Ok(())
    }
}

/// How many of the next messages are lost.
#[derive(Debug, Default)]
struct Outage {
    left: Mutex<usize>,
}

impl Outage {
    fn begin(&self, times: usize) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = times;
    }

    fn pass(&self) -> Result<(), PortError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        Err(PortError("out of order".to_owned()))
    }
}

/// A clock that only waiting moves. Clones show the same time.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    now: Arc<Mutex<OffsetDateTime>>,
}

impl VirtualClock {
    /// A clock that shows this instant.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self { now: Arc::new(Mutex::new(now)) }
    }

    /// Lets time go by.
    pub fn advance(&self, duration: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}
