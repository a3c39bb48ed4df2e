use time::macros::datetime;

use super::*;
use crate::names::{AccountId, RoleArn, RoleId};
use crate::permit::Mode;
use crate::role::Permissions;
use crate::{Account, Settings};

const CREATED: OffsetDateTime = datetime!(2026-11-01 8:00 UTC);
const EVENT: OffsetDateTime = datetime!(2026-11-22 10:00:00 UTC);
const VERIFIED: OffsetDateTime = datetime!(2026-11-22 12:00:05.7 +02:00);
const NOW: OffsetDateTime = datetime!(2026-11-22 10:00:07.3 UTC);

fn rules(revoke: &str) -> Rules {
    let yaml = format!(
        "version: 1\nguardrails:\n  restrict_cross_account_access: {{mode: enforce, {revoke}}}\nprotected_roles: [{{role: \"arn:aws:iam::111122223333:role/break-glass\", owner: o, reason: r}}]\n"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&yaml).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn repair() -> PolicyName {
    PolicyName::of_revocation("42").unwrap()
}

fn exposure() -> Exposure {
    Exposure::new(Since::Event(EVENT), VERIFIED)
}

fn named(path: &str, inline: &[(&str, &str)]) -> Role {
    let inline = inline.iter().map(|(name, text)| InlinePolicy {
        name: PolicyName::parse(name).unwrap(),
        text: (*text).to_owned(),
    });
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role{path}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: CREATED,
        max_session_seconds: 3600,
        trust: String::new(),
        boundary: None,
        permissions: Some(Permissions { inline: inline.collect(), ..Permissions::default() }),
    }
}

fn role(inline: &[(&str, &str)]) -> Role {
    named("/app", inline)
}

fn revoke(role: &Role, exposure: Exposure, now: OffsetDateTime) -> Result<Option<Step>, NotRevoked> {
    let planned = revocation(&rules(""), role, exposure, &repair(), now)?;
    Ok(planned.map(|planned| planned.step))
}

/// The name, whether it replaces something, and the window that is denied.
fn put(step: Option<Step>) -> (String, bool, String) {
    let Some(Step::PutInline { policy, before, after }) = step else { panic!("{step:?}") };
    let times: Vec<&str> =
        after.split('"').filter(|part| part.starts_with("20") && part.ends_with('Z')).collect();
    (policy.to_string(), before.is_some(), times.join(" "))
}

#[test]
fn the_window_is_that_of_the_exposure_with_its_margins() {
    let planned = revocation(&rules(""), &role(&[]), exposure(), &repair(), NOW).unwrap().unwrap();
    let Step::PutInline { policy, before: None, after } = &planned.step else { panic!("{planned:?}") };
    assert_eq!(policy.as_str(), "rescind-revoke-42");
    insta::assert_snapshot!(after, @r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindRevoke","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:TokenIssueTime":"2026-11-22T09:59:58Z"},"DateLessThanEquals":{"aws:TokenIssueTime":"2026-11-22T10:01:05Z"}}}]}"#);
    insta::assert_snapshot!(planned.sentence, @"revoke the sessions of the role that were issued from 2026-11-22T09:59:58Z to 2026-11-22T10:01:05Z; sessions of other roles that were opened from them (role chaining) are not covered");
    let document = Document::read(after.as_str()).unwrap();
    assert!(policy::validate(&document, policy::Kind::Inline).is_empty());
    assert!(document.statements.iter().all(|statement| statement.effect == Effect::Deny));
    assert_eq!(exposure().step(&repair()), planned, "what is handed over is what is written");
}

#[test]
fn a_window_is_believed_only_as_far_as_it_can_be_true() {
    let bounded = |from, to| {
        let bounded = Exposure::between(from, to).bounded(&role(&[]), NOW)?;
        Some((bounded.from, bounded.to))
    };
    let end = datetime!(2026-11-22 10:01:07 UTC);
    let twelve_hours_ago = datetime!(2026-11-21 22:00:07 UTC);
    let forever = bounded(OffsetDateTime::UNIX_EPOCH, datetime!(9999-12-31 0:00 UTC));
    assert_eq!(forever, Some((twelve_hours_ago, end)));
    assert_eq!(bounded(end + Duration::SECOND, end + Duration::HOUR), None, "the future");
    assert_eq!(bounded(EVENT, EVENT - Duration::SECOND), None, "the wrong way round");
    assert_eq!(bounded(CREATED, CREATED + Duration::DAY), None, "every session has expired");
    let young = Role { created: EVENT, ..role(&[]) };
    assert_eq!(exposure().bounded(&young, NOW).unwrap().from, EVENT, "no session is older than the role");
}

#[test]
fn what_is_revoked_is_not_revoked_again() {
    let (name, _, _) = put(revoke(&role(&[]), exposure(), NOW).unwrap());
    let Some(Step::PutInline { after, .. }) = revoke(&role(&[]), exposure(), NOW).unwrap() else { panic!() };
    let revoked = role(&[(&name, &after)]);
    assert_eq!(revoke(&revoked, exposure(), NOW), Ok(None));
    assert_eq!(revoke(&revoked, exposure(), NOW + Duration::HOUR), Ok(None));
    let laid_out = after.replace(',', ",\n ");
    assert_eq!(revoke(&role(&[(&name, &laid_out)]), exposure(), NOW), Ok(None), "in another layout");
    // The next exposure begins before the margin of the last one ends: one window for both.
    let later = Duration::seconds(40);
    let next = Exposure::new(Since::Event(EVENT + later), VERIFIED + later);
    assert_eq!(
        put(revoke(&revoked, next, NOW + later).unwrap()),
        (name.clone(), true, "2026-11-22T09:59:58Z 2026-11-22T10:01:45Z".to_owned())
    );
    let later = Duration::hours(2);
    let apart = Exposure::new(Since::Event(EVENT + later), VERIFIED + later);
    assert_eq!(
        put(revoke(&revoked, apart, NOW + later).unwrap()),
        ("rescind-revoke-42-2".to_owned(), false, "2026-11-22T11:59:58Z 2026-11-22T12:01:05Z".to_owned())
    );
}

#[test]
fn a_policy_of_somebody_else_is_not_overwritten() {
    let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let (name, replaces, _) = put(revoke(&role(&[("rescind-revoke-42", allow)]), exposure(), NOW).unwrap());
    assert_eq!((name.as_str(), replaces), ("rescind-revoke-42-2", false));
}

#[test]
fn the_quota_counts_without_white_space_and_without_what_goes() {
    let after = exposure().document();
    let filler = |characters: usize| {
        let text = format!(r#"{{"Version":"2012-10-17","Id":"{}"}}"#, "x".repeat(characters));
        text.replace(":", ": ")
    };
    let room = INLINE_QUOTA - stored_size(&after) - stored_size(&filler(0));
    assert!(revoke(&role(&[("p", &filler(room))]), exposure(), NOW).unwrap().is_some());
    let full = role(&[("p", &filler(room + 1))]);
    assert_eq!(revoke(&full, exposure(), NOW), Err(NotRevoked::Full(INLINE_QUOTA + 1)));
    let old = Exposure::between(CREATED, CREATED + Duration::HOUR).document();
    let spent = role(&[("p", &filler(room)), ("rescind-revoke-1", &old)]);
    assert!(revoke(&spent, exposure(), NOW).unwrap().is_some());
    let unread = Role { permissions: None, ..role(&[]) };
    assert_eq!(revoke(&unread, exposure(), NOW), Err(NotRevoked::Unread));
}

#[test]
fn nothing_is_revoked_where_the_settings_or_the_role_forbid_it() {
    let asks =
        |rules: &Rules, role: &Role| revocation(rules, role, exposure(), &repair(), NOW).unwrap().is_some();
    for words in ["", "revoke_sessions: external", "revoke_sessions: always"] {
        assert!(asks(&rules(words), &role(&[])), "{words}");
    }
    assert!(!asks(&rules("revoke_sessions: off"), &role(&[])));
    for path in ["/break-glass", "/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_1"] {
        assert!(!asks(&rules(""), &named(path, &[])), "{path}");
        let text = exposure().document();
        let late = datetime!(2030-01-01 0:00 UTC);
        assert_eq!(spent_revocations(&rules(""), &named(path, &[("rescind-revoke-1", &text)]), late), []);
    }
}

#[test]
fn a_revocation_goes_when_its_last_session_has_expired_and_not_before() {
    let text = exposure().document();
    let spent = |name: &str, text: &str, now| {
        let steps = spent_revocations(&rules("revoke_sessions: off"), &role(&[(name, text)]), now);
        steps.into_iter().map(|planned| planned.step).collect::<Vec<_>>()
    };
    let end = datetime!(2026-11-22 22:01:05 UTC);
    let policy = PolicyName::parse("rescind-revoke-42").unwrap();
    assert_eq!(spent("rescind-revoke-42", &text, end), []);
    let gone = Step::DeleteInline { policy, before: text.clone() };
    assert_eq!(spent("rescind-revoke-42", &text, end + Duration::SECOND), [gone]);
    let later = datetime!(2030-01-01 0:00 UTC);
    assert_eq!(spent("app", &text, later), [], "another's policy");
    let changed = text.replace("\"*\"", "\"s3:*\"");
    assert_eq!(spent("rescind-revoke-42", &changed, later), [], "not what rescind wrote");
}
