//! All ports of one function, put together once.

use std::sync::Arc;

use remediation::ports::Ports;

use crate::authority::{self, Authority};
use crate::client::Clients;
use crate::clock::SystemClock;
use crate::environment::Environment;
use crate::history::Kept;
use crate::notify::Bus;
use crate::queues::Queues;
use crate::watch::Watcher as _;

/// Everything that the function's passes touch.
pub(crate) struct Adapters<A: Authority> {
    clients: Clients,
    read: A::Read,
    roles: A::Roles,
    write: A::Write,
    history: Kept,
    notify: Bus,
    queues: Queues,
    preconditions: A::Preconditions,
    clock: SystemClock,
}

impl<A: Authority> Adapters<A> {
    pub(crate) fn new(environment: Arc<Environment>) -> Self {
        let inline = environment.inline_repair;
        let clients = Clients::new(environment);
        let (read, roles, write) = authority::ports::<A>(&clients.iam(), inline);
        Self {
            read,
            roles,
            write,
            history: Kept::new(clients.clone()),
            notify: Bus::new(clients.clone()),
            queues: Queues::new(clients.clone()),
            preconditions: A::Preconditions::over(clients.clone()),
            clock: SystemClock,
            clients,
        }
    }

    pub(crate) fn throttles(&self) -> u64 {
        self.clients.throttles()
    }

    pub(crate) fn queues(&self) -> &Queues {
        &self.queues
    }
}

impl<A: Authority> Ports for Adapters<A> {
    type Read = A::Read;
    type Roles = A::Roles;
    type Write = A::Write;
    type History = Kept;
    type Notify = Bus;
    type HandOver = Queues;
    type Preconditions = A::Preconditions;
    type Clock = SystemClock;

    fn read(&self) -> &A::Read {
        &self.read
    }

    fn roles(&self) -> &A::Roles {
        &self.roles
    }

    fn write(&self) -> &A::Write {
        &self.write
    }

    fn history(&self) -> &Kept {
        &self.history
    }

    fn notify(&self) -> &Bus {
        &self.notify
    }

    fn hand_over(&self) -> &Queues {
        &self.queues
    }

    fn preconditions(&self) -> &A::Preconditions {
        &self.preconditions
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn iam_calls(&self) -> u64 {
        self.clients.iam_calls()
    }
}
