use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::trigger::Seen;

const ACCOUNT: &str = "111122223333";

fn corpus() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/cloudtrail");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn seen_word(seen: &Seen) -> String {
    match seen {
        Seen::Trust(text) => format!("trust of {} bytes", text.len()),
        Seen::Inline { policy, text } => format!("inline {:?} of {} bytes", policy.as_str(), text.len()),
        Seen::NoInline(policy) => format!("no inline {:?}", policy.as_str()),
        Seen::Attached(arn) => format!("attached {arn}"),
        Seen::Detached(arn) => format!("detached {arn}"),
        Seen::Boundary(arn) => format!("boundary {arn}"),
        Seen::Version { policy, version } => format!("version {version} of {policy}"),
        Seen::NoBoundary => "no boundary".to_owned(),
    }
}

fn told(decoded: &Decoded) -> String {
    let trigger = match decoded {
        Decoded::Trigger(trigger) => trigger,
        Decoded::Ignored(why) => return format!("  ignored: {why}\n"),
        Decoded::Refused(why) => return format!("  refused: {why}\n"),
    };
    let mut text = String::new();
    let actor = &trigger.actor;
    let line = |label: &str, value: &Option<LogText>| {
        value.as_ref().map_or(String::new(), |value| format!("  {label}: {value}\n"))
    };
    let target = match &trigger.target {
        Target::Role(name) => name.to_string(),
        Target::UsersOf(policy) => format!("the roles that use {policy}"),
        Target::TrustersOf(provider) => format!("the roles that trust {provider}"),
        Target::Omitted | Target::Sweep(None) => "all roles".to_owned(),
        Target::Sweep(Some(begun)) => format!("all roles, by the sweep of {begun}"),
    };
    writeln!(text, "  {} {target}", trigger.cause.word()).unwrap();
    for seen in &trigger.seen {
        writeln!(text, "  shows since: {}", seen_word(seen)).unwrap();
    }
    text += &line("who", &actor.who);
    text += &line("kind", &actor.kind);
    text += &line("issuer", &actor.issuer);
    text += &line("invoked by", &actor.invoked_by);
    text += &line("from", &actor.from);
    if actor.console {
        text += "  in the console\n";
    }
    text
}

#[test]
fn every_event_of_the_corpus_is_decoded_as_it_should_be() {
    let mut snapshot = String::new();
    for (name, text) in corpus() {
        let decoded = decode_text(&text, Function::Sweep, ACCOUNT);
        write!(snapshot, "{name}\n{}", told(&decoded)).unwrap();
    }
    insta::assert_snapshot!(snapshot);
}

#[test]
fn every_event_of_the_corpus_is_refused_in_another_account() {
    for (name, text) in corpus() {
        let decoded = decode_text(&text, Function::Sweep, "999999999999");
        assert!(matches!(decoded, Decoded::Refused(Refused::ForeignAccount { .. })), "{name}");
    }
}

fn event() -> Value {
    let (_, text) = corpus().into_iter().find(|(name, _)| name.starts_with("02")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn changed(pointer: &str, value: Value) -> Decoded {
    let mut event = event();
    *event.pointer_mut(pointer).unwrap() = value;
    decode(&event, Function::UpdateAssumeRolePolicy, ACCOUNT)
}

fn refusal(decoded: Decoded) -> String {
    match decoded {
        Decoded::Refused(why) => why.to_string(),
        Decoded::Trigger(_) | Decoded::Ignored(_) => panic!("{decoded:?}"),
    }
}

#[test]
fn what_is_not_of_iam_or_not_of_this_account_is_refused_with_a_reason() {
    insta::assert_snapshot!(
        [
            changed("/source", json!("com.example")),
            changed("/source", json!("aws.iam.example")),
            changed("/detail/eventSource", json!("sts.amazonaws.com")),
            changed("/detail-type", json!("Scheduled Event")),
            changed("/account", json!("444455556666")),
            changed("/detail/recipientAccountId", json!("444455556666")),
            changed("/detail/requestParameters/roleName", json!("order worker\n")),
            changed("/detail/eventName", json!(null)),
        ]
        .map(refusal)
        .join("\n")
    );
}

#[test]
fn a_message_made_by_hand_is_answered_with_what_to_send_instead() {
    let text = |text: &str| refusal(decode_text(text, Function::CreateRole, ACCOUNT));
    let role = r#""version":1,"account":"111122223333","role":"r","role_id":"AROA3AEW23DC76AD3735E""#;
    insta::assert_snapshot!(
        [
            text("role"),
            text("{}"),
            text("[1]"),
            text(r#"{"Records":[]}"#),
            text(r#"{"eventSource":"iam.amazonaws.com","eventName":"CreateRole"}"#),
            text(r#"{"role":7}"#),
            text(r#"{"role":"a/b"}"#),
            text(r#"{"role":"a","mode":"enforce"}"#),
            text(r#"{"detail":{}}"#),
            text(r#"{"role_id":"x"}"#),
            text(&format!(r#"{{{role},"facet":"permissions"}}"#)),
            text(&format!(r#"{{{role},"facet":"trust"}}"#).replace("1111", "2222")),
            text(&format!(r#"{{{role},"facet":"trust"}}"#).replace(":1,", ":3,")),
            text(&format!("\"{}\"", "x".repeat(LARGEST))),
            text(&format!("{}{}", "[".repeat(4_000), "]".repeat(4_000))),
        ]
        .join("\n")
    );
}

#[test]
fn a_role_is_named_by_hand_or_handed_over() {
    let Decoded::Trigger(trigger) = decode(&json!({"role": "app"}), Function::CreateRole, ACCOUNT) else {
        panic!("not a trigger")
    };
    assert_eq!((&trigger.cause, trigger.facet), (&Cause::ByHand, Facet::Trust));
    let purpose = json!({"pass": "e/app/trust", "findings": ["s"], "steps": [{
        "function": "put-role-policy", "sentence": "s", "step": guardrails::Digest::of("x"), "done": false,
    }]});
    let message = HandOverMessage {
        version: HandOverMessage::VERSION,
        account: ACCOUNT.to_owned(),
        role: RoleName::parse("app").unwrap(),
        role_id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        facet: Facet::Permissions,
        hops: 0,
        revoke: None,
        purpose: Some(serde_json::from_value(purpose).unwrap()),
    };
    let newest = json!(message);
    let mut older = newest.clone();
    older["version"] = json!(1);
    older.as_object_mut().unwrap().remove("purpose");
    for (message, tells) in [(&newest, true), (&older, false)] {
        let Decoded::Trigger(trigger) = decode(message, Function::PutRolePolicy, ACCOUNT) else {
            panic!("not a trigger")
        };
        assert_eq!((trigger.cause.word(), trigger.facet), ("handed_over", Facet::Permissions));
        assert!(matches!(trigger.cause, Cause::HandedOver { purpose, .. } if purpose.is_some() == tells));
    }
    let mut unheard_of = newest;
    unheard_of["version"] = json!(3);
    assert!(matches!(decode(&unheard_of, Function::PutRolePolicy, ACCOUNT), Decoded::Refused(_)));
}

#[test]
fn omitted_parameters_come_as_booleans_or_as_text() {
    for omitted in [json!(true), json!("true")] {
        let parameters = json!({"reason": "requestParameters too large", "omitted": omitted});
        let Decoded::Trigger(trigger) = changed("/detail/requestParameters", parameters) else {
            panic!("not a trigger")
        };
        assert_eq!((&trigger.target, trigger.seen.len()), (&Target::Omitted, 0));
    }
    // A call that must have named a role, in a shape nobody foresaw.
    for parameters in [json!(null), json!({}), json!("text"), json!({"RoleName": "app"})] {
        let Decoded::Trigger(trigger) = changed("/detail/requestParameters", parameters) else {
            panic!("not a trigger")
        };
        assert_eq!(trigger.target, Target::Omitted);
    }
}

#[test]
fn calls_that_failed_or_only_read_are_ignored() {
    let mut failed = event();
    failed["detail"]["errorCode"] = json!("NoSuchEntityException");
    let ignored = |event: &Value| decode(event, Function::UpdateAssumeRolePolicy, ACCOUNT);
    assert!(matches!(ignored(&failed), Decoded::Ignored(Ignored::FailedCall { .. })));
    let mut read = event();
    read["detail"]["readOnly"] = json!(true);
    assert!(matches!(ignored(&read), Decoded::Ignored(Ignored::ReadOnly(_))));
    // The service's own spelling of "no error".
    failed["detail"]["errorCode"] = json!(null);
    assert!(matches!(ignored(&failed), Decoded::Trigger(_)));
}

#[test]
fn the_envelope_of_china_and_the_time_of_the_envelope_are_understood() {
    let mut event = event();
    event["detail-type"] = json!("Amazon API Call via CloudTrail");
    event["detail"]["eventTime"] = json!("yesterday");
    let Decoded::Trigger(trigger) = decode(&event, Function::Sweep, ACCOUNT) else { panic!("not a trigger") };
    assert!(trigger.event.unwrap().time.is_some());
}

proptest! {
    /// Whatever stands in whatever field, nothing breaks, and a role is looked at, the event is refused, or it
    /// is not ours: a write to a role never vanishes.
    #[test]
    fn no_field_can_hide_a_write(field in 0..FIELDS.len(), value in value()) {
        let decoded = changed(FIELDS[field], value);
        let hidden = matches!(decoded, Decoded::Ignored(Ignored::NotServed(_)));
        prop_assert!(!hidden, "{decoded:?}");
    }
}

const FIELDS: [&str; 9] = [
    "/detail/userIdentity",
    "/detail/userIdentity/type",
    "/detail/userIdentity/sessionContext",
    "/detail/eventVersion",
    "/detail/eventTime",
    "/detail/requestParameters",
    "/detail/requestParameters/roleName",
    "/detail/requestParameters/policyDocument",
    "/detail/responseElements",
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!({})),
        Just(json!([{"omitted": "true"}])),
        Just(json!({"omitted": 1})),
    ]
}
