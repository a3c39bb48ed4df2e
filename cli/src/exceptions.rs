//! Are the exceptions of the settings still good for anything?

use guardrails::{Exception, Facet, Guardrail, LetsThrough, RoleArn, Rules, Term, exceptions_in_use};
use policy::{Arn, Glob};
use remediation::dump::{Dump, Snapshot};
use time::{Duration, OffsetDateTime};

use crate::quote::quoted;

/// What is to be said about an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    /// It does not hold any more.
    Expired,
    /// So many days are left, the last one included.
    EndsSoon(i64),
    /// No role of the account is meant by it.
    NoRole,
    /// Nothing would be found without it.
    NotNeeded,
}

impl Remark {
    /// The remark as a sentence about `it`.
    pub(crate) fn sentence(self, exception: &Exception) -> String {
        let owner = quoted(&exception.owner);
        let last = exception.last_day();
        match self {
            Self::Expired => {
                format!(
                    "the exception of {owner} holds no more since the end of {last}: remove it, or agree on another day"
                )
            }
            Self::EndsSoon(1) => format!("the exception of {owner} ends today, with {last}"),
            Self::EndsSoon(days) => format!("the exception of {owner} ends in {days} days, with {last}"),
            Self::NoRole => {
                format!(
                    "the exception of {owner} is for no role that exists: remove it, before somebody creates one"
                )
            }
            Self::NotNeeded => {
                format!("the exception of {owner} is not needed: nothing would be found without it")
            }
        }
    }
}

/// What an exception lets through, and for which role.
pub(crate) fn told(exception: &Exception) -> String {
    match &exception.lets_through {
        LetsThrough::Principal(principal) => {
            format!("{} may assume {}", quoted(principal), quoted(&exception.role))
        }
        LetsThrough::Permission(permission) => {
            format!("{} may {}", quoted(&exception.role), quoted(permission))
        }
    }
}

/// What the clock says about an exception.
pub(crate) fn by_the_clock(exception: &Exception, now: OffsetDateTime) -> Option<Remark> {
    match exception.term(now) {
        Term::Running => None,
        // Begun days count.
        Term::EndsSoon => Some(Remark::EndsSoon(
            (exception.until - now + Duration::DAY - Duration::NANOSECOND).whole_days(),
        )),
        Term::Expired => Some(Remark::Expired),
    }
}

/// All that is to be said about the exceptions, in sentences. What ends soon is no news to a scan.
pub(crate) fn remarks<'r>(
    dump: &Dump<'_>,
    all: &[&'r Rules],
    rules_of: &dyn Fn(&RoleArn) -> Option<&'r Rules>,
    now: OffsetDateTime,
) -> Vec<String> {
    let Some(rules) = all.first() else { return Vec::new() };
    let by_the_dump = by_the_dump(dump, all, rules_of);
    let remarks = rules.exceptions().iter().zip(by_the_dump).filter_map(|(exception, by_the_dump)| {
        let expired = exception.is_expired(now).then_some(Remark::Expired);
        let remark = expired.or(by_the_dump)?;
        Some(format!("{} ({})", remark.sentence(exception), told(exception)))
    });
    remarks.collect()
}

/// What roles a dump shows of an exception.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    account: bool,
    role: bool,
    /// Something about a role could not be read, so nobody knows.
    unread: bool,
    needed: bool,
}

/// What the roles of a dump say about the exceptions, by their place in the settings. Rules of several accounts
/// have the same exceptions in the same order.
pub(crate) fn by_the_dump<'r>(
    dump: &Dump<'_>,
    all: &[&'r Rules],
    rules_of: &dyn Fn(&RoleArn) -> Option<&'r Rules>,
) -> Vec<Option<Remark>> {
    let count = all.first().map_or(0, |rules| rules.exceptions().len());
    let mut seen = vec![Seen::default(); count];
    for rules in all {
        for (exception, seen) in rules.exceptions().iter().zip(&mut seen) {
            seen.account |= is_about_account(exception, rules);
        }
    }
    if seen.iter().any(|seen| seen.account) {
        look_at_roles(dump, rules_of, &mut seen);
    }
    seen.into_iter().map(remark).collect()
}

fn look_at_roles<'r>(dump: &Dump<'_>, rules_of: &dyn Fn(&RoleArn) -> Option<&'r Rules>, seen: &mut [Seen]) {
    for role in dump.roles.iter().filter_map(|role| role.detail.as_ref().ok()) {
        let Ok(arn) = RoleArn::parse(&role.arn) else { continue };
        let Some(rules) = rules_of(&arn) else { continue };
        if !rules.exceptions().iter().any(|exception| exception.is_about(&arn)) {
            continue;
        }
        let snapshot = dump.snapshot(role);
        let used = snapshot.as_ref().map(|read| exceptions_in_use(rules, &read.role, Facet::All));
        let used = used.unwrap_or_default();
        for (exception, seen) in rules.exceptions().iter().zip(&mut *seen) {
            if exception.is_about(&arn) {
                let is_it = exception.role_id.as_ref().is_none_or(|id| id.as_str() == role.role_id);
                seen.role |= is_it;
                seen.unread |=
                    is_it && snapshot.as_ref().map_or(true, |snapshot| is_unread(exception, snapshot));
                seen.needed |= used.iter().any(|(needed, _)| needed == exception);
            }
        }
    }
}

fn is_unread(exception: &Exception, snapshot: &Snapshot) -> bool {
    exception.guardrail == Guardrail::LockDownPermissions && !snapshot.missing.is_empty()
}

fn is_about_account(exception: &Exception, rules: &Rules) -> bool {
    let account = rules.account().id.as_str();
    match Arn::parse(&exception.role) {
        Some(arn) if exception.is_pattern => Glob::new(arn.account).matches(account),
        Some(arn) => arn.account == account,
        None => false,
    }
}

fn remark(seen: Seen) -> Option<Remark> {
    match seen {
        Seen { account: true, role: false, .. } => Some(Remark::NoRole),
        Seen { role: true, unread: false, needed: false, .. } => Some(Remark::NotNeeded),
        Seen { .. } => None,
    }
}
