//! The record of a pass while it is being written, and its end.

use guardrails::{Facet, Finding, Open, PlannedStep, Role, RoleName, Step};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Context, Pass, Passed, Verified};
use crate::blind::Blind;
use crate::decode::Purpose;
use crate::function::Function;
use crate::history::{Claim, History as _, Intent, Repair, RepairId};
use crate::log_text::LogText;
use crate::outcome::{Next, Outcome};
use crate::ports::{Clock as _, Notify as _, Ports};
use crate::record::{
    ContestRecord, FindingRecord, Notification, OutcomeRecord, ProviderRecord, Record, RoleState, StepRecord,
    StepResult, Times,
};
use crate::trigger::{Actor, Cause, EventNote, Seen, Target, Trigger};

pub(super) struct Draft {
    pass: String,
    repair: Option<RepairId>,
    role_name: Option<LogText>,
    trigger: Option<Trigger>,
    facet: Facet,
    started: OffsetDateTime,
    calls_before: u64,
    provider: Option<ProviderRecord>,
    blind: Vec<Blind>,
    before: Option<RoleState>,
    after: Option<RoleState>,
    findings: Vec<FindingRecord>,
    /// Steps of earlier rounds first.
    steps: Vec<StepRecord>,
    handed_over: Vec<Function>,
    /// The role as it was when outsiders could open sessions.
    exposed: Option<Role>,
    written: Option<OffsetDateTime>,
    trouble: Vec<LogText>,
}

impl Draft {
    pub(super) fn new<P: Ports>(pass: &Pass<'_, P>, name: Option<&RoleName>) -> Self {
        let started = pass.now();
        let event = pass.trigger.event.as_ref().and_then(|event| event.id.as_ref());
        let origin = event.map_or_else(|| timestamp(started), ToString::to_string);
        let facet = pass.trigger.facet.word();
        Self {
            pass: format!("{origin}/{}/{facet}", name.map_or("*", RoleName::as_str)),
            role_name: name.map(|name| LogText::new(name.as_str())),
            trigger: Some(pass.trigger.clone()),
            facet: pass.trigger.facet,
            ..Self::empty(pass.ports, started)
        }
    }

    /// For a message that leads to no pass.
    pub(super) fn of_message<P: Ports>(ports: &P, context: &Context) -> Self {
        let started = ports.clock().now();
        let facet = context.function.facet();
        Self { pass: format!("{}/message", timestamp(started)), facet, ..Self::empty(ports, started) }
    }

    fn empty<P: Ports>(ports: &P, started: OffsetDateTime) -> Self {
        Self {
            pass: String::new(),
            repair: None,
            role_name: None,
            trigger: None,
            facet: Facet::All,
            started,
            calls_before: ports.iam_calls(),
            provider: None,
            blind: Vec::new(),
            before: None,
            after: None,
            findings: Vec::new(),
            steps: Vec::new(),
            handed_over: Vec::new(),
            exposed: None,
            written: None,
            trouble: Vec::new(),
        }
    }

    /// The name of a role that could not be understood.
    pub(super) fn named(&mut self, name: &str) {
        let name = LogText::new(name);
        self.pass = format!("{}/{name}", self.pass);
        self.role_name = Some(name);
    }

    pub(super) fn pass(&self) -> &str {
        &self.pass
    }

    /// The repair that a write to this role is part of.
    pub(super) fn repair_of(&self, role: &Role) -> RepairId {
        let own = self.repair.clone().filter(|repair| *repair.role() == role.id);
        own.unwrap_or_else(|| RepairId::new(role.id.clone(), self.started))
    }

    /// The history has the intent. The first one that was carried out names the repair.
    pub(super) fn intended(&mut self, repair: RepairId) {
        if self.written.is_none() {
            self.repair = Some(repair);
        }
    }

    /// The role was read. What counts as before is what the first write found.
    pub(super) fn read(&mut self, role: &Role) {
        if self.written.is_none() {
            self.before = Some(RoleState::from(role));
        }
    }

    /// What a round found; it replaces what an earlier round found, unless that was repaired.
    pub(super) fn judged(&mut self, findings: &[Finding], open: &[Open]) {
        if self.written.is_none() {
            self.findings.clear();
        }
        for finding in findings {
            let why = open.iter().find(|open| open.finding == *finding).map(|open| &open.why);
            let record = FindingRecord::of(finding, why);
            if !self.findings.contains(&record) {
                self.findings.push(record);
            }
        }
    }

    pub(super) fn planned(&mut self, steps: &[PlannedStep]) {
        self.steps.retain(|step| step.result == StepResult::Done);
        self.steps.extend(steps.iter().map(|step| {
            let waits = steps.iter().filter(|other| step.needs.contains(&other.step));
            let waits_for: Vec<String> = waits.map(|other| other.sentence.clone()).collect();
            let result = if waits_for.is_empty() { StepResult::NotTried } else { StepResult::Waiting };
            StepRecord { waits_for, ..StepRecord::of(step, result) }
        }));
    }

    /// What the plan is for, and how far it has come.
    pub(super) fn purpose(&self, plan: &[PlannedStep]) -> Purpose {
        let sentence = |record: &FindingRecord| {
            LogText::new(record.finding.get("sentence").and_then(Value::as_str).unwrap_or_default())
        };
        let is_done = |step: &Step| self.are_done(std::slice::from_ref(step));
        Purpose::new(&self.pass, self.findings.iter().map(sentence), plan, is_done)
    }

    /// Were these steps of the last plan written, just as planned?
    pub(super) fn are_done(&self, steps: &[Step]) -> bool {
        steps.iter().all(|step| {
            let record = self.steps.iter().rev().find(|record| record.step == *step);
            record.is_some_and(|record| matches!(record.result, StepResult::Done | StepResult::AlreadyDone))
        })
    }

    /// What came of a step of the last plan.
    pub(super) fn step_ended(&mut self, step: &Step, result: StepResult, error: Option<String>) {
        if let Some(record) = self.steps.iter_mut().rev().find(|record| record.step == *step) {
            record.result = result;
            record.error = error.map(|error| LogText::new(&error));
        }
    }

    /// A step was written, in this form.
    pub(super) fn written(&mut self, planned: &Step, form: &Step, result: StepResult, at: OffsetDateTime) {
        self.written = self.written.or(Some(at));
        self.step_ended(planned, result, None);
        if let Some(record) = self.steps.iter_mut().rev().find(|record| record.step == *planned) {
            record.step = form.clone();
        }
    }

    /// A step that no plan of this pass holds, and what came of it.
    pub(super) fn besides(&mut self, planned: &PlannedStep, result: StepResult, error: Option<&str>) {
        let error = error.map(LogText::new);
        self.steps.push(StepRecord { error, ..StepRecord::of(planned, result) });
    }

    /// The trust policy of this role was repaired, and sessions opened before are to end.
    pub(super) fn exposed(&mut self, role: &Role) {
        let is_trust = |step: &StepRecord| matches!(step.step, Step::PutTrust { .. });
        if self.steps.iter().any(|step| is_trust(step) && step.result == StepResult::Done) {
            self.exposed.get_or_insert_with(|| role.clone());
        }
    }

    /// The trust policy of the role, as it was then, was repaired by a pass that did not live to tell.
    pub(super) fn was_exposed(&mut self, role: Role) {
        self.exposed = Some(role);
    }

    pub(super) fn take_exposed(&mut self) -> Option<Role> {
        self.exposed.take()
    }

    /// The role as it was judged, if it could be read.
    pub(super) fn found(&self) -> Option<&RoleState> {
        self.before.as_ref()
    }

    /// Will people learn of this repair from the record?
    pub(super) fn tells_of(&self, repair: &Repair) -> bool {
        let is_of_pass = repair.intents.first().is_some_and(|intent| intent.pass == self.pass);
        self.repair.as_ref().is_some_and(|own| *own == repair.id || is_of_pass)
    }

    /// Goes on with a repair that another pass began and did not live to tell of: why, for whose call, and what.
    pub(super) fn resume(&mut self, intent: Intent, findings: &[Finding]) {
        if let Some(trigger) = self.trigger.as_mut().filter(|_| intent.pass != self.pass) {
            let Intent { event, actor, .. } = intent.clone();
            *trigger = Trigger { event, actor, seen: Vec::new(), also: Vec::new(), ..trigger.clone() };
        }
        self.findings = findings.iter().map(|finding| FindingRecord::of(finding, None)).collect();
        self.pass = intent.pass;
        self.repair = Some(intent.repair);
        self.facet = intent.facet;
        self.started = intent.at;
        self.before = Some(intent.before);
        self.written = Some(intent.at);
        self.steps = intent.steps.into_iter().map(StepRecord::resumed).collect();
    }

    /// When the events were made that may have opened the trust policy, as far as they tell.
    pub(super) fn opened(&self) -> Option<OffsetDateTime> {
        let trigger = self.trigger.as_ref()?;
        let wrote_trust = trigger.seen.iter().any(|seen| matches!(seen, Seen::Trust(_)));
        let also = trigger.also.iter().map(|along| &along.event);
        // Of the events that one pass answers, the first may have opened the role.
        trigger.event.iter().chain(also).filter(|_| wrote_trust).filter_map(|event| event.time).min()
    }

    /// When the pass began, or the one that it goes on with intended to write.
    pub(super) fn started(&self) -> OffsetDateTime {
        self.started
    }

    pub(super) fn handed_over(&mut self, to: Function) {
        if !self.handed_over.contains(&to) {
            self.handed_over.push(to);
        }
    }

    pub(super) fn provider_changed(&mut self, provider: ProviderRecord) {
        self.provider = Some(provider);
    }

    pub(super) fn blind(&mut self, gaps: Vec<Blind>) {
        self.blind = gaps;
    }

    pub(super) fn read_back(&mut self, role: &Role) {
        self.after = Some(RoleState::from(role));
    }

    pub(super) fn trouble(&mut self, text: &str) {
        self.trouble.push(LogText::new(text));
    }

    /// Ends the pass: the record goes to the history, and to people what they must know.
    pub(super) async fn close<P: Ports>(
        self,
        ports: &P,
        context: &Context,
        outcome: Outcome,
        next: Next,
    ) -> Passed {
        let mut record = self.into_record(ports, context, &outcome);
        let next = tell(ports, context, &mut record, next).await;
        Passed { outcome, record, next }
    }

    fn into_record<P: Ports>(self, ports: &P, context: &Context, outcome: &Outcome) -> Record {
        let event = self.trigger.as_ref().and_then(|trigger| trigger.event.clone());
        let age = self.trigger.as_ref().and_then(|trigger| trigger.age(self.started));
        let role = self.after.as_ref().or(self.before.as_ref());
        let purpose = self.trigger.as_ref().and_then(|trigger| match &trigger.cause {
            Cause::HandedOver { purpose, .. } => purpose.clone(),
            Cause::Created | Cause::Deleted | Cause::Changed | Cause::ByHand | Cause::Sweep => None,
        });
        Record {
            version: 1,
            pass: self.pass,
            repair: self.repair,
            function: context.function,
            account: context.rules.account().id.as_str().to_owned(),
            role_name: self.role_name,
            role: role.map(|state| state.arn.clone()),
            role_id: role.map(|state| state.id.clone()),
            facet: self.facet,
            cause: self.trigger.as_ref().map_or("message", |trigger| trigger.cause.word()).to_owned(),
            omitted: self.trigger.as_ref().is_some_and(|trigger| trigger.target == Target::Omitted),
            times: times(self.started, self.written, outcome, event.as_ref(), ports.clock().now()),
            event,
            late: age.is_some_and(|age| age > context.patience.late),
            untold: false,
            also: self.trigger.as_ref().map(|trigger| trigger.also.clone()).unwrap_or_default(),
            actor: self.trigger.map_or_else(Actor::default, |trigger| trigger.actor),
            purpose: purpose.map(|purpose| *purpose),
            provider: self.provider,
            blind: self.blind,
            before: self.before,
            after: self.after,
            findings: self.findings,
            steps: self.steps,
            outcome: OutcomeRecord::of(outcome),
            contest: ContestRecord::of(outcome),
            handed_over: self.handed_over,
            iam_calls: ports.iam_calls().saturating_sub(self.calls_before),
            again_after_seconds: None,
            trouble: self.trouble,
        }
    }
}

fn times(
    started: OffsetDateTime,
    written: Option<OffsetDateTime>,
    outcome: &Outcome,
    event: Option<&EventNote>,
    ended: OffsetDateTime,
) -> Times {
    let verified = match outcome {
        Outcome::Repaired(verified) => Some(verified.at()),
        Outcome::Contested(contest) => contest.verified.as_ref().map(Verified::at),
        Outcome::Compliant
        | Outcome::Unrepaired(_)
        | Outcome::WouldRepair
        | Outcome::HandedOver(_)
        | Outcome::Gone
        | Outcome::Unmodifiable
        | Outcome::Protected(_)
        | Outcome::Exempt(_)
        | Outcome::Held { .. }
        | Outcome::Unjudged(_)
        | Outcome::Swept { .. }
        | Outcome::Ignored(_)
        | Outcome::Refused(_) => None,
    };
    let since_event = |at: OffsetDateTime| u64::try_from((at - event?.time?).whole_milliseconds()).ok();
    Times {
        started,
        written,
        verified,
        ended,
        detection_ms: since_event(started),
        exposure_ms: verified.and_then(since_event),
    }
}

/// Tells people of the record, and the history. Tells when the message is to come again.
pub(super) async fn tell<P: Ports>(ports: &P, context: &Context, record: &mut Record, next: Next) -> Next {
    // People first: a pass that did not tell is taken up again, one with a record of having told is not.
    if let Some(notification) = Notification::of(record) {
        record.untold = !is_told(ports, context, &notification, record).await;
    }
    let next = if record.untold { next.and_again(Claim::LEASE) } else { next };
    record.comes_again(next);
    if let Err(error) = ports.history().append(record).await {
        record.trouble.push(LogText::new(&format!("the record could not be kept: {error}")));
    }
    next
}

/// Tells people, unless they have been told. Whoever else is about to may die on the way, so that this is no
/// reason to be content.
async fn is_told<P: Ports>(
    ports: &P,
    context: &Context,
    notification: &Notification,
    record: &mut Record,
) -> bool {
    // A history that can't tell is no reason to be silent.
    match ports.history().claim_notice(&notification.id, ports.clock().now()).await {
        Ok(Claim::Sent) => return true,
        Ok(Claim::Sending) => return false,
        Ok(Claim::Granted) => {}
        Err(error) => {
            record.trouble.push(LogText::new(&format!("the notification may be a repeat: {error}")))
        }
    }
    let mut pauses = context.patience.pauses.iter();
    loop {
        match (ports.notify().notify(notification).await, pauses.next()) {
            (Ok(()), _) => {
                confirm(ports, notification, record).await;
                return true;
            }
            (Err(_), Some(pause)) => ports.clock().sleep(*pause).await,
            (Err(error), None) => {
                record.trouble.push(LogText::new(&format!("nobody could be told: {error}")));
                return false;
            }
        }
    }
}

/// A notification that is not confirmed may be sent again.
async fn confirm<P: Ports>(ports: &P, notification: &Notification, record: &mut Record) {
    if let Err(error) = ports.history().notice_sent(&notification.id, ports.clock().now()).await {
        record.trouble.push(LogText::new(&format!("the notification may be repeated: {error}")));
    }
}

fn timestamp(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
