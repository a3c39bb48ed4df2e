use time::macros::datetime;

use super::*;
use crate::names::{AccountId, RoleArn, RoleId};
use crate::permit::Mode;
use crate::role::Permissions;
use crate::rules::Account;
use crate::settings::Settings;

const SINCE: OffsetDateTime = datetime!(2026-11-22 10:00:00 UTC);
const ADMIN: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}]}"#;

fn rules(never: &str) -> Rules {
    let settings = format!(
        "version: 1\nprotected_roles: []\nguardrails:\n  lock_down_permissions: {{mode: enforce, scope: all_roles, never: [{never}]}}\n"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn role(policies: &[(&str, &str)]) -> Role {
    let inline = policies.iter().map(|(name, text)| InlinePolicy {
        name: PolicyName::parse(name).unwrap(),
        text: (*text).to_owned(),
    });
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: SINCE,
        max_session_seconds: 3_600,
        trust: String::new(),
        boundary: None,
        permissions: Some(Permissions { inline: inline.collect(), ..Permissions::default() }),
    }
}

fn applied(role: &Role, step: Option<&PlannedStep>) -> Role {
    step.unwrap().step.applied_to(role, &[]).unwrap()
}

fn text<'a>(role: &'a Role, name: &str) -> &'a str {
    &find(role, name).unwrap().text
}

#[test]
fn a_fight_over_trust_holds_every_session_since_it_began() {
    let role = role(&[("p", READS)]);
    let held = applied(&role, contain_trust(&role, SINCE).unwrap().as_ref());
    insta::assert_snapshot!(text(&held, OVER_TRUST), @r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindContain","Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:TokenIssueTime":"2026-11-22T10:00:00Z"}}}]}"#);
    assert_eq!(contain_trust(&held, SINCE + time::Duration::hours(1)), Ok(None), "it is in force");
    assert!(contain_trust(&held, SINCE - time::Duration::hours(1)).unwrap().is_some(), "it begins too late");
    assert_eq!(*without_containments(&held), role);
    let freed = applied(&held, release(&held, Facet::All).first());
    assert_eq!(freed, role);
}

#[test]
fn a_fight_over_permissions_leaves_the_repaired_role_what_it_does() {
    let (live, repaired) = (role(&[("p", ADMIN), ("q", READS)]), role(&[("q", READS)]));
    let rules = rules("");
    let held = applied(&live, contain_permissions(&rules, &live, &repaired).unwrap().as_ref());
    insta::assert_snapshot!(text(&held, OVER_PERMISSIONS), @r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindContain","Effect":"Deny","NotAction":["s3:GetObject"],"Resource":"*"}]}"#);
    assert!(lock_down_permissions::check(&rules, &held).is_empty());
    assert_eq!(contain_permissions(&rules, &held, &repaired), Ok(None), "it holds");
}

#[test]
fn what_the_mild_form_does_not_hold_is_denied_whole() {
    let rules = rules("\"s3:GetObject\"");
    let live = role(&[("p", ADMIN)]);
    let repaired = role(&[("q", READS)]);
    let held = applied(&live, contain_permissions(&rules, &live, &repaired).unwrap().as_ref());
    assert_eq!(text(&held, OVER_PERMISSIONS), every_action());
    // A containment that an opponent's next document breaks through is replaced.
    let through = role(&[("p", ADMIN), (OVER_PERMISSIONS, &all_actions_but(&["s3:*".to_owned()].into()))]);
    let held = applied(&through, contain_permissions(&rules, &through, &repaired).unwrap().as_ref());
    assert_eq!(text(&held, OVER_PERMISSIONS), every_action());
}

#[test]
fn an_allow_under_the_name_of_a_containment_is_none() {
    let decoy = role(&[(OVER_TRUST, ADMIN)]);
    assert_eq!(*without_containments(&decoy), decoy);
    assert_eq!(release(&decoy, Facet::All), []);
    let held = applied(&decoy, contain_trust(&decoy, SINCE).unwrap().as_ref());
    assert_eq!(*without_containments(&held), role(&[]), "it is overwritten, and the step knows by what");
}

#[test]
fn a_role_without_room_is_told() {
    let full = format!("{READS:?}").repeat(80);
    let role = role(&[("p", &full)]);
    assert_eq!(contain_trust(&role, SINCE), Err(NoRoom("arn:aws:iam::111122223333:role/app".to_owned())));
}
