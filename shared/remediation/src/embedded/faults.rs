//! IAM's worse days, on demand. Calls are counted from 0.

use std::collections::BTreeMap;
use std::fmt;

use super::{Embedded, Inner, Stored};
use crate::iam_error::IamError;

/// One call that IAM had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The API call.
    pub name: &'static str,
    /// What it was about.
    pub about: String,
    /// Does it write?
    pub writes: bool,
}

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `Throttling`: nothing was done.
    Throttled,
    /// `ServiceFailure`: nothing was done.
    Failed,
    /// `AccessDenied`.
    Denied,
    /// No answer, and nothing was done.
    UnansweredNotDone,
    /// No answer, though the call was carried out.
    UnansweredDone,
    /// This very answer.
    Answer(IamError),
}

type Stranger = Box<dyn FnOnce(&mut Stored) + Send>;

#[derive(Default)]
pub(super) struct Traffic {
    pub(super) calls: Vec<Call>,
    faults: BTreeMap<usize, Fault>,
    strangers: BTreeMap<usize, Stranger>,
    stale_reads: usize,
    stale_after_write: usize,
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traffic").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Lets call number `index` go wrong.
    pub fn fail(&self, index: usize, fault: Fault) {
        self.lock().traffic.faults.insert(index, fault);
    }

    /// Lets a stranger change something right before call number `index`.
    pub fn before_call(&self, index: usize, stranger: impl FnOnce(&mut Stored) + Send + 'static) {
        self.lock().traffic.strangers.insert(index, Box::new(stranger));
    }

    /// Lets the next reads show what was stored before the last change.
    pub fn stale_reads(&self, reads: usize) {
        self.lock().traffic.stale_reads = reads;
    }

    /// Lets so many reads after each write show what was stored before it.
    pub fn stale_after_write(&self, reads: usize) {
        self.lock().traffic.stale_after_write = reads;
    }

    /// All calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().traffic.calls.clone()
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn call_count(&self) -> u64 {
        u64::try_from(self.lock().traffic.calls.len()).unwrap_or(u64::MAX)
    }

    /// How many calls wrote, or were to write.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.lock().traffic.calls.iter().filter(|call| call.writes).count()
    }

    /// A call that reads.
    pub(super) fn reads<T>(
        &self,
        name: &'static str,
        about: &str,
        read: impl FnOnce(&Stored) -> Result<T, IamError>,
    ) -> Result<T, IamError> {
        let mut inner = self.lock();
        let fault = inner.begin(Call { name, about: about.to_owned(), writes: false });
        if let Some(fault) = fault {
            return Err(fault.error());
        }
        if inner.traffic.stale_reads > 0 {
            inner.traffic.stale_reads -= 1;
            return read(&inner.was);
        }
        read(&inner.stored)
    }

    /// A call that writes. Nothing is changed when it is refused.
    pub(super) fn changes(
        &self,
        name: &'static str,
        about: &str,
        write: impl FnOnce(&mut Stored) -> Result<(), IamError>,
    ) -> Result<(), IamError> {
        let mut inner = self.lock();
        let fault = inner.begin(Call { name, about: about.to_owned(), writes: true });
        if let Some(fault) = &fault
            && *fault != Fault::UnansweredDone
        {
            return Err(fault.error());
        }
        let before = inner.stored.clone();
        let answer = write(&mut inner.stored);
        if answer.is_ok() {
            inner.was = before;
            inner.traffic.stale_reads = inner.traffic.stale_after_write.max(inner.traffic.stale_reads);
        } else {
            inner.stored = before;
        }
        fault.map_or(answer, |fault| Err(fault.error()))
    }
}

impl Inner {
    /// Counts the call, lets strangers go first, and tells what goes wrong with it.
    fn begin(&mut self, call: Call) -> Option<Fault> {
        let index = self.traffic.calls.len();
        self.traffic.calls.push(call);
        if let Some(stranger) = self.traffic.strangers.remove(&index) {
            self.change(stranger);
        }
        self.traffic.faults.remove(&index)
    }
}

impl Fault {
    fn error(&self) -> IamError {
        match self {
            Self::Throttled => IamError::TryAgain("Rate exceeded".to_owned()),
            Self::Failed => IamError::TryAgain("ServiceFailure".to_owned()),
            Self::Denied => IamError::Denied("no identity-based policy allows the action".to_owned()),
            Self::UnansweredNotDone | Self::UnansweredDone => {
                IamError::Unanswered("the connection broke".to_owned())
            }
            Self::Answer(error) => error.clone(),
        }
    }
}
