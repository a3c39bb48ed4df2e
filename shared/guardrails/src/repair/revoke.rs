//! Ends the sessions that outsiders may have opened while a role was unsafe.
//!
//! A repaired trust policy lets nobody new in, but a session that was issued before lives on, up to 12 hours.
//! An explicit Deny takes its permissions away. The usual form denies every session older than now and would
//! end those of rightful callers too; the Deny here names the window of exposure by `aws:TokenIssueTime`, which
//! every session carries (IAM User Guide, "Revoke IAM role temporary security credentials"). Sessions of other
//! roles, reached from here by chaining, are not covered.

use policy::analyse::assume::Reach;
use policy::{Document, Effect, stored_size};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::INLINE_QUOTA;
use crate::facet::Facet;
use crate::finding::{Finding, Guardrail};
use crate::names::PolicyName;
use crate::plan::{PlannedStep, Strategy, untouchable};
use crate::role::{InlinePolicy, Role};
use crate::rules::Rules;
use crate::settings::RevokeSessions;
use crate::step::Step;

/// The longest session that a role can be set to give. The role's own limit may have been another when a
/// session was issued.
const LONGEST_SESSION: Duration = Duration::hours(12);

/// Clocks differ, and a change takes its time to reach all of AWS.
const MARGIN: Duration = Duration::seconds(60);

/// The time in which outsiders could assume a role, in whole seconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    from: OffsetDateTime,
    to: OffsetDateTime,
}

/// What shows when the exposure began, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The event that made the role unsafe. CloudTrail tells whole seconds, by the clock of its endpoint.
    Event(OffsetDateTime),
    /// The last moment at which the history saw the role safe.
    LastSafe(OffsetDateTime),
    /// Nothing is known: since the role was created.
    Creation(OffsetDateTime),
}

/// Why sessions that should end live on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRevoked {
    /// The inline policies were not read.
    #[error("the role's inline policies were not read")]
    Unread,
    /// There is no room for one more inline policy.
    #[error(
        "the role's inline policies would take {0} of the {INLINE_QUOTA} characters that a role has: make room \
         and revoke the sessions in the console"
    )]
    Full(usize),
}

/// Do the sessions have to end that were opened while the role was as these findings say?
#[must_use]
pub fn calls_for_revocation(rules: &Rules, findings: &[Finding]) -> bool {
    match rules.restrict.revoke_sessions {
        RevokeSessions::Off => false,
        RevokeSessions::External => findings
            .iter()
            .filter_map(|finding| finding.kind.reach())
            .any(|reach| reach >= Reach::ExternalAccount),
        RevokeSessions::Always => findings.iter().any(|finding| finding.facet == Facet::Trust),
    }
}

/// The step that revokes the sessions of an exposure, in a policy of this name; `None` if there is nothing to
/// revoke any more, or to write.
///
/// The exposure is not believed as it is told: it cannot begin before the role was created, nor end later than
/// a moment from now, and sessions that have expired need no Deny. Where an earlier revocation overlaps it,
/// that one is widened, so that a role that is contested again and again does not run out of room.
///
/// # Errors
/// The sessions cannot be revoked; the reason says what to do.
pub fn revocation(
    rules: &Rules,
    role: &Role,
    exposure: Exposure,
    name: &PolicyName,
    now: OffsetDateTime,
) -> Result<Option<PlannedStep>, NotRevoked> {
    if rules.restrict.revoke_sessions == RevokeSessions::Off || untouchable(rules, role).is_some() {
        return Ok(None);
    }
    let Some(exposure) = exposure.bounded(role, now) else { return Ok(None) };
    let permissions = role.permissions.as_ref().ok_or(NotRevoked::Unread)?;
    let inline = &permissions.inline;
    let others = || inline.iter().filter_map(|policy| Some((policy, Exposure::of(policy)?)));
    if others().any(|(_, other)| other.covers(exposure)) {
        return Ok(None);
    }
    let overlapping = others().find(|(_, other)| other.overlaps(exposure));
    let (whole, step) = match overlapping {
        Some((policy, other)) => {
            let whole = other.with(exposure);
            let before = Some(policy.text.clone());
            (whole, Step::PutInline { policy: policy.name.clone(), before, after: whole.document() })
        }
        None => (exposure, exposure.new_policy(name, inline)),
    };
    has_room(&step, inline, now)?;
    Ok(Some(planned(step, whole)))
}

/// The steps that take revocations away whose last session has expired. Only what has exactly the form that
/// rescind writes is taken away: a policy that merely bears the name stays.
#[must_use]
pub fn spent_revocations(rules: &Rules, role: &Role, now: OffsetDateTime) -> Vec<PlannedStep> {
    if untouchable(rules, role).is_some() {
        return Vec::new();
    }
    let inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
    inline.filter(|policy| is_spent(policy, now)).map(taken_away).collect()
}

impl Exposure {
    /// From what began it to the moment at which the repair was verified, with margins.
    #[must_use]
    pub fn new(since: Since, verified: OffsetDateTime) -> Self {
        let from = match since {
            Since::Event(at) => at - Duration::seconds(2),
            Since::LastSafe(at) | Since::Creation(at) => at,
        };
        Self::between(from, verified + MARGIN)
    }

    /// The time between two moments.
    #[must_use]
    pub fn between(from: OffsetDateTime, to: OffsetDateTime) -> Self {
        Self { from: whole_second(from), to: whole_second(to) }
    }

    /// The first second.
    #[must_use]
    pub fn from(&self) -> OffsetDateTime {
        self.from
    }

    /// The last second.
    #[must_use]
    pub fn to(&self) -> OffsetDateTime {
        self.to
    }

    /// What of it can be true of this role and matters now; `None` if nothing.
    #[must_use]
    pub fn bounded(self, role: &Role, now: OffsetDateTime) -> Option<Self> {
        let from = self.from.max(role.created).max(now - LONGEST_SESSION);
        let bounded = Self::between(from, self.to.min(now + MARGIN));
        (bounded.from <= bounded.to).then_some(bounded)
    }

    /// The step that revokes the sessions of this window in a policy of its own, whatever the role has now.
    #[must_use]
    pub fn step(self, name: &PolicyName) -> PlannedStep {
        planned(self.new_policy(name, &[]), self)
    }

    /// A policy under a name that is free: somebody may have taken it.
    fn new_policy(self, name: &PolicyName, inline: &[InlinePolicy]) -> Step {
        let is_free = |name: &PolicyName| inline.iter().all(|policy| policy.name != *name);
        let last = inline.len() + 2;
        let mut names = std::iter::once(name.clone()).chain((2..last).map(|number| name.numbered(number)));
        let policy = names.find(is_free).unwrap_or_else(|| name.numbered(last));
        Step::PutInline { policy, before: None, after: self.document() }
    }

    fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// Do they have a second in common, or touch?
    fn overlaps(self, other: Self) -> bool {
        let second = Duration::SECOND;
        self.from <= other.to + second && other.from <= self.to + second
    }

    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// A Deny and nothing else, whatever the window.
    fn document(self) -> String {
        format!(
            concat!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"RescindRevoke","Effect":"Deny","#,
                r#""Action":"*","Resource":"*","Condition":{{"#,
                r#""DateGreaterThanEquals":{{"aws:TokenIssueTime":"{}"}},"#,
                r#""DateLessThanEquals":{{"aws:TokenIssueTime":"{}"}}}}}}]}}"#
            ),
            instant(self.from),
            instant(self.to)
        )
    }

    /// The window of a policy that revokes sessions, in exactly the form that rescind writes.
    fn of(policy: &InlinePolicy) -> Option<Self> {
        policy.name.as_str().strip_prefix(PolicyName::REVOCATION)?;
        let document = Document::read(policy.text.as_str()).ok()?;
        let [statement] = document.statements.as_slice() else { return None };
        if statement.effect != Effect::Deny {
            return None;
        }
        let mut times = statement
            .conditions
            .iter()
            .filter_map(|condition| OffsetDateTime::parse(&condition.values.first()?.text, &Rfc3339).ok());
        let exposure = Self::between(times.next()?, times.next()?);
        // IAM may lay the document out anew.
        let form = policy::canonical(&Document::read(exposure.document()).ok()?);
        (policy::canonical(&document) == form).then_some(exposure)
    }
}

fn is_spent(policy: &InlinePolicy, now: OffsetDateTime) -> bool {
    Exposure::of(policy).is_some_and(|exposure| exposure.to + LONGEST_SESSION < now)
}

fn has_room(step: &Step, inline: &[InlinePolicy], now: OffsetDateTime) -> Result<(), NotRevoked> {
    let Step::PutInline { policy, after, .. } = step else { return Ok(()) };
    let stays = |other: &&InlinePolicy| other.name != *policy && !is_spent(other, now);
    let used: usize = inline.iter().filter(stays).map(|other| stored_size(&other.text)).sum();
    let needed = used + stored_size(after);
    if needed <= INLINE_QUOTA { Ok(()) } else { Err(NotRevoked::Full(needed)) }
}

fn planned(step: Step, exposure: Exposure) -> PlannedStep {
    let (from, to) = (instant(exposure.from), instant(exposure.to));
    let proof = vec![
        "a Deny only, so nothing is allowed that was not allowed before".to_owned(),
        format!("sessions issued before {from} or after {to} keep what they may"),
    ];
    let sentence = format!(
        "revoke the sessions of the role that were issued from {from} to {to}; sessions of other roles that were \
         opened from them (role chaining) are not covered"
    );
    PlannedStep::new(Guardrail::RestrictCrossAccountAccess, Strategy::Deny, step, proof, sentence)
}

fn taken_away(policy: &InlinePolicy) -> PlannedStep {
    let step = Step::DeleteInline { policy: policy.name.clone(), before: policy.text.clone() };
    let proof = vec!["every session that it denies has expired, so nothing comes free".to_owned()];
    let sentence =
        format!("take the revocation `{}` away: the last of its sessions has expired", policy.name);
    PlannedStep::new(Guardrail::RestrictCrossAccountAccess, Strategy::Restore, step, proof, sentence)
}

fn whole_second(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

/// Whole seconds, as AWS writes them.
pub(super) fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests;
