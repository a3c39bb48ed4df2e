//! Carries an undo out: the holds first, so that no function repairs in between.

use guardrails::{Guardrail, Permit, Role, Step};
use time::OffsetDateTime;

use super::{CannotUndo, Undo, facet_of, object, read_live};
use crate::authority::{Read, Write};
use crate::history::{Archive, Hold};
use crate::iam_error::IamError;
use crate::pass::shows::{Shows, shows};

/// Makes the holds, writes, and reads back. The holds that stand in the end.
///
/// # Errors
/// See [`CannotUndo`]. The holds are ended again where a write failed.
pub async fn apply<I: Read + Write, A: Archive>(
    iam: &I,
    archive: &A,
    undo: &Undo,
    now: OffsetDateTime,
    until: OffsetDateTime,
    by: &str,
) -> Result<Vec<Hold>, CannotUndo> {
    if let Some(step) = undo.steps.iter().find(|step| !iam.may(&permit(step), step)) {
        return Err(CannotUndo::Beyond(object(step)));
    }
    let holds = undo.holds(now, until, by);
    for hold in &holds {
        archive.hold(hold).await.map_err(CannotUndo::NoHold)?;
    }
    let written = write(iam, undo).await;
    let role = match written {
        Ok(role) => role,
        Err(error) => {
            // What was held is not there: the hold would do no harm, and no good.
            for hold in holds {
                let _ = archive.hold(&Hold { until: now, ..hold }).await;
            }
            return Err(error);
        }
    };
    let seen = undo.holds_on(&role, now, until, by);
    for hold in seen.iter().filter(|hold| !holds.contains(hold)) {
        archive.hold(hold).await.map_err(CannotUndo::NoHold)?;
    }
    Ok(seen)
}

/// The role as it is read back.
async fn write<I: Read + Write>(iam: &I, undo: &Undo) -> Result<Role, CannotUndo> {
    for step in &undo.steps {
        let role = read_live(iam, &undo.live.arn, facet_of(std::slice::from_ref(step))).await?;
        if role.id != undo.live.id {
            return Err(CannotUndo::Recreated(role.arn));
        }
        if shows(&role, step) == Shows::Neither {
            return Err(CannotUndo::Changed { role: Box::new(role.arn), what: object(step) });
        }
        match iam.write(&permit(step), undo.name(), step).await {
            Ok(()) => {}
            Err(IamError::Absent(_)) => return Err(CannotUndo::Gone(role.arn)),
            Err(error) => return Err(error.into()),
        }
    }
    read_live(iam, &undo.live.arn, undo.facet()).await
}

/// An operator takes a repair back with credentials of their own; no mode is asked.
fn permit(step: &Step) -> Permit {
    Permit::of_operator(match step {
        Step::PutTrust { .. } => Guardrail::RestrictCrossAccountAccess,
        Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => Guardrail::LockDownPermissions,
    })
}
