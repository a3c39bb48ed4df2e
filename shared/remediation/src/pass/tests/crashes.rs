//! The process dies at any point of its way to the world: before a call or right after it. The message comes
//! again.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use guardrails::{
    AttachedPolicy, Digest, Facet, Permit, PolicyArn, PolicyName, PolicyUser, Role, RoleId, RoleName, Step,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fixture::*;
use crate::authority::{Everything, Read, TrustOnly, Write};
use crate::budget::{Ask, Turn};
use crate::decode::{HandOverMessage, PolicyUserMessage, SweepUnderWay};
use crate::embedded::world::{Bus, Queues, VirtualClock, World};
use crate::embedded::{Embedded, Stored};
use crate::function::Function;
use crate::history::log::Entry;
use crate::history::memory::MemoryHistory;
use crate::history::{Claim, History, Hold, Intent, Known, Repair, RoleVersion};
use crate::iam_error::IamError;
use crate::pass::{Context, Progress, handle};
use crate::ports::{HandOver, Notify, PortError, Ports, Unwatched};
use crate::record::{Notification, Record};

/// How many steps a process lives: each call is two, one before and one after.
#[derive(Clone, Debug)]
pub(super) struct Life(Arc<AtomicUsize>);

impl Life {
    pub(super) fn of(steps: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(steps)))
    }

    /// Never returns once life is spent.
    async fn step(&self) {
        if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Something of the world, as a mortal process holds it.
pub(super) struct Held<'a, T>(pub(super) &'a T, pub(super) Life);

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        async fn $name(&self, $($argument: $type),*) -> $answer {
            self.1.step().await;
            let answer = self.0.$name($($argument),*).await;
            self.1.step().await;
            answer
        }
    )*};
}

impl<A: Read> Read for Held<'_, A> {
    forward! {
        read(name: &RoleName, facet: Facet) -> Result<Role, IamError>;
        users(policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError>;
        versions(policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError>;
        read_for(name: &RoleName, step: &Step) -> Result<Role, IamError>;
    }
}

impl<A: Write> Write for Held<'_, A> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        self.0.may(permit, step)
    }

    forward! {
        write(permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError>;
    }
}

impl History for Held<'_, MemoryHistory> {
    forward! {
        intend(intent: &Intent) -> Result<(), PortError>;
        append(record: &Record) -> Result<(), PortError>;
        good(role: &RoleId, facet: Facet) -> Result<Vec<RoleVersion>, PortError>;
        knows(role: &RoleId, facet: Facet, digest: Digest) -> Result<Option<Known>, PortError>;
        baseline(account: &str) -> Result<Option<OffsetDateTime>, PortError>;
        end_baseline(account: &str, at: OffsetDateTime) -> Result<(), PortError>;
        sweep(account: &str) -> Result<Option<Progress>, PortError>;
        keep_sweep(progress: &Progress) -> Result<bool, PortError>;
        ask_for_sweep(account: &str, after: OffsetDateTime) -> Result<(), PortError>;
        asked_for(account: &str) -> Result<Option<OffsetDateTime>, PortError>;
        take(account: &str, ask: Ask, now: OffsetDateTime) -> Result<Turn, PortError>;
        unfinished(role: &RoleId, facet: Facet) -> Result<Vec<Repair>, PortError>;
        roles_named(name: &RoleName) -> Result<Vec<RoleId>, PortError>;
        repairs_since(role: &RoleId, facet: Facet, since: OffsetDateTime) -> Result<u32, PortError>;
        holds(role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError>;
        claim_notice(id: &str, now: OffsetDateTime) -> Result<Claim, PortError>;
        notice_sent(id: &str, now: OffsetDateTime) -> Result<(), PortError>;
    }
}

impl Notify for Held<'_, Bus> {
    forward! {
        notify(notification: &Notification) -> Result<(), PortError>;
    }
}

impl HandOver for Held<'_, Queues> {
    fn reaches(&self, to: Function) -> bool {
        self.0.reaches(to)
    }

    forward! {
        hand_over(to: Function, message: &HandOverMessage) -> Result<(), PortError>;
        policy_users(messages: &[PolicyUserMessage]) -> Result<(), PortError>;
        sweep(under_way: Option<&SweepUnderWay>, after: Duration) -> Result<(), PortError>;
    }
}

/// A process over a world that outlives it.
pub(super) struct Process<'a, A> {
    world: &'a World<A, MemoryHistory>,
    authority: Held<'a, A>,
    history: Held<'a, MemoryHistory>,
    bus: Held<'a, Bus>,
    queues: Held<'a, Queues>,
}

impl<'a, A> Process<'a, A> {
    pub(super) fn new(world: &'a World<A, MemoryHistory>, steps: usize) -> Self {
        let life = Life::of(steps);
        Self {
            world,
            authority: Held(&world.authority, life.clone()),
            history: Held(&world.history, life.clone()),
            bus: Held(&world.bus, life.clone()),
            queues: Held(&world.queues, life),
        }
    }
}

impl<'a, A: Read + Write> Ports for Process<'a, A> {
    type Read = Held<'a, A>;
    type Roles = Embedded;
    type Write = Held<'a, A>;
    type History = Held<'a, MemoryHistory>;
    type Notify = Held<'a, Bus>;
    type HandOver = Held<'a, Queues>;
    type Preconditions = Unwatched;
    type Clock = VirtualClock;

    fn read(&self) -> &Self::Read {
        &self.authority
    }

    fn roles(&self) -> &Embedded {
        &self.world.account
    }

    fn write(&self) -> &Self::Write {
        &self.authority
    }

    fn history(&self) -> &Self::History {
        &self.history
    }

    fn notify(&self) -> &Self::Notify {
        &self.bus
    }

    fn hand_over(&self) -> &Self::HandOver {
        &self.queues
    }

    fn preconditions(&self) -> &Unwatched {
        &Unwatched
    }

    fn clock(&self) -> &VirtualClock {
        &self.world.clock
    }

    fn iam_calls(&self) -> u64 {
        self.world.iam_calls()
    }
}

/// `false` if the process died on the way.
pub(super) fn lives<P: Ports>(ports: &P, context: &Context, message: &Value) -> bool {
    let pass = pin!(handle(ports, context, message, None));
    match pass.poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(passed) => !passed.is_empty(),
        Poll::Pending => false,
    }
}

/// Lets the process die at every step in turn, delivers the message again as SQS does, and returns how many
/// deaths there were. `is_safe` tells of the account; `lost` is what must be in an intent once it is gone.
fn dies_everywhere<A: Read + Write>(
    world: impl Fn() -> World<A, MemoryHistory>,
    function: Function,
    message: &Value,
    is_safe: impl Fn(&Embedded) -> bool,
    lost: &str,
) -> usize {
    for steps in 0..500 {
        let world = world();
        if lives(&Process::new(&world, steps), &enforce(function), message) {
            return steps;
        }
        // The message is hidden for six minutes, and nobody else came by.
        world.clock.advance(std::time::Duration::from_secs(360));
        let _ = until_done(&world, &enforce(function), message);
        assert!(is_safe(&world.account), "dead after {steps} steps");
        let entries = world.history.entries();
        let kept = |entry: &Entry| match entry {
            Entry::Intent(intent) => serde_json::to_string(&intent.before).unwrap().contains(lost),
            Entry::Record(_) | Entry::Hold(_) | Entry::Notice { .. } | Entry::Baseline { .. } => false,
        };
        assert!(entries.iter().any(kept), "dead after {steps} steps: no intent keeps what was overwritten");
        let told = world.bus.told();
        assert!(!told.is_empty(), "dead after {steps} steps: nobody was told");
        let ids: std::collections::BTreeSet<_> = told.iter().map(|told| &told.id).collect();
        assert_eq!(ids.len(), 1, "dead after {steps} steps: told twice under two ids");
        assert!(told.len() <= 2);
    }
    panic!("the process never came to an end");
}

#[test]
fn a_trust_repair_survives_death_at_every_step() {
    let world = || trust_world(&account(&unsafe_trust()));
    let safe = |account: &Embedded| is_safe(&live(account));
    let deaths = dies_everywhere(
        world,
        Function::UpdateAssumeRolePolicy,
        &update(&unsafe_trust()),
        safe,
        "999988887777",
    );
    println!("a trust repair: {deaths} deaths");
    assert!(deaths > 20);
}

#[test]
fn an_inline_repair_survives_death_at_every_step() {
    let name = PolicyName::parse("p").unwrap();
    let world = || {
        let account = account(&safe());
        account.seed(|stored| stored.put_inline("app", &name, ADMIN));
        inline_world(&account)
    };
    let safe = |account: &Embedded| permissions(account).inline.is_empty();
    let deaths = dies_everywhere(world, Function::PutRolePolicy, &put_inline(ADMIN), safe, "Resource");
    println!("an inline repair: {deaths} deaths");
    assert!(deaths > 20);
}

#[test]
fn a_detached_policy_survives_death_at_every_step() {
    let admin = PolicyArn::parse("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    let world = || {
        let account = account(&safe());
        account.seed(|stored| stored.attach("app", &admin));
        World::new(account, Everything, MemoryHistory::default(), &[], NOW)
    };
    let parameters = json!({"roleName": "app", "policyArn": admin.as_str()});
    let safe = |account: &Embedded| permissions(account).attached.is_empty();
    let message = event("AttachRolePolicy", &parameters);
    let deaths = dies_everywhere(world, Function::AttachRolePolicy, &message, safe, admin.as_str());
    println!("a detached policy: {deaths} deaths");
}

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*"}]}"#;

/// An account after somebody's change, whose history knows it as it was a moment before.
fn weakened(seed: fn(&mut Stored), change: fn(&mut Stored)) -> World<Everything<Embedded>, MemoryHistory> {
    let account = account(&safe());
    account.seed(seed);
    let world = World::new(account, Everything, MemoryHistory::default(), &[], NOW);
    let before = pass(&world, &enforce(Function::PutRolePolicy), &by_hand("app"));
    assert_eq!(before.outcome.name(), "compliant");
    world.clock.advance(std::time::Duration::from_secs(1_000));
    world.account.seed(change);
    world
}

fn local(policy: &str) -> PolicyArn {
    PolicyArn::parse(&format!("arn:aws:iam::{ACCOUNT}:policy/{policy}")).unwrap()
}

#[test]
fn a_version_set_back_survives_death_at_every_step() {
    let world = || {
        weakened(
            |stored| {
                stored.put_policy(&local("work"), "v1", READ);
                stored.attach("app", &local("work"));
            },
            |stored| stored.put_policy(&local("work"), "v2", ADMIN),
        )
    };
    let parameters =
        json!({"policyArn": local("work").as_str(), "policyDocument": ADMIN, "setAsDefault": true});
    let message = event("CreatePolicyVersion", &parameters);
    let safe = |account: &Embedded| permissions(account).attached.iter().any(|policy| policy.version == "v1");
    let deaths = dies_everywhere(world, Function::ChangePolicyVersion, &message, safe, "v2");
    println!("a version set back: {deaths} deaths");
    assert!(deaths > 20);
}

#[test]
fn a_boundary_put_back_survives_death_at_every_step() {
    let world = || {
        weakened(
            |stored| {
                stored.put_inline("app", &PolicyName::parse("p").unwrap(), ADMIN);
                stored.put_policy(&local("limit"), "v1", READ);
                stored.put_boundary("app", Some(local("limit")));
            },
            |stored| {
                stored.put_boundary("app", None);
            },
        )
    };
    let message = event("DeleteRolePermissionsBoundary", &json!({"roleName": "app"}));
    let safe = |account: &Embedded| permissions(account).boundary.is_some();
    let deaths = dies_everywhere(world, Function::ChangePermissionsBoundary, &message, safe, "Action");
    println!("a boundary put back: {deaths} deaths");
    assert!(deaths > 20);
}

fn permissions(account: &Embedded) -> guardrails::Permissions {
    use crate::ports::ReadPermissions as _;
    block_on(account.permissions(&role(account, "app"))).unwrap()
}

/// What a function must not touch is not lost on the way to the one that may.
#[test]
fn a_hand_over_survives_death_at_every_step() {
    let name = PolicyName::parse("p").unwrap();
    for steps in 0..500 {
        let account = account(&safe());
        account.seed(|stored| stored.put_inline("app", &name, ADMIN));
        let queues = [Function::PutRolePolicy];
        let sweep = || {
            World::new(
                account.clone(),
                super::weather::SweepWithoutInline,
                MemoryHistory::default(),
                &queues,
                NOW,
            )
        };
        let world = sweep();
        let lived = lives(&Process::new(&world, steps), &enforce(Function::Sweep), &by_hand("app"));
        let _ = pass(&world, &enforce(Function::Sweep), &by_hand("app"));
        let messages = world.queues.messages();
        assert!(!messages.is_empty(), "dead after {steps} steps: nothing was handed over");
        let inline = inline_world(&account);
        for (_, message) in messages {
            let message = serde_json::to_value(&message).unwrap();
            let _ = pass(&inline, &enforce(Function::PutRolePolicy), &message);
        }
        assert!(permissions(&account).inline.is_empty(), "dead after {steps} steps");
        if lived {
            println!("a hand-over: {steps} deaths");
            return;
        }
    }
    panic!("the process never came to an end");
}

/// All orders of four events, each delivered twice.
#[test]
fn four_events_in_any_order_end_in_the_same_state() {
    let writes = [safe(), unsafe_trust(), trust(&[OUTSIDER]), trust(&[OUTSIDER, OWN])];
    let mut ends = std::collections::BTreeSet::new();
    for order in permutations(&[0, 1, 2, 3]) {
        let account = account(&safe());
        for document in &writes {
            account.seed(|stored| stored.put_trust("app", document));
        }
        let world = World::new(account.clone(), TrustOnly, MemoryHistory::default(), &[], NOW);
        for turn in order.iter().chain(order.iter().rev()) {
            let mut message = update(&writes[*turn]);
            message["detail"]["eventID"] = json!(format!("event-{turn}"));
            let _ = pass(&world, &updater(), &message);
        }
        ends.insert(live(&account));
        assert_eq!(account.writes(), 1, "in the order {order:?}");
    }
    assert_eq!(ends.len(), 1);
    assert!(ends.iter().all(|end| is_safe(end)));
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(place);
        for mut permutation in permutations(&rest) {
            permutation.push(*item);
            all.push(permutation);
        }
    }
    all
}
