//! Carries steps out. Right before every write the role is read again: it must be the same role, and show what
//! the step expects to find. Before a write that may give something back all its permissions are compared.

use guardrails::{Facet, Permit, PlannedStep, Role, Step};

use super::shows::{Shows, is_known, shows};
use super::{Pass, read};
use crate::authority::Write as _;
use crate::iam_error::IamError;
use crate::ports::Ports;
use crate::record::StepResult;

/// How a step ended.
pub(super) enum Applied {
    /// The role shows, or soon will, what this step leaves behind. It may be another than the one asked for:
    /// IAM refuses some documents, and a second form stands in reserve.
    Done(Step, StepResult),
    /// Someone else wrote: look again.
    Conflict,
    /// The role is gone.
    Gone,
    /// IAM refused.
    Failed(IamError),
}

/// The role as it was judged, and the whole plan for it.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub(super) role: &'a Role,
    pub(super) plan: &'a [PlannedStep],
}

/// Carries one step out.
pub(super) async fn apply<P: Ports>(
    pass: &Pass<'_, P>,
    permit: &Permit,
    judged: Judged<'_>,
    planned: &PlannedStep,
) -> Applied {
    let name = judged.role.arn.name();
    let mut forms = std::iter::once(&planned.step).chain(&planned.fallbacks).cloned();
    let Some(mut step) = forms.next() else { return Applied::Conflict };
    let mut attempt = 0;
    loop {
        match compare(pass, judged, planned, &step).await {
            Ok(Compared::AsJudged) => {}
            Ok(Compared::NotYet) if pass.pause(attempt).await => {
                attempt += 1;
                continue;
            }
            Ok(Compared::NotYet | Compared::Changed) => return Applied::Conflict,
            Err(IamError::Absent(_)) => return Applied::Gone,
            Err(error) => return Applied::Failed(error),
        }
        match pass.ports.write().write(permit, name, &step).await {
            Ok(()) => return Applied::Done(step, StepResult::Done),
            Err(IamError::Absent(_)) if deletes(&step) => {
                return Applied::Done(step, StepResult::AlreadyDone);
            }
            Err(error @ IamError::Absent(_)) if names_policy(&step) => {
                return match read::again(pass, name, Facet::Trust).await {
                    Err(IamError::Absent(_)) => Applied::Gone,
                    Ok(_) | Err(_) => Applied::Failed(error),
                };
            }
            Err(IamError::Absent(_)) => return Applied::Gone,
            Err(IamError::Malformed(text)) => match forms.next() {
                Some(other) => step = other,
                None => return Applied::Failed(IamError::Malformed(text)),
            },
            Err(error) if error.is_transient() => {
                if !pass.pause(attempt).await {
                    return Applied::Failed(error);
                }
                attempt += 1;
            }
            Err(error) => return Applied::Failed(error),
        }
    }
}

enum Compared {
    AsJudged,
    /// The read may be stale: it does not show yet what this step waits for.
    NotYet,
    /// Someone else wrote.
    Changed,
}

/// A state that already is as the step leaves it is no reason not to write: the read may be stale and show what
/// was before the change, and writing the same again does no harm.
async fn compare<P: Ports>(
    pass: &Pass<'_, P>,
    judged: Judged<'_>,
    planned: &PlannedStep,
    step: &Step,
) -> Result<Compared, IamError> {
    let name = judged.role.arn.name();
    let live = if planned.gives {
        read::again(pass, name, Facet::Permissions).await?
    } else {
        read::for_step(pass, name, step).await?
    };
    if live.id != judged.role.id || shows(&live, step) == Shows::Neither {
        return Ok(Compared::Changed);
    }
    if !planned.gives {
        return Ok(Compared::AsJudged);
    }
    let steps: Vec<&Step> = judged.plan.iter().map(|planned| &planned.step).collect();
    Ok(if !is_known(judged.role, &live, &steps) {
        Compared::Changed
    } else if planned.needs.iter().all(|need| shows(&live, need) == Shows::After) {
        Compared::AsJudged
    } else {
        Compared::NotYet
    })
}

/// Does the step need a managed policy to exist? Then it may be the policy that is absent, not the role.
fn names_policy(step: &Step) -> bool {
    match step {
        Step::AttachPolicy { .. } | Step::SetDefaultVersion { .. } | Step::PutBoundary { .. } => true,
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::DetachPolicy { .. }
        | Step::DeleteBoundary { .. } => false,
    }
}

fn deletes(step: &Step) -> bool {
    match step {
        Step::DeleteInline { .. } | Step::DetachPolicy { .. } | Step::DeleteBoundary { .. } => true,
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::AttachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. } => false,
    }
}
