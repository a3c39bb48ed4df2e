//! Principals that were deleted: IAM takes no document that names them.

use guardrails::{Facet, Role, RoleArn, Step};

use super::CannotUndo;
use crate::authority::Read;
use crate::iam_error::IamError;

/// The step without principals that do not exist any more, and which those were. Whether a role exists can be
/// asked; a unique id in a stored document is what IAM shows of a principal that was deleted.
pub(super) async fn pruned<R: Read>(
    read: &R,
    role: &Role,
    step: Step,
) -> Result<(Step, Vec<String>), CannotUndo> {
    let Step::PutTrust { before, after } = step else { return Ok((step, Vec::new())) };
    let mut dead = Vec::new();
    for principal in guardrails::principals(&after) {
        if is_dead(read, role, &principal).await? {
            dead.push(principal);
        }
    }
    if dead.is_empty() {
        return Ok((Step::PutTrust { before, after }, dead));
    }
    let after = guardrails::without_principals(&after, &dead)
        .ok_or_else(|| CannotUndo::NobodyLeft(role.arn.clone()))?;
    Ok((Step::PutTrust { before, after }, dead))
}

async fn is_dead<R: Read>(read: &R, role: &Role, principal: &str) -> Result<bool, CannotUndo> {
    if principal.starts_with("AROA") || principal.starts_with("AIDA") {
        return Ok(true);
    }
    let Ok(other) = RoleArn::parse(principal) else { return Ok(false) };
    if other.account() != role.arn.account() || other == role.arn {
        return Ok(false);
    }
    match read.read(other.name(), Facet::Trust).await {
        Ok(found) => Ok(found.arn != other),
        Err(IamError::Absent(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
