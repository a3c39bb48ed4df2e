//! The sweep looks at every role of the account, whether or not an event came. What events lost, it finds.
//!
//! It writes nothing: what it finds changed goes to the functions that have the authority, which judge the live
//! role once more. It goes at its own pace, so that the functions of events never starve, and through any number
//! of invocations: what is left when the time of one runs out is for the next, which a message to the sweep's own
//! queue calls. The message only names the sweep; where it stands lies in the history.

mod pace;
mod progress;
mod standing;
mod turn;

use std::time::Duration;

use guardrails::{Facet, Role, RoleName};
use time::OffsetDateTime;

use self::pace::Pace;
pub use self::progress::{Progress, Tally};
use self::standing::Standing;
use self::turn::Turn;
use super::draft::Draft;
use super::{Pass, Passed, all_roles, one_role, preconditions};
use crate::decode::SweepUnderWay;
use crate::history::History as _;
use crate::iam_error::IamError;
use crate::judge;
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::ports::{HandOver as _, Page, PortError, Ports};
use crate::trigger::{Target, Trigger};

/// Begins a sweep, or goes on with the one that began then. There is one end for each role about which there is
/// news, and one for the whole.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, begun: Option<OffsetDateTime>) -> Vec<Passed> {
    let draft = Draft::new(pass, None);
    let mut passed = Vec::new();
    let (outcome, next) = match turn::take(pass, begun).await {
        Ok(Turn::Begins(progress)) => {
            passed.extend(preconditions::pass(pass, &progress.account).await);
            sweep(pass, progress, &mut passed).await
        }
        Ok(Turn::GoesOn(progress)) => sweep(pass, progress, &mut passed).await,
        Ok(Turn::Others(progress)) => others(&progress),
        Ok(Turn::Unknown) => (Outcome::Unjudged(Unjudged::NoSweep), Next::Done),
        Err(error) => (Outcome::no_history(&error), pass.recheck()),
    };
    passed.push(draft.close(pass.ports, pass.context, outcome, next).await);
    passed
}

async fn sweep<P: Ports>(
    pass: &Pass<'_, P>,
    progress: Progress,
    passed: &mut Vec<Passed>,
) -> (Outcome, Next) {
    let baseline = match pass.ports.history().baseline(&progress.account).await {
        Ok(baseline) => baseline,
        Err(error) => return (Outcome::no_history(&error), pass.recheck()),
    };
    let pace = Pace::begun(pass);
    let mut sweep = Sweep { pass, baseline, pace, progress, passed };
    match sweep.pages().await {
        Ok(end) => end,
        Err(error) => (Outcome::no_history(&error), pass.recheck()),
    }
}

struct Sweep<'a, P> {
    pass: &'a Pass<'a, P>,
    /// When the first sweep ended; until then all that is found waits for people.
    baseline: Option<OffsetDateTime>,
    pace: Pace,
    progress: Progress,
    passed: &'a mut Vec<Passed>,
}

impl<P: Ports> Sweep<'_, P> {
    async fn pages(&mut self) -> Result<(Outcome, Next), PortError> {
        loop {
            let page = match all_roles::page(self.pass, self.progress.marker.as_deref()).await {
                Ok(page) => page,
                Err(error) if error.is_transient() => return self.later(error).await,
                Err(_) if self.progress.marker.is_some() => {
                    self.progress.start_over();
                    continue;
                }
                Err(error) => return Ok(self.pass.unreadable(error)),
            };
            let is_through = self.page(&page).await;
            match (is_through, page.next) {
                (true, None) => return self.end().await,
                (true, Some(next)) => self.progress.turn_to(next),
                (false, _) => return self.hand_on().await,
            }
            if !turn::keep(self.pass, &mut self.progress).await? {
                return Ok(others(&self.progress));
            }
        }
    }

    /// `false` when time ran out.
    async fn page(&mut self, page: &Page) -> bool {
        if self.progress.done.is_none() {
            for (name, why) in &page.unreadable {
                self.not_understood(name, why).await;
            }
        }
        for role in page.roles.iter().skip(self.progress.position(page)) {
            self.role(role).await;
            self.progress.done = Some(role.id.clone());
            self.pace.rest(self.pass).await;
            // However little time there is, one role at least has had its turn.
            if self.pass.out_of_time() {
                return false;
            }
        }
        true
    }

    async fn role(&mut self, role: &Role) {
        self.progress.tally.roles += 1;
        match Standing::of(self.pass, role, self.baseline).await {
            Ok(standing) => {
                if let Some(facet) = standing.repair() {
                    self.repair(role, facet).await;
                }
                if let Some(facet) = standing.news() {
                    self.note(role, facet).await;
                }
                self.progress.tally.waiting += u32::from(standing.waits());
            }
            Err(error) => {
                self.progress.tally.unrecorded += 1;
                let draft = self.draft(role, Facet::All);
                self.close(draft, Outcome::no_history(&error)).await;
            }
        }
    }

    /// What its event would have led to.
    async fn repair(&mut self, role: &Role, facet: Facet) {
        let trigger = self.trigger(role.arn.name(), facet);
        for passed in one_role::pass(&Pass { trigger: &trigger, ..*self.pass }, role.arn.name()).await {
            self.progress.tally.count(&passed.outcome);
            self.pace.handed_over(passed.record.handed_over.len());
            // A sweep does not begin again for one role; the next one comes anyway.
            self.passed.push(Passed { next: Next::Done, ..passed });
        }
    }

    /// The history learns what it has not seen; people learn what was unsafe before rescind came.
    async fn note(&mut self, role: &Role, facet: Facet) {
        let trigger = self.trigger(role.arn.name(), facet);
        let pass = Pass { trigger: &trigger, ..*self.pass };
        let mut draft = Draft::new(&pass, Some(role.arn.name()));
        draft.read(role);
        let findings = one_role::findings(&pass, role);
        draft.judged(&findings, &judge::noticed(&findings));
        let outcome = if findings.iter().all(|finding| finding.kind.is_notice()) {
            one_role::exempt(&pass, role).unwrap_or(Outcome::Compliant)
        } else {
            Outcome::Unrepaired(Unrepaired::Baseline)
        };
        let is_recorded = self.close(draft, outcome).await;
        self.progress.tally.unrecorded += u32::from(!is_recorded);
    }

    async fn not_understood(&mut self, name: &str, why: &str) {
        self.progress.tally.unread += 1;
        let mut draft = Draft::new(self.pass, None);
        draft.named(name);
        let outcome = Outcome::Unjudged(Unjudged::NotUnderstood(format!("`{name}`: {why}")));
        self.close(draft, outcome).await;
    }

    /// `false` if the history has not taken it.
    async fn close(&mut self, draft: Draft, outcome: Outcome) -> bool {
        let passed = draft.close(self.pass.ports, self.pass.context, outcome, Next::Done).await;
        let is_recorded = passed.record.trouble.is_empty();
        self.passed.push(passed);
        is_recorded
    }

    fn draft(&self, role: &Role, facet: Facet) -> Draft {
        let trigger = self.trigger(role.arn.name(), facet);
        Draft::new(&Pass { trigger: &trigger, ..*self.pass }, Some(role.arn.name()))
    }

    fn trigger(&self, role: &RoleName, facet: Facet) -> Trigger {
        Trigger { target: Target::Role(role.clone()), facet, ..self.pass.trigger.clone() }
    }

    /// The rest is for another invocation.
    async fn hand_on(&mut self) -> Result<(Outcome, Next), PortError> {
        if !turn::keep(self.pass, &mut self.progress).await? {
            return Ok(others(&self.progress));
        }
        Ok(match self.send_on(Duration::ZERO).await {
            Ok(()) => others(&self.progress),
            // The message that started this invocation comes again, and nothing it did is done twice.
            Err(_) => (Outcome::Unjudged(Unjudged::OutOfTime), self.pass.recheck()),
        })
    }

    /// IAM asks to come back later. The message may be one that begins sweeps, and this one has begun.
    async fn later(&mut self, error: IamError) -> Result<(Outcome, Next), PortError> {
        let (outcome, next) = self.pass.unreadable(error);
        let is_mine = turn::keep(self.pass, &mut self.progress).await?;
        let is_sent = !is_mine || self.send_on(self.pass.context.patience.recheck).await.is_ok();
        Ok((outcome, if is_sent { Next::Done } else { next }))
    }

    async fn send_on(&self, after: Duration) -> Result<(), PortError> {
        let under_way = SweepUnderWay::of(&self.progress);
        self.pass.ports.hand_over().sweep(Some(&under_way), after).await
    }

    /// The first sweep of which the history missed nothing ends the baseline.
    async fn end(&mut self) -> Result<(Outcome, Next), PortError> {
        let tally = self.progress.tally;
        if self.baseline.is_none() && tally.unrecorded == 0 {
            self.pass.ports.history().end_baseline(&self.progress.account, self.pass.now()).await?;
        }
        self.progress.over = true;
        if !turn::keep(self.pass, &mut self.progress).await? {
            return Ok(others(&self.progress));
        }
        let swept = Outcome::Swept { tally, is_over: true };
        if !turn::is_asked_for(self.pass, &self.progress).await? {
            return Ok((swept, Next::Done));
        }
        Ok(match self.pass.ports.hand_over().sweep(None, Duration::ZERO).await {
            Ok(()) => (swept, Next::Done),
            Err(_) => (swept, self.pass.recheck()),
        })
    }
}

/// The sweep goes on elsewhere.
fn others(progress: &Progress) -> (Outcome, Next) {
    (Outcome::Swept { tally: progress.tally, is_over: false }, Next::Done)
}
