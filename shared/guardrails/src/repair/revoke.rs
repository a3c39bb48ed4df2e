//! Ends the sessions that were issued while a role was unsafe, and no others.
//!
//! A repair does not end sessions. The Deny here does: it names the window of exposure by
//! `aws:TokenIssueTime`, which every session carries (IAM User Guide, "Revoke IAM role temporary security
//! credentials"). Sessions of other roles, reached from here by chaining, are not covered.

use policy::{Document, Effect};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::names::{NameError, PolicyName};
use crate::role::Role;
use crate::step::Step;

/// The names of the policies that revoke sessions begin so.
const PREFIX: &str = "rescind-revoke-";

/// The longest session that a role can be set to give. The role's own limit may have been another when a
/// session was issued.
const LONGEST_SESSION: Duration = Duration::hours(12);

/// The time in which outsiders could assume a role, both ends included.
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

impl Exposure {
    /// From what began it to the moment at which the repair was verified, with a margin for clocks that
    /// differ and for the time that a change takes to reach all of AWS.
    #[must_use]
    pub fn new(since: Since, verified: OffsetDateTime) -> Self {
        let from = match since {
            Since::Event(at) => at - Duration::seconds(2),
            Since::LastSafe(at) | Since::Creation(at) => at,
        };
        Self { from, to: verified + Duration::seconds(60) }
    }

    /// The step that revokes the sessions of this window, for the repair with this id.
    ///
    /// # Errors
    /// An id that makes no policy name.
    pub fn revoked(&self, repair: &str) -> Result<Step, NameError> {
        let policy = PolicyName::parse(&format!("{PREFIX}{repair}"))?;
        let after = format!(
            concat!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"RescindRevoke","Effect":"Deny","#,
                r#""Action":"*","Resource":"*","Condition":{{"#,
                r#""DateGreaterThanEquals":{{"aws:TokenIssueTime":"{}"}},"#,
                r#""DateLessThanEquals":{{"aws:TokenIssueTime":"{}"}}}}}}]}}"#
            ),
            instant(self.from),
            instant(self.to)
        );
        Ok(Step::PutInline { policy, before: None, after })
    }
}

/// The steps that take revocations away whose last session has expired. Only what has exactly the form that
/// rescind writes is taken away: a policy that merely bears the name stays.
#[must_use]
pub fn spent_revocations(role: &Role, now: OffsetDateTime) -> Vec<Step> {
    let inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
    inline
        .filter(|policy| policy.name.as_str().starts_with(PREFIX))
        .filter(|policy| last_moment(&policy.text).is_some_and(|to| to + LONGEST_SESSION < now))
        .map(|policy| Step::DeleteInline { policy: policy.name.clone(), before: policy.text.clone() })
        .collect()
}

/// The end of the window of a document that revokes sessions.
fn last_moment(text: &str) -> Option<OffsetDateTime> {
    let document = Document::read(text).ok()?;
    let [statement] = document.statements.as_slice() else { return None };
    if statement.effect != Effect::Deny || !document.diagnostics.is_empty() {
        return None;
    }
    let mut times = statement
        .conditions
        .iter()
        .filter_map(|condition| OffsetDateTime::parse(&condition.values.first()?.text, &Rfc3339).ok());
    let (from, to) = (times.next()?, times.next()?);
    let form = Exposure { from, to }.revoked("x").ok()?;
    matches!(form, Step::PutInline { after, .. } if after == text).then_some(to)
}

/// Whole seconds, as AWS writes them.
fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::names::{RoleArn, RoleId};
    use crate::role::{InlinePolicy, Permissions};

    const EVENT: OffsetDateTime = datetime!(2026-11-22 10:00:00 UTC);
    const VERIFIED: OffsetDateTime = datetime!(2026-11-22 12:00:05 +02:00);

    fn revocation() -> (PolicyName, String) {
        let step = Exposure::new(Since::Event(EVENT), VERIFIED).revoked("42").unwrap();
        let Step::PutInline { policy, before: None, after } = step else { panic!("{step:?}") };
        (policy, after)
    }

    fn role(name: &PolicyName, text: &str) -> Role {
        let inline = vec![InlinePolicy { name: name.clone(), text: text.to_owned() }];
        Role {
            arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
            id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
            created: EVENT,
            max_session_seconds: 3600,
            trust: String::new(),
            boundary: None,
            permissions: Some(Permissions { inline, ..Permissions::default() }),
        }
    }

    #[test]
    fn the_window_is_that_of_the_exposure_with_its_margins() {
        let (name, text) = revocation();
        assert_eq!(name.as_str(), "rescind-revoke-42");
        insta::assert_snapshot!(text, @r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindRevoke","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:TokenIssueTime":"2026-11-22T09:59:58Z"},"DateLessThanEquals":{"aws:TokenIssueTime":"2026-11-22T10:01:05Z"}}}]}"#);
        assert!(Document::read(text).unwrap().diagnostics.is_empty());
    }

    #[test]
    fn a_revocation_goes_when_its_last_session_has_expired_and_not_before() {
        let (name, text) = revocation();
        let end = datetime!(2026-11-22 22:01:05 UTC);
        assert_eq!(spent_revocations(&role(&name, &text), end), []);
        let gone = Step::DeleteInline { policy: name.clone(), before: text.clone() };
        assert_eq!(spent_revocations(&role(&name, &text), end + Duration::seconds(1)), [gone]);
        let later = datetime!(2030-01-01 0:00 UTC);
        let others = PolicyName::parse("app").unwrap();
        assert_eq!(spent_revocations(&role(&others, &text), later), [], "another's policy");
        let changed = text.replace("\"*\"", "\"s3:*\"");
        assert_eq!(spent_revocations(&role(&name, &changed), later), [], "not what rescind wrote");
    }
}
