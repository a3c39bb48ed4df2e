//! Facts, and what of them is missing.

use super::*;

const HERE: &str = "us-east-1";
const ACCOUNT: &str = "111122223333";

fn good() -> Trail {
    Trail {
        arn: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all".to_owned(),
        home_region: HERE.to_owned(),
        is_multi_region: true,
        has_global_events: true,
        is_logging: Ok(true),
        selectors: Ok(Selectors::Default),
    }
}

fn told(trails: Found<Vec<Trail>>) -> Vec<String> {
    let surroundings = Surroundings { region: HERE.to_owned(), trails, functions: Vec::new() };
    gaps(Some(&surroundings), ACCOUNT, &[]).iter().map(Blind::sentence).collect()
}

fn sees(trail: Trail) -> bool {
    told(Ok(vec![trail])).is_empty()
}

fn with(selectors: Selectors) -> bool {
    sees(Trail { selectors: Ok(selectors), ..good() })
}

#[test]
fn one_trail_that_reports_is_enough() {
    let stopped = Trail { is_logging: Ok(false), ..good() };
    assert_eq!(told(Ok(vec![stopped.clone(), good()])), [""; 0]);
    let unread = Trail { selectors: Err(LogText::new("no")), ..good() };
    assert_eq!(told(Ok(vec![unread.clone(), good()])), [""; 0]);
    let elsewhere = Trail { is_multi_region: false, home_region: "eu-west-1".to_owned(), ..good() };
    let regional = Trail { has_global_events: false, ..good() };
    insta::assert_snapshot!(told(Ok(vec![stopped, unread, elsewhere, regional])).join("\n"), @r"
    the trail `arn:aws:cloudtrail:us-east-1:111122223333:trail/all` does not log
    the trail `arn:aws:cloudtrail:us-east-1:111122223333:trail/all` could not be read, so nobody knows: no
    the trail `arn:aws:cloudtrail:us-east-1:111122223333:trail/all` does not cover this region
    the trail `arn:aws:cloudtrail:us-east-1:111122223333:trail/all` leaves out the events of global services such as IAM
    ");
    insta::assert_snapshot!(told(Ok(Vec::new())).join("\n"), @"the trail `*` is not there");
    insta::assert_snapshot!(told(Err(LogText::new("AccessDenied"))).join("\n"), @"the trail `*` could not be read, so nobody knows: AccessDenied");
}

#[test]
fn a_trail_covers_this_region_if_it_lies_here_or_covers_all() {
    let abroad = Trail { home_region: "eu-west-1".to_owned(), ..good() };
    assert!(sees(abroad.clone()), "the shadow of a trail that covers all regions");
    assert!(sees(Trail { is_multi_region: false, ..good() }));
    assert!(!sees(Trail { is_multi_region: false, ..abroad }));
    let organization = "arn:aws:cloudtrail:us-east-1:999900001111:trail/organization".to_owned();
    assert!(sees(Trail { arn: organization, ..good() }), "that of the organization");
}

/// Management events, calls, services left out: is a write to IAM logged?
#[test]
fn basic_selectors() {
    use ReadWrite::{All, Others, Writes};
    let kms: &[&str] = &["kms.amazonaws.com"];
    let both: &[&str] = &["kms.amazonaws.com", "rdsdata.amazonaws.com"];
    let cases: [(bool, ReadWrite, &[&str], bool); 8] = [
        (true, All, &[], true),
        (true, Writes, &[], true),
        (true, Others, &[], false),
        (true, All, kms, true),
        (true, Writes, both, true),
        (true, All, &["iam.amazonaws.com"], false),
        (false, All, &[], false),
        (false, Writes, &[], false),
    ];
    for (has_management_events, read_write, excluded, is_logged) in cases {
        let excluded = excluded.iter().map(|service| (*service).to_owned()).collect();
        let selector = Selector { has_management_events, read_write, excluded };
        let data = Selector { has_management_events: false, read_write: All, excluded: Vec::new() };
        assert_eq!(with(Selectors::Basic(vec![selector.clone()])), is_logged, "{selector:?}");
        assert_eq!(
            with(Selectors::Basic(vec![data, selector.clone()])),
            is_logged,
            "beside data: {selector:?}"
        );
    }
    assert!(!with(Selectors::Basic(Vec::new())));
}

fn field(name: &str) -> FieldSelector {
    FieldSelector { field: name.to_owned(), ..FieldSelector::default() }
}

fn equals(name: &str, value: &str) -> FieldSelector {
    FieldSelector { equals: vec![value.to_owned()], ..field(name) }
}

#[test]
fn advanced_selectors() {
    let management = || equals("eventCategory", "Management");
    let not = |name: &str, values: &[&str]| FieldSelector {
        not_equals: values.iter().map(|value| (*value).to_owned()).collect(),
        ..field(name)
    };
    let cases: [(Vec<FieldSelector>, bool); 14] = [
        (vec![management()], true),
        (vec![management(), equals("readOnly", "false")], true),
        (vec![management(), equals("readOnly", "true")], false),
        (vec![management(), not("eventSource", &["kms.amazonaws.com", "rdsdata.amazonaws.com"])], true),
        (vec![management(), not("eventSource", &["iam.amazonaws.com"])], false),
        (vec![management(), equals("eventSource", "iam.amazonaws.com")], true),
        (vec![management(), equals("eventSource", "s3.amazonaws.com")], false),
        (vec![management(), equals("eventName", "CreateRole")], false),
        (vec![management(), not("userIdentity.arn", &["arn:aws:iam::111122223333:role/ci"])], false),
        (
            vec![
                management(),
                FieldSelector { not_starts_with: vec!["iam".to_owned()], ..field("eventSource") },
            ],
            false,
        ),
        (
            vec![
                management(),
                FieldSelector { not_ends_with: vec![".com".to_owned()], ..field("eventSource") },
            ],
            false,
        ),
        (
            vec![
                management(),
                FieldSelector { starts_with: vec!["iam.".to_owned()], ..field("eventSource") },
            ],
            true,
        ),
        (vec![equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")], false),
        (vec![equals("readOnly", "false")], false),
    ];
    for (fields, is_logged) in cases {
        assert_eq!(with(Selectors::Advanced(vec![fields.clone()])), is_logged, "{fields:?}");
        let data = vec![equals("eventCategory", "Data")];
        assert_eq!(
            with(Selectors::Advanced(vec![data, fields.clone()])),
            is_logged,
            "beside data: {fields:?}"
        );
    }
    assert!(!with(Selectors::Advanced(vec![Vec::new()])), "a selector without a category");
}

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:rescind-PutRolePolicyQueue-1A2B";

fn watched() -> Watched {
    Watched {
        function: Function::PutRolePolicy,
        rule_name: "rescind-PutRolePolicyRule-3C4D".to_owned(),
        rule: Ok(Some(rule())),
        queue_name: "rescind-PutRolePolicyQueue-1A2B".to_owned(),
        queue: Ok(Some(QUEUE.to_owned())),
    }
}

fn rule() -> SeenRule {
    SeenRule {
        is_enabled: true,
        pattern: Function::PutRolePolicy.event_pattern(ACCOUNT).to_string(),
        targets: vec![Target { arn: QUEUE.to_owned(), is_altered: false }],
    }
}

fn of_rule(rule: SeenRule) -> Vec<Gap> {
    found(&Watched { rule: Ok(Some(rule)), ..watched() })
}

fn found(watched: &Watched) -> Vec<Gap> {
    super::rule::gaps(watched, ACCOUNT).into_iter().map(|blind| blind.gap).collect()
}

#[test]
fn a_rule_carries_its_events_to_its_queue() {
    assert_eq!(found(&watched()), []);
    assert_eq!(of_rule(SeenRule { is_enabled: false, ..rule() }), [Gap::Disabled]);
    assert_eq!(of_rule(SeenRule { targets: Vec::new(), ..rule() }), [Gap::NotWired]);
    let target = |arn: &str, is_altered| Target { arn: arn.to_owned(), is_altered };
    let to = |targets| of_rule(SeenRule { targets, ..rule() });
    assert_eq!(to(vec![target("arn:aws:sqs:us-east-1:111122223333:other", false)]), [Gap::NotWired]);
    assert_eq!(to(vec![target(QUEUE, true)]), [Gap::Altered]);
    assert_eq!(to(vec![target("arn:aws:sns:us-east-1:111122223333:copy", true), target(QUEUE, false)]), []);
    let unread = LogText::new("no");
    assert_eq!(found(&Watched { rule: Ok(None), ..watched() }), [Gap::Absent]);
    assert_eq!(found(&Watched { rule: Err(unread.clone()), ..watched() }), [Gap::Unread(unread.clone())]);
    assert_eq!(found(&Watched { queue: Ok(None), ..watched() }), [Gap::Absent]);
    assert_eq!(found(&Watched { queue: Err(unread.clone()), ..watched() }), [Gap::Unread(unread)]);
}

#[test]
fn a_rule_takes_what_it_was_deployed_to_take() {
    let pattern = |change: fn(&mut serde_json::Value)| {
        let mut pattern = Function::PutRolePolicy.event_pattern(ACCOUNT);
        change(&mut pattern);
        of_rule(SeenRule { pattern: pattern.to_string(), ..rule() })
    };
    assert_eq!(pattern(|p| p["detail"]["eventName"] = ["DeleteRolePolicy", "PutRolePolicy"].into()), []);
    assert_eq!(pattern(|p| p["detail"]["eventName"] = ["DeleteRolePolicy"].into()), [Gap::OtherPattern]);
    assert_eq!(pattern(|p| p["account"] = ["444455556666"].into()), [Gap::OtherPattern]);
    assert_eq!(pattern(|p| p["detail"]["awsRegion"] = ["eu-west-1"].into()), [Gap::OtherPattern]);
    assert_eq!(of_rule(SeenRule { pattern: String::new(), ..rule() }), [Gap::OtherPattern]);
}

#[test]
fn a_role_of_rescind_is_as_it_was_deployed() {
    let arn = RoleArn::parse("arn:aws:iam::111122223333:role/rescind-SweepRole-5E6F").unwrap();
    let good = SeenRole { is_same: true, has_own_policy: true, foreign: Vec::new(), is_news: false };
    let gaps_of = |role| {
        let own = OwnRoleSeen { arn: arn.clone(), role };
        gaps(None, ACCOUNT, &[own]).into_iter().map(|blind| blind.gap).collect::<Vec<_>>()
    };
    assert_eq!(gaps_of(Ok(Some(good.clone()))), []);
    assert_eq!(gaps_of(Ok(None)), [Gap::Absent]);
    assert_eq!(gaps_of(Ok(Some(SeenRole { is_same: false, ..good.clone() }))), [Gap::Replaced]);
    assert_eq!(gaps_of(Ok(Some(SeenRole { has_own_policy: false, ..good.clone() }))), [Gap::Bare]);
    assert_eq!(gaps_of(Ok(Some(SeenRole { is_news: true, ..good.clone() }))), [Gap::Changed]);
    let foreign = SeenRole { foreign: vec!["inline policy deny".to_owned(), "x".to_owned()], ..good };
    assert_eq!(gaps_of(Ok(Some(foreign))), [Gap::Foreign(LogText::new("inline policy deny, x"))]);
    let unread = LogText::new("no");
    assert_eq!(gaps_of(Err(unread.clone())), [Gap::Unread(unread)]);
}
