//! All ports around an embedded account: for replays and tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::Embedded;
use crate::authority::{Read, Write};
use crate::decode::HandOverMessage;
use crate::function::Function;
use crate::history::History;
use crate::pass::Progress;
use crate::ports::{Clock, HandOver, Notify, PortError, Ports};
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

    fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    fn iam_calls(&self) -> u64 {
        self.account.call_count()
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

/// Collects hand-overs, for the functions that are deployed.
#[derive(Debug, Default)]
pub struct Queues {
    deployed: Vec<Function>,
    messages: Mutex<Vec<(Function, HandOverMessage)>>,
    sweeps: Mutex<Vec<Value>>,
    outage: Outage,
}

impl Queues {
    /// What was handed over so far.
    #[must_use]
    pub fn messages(&self) -> Vec<(Function, HandOverMessage)> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Queues {
    /// The messages to the sweep so far.
    #[must_use]
    pub fn sweeps(&self) -> Vec<Value> {
        self.sweeps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets the next hand-overs fail.
    pub fn fail(&self, times: usize) {
        self.outage.begin(times);
    }
}

impl HandOver for Queues {
    fn reaches(&self, to: Function) -> bool {
        self.deployed.contains(&to)
    }

    async fn hand_over(&self, to: Function, message: &HandOverMessage) -> Result<(), PortError> {
        self.outage.pass()?;
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push((to, message.clone()));
        Ok(())
    }

    async fn sweep(&self, from: Option<&Progress>) -> Result<(), PortError> {
        self.outage.pass()?;
        self.sweeps.lock().unwrap_or_else(PoisonError::into_inner).push(Progress::message(from));
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
