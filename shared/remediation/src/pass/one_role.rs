//! A pass over one role, in rounds: when the role changes under it, it starts again.

use guardrails::{Facet, Finding, NotRevoked, Open, Permit, PlannedStep, Role, RoleName, Step, Why};

use super::apply::{Applied, Judged, apply};
use super::contest::{self, Fight};
use super::draft::Draft;
use super::read::{self, Fresh};
use super::revoke::Upkeep;
use super::share::Share;
use super::unfinished::Unfinished;
use super::verify::{Verdict, Verified, verify};
use super::{Pass, Passed, hand_over, in_reserve, look_alike, managed, revoke};
use crate::decode::Refused;
use crate::function::Function;
use crate::history::{self, History as _, Hold, Intent, RoleVersion};
use crate::iam_error::IamError;
use crate::judge::{self, Judgement};
use crate::log_text::LogText;
use crate::outcome::{Next, Outcome, Unjudged, Unrepaired};
use crate::ports::{PortError, Ports};
use crate::record::{RoleState, StepResult};
use crate::trigger::{Cause, Target, Trigger};

/// Looks at one role and repairs what this function may. The end of the pass comes last; before it, one for each
/// repair of another pass that it tells of.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, name: &RoleName) -> Vec<Passed> {
    let mut draft = Draft::new(pass, Some(name));
    let (outcome, next) = rounds(pass, name, &mut draft).await;
    let mut unfinished = Unfinished::of(pass, name, &draft, &outcome).await;
    let outcome = unfinished.take_up(pass, &mut draft, outcome);
    let outcome = revoke::hand_over(pass, &mut draft, outcome).await;
    let (mut passed, next) = unfinished.tell(pass, name, next).await;
    passed.push(draft.close(pass.ports, pass.context, outcome, next).await);
    passed
}

/// How a round ended.
enum Round {
    End(Outcome, Next),
    /// The role changed under the pass.
    Changed,
}

async fn rounds<P: Ports>(pass: &Pass<'_, P>, name: &RoleName, draft: &mut Draft) -> (Outcome, Next) {
    let rounds = pass.context.patience.rounds;
    for round in 0..rounds {
        if pass.out_of_time() {
            return (Outcome::Unjudged(Unjudged::OutOfTime), pass.recheck());
        }
        let read = match read::fresh(pass, name).await {
            Ok(read) => read,
            Err(end) => return end,
        };
        // A clean read after one that was not may be stale, whatever the event says.
        let read = Fresh { confirmed: read.confirmed && round == 0, ..read };
        match one_round(pass, &read, draft).await {
            Round::End(outcome, next) => return (outcome, next),
            Round::Changed => {}
        }
    }
    (Outcome::Unrepaired(Unrepaired::KeptChanging(rounds)), pass.recheck())
}

async fn one_round<P: Ports>(pass: &Pass<'_, P>, read: &Fresh, draft: &mut Draft) -> Round {
    let role = &read.role;
    let account = pass.context.rules.account().id.as_str();
    if role.arn.account() != account {
        let role = LogText::new(role.arn.as_str());
        let refused = Refused::ForeignRole { role, expected: account.to_owned() };
        return Round::End(Outcome::Refused(refused), Next::Done);
    }
    draft.read(role);
    let findings = findings(pass, role);
    let upkeep = Upkeep::of(pass, role);
    if upkeep.is_empty() && findings.iter().all(|finding| finding.kind.is_notice()) {
        return clean(pass, read, findings, draft).await;
    }
    match leave_alone(pass, role).await {
        Left::Alone(outcome) => {
            draft.judged(&findings, &[]);
            let next = if matches!(outcome, Outcome::Unjudged(_)) { pass.recheck() } else { Next::Done };
            Round::End(outcome, next)
        }
        Left::Held(holds) => beside(pass, role, findings, upkeep, &holds, draft).await,
    }
}

/// What is wrong with the role.
pub(super) fn findings<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Vec<Finding> {
    let mut findings = judge::check(&pass.context.rules, role, pass.trigger.facet);
    if is_own(pass, role) {
        // A role of rescind never carries the lockdown: it must not lock itself out.
        findings.retain(|finding| !finding.kind.is_about_lockdown());
    }
    look_alike::raise(&mut findings, role, &pass.context.own_roles);
    findings
}

/// Nothing is wrong; there may be notices.
async fn clean<P: Ports>(
    pass: &Pass<'_, P>,
    read: &Fresh,
    notices: Vec<Finding>,
    draft: &mut Draft,
) -> Round {
    draft.judged(&notices, &judge::noticed(&notices));
    // An event that does not tell what it changed can't confirm a read.
    let omitted = pass.trigger.target == Target::Omitted && pass.is_young();
    if !read.confirmed || omitted {
        return Round::End(Outcome::Unjudged(Unjudged::Unconfirmed), pass.recheck());
    }
    hand_over::permissions_if_guarded(pass, &read.role, draft).await;
    match containments(pass, &read.role, draft).await {
        Some(round) => round,
        None => Round::End(exempt(pass, &read.role).unwrap_or(Outcome::Compliant), Next::Done),
    }
}

/// A role that is clean may still have to be held still, or may be let go of.
async fn containments<P: Ports>(pass: &Pass<'_, P>, role: &Role, draft: &mut Draft) -> Option<Round> {
    let fights = contest::fights(pass, role).await;
    let steps = contest::containments(pass, role, &fights, &[], draft).await;
    if steps.is_empty() {
        return None;
    }
    draft.planned(&steps);
    // Someone takes the containments themselves away, again and again.
    let over_permissions = fights.iter().copied().find(|fight| fight.facet == Facet::Permissions);
    if let Some(round) = held_off(pass, role, over_permissions).await {
        return Some(round);
    }
    let plan = Judgement { steps, open: Vec::new() };
    let work = Work { plan, findings: Vec::new(), fight: fights.first().copied(), refused: None };
    Some(carry_out(pass, role, &work, draft).await)
}

/// In a fight the next repair waits until the pause is over.
async fn held_off<P: Ports>(pass: &Pass<'_, P>, role: &Role, fight: Option<Fight>) -> Option<Round> {
    let fight = fight?;
    let rest = fight.rest(pass, &role.id).await?;
    let next = fight.later(pass, &role.id, rest).await;
    Some(Round::End(Outcome::Contested(fight.contest(None)), next))
}

/// Nothing is found, but only because the settings let it through.
pub(super) fn exempt<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Option<Outcome> {
    let used = guardrails::exceptions_in_use(&pass.context.rules, role, pass.trigger.facet);
    let (exception, found) = used.first()?;
    let found = found.first().map(|finding| finding.sentence.as_str()).unwrap_or_default();
    Some(Outcome::Exempt(format!("`{}` answers for it ({}): {found}", exception.owner, exception.reason)))
}

/// What of an unsafe role is not to be touched.
enum Left {
    /// The role, for this reason.
    Alone(Outcome),
    /// The facets that operators hold as they are; most often none.
    Held(Vec<Hold>),
}

/// A role of rescind itself, and not only called like one.
fn is_own<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> bool {
    pass.context.own_roles.iter().any(|own| own.arn == role.arn && own.id == role.id)
}

/// Unsafe, yet not to be touched: rescind's own role, or documents that an operator holds.
async fn leave_alone<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Left {
    if is_own(pass, role) {
        return Left::Alone(Outcome::Protected("a role of rescind itself".to_owned()));
    }
    let state = RoleState::from(role);
    match pass.ports.history().holds(&role.id, pass.trigger.facet, pass.now()).await {
        Ok(holds) => Left::Held(holds.into_iter().filter(|hold| hold.is_on(&state)).collect()),
        Err(error) => Left::Alone(Outcome::no_history(&error)),
    }
}

/// Repairs what is not held. A facet that is held is out of this pass.
async fn beside<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    mut findings: Vec<Finding>,
    upkeep: Upkeep,
    holds: &[Hold],
    draft: &mut Draft,
) -> Round {
    let is_held = |facet: Facet| holds.iter().find(|hold| hold.facet == facet);
    let free = |facet: &Facet| is_held(*facet).is_none();
    let found = findings.clone();
    findings.retain(|finding| free(&finding.facet));
    let held = found.iter().find_map(|finding| is_held(finding.facet));
    let (upkeep, held) = match is_held(Facet::Permissions) {
        Some(hold) => (Upkeep::none(), held.or(Some(hold))),
        None => (upkeep, held),
    };
    match held {
        None => repair(pass, role, findings, upkeep, draft).await,
        Some(hold) if findings.is_empty() && upkeep.is_empty() => {
            draft.judged(&found, &[]);
            Round::End(Outcome::Held { until: hold.until, by: hold.by.clone() }, Next::Done)
        }
        Some(_) => {
            let facet = history::parts(pass.trigger.facet).find(free).unwrap_or(pass.trigger.facet);
            let trigger = Trigger { facet, ..pass.trigger.clone() };
            repair(&Pass { trigger: &trigger, ..*pass }, role, findings, upkeep, draft).await
        }
    }
}

async fn repair<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    findings: Vec<Finding>,
    upkeep: Upkeep,
    draft: &mut Draft,
) -> Round {
    let rules = &pass.context.rules;
    let versions = match good_versions(pass, role).await {
        Ok(versions) => versions,
        Err(error) => {
            draft.judged(&findings, &[]);
            return Round::End(Outcome::no_history(&error), pass.recheck());
        }
    };
    let mut last_good = judge::last_good(rules, role, &versions);
    last_good.lockdown = managed::kept_versions(pass, &findings, draft).await;
    let mut plan = judge::plan(rules, role, findings.clone(), &last_good);
    managed::tell_users(pass, role, &mut plan.steps, draft).await;
    if is_another_plan(pass, &plan) {
        draft
            .trouble("the plan is another than the one that the role was handed over for, which has changed");
    }
    plan.steps.extend(upkeep.steps);
    let mut plan = in_reserve::within_authority(pass, plan);
    draft.judged(&findings, &plan.open);
    draft.planned(&plan.steps);
    let fights = if plan.steps.is_empty() { Vec::new() } else { contest::fights(pass, role).await };
    let fight = contest::over_all(&fights, &findings);
    if let Some(round) = held_off(pass, role, fight).await {
        return round;
    }
    let containments = contest::containments(pass, role, &fights, &plan.steps, draft).await;
    plan.steps.splice(0..0, containments);
    draft.planned(&plan.steps);
    carry_out(pass, role, &Work { plan, findings, fight, refused: upkeep.refused }, draft).await
}

/// Is there a step that the plan of the function before did not know?
fn is_another_plan<P: Ports>(pass: &Pass<'_, P>, plan: &Judgement) -> bool {
    let Cause::HandedOver { purpose: Some(purpose), .. } = &pass.trigger.cause else { return false };
    plan.steps.iter().any(|planned| !purpose.includes(&planned.step))
}

/// What is to be done, and why.
struct Work {
    plan: Judgement,
    findings: Vec<Finding>,
    fight: Option<Fight>,
    /// Why sessions that should end live on.
    refused: Option<NotRevoked>,
}

/// Writes what this function may, and hands over what other functions may now do.
async fn carry_out<P: Ports>(pass: &Pass<'_, P>, role: &Role, work: &Work, draft: &mut Draft) -> Round {
    let share = Share::of(pass, &work.plan);
    for planned in &share.monitored {
        draft.step_ended(&planned.step, StepResult::NotWritten, None);
    }
    let written = write(pass, role, &work.plan.steps, &share.own, draft).await;
    if guardrails::calls_for_revocation(&pass.context.rules, &work.findings) {
        draft.exposed(role);
    }
    if matches!(written, Err(Round::Changed)) {
        return Round::Changed;
    }
    let told = hand_over::steps(pass, role, &work.plan.steps, &share.others, draft).await;
    if work.fight.is_some() && role.permissions.is_none() {
        hand_over::to_contain(pass, role, draft).await;
    }
    match (written, &work.refused) {
        (Ok(_), Some(refused)) => {
            Round::End(Outcome::Unrepaired(Unrepaired::NotRevoked(refused.to_string())), Next::Done)
        }
        (Ok(repaired), None) => sum_up(pass, work, repaired, told),
        (Err(round), _) => round,
    }
}

/// What could be put back.
async fn good_versions<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Result<Vec<RoleVersion>, PortError> {
    let mut versions = Vec::new();
    for facet in history::parts(pass.trigger.facet) {
        versions.extend(pass.ports.history().good(&role.id, facet).await?);
    }
    Ok(versions)
}

fn sum_up<P: Ports>(
    pass: &Pass<'_, P>,
    work: &Work,
    repaired: Option<(Verified, Judgement)>,
    told: Result<Option<Function>, Unrepaired>,
) -> Round {
    let (repaired, rechecked) = repaired.unzip();
    let next = match (&told, &repaired) {
        (Err(Unrepaired::NotToldTo { .. }), _) => pass.recheck(),
        (_, Some(_)) => pass.settle(),
        (_, None) => Next::Done,
    };
    let outcome = match told {
        Err(why) => Outcome::Unrepaired(why),
        Ok(Some(to)) if work.fight.is_none() || repaired.is_none() => Outcome::HandedOver(to),
        Ok(_) => left_open(pass, rechecked.as_ref().unwrap_or(&work.plan))
            .or(repaired.map(|verified| match work.fight {
                Some(fight) => Outcome::Contested(fight.contest(Some(verified))),
                None => Outcome::Repaired(verified),
            }))
            .unwrap_or_else(|| {
                Outcome::Unjudged(Unjudged::Undecided("no step answers what was found".to_owned()))
            }),
    };
    Round::End(outcome, next)
}

/// What stays unsafe after all that this pass may do, the worst first.
fn left_open<P: Ports>(pass: &Pass<'_, P>, plan: &Judgement) -> Option<Outcome> {
    let ranked = |open: &Open| {
        Some(match &open.why {
            Why::NoProof { reason } => (0, Outcome::Unrepaired(Unrepaired::NoProof(reason.clone()))),
            Why::Protected { reason } => (1, Outcome::Protected(reason.clone())),
            Why::OwnedByAws => (1, Outcome::Unmodifiable),
            Why::Undecided { reason } => (3, Outcome::Unjudged(Unjudged::Undecided(reason.clone()))),
            Why::ReportOnly => (4, Outcome::Unrepaired(Unrepaired::ReportOnly)),
            Why::Notice => return None,
        })
    };
    let open = plan.open.iter().filter(|open| !open.finding.kind.is_notice()).filter_map(ranked);
    let is_monitored =
        plan.steps.iter().any(|planned| pass.context.rules.permit(planned.guardrail).is_none());
    let all = open.chain(is_monitored.then_some((2, Outcome::WouldRepair)));
    all.min_by_key(|(rank, _)| *rank).map(|(_, outcome)| outcome)
}

/// Records the intent, writes, and verifies. `None` when there was nothing to write.
async fn write<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    plan: &[PlannedStep],
    steps: &[(&PlannedStep, Permit)],
    draft: &mut Draft,
) -> Result<Option<(Verified, Judgement)>, Round> {
    if steps.is_empty() {
        return Ok(None);
    }
    let intent = Intent {
        version: 1,
        pass: draft.pass().to_owned(),
        repair: draft.repair_of(role),
        at: pass.now(),
        role: role.arn.clone(),
        role_id: role.id.clone(),
        facet: pass.trigger.facet,
        event: pass.trigger.event.clone(),
        actor: pass.trigger.actor.clone(),
        before: RoleState::from(role),
        steps: steps.iter().map(|(planned, _)| planned.step.clone()).collect(),
    };
    if let Err(error) = pass.ports.history().intend(&intent).await {
        let why = Unrepaired::NoHistory(error.to_string());
        return Err(Round::End(Outcome::Unrepaired(why), pass.recheck()));
    }
    draft.intended(intent.repair);
    let (mut done, mut failure) = (Vec::new(), None);
    for (planned, permit) in steps {
        if !draft.are_done(&planned.needs) {
            continue;
        }
        match apply(pass, permit, Judged { role, plan }, planned).await {
            Applied::Done(form, result) => {
                draft.written(&planned.step, &form, result, pass.now());
                done.push(form);
            }
            Applied::Conflict => {
                draft.step_ended(&planned.step, StepResult::Conflict, None);
                return Err(Round::Changed);
            }
            Applied::Gone => return Err(Round::End(Outcome::Gone, Next::Done)),
            Applied::Failed(error) => {
                // The steps that do not wait for it still make the role safer.
                draft.step_ended(&planned.step, StepResult::Failed, Some(error.to_string()));
                failure = failure.or(Some(error));
            }
        }
    }
    match failure {
        Some(error) => Err(failed(pass, error)),
        None => read_back(pass, role, &done, draft).await.map(Some),
    }
}

async fn read_back<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    done: &[Step],
    draft: &mut Draft,
) -> Result<(Verified, Judgement), Round> {
    match verify(pass, role.arn.name(), &role.id, done).await {
        Verdict::Safe(verified, role, judgement) => {
            draft.read_back(&role);
            let left: Vec<Finding> = judgement.open.iter().map(|open| open.finding.clone()).collect();
            draft.judged(&left, &judgement.open);
            Ok((verified, judgement))
        }
        Verdict::Changed => Err(Round::Changed),
        Verdict::Gone => Err(Round::End(Outcome::Gone, Next::Done)),
        Verdict::Unread(error) => {
            draft.trouble(&error.to_string());
            Err(Round::End(Outcome::Unrepaired(Unrepaired::NotReadBack), pass.recheck()))
        }
    }
}

fn failed<P: Ports>(pass: &Pass<'_, P>, error: IamError) -> Round {
    if matches!(error, IamError::Unmodifiable(_)) {
        return Round::End(Outcome::Unmodifiable, Next::Done);
    }
    let next = if error.is_transient() { pass.recheck() } else { Next::Done };
    Round::End(Outcome::Unrepaired(Unrepaired::Iam(error)), next)
}
