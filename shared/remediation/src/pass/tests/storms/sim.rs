//! Several instances of a function side by side, in simulated time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use guardrails::{Facet, Permit, Role, RoleName, Step};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::fixture::*;
use crate::authority::{Read, TrustOnly, Write};
use crate::budget::Rate;
use crate::embedded::Embedded;
use crate::embedded::world::{Around, Bus, Queues};
use crate::history::memory::MemoryHistory;
use crate::iam_error::IamError;
use crate::pass::{Instance as Memory, Message, Worked, handle_batch};
use crate::ports::{Clock, Ports};

/// What IAM answers in a second, to all callers together.
const IAM_ANSWERS: usize = 15;
const CALL_TAKES: Duration = Duration::from_millis(50);
/// From the call to the message: `CloudTrail`, `EventBridge`, SQS.
const DELIVERY_TAKES: Duration = Duration::from_secs(3);
const INVOCATION_TAKES: Duration = Duration::from_millis(20);
/// For ten messages.
const PUTTING_BACK_TAKES: Duration = Duration::from_millis(10);

/// As `functions/skeleton.yaml` and `template.yaml` have it.
const INSTANCES: usize = 2;
const BATCH: usize = 100;
const WINDOW: Duration = Duration::from_secs(1);
const MOST_DELIVERIES: u32 = 50;
const TIME_LIMIT: Duration = Duration::from_secs(40);

/// What somebody writes, and when.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) role: String,
    pub(super) document: String,
    pub(super) at: Duration,
}

/// A clock that goes on to the next thing that happens when all wait for it.
#[derive(Clone)]
struct Time(Arc<Mutex<(OffsetDateTime, BTreeSet<OffsetDateTime>)>>);

impl Clock for Time {
    fn now(&self) -> OffsetDateTime {
        self.0.lock().unwrap().0
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration;
        self.0.lock().unwrap().1.insert(until);
        poll_fn(|_| if self.now() >= until { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Time {
    fn pass_until_done(&self, mut tasks: Vec<Task<'_>>) {
        loop {
            tasks.retain_mut(|task| {
                task.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending()
            });
            if tasks.is_empty() {
                return;
            }
            let mut time = self.0.lock().unwrap();
            time.0 = time.1.pop_first().expect("all wait for nothing");
        }
    }
}

/// A message, and what became of it.
struct Sent {
    body: String,
    role: String,
    at: OffsetDateTime,
    deliveries: u32,
    answered: Option<OffsetDateTime>,
}

/// What the instances share.
struct Shared {
    time: Time,
    account: Embedded,
    history: MemoryHistory,
    sent: Mutex<Vec<Sent>>,
    /// When each message is visible next.
    queue: Mutex<BTreeSet<(OffsetDateTime, usize)>>,
    is_over: Mutex<bool>,
    refused: Mutex<usize>,
    /// By second.
    calls: Mutex<BTreeMap<i64, usize>>,
    throttled: Mutex<usize>,
}

impl Shared {
    fn send(&self, role: &str, document: &str) {
        let parameters = json!({"roleName": role, "policyDocument": document});
        let mut event = event("UpdateAssumeRolePolicy", &parameters);
        let at = self.time.now();
        event["detail"]["eventID"] = json!(format!("event-{}", self.sent.lock().unwrap().len()));
        event["detail"]["eventTime"] = json!(at.format(&Rfc3339).unwrap());
        self.put(event.to_string(), role);
    }

    fn put(&self, body: String, role: &str) {
        let at = self.time.now();
        let mut sent = self.sent.lock().unwrap();
        self.queue.lock().unwrap().insert((at + DELIVERY_TAKES, sent.len()));
        sent.push(Sent { body, role: role.to_owned(), at, deliveries: 0, answered: None });
    }

    fn receive(&self) -> Vec<usize> {
        let (now, mut queue) = (self.time.now(), self.queue.lock().unwrap());
        let visible = queue.iter().take_while(|(at, _)| *at <= now).take(BATCH);
        let batch: Vec<_> = visible.copied().collect();
        for (at, message) in &batch {
            queue.remove(&(*at, *message));
            let deliveries = &mut self.sent.lock().unwrap()[*message].deliveries;
            *deliveries += 1;
            assert!(*deliveries <= MOST_DELIVERIES, "the queue gives a message up");
        }
        batch.into_iter().map(|(_, message)| message).collect()
    }

    fn visible(&self) -> usize {
        let now = self.time.now();
        self.queue.lock().unwrap().iter().take_while(|(at, _)| *at <= now).take(BATCH).count()
    }

    fn settle(&self, batch: &[usize], worked: &Worked) {
        let now = self.time.now();
        let end = worked.passed.first().map_or("", |passed| passed.outcome.name());
        for message in worked.messages.iter().map(|place| batch[*place]) {
            if worked.again.is_none() || end == "repaired" {
                self.sent.lock().unwrap()[message].answered.get_or_insert(now);
            }
            if let Some(after) = worked.again {
                self.queue.lock().unwrap().insert((now + Duration::from_secs(after.as_secs()), message));
            }
            *self.refused.lock().unwrap() += usize::from(end == "refused");
        }
    }

    async fn call(&self, calls: &Mutex<u64>) -> Result<(), IamError> {
        *calls.lock().unwrap() += 1;
        self.time.sleep(CALL_TAKES).await;
        let mut calls = self.calls.lock().unwrap();
        let calls = calls.entry(self.time.now().unix_timestamp()).or_default();
        *calls += 1;
        if *calls <= IAM_ANSWERS {
            return Ok(());
        }
        *self.throttled.lock().unwrap() += 1;
        Err(IamError::TryAgain("Rate exceeded".to_owned()))
    }
}

/// One instance of the function.
struct Instance<'a> {
    shared: &'a Shared,
    iam: Throttling<'a>,
    bus: Bus,
    queues: Queues,
    around: Around,
}

/// The account as an instance reaches it.
struct Throttling<'a> {
    shared: &'a Shared,
    inner: TrustOnly<Embedded>,
    calls: Mutex<u64>,
}

impl Read for Throttling<'_> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        self.shared.call(&self.calls).await?;
        self.inner.read(name, facet).await
    }
}

impl Write for Throttling<'_> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        self.inner.may(permit, step)
    }

    /// A write has an event of its own.
    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        self.shared.call(&self.calls).await?;
        self.inner.write(permit, role, step).await?;
        let Step::PutTrust { after, .. } = step else { panic!("{step:?}") };
        self.shared.send(role.as_str(), after);
        Ok(())
    }
}

impl<'a> Ports for Instance<'a> {
    type Read = Throttling<'a>;
    type Roles = Embedded;
    type Write = Throttling<'a>;
    type History = MemoryHistory;
    type Notify = Bus;
    type HandOver = Queues;
    type Clock = Time;
    type Preconditions = Around;

    fn read(&self) -> &Throttling<'a> {
        &self.iam
    }

    fn roles(&self) -> &Embedded {
        &self.shared.account
    }

    fn write(&self) -> &Throttling<'a> {
        &self.iam
    }

    fn history(&self) -> &MemoryHistory {
        &self.shared.history
    }

    fn notify(&self) -> &Bus {
        &self.bus
    }

    fn hand_over(&self) -> &Queues {
        &self.queues
    }

    fn clock(&self) -> &Time {
        &self.shared.time
    }

    fn preconditions(&self) -> &Around {
        &self.around
    }

    fn iam_calls(&self) -> u64 {
        *self.iam.calls.lock().unwrap()
    }
}

impl<'a> Instance<'a> {
    fn new(shared: &'a Shared) -> Self {
        let inner = TrustOnly(shared.account.clone());
        let iam = Throttling { shared, inner, calls: Mutex::default() };
        Self { shared, iam, bus: Bus::default(), queues: Queues::default(), around: Around::default() }
    }

    async fn works(self) {
        let (time, context, memory) = (&self.shared.time, updater(), Memory::new(Rate::default()));
        loop {
            match self.shared.visible() {
                0 if self.shared.queue.lock().unwrap().is_empty() && *self.shared.is_over.lock().unwrap() => {
                    return;
                }
                0 => time.sleep(Duration::from_millis(100)).await,
                some => {
                    if some < BATCH {
                        time.sleep(WINDOW).await;
                    }
                    self.invoked(&context, &memory).await;
                }
            }
        }
    }

    async fn invoked(&self, context: &crate::pass::Context, memory: &Memory) {
        let time = &self.shared.time;
        let batch = self.shared.receive();
        let given: Vec<(String, u32)> = {
            let sent = self.shared.sent.lock().unwrap();
            batch.iter().map(|message| (sent[*message].body.clone(), sent[*message].deliveries)).collect()
        };
        let messages: Vec<_> =
            given.iter().map(|(body, deliveries)| Message { body, deliveries: *deliveries }).collect();
        time.sleep(INVOCATION_TAKES).await;
        let deadline = Some(time.now() + TIME_LIMIT);
        let worked = handle_batch(self, context, memory, &messages, deadline).await;
        let back = worked.iter().filter(|worked| worked.again.is_some()).count();
        time.sleep(PUTTING_BACK_TAKES * back.div_ceil(10) as u32).await;
        for worked in &worked {
            self.shared.settle(&batch, worked);
        }
    }
}

/// A function, its queue, and what will happen.
pub(super) struct Sim<'a> {
    shared: Shared,
    changes: &'a [Change],
}

impl<'a> Sim<'a> {
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let account = Embedded::new("aws", ACCOUNT);
        let roles: BTreeSet<&str> = changes.iter().map(|change| change.role.as_str()).collect();
        account.seed(|stored| {
            for role in roles {
                stored.put_role("/", role, &safe(), EVENT - time::Duration::days(1)).unwrap();
            }
        });
        let shared = Shared {
            time: Time(Arc::new(Mutex::new((NOW, BTreeSet::new())))),
            account,
            history: MemoryHistory::default(),
            sent: Mutex::default(),
            queue: Mutex::default(),
            is_over: Mutex::new(false),
            refused: Mutex::default(),
            calls: Mutex::default(),
            throttled: Mutex::default(),
        };
        Self { shared, changes }
    }

    pub(super) fn poison(&mut self, messages: usize) {
        for n in 0..messages {
            let body = ["", "{", "[]", "\u{0}", r#"{"role":7}"#][n % 5];
            self.shared.put(body.to_owned(), "");
        }
    }

    pub(super) fn run(self) -> Ended {
        let begun = self.shared.time.now();
        let mut tasks: Vec<Task<'_>> = vec![Box::pin(self.changes_happen())];
        for _ in 0..INSTANCES {
            tasks.push(Box::pin(Instance::new(&self.shared).works()));
        }
        self.shared.time.pass_until_done(tasks);
        Ended::of(self.shared, begun)
    }

    async fn changes_happen(&self) {
        let begun = self.shared.time.now();
        for Change { role, document, at } in self.changes {
            let wait = Duration::try_from(begun + *at - self.shared.time.now()).unwrap_or_default();
            self.shared.time.sleep(wait).await;
            self.shared.account.seed(|stored| stored.put_trust(role, document));
            self.shared.send(role, document);
        }
        *self.shared.is_over.lock().unwrap() = true;
    }
}

/// What a storm came to.
pub(super) struct Ended {
    pub(super) account: Embedded,
    pub(super) refused: usize,
    /// From each event to the end of the pass that answers it, in seconds, sorted.
    pub(super) latencies: Vec<f64>,
    by_role: BTreeMap<String, f64>,
    seconds: f64,
    calls: usize,
    throttled: usize,
    most_deliveries: u32,
}

impl Ended {
    fn of(shared: Shared, begun: OffsetDateTime) -> Self {
        let sent = shared.sent.into_inner().unwrap();
        let events: Vec<_> = sent.iter().filter(|sent| !sent.role.is_empty()).collect();
        let latency = |sent: &&Sent| (sent.answered.expect("an event was lost") - sent.at).as_seconds_f64();
        let mut latencies: Vec<f64> = events.iter().map(latency).collect();
        latencies.sort_by(f64::total_cmp);
        let last = events.iter().filter_map(|sent| sent.answered).max().unwrap();
        Self {
            account: shared.account,
            refused: shared.refused.into_inner().unwrap(),
            latencies,
            by_role: events
                .iter()
                .filter(|sent| sent.body.contains("999988887777"))
                .map(|sent| (sent.role.clone(), latency(sent)))
                .collect(),
            seconds: (last - begun).as_seconds_f64(),
            calls: shared.calls.into_inner().unwrap().values().sum(),
            throttled: shared.throttled.into_inner().unwrap(),
            most_deliveries: sent.iter().map(|sent| sent.deliveries).max().unwrap_or_default(),
        }
    }

    pub(super) fn percentile(&self, percent: usize) -> f64 {
        self.latencies[(self.latencies.len() - 1) * percent / 100]
    }

    pub(super) fn calls_an_event(&self) -> f64 {
        self.calls as f64 / self.latencies.len() as f64
    }

    /// From the unsafe event about the role to its answer.
    pub(super) fn latency(&self, role: &str) -> f64 {
        self.by_role[role]
    }

    pub(super) fn print(&self, name: &str) {
        let events = self.latencies.len() as f64;
        println!(
            "{name}: {events} events (repairs' own included) in {:.0} s, {:.1} a second; p50 {:.1} s, p95 {:.1} s, \
             p99 {:.1} s, last {:.1} s; {} IAM calls, {:.2} an event, {} throttled; at most {} deliveries",
            self.seconds,
            events / self.seconds,
            self.percentile(50),
            self.percentile(95),
            self.percentile(99),
            self.percentile(100),
            self.calls,
            self.calls_an_event(),
            self.throttled,
            self.most_deliveries,
        );
    }
}
