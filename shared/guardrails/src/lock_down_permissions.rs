//! The guardrail over what a role may do: no administrator in any disguise, nothing that the settings never
//! allow, no way to more permissions, nothing above the ceiling; and, where the settings ask for it, a policy
//! attached that denies what is never allowed.
//!
//! A role is judged by all its policies together, under all their denies and its boundary. Which policy and
//! which statement is at fault is asked afterwards.

mod culprit;
mod data;
mod held;
mod known;
mod limit;
mod lockdown;
mod repair;
mod requests;
mod scope;
mod sequence;
mod verdict;
mod ways;

use crate::facet::Facet;
use crate::finding::{Finding, Guardrail, Kind, Severity};
use crate::permit::Mode;
use crate::role::Role;
use crate::rules::Rules;
use culprit::Undecided;
use held::Held;
use limit::Limit;

pub(crate) use known::{Breaches, KnownPolicy};
pub use limit::Response;
pub(crate) use limit::{Ceiling, applicable_ceiling};
pub use lockdown::{Lockdown, NEEDED_BY_RESCIND};
pub(crate) use repair::{Staying, repair};
pub use scope::is_guarded;
pub(crate) use verdict::Shown;

const GUARDRAIL: Guardrail = Guardrail::LockDownPermissions;

/// What is wrong with the role's permissions: one finding for each policy and each limit that it breaks.
pub(crate) fn check(rules: &Rules, role: &Role) -> Vec<Finding> {
    if rules.mode(GUARDRAIL) == Mode::Off || !is_guarded(rules, role) {
        return Vec::new();
    }
    if role.permissions.is_none() {
        return vec![unread()];
    }
    let held = Held::new(rules, role);
    let mut findings: Vec<Finding> = held.unreadable().collect();
    findings.extend(lockdown::check(rules, role));
    let mut undecided: Vec<Undecided> = Vec::new();
    for (limit, _) in Limit::of(rules, role) {
        let culprits = culprit::culprits(&held, &limit);
        add(&mut findings, culprits.broken);
        for one in culprits.undecided {
            match undecided.iter_mut().find(|known| known.is_alike(&one)) {
                Some(known) => known.limits.extend(one.limits),
                None => undecided.push(one),
            }
        }
    }
    add(&mut findings, undecided.into_iter().map(Undecided::finding).collect());
    findings
}

fn add(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    for finding in more {
        if !findings.iter().any(|told| tells_more(told, &finding)) {
            findings.push(finding);
        }
    }
}

/// An administrator may do everything: it need not be said for each thing.
fn tells_more(told: &Finding, finding: &Finding) -> bool {
    matches!(told.kind, Kind::Administrator { .. })
        && told.kind.policies() == finding.kind.policies()
        && finding.statements.iter().all(|statement| told.statements.contains(statement))
}

/// What was not read is not known to be safe.
fn unread() -> Finding {
    Finding {
        guardrail: GUARDRAIL,
        kind: Kind::PermissionsUnread,
        severity: Severity::Medium,
        facet: Facet::Permissions,
        statements: Vec::new(),
        witness: None,
        sentence: "the permissions of the role were not read".to_owned(),
    }
}
