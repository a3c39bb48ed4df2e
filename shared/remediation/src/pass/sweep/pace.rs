//! The pace of a sweep: it leaves most of what IAM answers within a second to the functions of events.

use std::time::Duration;

use time::OffsetDateTime;

use crate::pass::Pass;
use crate::ports::{Clock as _, Ports};

/// Calls a second, of the ten or so that IAM answers an account (it publishes no number).
const CALLS: u32 = 3;

/// The calls that a function makes for a role that is handed over to it, about.
const CALLS_OF_A_HAND_OVER: u64 = 10;

pub(super) struct Pace {
    begun: OffsetDateTime,
    calls_before: u64,
    calls_of_others: u64,
}

impl Pace {
    pub(super) fn begun<P: Ports>(pass: &Pass<'_, P>) -> Self {
        Self { begun: pass.now(), calls_before: pass.ports.iam_calls(), calls_of_others: 0 }
    }

    pub(super) fn handed_over(&mut self, times: usize) {
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        self.calls_of_others =
            self.calls_of_others.saturating_add(times.saturating_mul(CALLS_OF_A_HAND_OVER));
    }

    /// Waits until as much time has gone by as the calls so far may take.
    pub(super) async fn rest<P: Ports>(&self, pass: &Pass<'_, P>) {
        let own = pass.ports.iam_calls().saturating_sub(self.calls_before);
        let calls = u32::try_from(own.saturating_add(self.calls_of_others)).unwrap_or(u32::MAX);
        let due = self.begun + Duration::from_secs(1) * calls / CALLS;
        if let Ok(rest) = Duration::try_from(due - pass.now())
            && !rest.is_zero()
        {
            pass.ports.clock().sleep(rest).await;
        }
    }
}
