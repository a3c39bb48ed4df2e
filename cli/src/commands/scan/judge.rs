//! Asks the guardrails about every role, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use guardrails::{Facet, Guardrail, LastGood, Mode, Rules};
use indicatif::ProgressBar;
use remediation::dump::{Dump, Entry, RoleDetail, Snapshot, Unread};

use super::found::{Found, Judged, Repair, Report, Unjudged};
use super::rulebook::Rulebook;

/// Roles that a thread takes at a time.
const BATCH: usize = 16;

/// Everything that judging a role takes.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) dump: &'a Dump<'a>,
    pub(super) rulebook: &'a Rulebook,
    pub(super) bar: &'a ProgressBar,
    pub(super) diff: bool,
}

impl Judge<'_> {
    /// All roles, in no order.
    pub(super) fn all(self) -> Vec<Judged> {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..processors()).map(|_| scope.spawn(|| self.take_turns(&next))).collect();
            workers.into_iter().flat_map(joined).collect()
        })
    }

    fn take_turns(&self, next: &AtomicUsize) -> Vec<Judged> {
        let mut judged = Vec::new();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let batch = self.dump.roles.iter().enumerate().skip(start).take(BATCH);
            let before = judged.len();
            judged.extend(batch.map(|(place, role)| self.one(place, role)));
            if judged.len() == before {
                return judged;
            }
            self.bar.inc((judged.len() - before) as u64);
        }
    }

    fn one(&self, place: usize, role: &Entry<'_, RoleDetail<'_>>) -> Judged {
        let (role, reports) = match &role.detail {
            Ok(detail) => (detail.arn.to_string(), self.detail(detail)),
            Err(Unread { name, why }) => (name.clone(), unjudged(name, self.rulebook.any(), why)),
        };
        Judged { role, place, reports }
    }

    fn detail(&self, detail: &RoleDetail<'_>) -> Vec<Report> {
        let snapshot = match self.dump.snapshot(detail) {
            Ok(snapshot) => snapshot,
            Err(error) => return unjudged(&detail.arn, self.rulebook.any(), &error.to_string()),
        };
        match self.rulebook.of(&snapshot.role.arn) {
            Some(rules) => self.snapshot(rules, &snapshot),
            None => Vec::new(),
        }
    }

    fn snapshot(&self, rules: &Rules, snapshot: &Snapshot) -> Vec<Report> {
        let Snapshot { role, missing } = snapshot;
        let findings = guardrails::check(rules, role, Facet::All);
        let loosened = findings.iter().find_map(|finding| finding.kind.loosened_lockdown());
        let lockdown = loosened.map(|policy| self.dump.versions(policy)).unwrap_or_default();
        let known = LastGood { lockdown, ..LastGood::default() };
        let plan = guardrails::plan(rules, role, findings.clone(), &known);
        let name = role.arn.as_str();
        let mut reports: Vec<Report> = findings
            .into_iter()
            .map(|finding| {
                let repair = Repair::of(&finding, &plan, self.diff);
                Report { role: name.to_owned(), found: Found::Finding(finding), repair }
            })
            .collect();
        let lock_down = Guardrail::LockDownPermissions;
        if !missing.is_empty() && rules.mode(lock_down) != Mode::Off && guardrails::is_guarded(rules, role) {
            reports.push(report(name, Unjudged::new(lock_down, &missing.join("; "))));
        }
        reports
    }
}

pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What a thread made.
pub(super) fn joined<T>(worker: ScopedJoinHandle<'_, T>) -> T {
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// One report for every guardrail that is on.
fn unjudged(role: &str, rules: Option<&Rules>, why: &str) -> Vec<Report> {
    [Guardrail::RestrictCrossAccountAccess, Guardrail::LockDownPermissions]
        .into_iter()
        .filter(|guardrail| rules.is_none_or(|rules| rules.mode(*guardrail) != Mode::Off))
        .map(|guardrail| report(role, Unjudged::new(guardrail, why)))
        .collect()
}

fn report(role: &str, unjudged: Unjudged) -> Report {
    let repair = Repair::Unknown { why: "unjudged" };
    Report { role: role.to_owned(), found: Found::Unjudged(unjudged), repair }
}
