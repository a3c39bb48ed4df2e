//! The sweep looks at every role of the account, whether or not an event came. What events lost, it finds.
//!
//! It goes at its own pace, so that the functions of events never starve, and through any number of
//! invocations: what is left when the time of one runs out goes on from a message to the sweep's own queue.

mod pace;
mod progress;
mod standing;

use guardrails::{Facet, Role, RoleName};
use time::OffsetDateTime;

use self::pace::Pace;
pub use self::progress::{Progress, Tally};
use self::standing::Standing;
use super::draft::Draft;
use super::{Pass, Passed, all_roles, one_role};
use crate::history::History as _;
use crate::judge;
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::ports::{HandOver as _, Page, PortError, Ports};
use crate::trigger::{Target, Trigger};

/// Sweeps, from the start or from where an earlier invocation stopped. There is one end for each role about
/// which there is news, and one for the whole.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, from: Option<&Progress>) -> Vec<Passed> {
    let draft = Draft::new(pass, None);
    let account = pass.context.rules.account().id.as_str();
    let progress = from.cloned().unwrap_or_else(|| Progress::begun(account, pass.now()));
    let (mut passed, end) = match pass.ports.history().baseline(account).await {
        Err(error) => (Vec::new(), (no_history(&error), pass.recheck())),
        Ok(baseline) => {
            let pace = Pace::begun(pass);
            let mut sweep = Sweep { pass, baseline, pace, progress, passed: Vec::new() };
            let end = sweep.pages().await;
            (sweep.passed, end)
        }
    };
    passed.push(draft.close(pass.ports, pass.context, end.0, end.1).await);
    passed
}

struct Sweep<'a, P> {
    pass: &'a Pass<'a, P>,
    /// When the first sweep ended; until then all that is found waits for people.
    baseline: Option<OffsetDateTime>,
    pace: Pace,
    progress: Progress,
    passed: Vec<Passed>,
}

impl<P: Ports> Sweep<'_, P> {
    async fn pages(&mut self) -> (Outcome, Next) {
        loop {
            let page = match all_roles::page(self.pass, self.progress.marker.as_deref()).await {
                Ok(page) => page,
                Err(error) => return self.pass.unreadable(error),
            };
            if !self.page(&page).await {
                return self.hand_on().await;
            }
            match page.next {
                Some(next) => self.progress.turn_to(next),
                None => return self.end().await,
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
            if self.pass.out_of_time() {
                return false;
            }
            self.role(role).await;
            self.progress.done = Some(role.id.clone());
            self.pace.rest(self.pass).await;
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
                self.close(draft, no_history(&error)).await;
            }
        }
    }

    /// What its event would have led to.
    async fn repair(&mut self, role: &Role, facet: Facet) {
        let trigger = self.trigger(role.arn.name(), facet);
        let passed = one_role::pass(&Pass { trigger: &trigger, ..*self.pass }, role.arn.name()).await;
        self.progress.tally.count(&passed.outcome);
        self.pace.handed_over(passed.record.handed_over.len());
        // A sweep does not begin again for one role; the next one comes anyway.
        self.passed.push(Passed { next: Next::Done, ..passed });
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
    async fn hand_on(&self) -> (Outcome, Next) {
        match self.pass.ports.hand_over().sweep(Some(&self.progress)).await {
            Ok(()) => (Outcome::Swept { tally: self.progress.tally, is_over: false }, Next::Done),
            // The message that started this invocation comes again, and nothing it did is done twice.
            Err(_) => (Outcome::Unjudged(Unjudged::OutOfTime), self.pass.recheck()),
        }
    }

    /// The first sweep of which the history missed nothing ends the baseline.
    async fn end(&self) -> (Outcome, Next) {
        let tally = self.progress.tally;
        if self.baseline.is_none() && tally.unrecorded == 0 {
            let account = self.pass.context.rules.account().id.as_str();
            if let Err(error) = self.pass.ports.history().end_baseline(account, self.pass.now()).await {
                return (no_history(&error), Next::Done);
            }
        }
        (Outcome::Swept { tally, is_over: true }, Next::Done)
    }
}

fn no_history(error: &PortError) -> Outcome {
    Outcome::Unjudged(Unjudged::NoHistory(error.to_string()))
}
