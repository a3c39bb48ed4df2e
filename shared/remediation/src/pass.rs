//! One pass: read, check, plan, intend, apply, verify, record. The same path serves the functions, the sweep
//! and the command line.

mod all_roles;
mod answered;
mod apply;
mod batch;
mod contest;
mod draft;
mod hand_over;
mod in_reserve;
mod look_alike;
mod managed;
mod omitted;
mod once;
mod one_role;
mod preconditions;
mod read;
mod revoke;
mod share;
pub(crate) mod shows;
mod sweep;
mod trusters;
mod unfinished;
mod users;
mod verify;

use std::future::Future;
use std::time::Duration;

use guardrails::{Facet, Guardrail, RoleArn, RoleId, Rules, Step};
use serde_json::Value;
use time::OffsetDateTime;

pub use batch::{Instance, Message, Worked, handle_batch};
pub use sweep::{Progress, Tally};
pub use verify::Verified;

use crate::authority::Write as _;
use crate::decode::{self, Decoded};
use crate::function::Function;
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::{Clock as _, Ports};
use crate::record::Record;
use crate::trigger::{Cause, Target, Trigger};

/// What holds for every pass of a function.
#[derive(Clone, Debug)]
pub struct Context {
    /// The function that runs.
    pub function: Function,
    /// The settings for the account that the function works for.
    pub rules: Rules,
    /// The roles of rescind itself, as the template knows them.
    pub own_roles: Vec<OwnRole>,
    /// How long to wait for IAM.
    pub patience: Patience,
}

/// A role of rescind itself: never written, and known by ARN and id only. A role that merely looks like one is
/// judged like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRole {
    /// Its ARN.
    pub arn: RoleArn,
    /// Its unique id.
    pub id: RoleId,
}

/// How long to wait for IAM, which is eventually consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The pauses between reads, and between a failed call and the next try.
    pub pauses: Vec<Duration>,
    /// Wait for a read to show what the event reports. Where others wait meanwhile, the message comes back instead.
    pub waits_for_reads: bool,
    /// An event younger than this may be ahead of what reads show.
    pub young: Duration,
    /// When to deliver a message again whose read could not be confirmed.
    pub recheck: Duration,
    /// When to look again at a repaired role.
    pub settle: Duration,
    /// An event older than this comes late: from a dead-letter queue, most likely.
    pub late: Duration,
    /// How often to start again when the role changes under the pass.
    pub rounds: u32,
}

impl Context {
    /// The same where others wait meanwhile.
    fn while_others_wait(&self) -> Self {
        let patience = Patience { waits_for_reads: false, ..self.patience.clone() };
        Self { patience, ..self.clone() }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pauses: [200, 400, 800, 1_600].map(Duration::from_millis).to_vec(),
            waits_for_reads: true,
            young: Duration::from_secs(120),
            recheck: Duration::from_secs(20),
            settle: Duration::from_secs(60),
            late: Duration::from_secs(60 * 60),
            rounds: 3,
        }
    }
}

/// What a pass leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Passed {
    /// How it ended, as a type.
    pub outcome: Outcome,
    /// The whole story. The history has had it, unless its `trouble` says otherwise.
    pub record: Record,
    /// What has to happen after the pass.
    pub next: Next,
}

/// Decodes one message and does what it asks for: an EventBridge event, a hand-over, or `{"role": "name"}`.
/// There is one [`Passed`] for each role that something is to be said about, and at least one.
///
/// No new role is begun after `deadline`.
pub async fn handle<P: Ports>(
    ports: &P,
    context: &Context,
    message: &Value,
    deadline: Option<OffsetDateTime>,
) -> Vec<Passed> {
    let decoded = decode::decode(message, context.function, context.rules.account().id.as_str());
    act_on(ports, context, decoded, deadline).await
}

/// Like [`handle`], for the text of one message.
pub async fn handle_text<P: Ports>(
    ports: &P,
    context: &Context,
    message: &str,
    deadline: Option<OffsetDateTime>,
) -> Vec<Passed> {
    let decoded = decode::decode_text(message, context.function, context.rules.account().id.as_str());
    act_on(ports, context, decoded, deadline).await
}

/// Does what a trigger asks for.
pub async fn run<P: Ports>(
    ports: &P,
    context: &Context,
    trigger: &Trigger,
    deadline: Option<OffsetDateTime>,
) -> Vec<Passed> {
    if let Err(foreign) = decode::same_account(&trigger.account, context.rules.account().id.as_str()) {
        let draft = draft::Draft::of_message(ports, context);
        return vec![draft.close(ports, context, Outcome::Refused(foreign), Next::Done).await];
    }
    // Exceptions hold at the moment of the pass.
    let context = &Context { rules: context.rules.at(ports.clock().now()), ..context.clone() };
    let trigger = &Trigger { facet: facet(ports, context, trigger), ..trigger.clone() };
    let pass = Pass { ports, context, trigger, deadline };
    match &trigger.target {
        Target::Role(name) => one_role::pass(&pass, name).await,
        Target::UsersOf(policy) => users::pass(&pass, policy).await,
        Target::TrustersOf(provider) => vec![trusters::pass(&pass, provider).await],
        Target::Omitted => omitted::pass(&pass).await,
        Target::Sweep(begun) => sweep::pass(&pass, *begun).await,
    }
}

/// What is looked at. A function that may put the lockdown policy in force looks whether it is.
fn facet<P: Ports>(ports: &P, context: &Context, trigger: &Trigger) -> Facet {
    let may_attach = || {
        let permit = context.rules.permit(Guardrail::LockDownPermissions)?;
        let policy = permit.lockdown()?.policy().clone();
        ports.write().may(&permit, &Step::AttachPolicy { policy }).then_some(())
    };
    match trigger.cause {
        Cause::Created if may_attach().is_some() => Facet::All,
        Cause::Created
        | Cause::Changed
        | Cause::Deleted
        | Cause::HandedOver { .. }
        | Cause::ByHand
        | Cause::Sweep => trigger.facet,
    }
}

async fn act_on<P: Ports>(
    ports: &P,
    context: &Context,
    decoded: Decoded,
    deadline: Option<OffsetDateTime>,
) -> Vec<Passed> {
    let outcome = match decoded {
        Decoded::Trigger(trigger) => return run(ports, context, &trigger, deadline).await,
        Decoded::Ignored(why) => Outcome::Ignored(why),
        Decoded::Refused(why) => Outcome::Refused(why),
    };
    let draft = draft::Draft::of_message(ports, context);
    vec![draft.close(ports, context, outcome, Next::Done).await]
}

/// What the parts of a pass share.
struct Pass<'a, P> {
    ports: &'a P,
    context: &'a Context,
    trigger: &'a Trigger,
    deadline: Option<OffsetDateTime>,
}

impl<P: Ports> Pass<'_, P> {
    fn now(&self) -> OffsetDateTime {
        self.ports.clock().now()
    }

    /// Waits before try number `attempt + 1`; `false` when patience or time is spent.
    async fn pause(&self, attempt: usize) -> bool {
        let Some(pause) = self.context.patience.pauses.get(attempt) else { return false };
        if self.deadline.is_some_and(|deadline| self.now() + *pause >= deadline) {
            return false;
        }
        self.ports.clock().sleep(*pause).await;
        true
    }

    /// Asks IAM, and again with pauses only while it asks to come back later.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, IamError>
    where
        F: Future<Output = Result<T, IamError>>,
    {
        let mut attempt = 0;
        loop {
            match ask().await {
                Err(error) if error.is_transient() && self.pause(attempt).await => attempt += 1,
                answer => return answer,
            }
        }
    }

    /// No verdict, for IAM could not be read.
    fn unreadable(&self, error: IamError) -> (Outcome, Next) {
        let next = if error.is_transient() { self.recheck() } else { Next::Done };
        (Outcome::Unjudged(Unjudged::Unreadable(error)), next)
    }

    fn out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.now() >= deadline)
    }

    fn is_young(&self) -> bool {
        self.trigger.age(self.now()).is_some_and(|age| age < self.context.patience.young)
    }

    /// Deliver the message again soon.
    fn recheck(&self) -> Next {
        Next::Again { after: self.context.patience.recheck }
    }

    /// Deliver the message again when the repair has settled and reads can no longer lag behind the event.
    fn settle(&self) -> Next {
        let Patience { young, settle, .. } = self.context.patience;
        let age = self.trigger.age(self.now()).unwrap_or(young);
        Next::Again { after: settle.max(young.saturating_sub(age)) }
    }
}

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use tests::fixture::block_on;
