//! A world, an event, and a way to run a pass.

use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use guardrails::{Account, AccountId, Mode, Role, RoleName, Settings};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::authority::{Everything, InlineOnly, InlineRepair, Read, TrustOnly, Write};
use crate::embedded::Embedded;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::outcome::{Next, Outcome};
use crate::pass::{Context, Passed, Patience, handle};
use crate::ports::Ports;

pub(crate) const ACCOUNT: &str = "111122223333";
/// 2026-11-20T10:00:00Z
pub(crate) const EVENT: OffsetDateTime = at(1795168800);
pub(crate) const NOW: OffsetDateTime = at(1795168800 + 5);
/// Two days later.
pub(crate) const LATE: OffsetDateTime = at(1795341600);

const fn at(seconds: i64) -> OffsetDateTime {
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(time) => time,
        Err(_) => OffsetDateTime::UNIX_EPOCH,
    }
}

pub(crate) const OWN: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}"#;
pub(crate) const OUTSIDER: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"s3cret-id"}}}"#;
pub(crate) const ADMIN: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub(crate) fn trust(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

pub(crate) fn safe() -> String {
    trust(&[OWN])
}

pub(crate) fn unsafe_trust() -> String {
    trust(&[OWN, OUTSIDER])
}

pub(crate) type Trust = World<TrustOnly<Embedded>, MemoryHistory>;
pub(crate) type Inline = World<InlineOnly<Embedded>, MemoryHistory>;
pub(crate) type All = World<Everything<Embedded>, MemoryHistory>;

/// An account with the role `app` under this trust policy.
pub(crate) fn account(trust: &str) -> Embedded {
    let account = Embedded::new("aws", ACCOUNT);
    account.seed(|stored| stored.put_role("/", "app", trust, EVENT - time::Duration::days(1))).unwrap();
    account
}

pub(crate) fn trust_world(account: &Embedded) -> Trust {
    World::new(account.clone(), TrustOnly, MemoryHistory::default(), &[], NOW)
}

pub(crate) fn inline_world(account: &Embedded) -> Inline {
    World::new(
        account.clone(),
        |iam| InlineOnly(iam, InlineRepair::Rewrite),
        MemoryHistory::default(),
        &[],
        NOW,
    )
}

pub(crate) fn all_world(account: &Embedded) -> All {
    World::new(account.clone(), Everything, MemoryHistory::default(), &[], NOW)
}

pub(crate) fn context(function: Function, mode: Mode) -> Context {
    with_settings(function, mode, "", "")
}

/// The settings below, with one text in place of another.
pub(crate) fn with_settings(function: Function, mode: Mode, instead_of: &str, text: &str) -> Context {
    let yaml = "
version: 1
guardrails:
  restrict_cross_account_access:
    mode: enforce
    repair: [narrow, restore, quarantine]
    revoke_sessions: off
    trusted_services: [ec2.amazonaws.com, autoscaling.amazonaws.com]
    trusted_saml_providers: [\"arn:${partition}:iam::${account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE\"]
  lock_down_permissions: {mode: enforce, scope: all_roles}
protected_roles:
  - {role: \"arn:${partition}:iam::${account}:role/break-glass\", owner: security, reason: \"last way in\"}
";
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse(ACCOUNT).unwrap() };
    let yaml = if instead_of.is_empty() { yaml.to_owned() } else { yaml.replace(instead_of, text) };
    let settings = Settings::read(&yaml).unwrap();
    let rules = settings.rules(&account, mode).unwrap();
    Context { function, rules, own_roles: Vec::new(), patience: Patience::default() }
}

pub(crate) fn enforce(function: Function) -> Context {
    context(function, Mode::Enforce)
}

pub(crate) fn updater() -> Context {
    enforce(Function::UpdateAssumeRolePolicy)
}

pub(crate) fn event(call: &str, parameters: &Value) -> Value {
    json!({
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": call,
            "eventTime": "2026-11-20T10:00:00Z",
            "eventID": "247357a3-2018-d04c-d464-03ad12d10726",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/carlos"},
            "requestParameters": parameters,
            "recipientAccountId": ACCOUNT,
        }
    })
}

pub(crate) fn update(document: &str) -> Value {
    event("UpdateAssumeRolePolicy", &json!({"roleName": "app", "policyDocument": document}))
}

pub(crate) fn put_inline(document: &str) -> Value {
    event("PutRolePolicy", &json!({"roleName": "app", "policyName": "p", "policyDocument": document}))
}

pub(crate) fn by_hand(role: &str) -> Value {
    json!({"role": role})
}

/// Everything embedded answers at once, so one poll is all it takes.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the embedded world never waits"),
    }
}

pub(crate) fn pass_all<P: Ports>(world: &P, context: &Context, message: &Value) -> Vec<Passed> {
    block_on(handle(world, context, message, None))
}

pub(crate) fn pass<P: Ports>(world: &P, context: &Context, message: &Value) -> Passed {
    let mut passed = pass_all(world, context, message);
    assert_eq!(passed.len(), 1, "one role, one end");
    passed.remove(0)
}

/// Delivers the message again as often as asked for, and returns every end.
pub(crate) fn until_done<A: Read + Write>(
    world: &World<A, MemoryHistory>,
    context: &Context,
    message: &Value,
) -> Vec<Passed> {
    let mut all = Vec::new();
    for _ in 0..12 {
        let passed = pass_all(world, context, message);
        let again = passed.iter().filter_map(|passed| match passed.next {
            Next::Done => None,
            Next::Again { after } => Some(after),
        });
        let again = again.min();
        all.extend(passed);
        match again {
            None => return all,
            Some(after) => world.clock.advance(after),
        }
    }
    panic!("never done: {:?}", all.iter().map(|passed| passed.outcome.name()).collect::<Vec<_>>());
}

pub(crate) fn names(passed: &[Passed]) -> Vec<&'static str> {
    passed.iter().map(|passed| passed.outcome.name()).collect()
}

pub(crate) fn live(account: &Embedded) -> String {
    account.stored().trust(&RoleName::parse("app").unwrap()).unwrap()
}

/// Nobody outside is let in.
pub(crate) fn is_safe(trust: &str) -> bool {
    !trust.contains("999988887777")
}

pub(crate) fn role(account: &Embedded, name: &str) -> Role {
    use crate::ports::ReadRole as _;
    block_on(account.role(&RoleName::parse(name).unwrap())).unwrap()
}

pub(crate) fn is_repaired(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Repaired(_))
}
