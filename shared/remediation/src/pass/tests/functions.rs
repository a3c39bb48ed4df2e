//! Every way to weaken a role, each with its function, over what that function may do; and what it hands over.

use std::fmt::Write as _;

use guardrails::{PolicyArn, PolicyName};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::fixture::*;
use crate::authority::{
    AttachmentsOnly, BoundaryOnly, InlineOnly, InlineRepair, Read, ReadOnly, TrustOnly, VersionOnly, Write,
};
use crate::decode::{Decoded, decode};
use crate::embedded::world::World;
use crate::embedded::{Embedded, Stored};
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::pass::Passed;
use crate::record::Notification;

const WORK: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*"},{"Sid":"Grow","Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*"}]}"#;
const NO_IAM: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#;

fn local(policy: &str) -> PolicyArn {
    PolicyArn::parse(&format!("arn:aws:iam::{ACCOUNT}:policy/{policy}")).unwrap()
}

fn inline(name: &str) -> PolicyName {
    PolicyName::parse(name).unwrap()
}

/// The functions of one deployment over one account, with the history that they share.
struct Deployment {
    account: Embedded,
    history: MemoryHistory,
    inline: InlineRepair,
    now: OffsetDateTime,
}

impl Deployment {
    fn over(seed: impl FnOnce(&mut Stored)) -> Self {
        let account = Embedded::new("aws", ACCOUNT);
        account.seed(|stored| {
            let trust = trust(&[
                r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            ]);
            for role in ["order-worker", "gha-runtime"] {
                stored.put_role("/", role, &trust, EVENT - Duration::days(9)).unwrap();
            }
            seed(stored);
        });
        Self { account, history: MemoryHistory::default(), inline: InlineRepair::Rewrite, now: EVENT }
    }

    fn run(&mut self, function: Function, message: &Value) -> (Vec<Passed>, Vec<(Function, Value)>) {
        let inline = self.inline;
        match function {
            Function::CreateRole | Function::UpdateAssumeRolePolicy => {
                self.with(TrustOnly, function, message)
            }
            Function::PutRolePolicy => self.with(|iam| InlineOnly(iam, inline), function, message),
            Function::AttachRolePolicy => self.with(AttachmentsOnly, function, message),
            Function::ChangePolicyVersion => self.with(VersionOnly, function, message),
            Function::ChangePermissionsBoundary => self.with(BoundaryOnly, function, message),
            Function::UpdateRole | Function::Sweep => self.with(ReadOnly, function, message),
        }
    }

    fn with<A: Read + Write>(
        &mut self,
        authority: impl FnOnce(Embedded) -> A,
        function: Function,
        message: &Value,
    ) -> (Vec<Passed>, Vec<(Function, Value)>) {
        let history = std::mem::take(&mut self.history);
        let world = World::new(self.account.clone(), authority, history, &Function::ALL, self.now);
        let passed = pass_all(&world, &enforce(function), message);
        let sent = world.queues.sent();
        self.history = world.history;
        (passed, sent)
    }

    /// Delivers the message, then what is handed over, until nothing is; tells how each pass ended.
    fn deliver(&mut self, function: Function, message: &Value) -> String {
        let mut told = String::new();
        let mut queue = vec![(function, message.clone())];
        while !queue.is_empty() {
            let (function, message) = queue.remove(0);
            let (passed, sent) = self.run(function, &message);
            for one in passed {
                let why = one.outcome.why().map(|why| format!(": {why}")).unwrap_or_default();
                writeln!(told, "  {function}: {}{why}", one.outcome.name()).unwrap();
                for step in &one.record.steps {
                    writeln!(told, "    {} ({:?})", step.sentence, step.result).unwrap();
                }
            }
            queue.extend(sent);
        }
        told
    }

    /// The account after the event, some seconds later.
    fn happens(&mut self, function: Function, event: &Value) {
        let Decoded::Trigger(trigger) = decode(event, function, ACCOUNT) else { panic!("not a trigger") };
        self.account.seed_event(&trigger, event);
        self.now = trigger.event.unwrap().time.unwrap() + Duration::seconds(20);
    }
}

fn corpus(number: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/cloudtrail");
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.file_name().unwrap().to_string_lossy().starts_with(number)).unwrap();
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// What holds the role back before the event, and the event.
type Case = (&'static str, Function, fn(&mut Stored));

const CASES: [Case; 9] = [
    ("04", Function::AttachRolePolicy, |_| {}),
    ("05", Function::ChangePermissionsBoundary, |stored| {
        stored.put_inline("order-worker", &inline("work"), WORK);
        stored.put_policy(&local("limit"), "v1", READ);
        stored.put_boundary("order-worker", Some(local("limit")));
    }),
    ("06", Function::ChangePolicyVersion, |stored| {
        stored.put_policy(&local("service/worker-baseline"), "v3", READ);
        stored.attach("order-worker", &local("service/worker-baseline"));
        stored.attach("gha-runtime", &local("service/worker-baseline"));
    }),
    // The policy is nobody's, but a boundary.
    ("06", Function::ChangePolicyVersion, |stored| {
        stored.put_inline("order-worker", &inline("work"), WORK);
        stored.put_policy(&local("service/worker-baseline"), "v3", READ);
        stored.put_boundary("order-worker", Some(local("service/worker-baseline")));
    }),
    ("12", Function::PutRolePolicy, |stored| {
        stored.put_inline("order-worker", &inline("work"), WORK);
        stored.put_inline("order-worker", &inline("GuardrailLockdown"), NO_IAM);
    }),
    ("15", Function::ChangePolicyVersion, |stored| {
        stored.put_policy(&local("service/worker-baseline"), "v1", ADMIN);
        stored.put_policy(&local("service/worker-baseline"), "v3", READ);
        stored.attach("order-worker", &local("service/worker-baseline"));
    }),
    ("16", Function::ChangePermissionsBoundary, |stored| {
        stored.put_inline("order-worker", &inline("work"), WORK);
        stored.put_policy(&local("limit"), "v1", READ);
        stored.put_boundary("order-worker", Some(local("limit")));
    }),
    ("17", Function::UpdateRole, |_| {}),
    ("22", Function::AttachRolePolicy, |stored| {
        stored.put_inline("order-worker", &inline("work"), WORK);
        stored.put_policy(&local("GuardrailLockdown"), "v1", NO_IAM);
        stored.attach("order-worker", &local("GuardrailLockdown"));
    }),
];

fn story(with_history: bool) -> String {
    let mut story = String::new();
    for (number, function, seed) in CASES {
        let event = corpus(number);
        let mut deployment = Deployment::over(seed);
        deployment.now = EVENT - Duration::hours(3);
        if with_history {
            for role in ["order-worker", "gha-runtime"] {
                let known = deployment.deliver(Function::PutRolePolicy, &by_hand(role));
                assert_eq!(known, "  put-role-policy: compliant\n", "{number}");
            }
        }
        deployment.happens(function, &event);
        let call = event.pointer("/detail/eventName").unwrap().as_str().unwrap();
        writeln!(story, "{number} {call}\n{}", deployment.deliver(function, &event)).unwrap();
        let writes = deployment.account.writes();
        deployment.now += Duration::minutes(10);
        deployment.deliver(function, &event);
        assert_eq!(deployment.account.writes(), writes, "{number}: the same event again");
    }
    story
}

#[test]
fn what_was_weakened_is_put_right_by_whoever_may() {
    insta::assert_snapshot!(story(false));
}

#[test]
fn what_was_good_before_is_put_back() {
    insta::assert_snapshot!(story(true));
}

#[test]
fn without_the_right_to_rewrite_an_inline_policy_is_deleted_or_reported() {
    let mut told = String::new();
    let held = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}"#;
    for text in [WORK, held] {
        let mut deployment = Deployment::over(|stored| {
            stored.put_inline("order-worker", &inline("work"), text);
        });
        deployment.inline = InlineRepair::Delete;
        told += &deployment.deliver(Function::PutRolePolicy, &by_hand("order-worker"));
        told += &deployment.deliver(Function::AttachRolePolicy, &by_hand("order-worker"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_version_that_is_gone_is_not_a_role_that_is_gone() {
    let (_, function, seed) = CASES[5];
    let event = corpus("15");
    let mut deployment = Deployment::over(seed);
    deployment.now = EVENT - Duration::hours(3);
    deployment.deliver(Function::PutRolePolicy, &by_hand("order-worker"));
    deployment.happens(function, &event);
    deployment.account.seed(|stored| stored.take_version(&local("service/worker-baseline"), "v3"));
    let told = deployment.deliver(function, &event);
    assert!(told.starts_with("  change-policy-version: unrepaired"), "{told}");
}

fn provider_event(source: &str, call: &str, parameters: &Value, answer: &Value) -> Value {
    let mut event = event(call, parameters);
    event["source"] = json!(format!("aws.{source}"));
    event["detail"]["eventSource"] = json!(format!("{source}.amazonaws.com"));
    event["detail"]["responseElements"] = answer.clone();
    event
}

#[test]
fn people_are_told_who_trusts_a_changed_identity_provider() {
    let saml = "arn:aws:iam::111122223333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE";
    let anchor = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/0f2d";
    let mut deployment = Deployment::over(|stored| {
        let federated = format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"{saml}"}},"Action":"sts:AssumeRoleWithSAML"}}"#
        );
        let machines = r#"{"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
        stored.put_role("/", "people", &trust(&[&federated]), EVENT).unwrap();
        stored.put_role("/", "machines", &trust(&[machines]), EVENT).unwrap();
    });
    let events = [
        provider_event("iam", "UpdateSAMLProvider", &json!({"sAMLProviderArn": saml}), &Value::Null),
        provider_event("iam", "CreateSAMLProvider", &json!({"omitted": true}), &Value::Null),
        provider_event(
            "rolesanywhere",
            "CreateTrustAnchor",
            &json!({"name": "build", "enabled": true}),
            &json!({"trustAnchor": {"trustAnchorArn": anchor, "trustAnchorId": "0f2d"}}),
        ),
        provider_event(
            "iam",
            "CreateOpenIDConnectProvider",
            &json!({"url": "https://token.actions.githubusercontent.com"}),
            &Value::Null,
        ),
    ];
    let notifications: Vec<Notification> = events
        .iter()
        .map(|event| {
            let (passed, _) = deployment.run(Function::Sweep, event);
            Notification::of(&passed[0].record).unwrap()
        })
        .collect();
    let told = notifications.iter().map(|told| {
        let outcome = told.outcome.why.as_ref().unwrap().as_str();
        json!([
            told.detail_type(),
            told.severity,
            told.subject,
            outcome,
            told.provider.as_ref().unwrap().roles
        ])
    });
    insta::assert_json_snapshot!(told.collect::<Vec<_>>());
    let (passed, _) = deployment.run(Function::PutRolePolicy, &events[0]);
    assert_eq!(names(&passed), ["ignored"], "one function tells");
    assert_eq!(deployment.account.writes(), 0);
}

#[test]
fn a_policy_that_nobody_uses_harms_nobody() {
    let mut deployment = Deployment::over(|stored| {
        stored.put_policy(&local("service/worker-baseline"), "v3", READ);
    });
    let event = corpus("06");
    deployment.happens(Function::ChangePolicyVersion, &event);
    let told = deployment.deliver(Function::ChangePolicyVersion, &event);
    assert_eq!(told, "  change-policy-version: compliant\n");
    let told = deployment.deliver(Function::PutRolePolicy, &event);
    assert!(told.starts_with("  put-role-policy: ignored"), "{told}");
}

/// A call padded until CloudTrail leaves its parameters out names no policy: the sweep finds what it did, and the
/// function with the authority repairs it.
#[test]
fn a_padded_policy_version_is_found_by_the_sweep_and_repaired() {
    let (_, function, seed) = CASES[5];
    let mut deployment = Deployment::over(seed);
    let _ = deployment.deliver(Function::Sweep, &json!({"sweep": true}));
    let mut event = corpus("15");
    deployment.happens(function, &event);
    event["detail"]["requestParameters"] = json!({"omitted": true});
    let told = deployment.deliver(function, &event);
    insta::assert_snapshot!(told);
    deployment.now += Duration::minutes(15);
    assert!(!deployment.deliver(Function::Sweep, &json!({"sweep": true})).contains("handed_over"));
}

/// Events get lost. Whatever was changed without one, the sweep gives to the function that may repair it, and in
/// the end nothing is left.
#[test]
fn what_no_event_told_of_is_repaired_by_the_function_that_may() {
    let trust = "changed trust policy";
    let changes: [Case; 4] = [
        (trust, Function::UpdateAssumeRolePolicy, |stored| {
            stored.put_trust("order-worker", &unsafe_trust());
        }),
        ("new inline policy", Function::PutRolePolicy, |stored| {
            stored.put_inline("order-worker", &inline("p"), ADMIN);
        }),
        ("attached policy", Function::AttachRolePolicy, |stored| {
            stored.put_policy(&local("power"), "v1", ADMIN);
            stored.attach("order-worker", &local("power"));
        }),
        ("another version", Function::ChangePolicyVersion, |stored| {
            stored.put_policy(&local("base"), "v2", ADMIN)
        }),
    ];
    for (what, function, change) in changes {
        let mut deployment = Deployment::over(|stored| {
            stored.put_policy(&local("base"), "v1", READ);
            stored.attach("order-worker", &local("base"));
        });
        let first = deployment.deliver(Function::Sweep, &json!({"sweep": true}));
        assert!(!first.contains("handed_over"), "{what}: {first}");
        deployment.account.seed(change);
        deployment.now += Duration::minutes(15);
        let told = deployment.deliver(Function::Sweep, &json!({"sweep": true}));
        assert!(
            told.contains(&format!("  sweep: handed_over: handed over to `{function}`")),
            "{what}: {told}"
        );
        assert!(told.contains(&format!("  {function}: repaired")), "{what}: {told}");
        deployment.now += Duration::minutes(15);
        let third = deployment.deliver(Function::Sweep, &json!({"sweep": true}));
        assert!(third.contains("0 handed over, 0 left; 0 unsafe since"), "{what}: {third}");
    }
}
