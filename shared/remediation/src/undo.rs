//! Takes a repair back: the documents that it found are put in place again, and held.
//!
//! Only people do this. The role is compared first: it must be the one that was repaired, and show what the
//! repair left.

mod apply;
mod dead;
mod freed;

use std::collections::BTreeSet;

use guardrails::{AttachedPolicy, Facet, Role, RoleArn, RoleName, Step};
use time::OffsetDateTime;

pub use apply::apply;

use crate::authority::Read;
use crate::history::{Hold, Repair, RepairId, parts};
use crate::iam_error::IamError;
use crate::pass::shows::{Shows, shows};
use crate::ports::PortError;
use crate::record::{RoleState, StepResult};

/// What undoing a repair would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The repair.
    pub repair: RepairId,
    /// The role as it is.
    pub live: Role,
    /// The role as it will be.
    pub restored: Role,
    /// The writes, in order.
    pub steps: Vec<Step>,
    /// Principals that were deleted since the repair, and are left out: IAM takes no document that names them.
    pub pruned: Vec<String>,
}

/// Why a repair can't be undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotUndo {
    /// The repair wrote nothing.
    #[error("the repair wrote nothing")]
    Nothing,
    /// The role shows what the repair found.
    #[error("`{0}` already shows what the repair found: somebody has put it back")]
    Undone(RoleArn),
    /// The role is gone.
    #[error("`{0}` does not exist any more")]
    Gone(RoleArn),
    /// There is another role under its name.
    #[error("`{0}` was deleted and created again since: it is another role")]
    Recreated(RoleArn),
    /// Someone wrote to the role since.
    #[error("`{role}` was changed since the repair: {what} is not what the repair left; edit it by hand")]
    Changed {
        /// The role.
        role: Box<RoleArn>,
        /// Which part of it.
        what: String,
    },
    /// Every principal of the earlier trust policy was deleted.
    #[error("nobody whom the earlier trust policy of `{0}` names exists any more")]
    NobodyLeft(RoleArn),
    /// A later repair took away what denies it.
    #[error(
        "`{role}` would be allowed what it was not allowed before the repair, because a policy that denied it was taken \
         away since; undo that repair first, or edit it by hand: {what}"
    )]
    Frees {
        /// The role.
        role: Box<RoleArn>,
        /// A request, for example.
        what: String,
    },
    /// The step can't be carried out from here.
    #[error("{0} can't be undone from here; do it by hand")]
    Beyond(String),
    /// IAM did not answer as it should.
    #[error(transparent)]
    Iam(#[from] IamError),
    /// The history did not take the hold, so nothing was written.
    #[error("the hold could not be made, so nothing was written: {0}")]
    NoHold(PortError),
}

/// What it takes to undo the repair. Nothing is written.
///
/// # Errors
/// See [`CannotUndo`].
pub async fn plan<R: Read>(read: &R, repair: &Repair) -> Result<Undo, CannotUndo> {
    let (Some(intent), Some(before)) = (repair.intents.first(), repair.before()) else {
        return Err(CannotUndo::Nothing);
    };
    let written = written(repair);
    let live = read_live(read, &intent.role, facet_of(&written)).await?;
    if live.id != intent.role_id {
        return Err(CannotUndo::Recreated(live.arn));
    }
    let known = known(before);
    let known: Vec<&AttachedPolicy> = known.iter().collect();
    let mut undo = Undo {
        repair: repair.id.clone(),
        restored: live.clone(),
        live,
        steps: Vec::new(),
        pruned: Vec::new(),
    };
    for step in written.iter().rev().map(Step::inverse) {
        let what = object(&step);
        let changed = || CannotUndo::Changed { role: Box::new(intent.role.clone()), what: what.clone() };
        match shows(&undo.restored, &step) {
            Shows::After => continue,
            Shows::Neither => return Err(changed()),
            Shows::Before => {}
        }
        let (step, pruned) = dead::pruned(read, &undo.restored, as_live(step, &undo.restored)).await?;
        undo.restored = step.applied_to(&undo.restored, &known).ok_or_else(changed)?;
        undo.pruned.extend(pruned);
        undo.steps.push(step);
    }
    if let Some(what) = freed::freed(&before.to_role(), &undo.live, &undo.restored) {
        return Err(CannotUndo::Frees { role: Box::new(intent.role.clone()), what });
    }
    match (written.is_empty(), undo.steps.is_empty()) {
        (true, _) => Err(CannotUndo::Nothing),
        (_, true) => Err(CannotUndo::Undone(intent.role.clone())),
        (false, false) => Ok(undo),
    }
}

impl Undo {
    /// The facets that are put back.
    #[must_use]
    pub fn facet(&self) -> Facet {
        facet_of(&self.steps)
    }

    /// The holds that keep functions from repairing this very state again.
    #[must_use]
    pub fn holds(&self, at: OffsetDateTime, until: OffsetDateTime, by: &str) -> Vec<Hold> {
        self.holds_on(&self.restored, at, until, by)
    }

    fn holds_on(&self, role: &Role, at: OffsetDateTime, until: OffsetDateTime, by: &str) -> Vec<Hold> {
        let state = RoleState::from(role);
        let hold = |facet| Hold {
            version: 1,
            role_id: role.id.clone(),
            role: role.arn.clone(),
            facet,
            digest: state.digest(facet),
            at,
            until,
            by: by.to_owned(),
        };
        parts(self.facet()).map(hold).collect()
    }

    fn name(&self) -> &RoleName {
        self.live.arn.name()
    }
}

async fn read_live<R: Read>(read: &R, role: &RoleArn, facet: Facet) -> Result<Role, CannotUndo> {
    match read.read(role.name(), facet).await {
        Ok(live) => Ok(live),
        Err(IamError::Absent(_)) => Err(CannotUndo::Gone(role.clone())),
        Err(error) => Err(error.into()),
    }
}

/// What the repair wrote: as its record tells, or all that it was about to if it did not live to tell. Of
/// several trust policies only the first that was found and the last that was left count.
fn written(repair: &Repair) -> Vec<Step> {
    let steps: Vec<Step> = match &repair.record {
        Some(record) => {
            let done = record.steps.iter().filter(|step| step.result == StepResult::Done);
            done.map(|step| step.step.clone()).collect()
        }
        None => repair.intents.iter().flat_map(|intent| intent.steps.clone()).collect(),
    };
    let mut merged: Vec<Step> = Vec::new();
    for step in steps {
        match (merged.last_mut(), step) {
            (Some(Step::PutTrust { after, .. }), Step::PutTrust { after: last, .. }) => *after = last,
            (_, step) => merged.push(step),
        }
    }
    merged
}

fn facet_of(steps: &[Step]) -> Facet {
    let of =
        |step: &Step| if matches!(step, Step::PutTrust { .. }) { Facet::Trust } else { Facet::Permissions };
    let facets: BTreeSet<Facet> = steps.iter().map(of).collect();
    match (facets.contains(&Facet::Trust), facets.contains(&Facet::Permissions)) {
        (true, true) => Facet::All,
        (false, true) => Facet::Permissions,
        (_, false) => Facet::Trust,
    }
}

/// The managed policies in the versions that the repair found.
fn known(before: &RoleState) -> Vec<AttachedPolicy> {
    let permissions = before.permissions.iter();
    permissions.flat_map(|state| state.attached.iter().chain(&state.boundary)).cloned().collect()
}

/// The step against the live text, which IAM may have laid out anew.
fn as_live(step: Step, role: &Role) -> Step {
    let inline = |name| {
        let mut inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
        inline.find(|policy| policy.name == name).map(|policy| policy.text.clone())
    };
    match step {
        Step::PutTrust { after, .. } => Step::PutTrust { before: role.trust.clone(), after },
        Step::PutInline { policy, after, .. } => {
            Step::PutInline { before: inline(policy.clone()), policy, after }
        }
        Step::DeleteInline { policy, before } => {
            Step::DeleteInline { before: inline(policy.clone()).unwrap_or(before), policy }
        }
        other @ (Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. }) => other,
    }
}

/// What the step writes to, for people.
fn object(step: &Step) -> String {
    match step {
        Step::PutTrust { .. } => "the trust policy".to_owned(),
        Step::PutInline { policy, .. } | Step::DeleteInline { policy, .. } => {
            format!("the inline policy `{policy}`")
        }
        Step::AttachPolicy { policy } | Step::DetachPolicy { policy } => {
            format!("the attachment of `{policy}`")
        }
        Step::SetDefaultVersion { policy, .. } => format!("the default version of `{policy}`"),
        Step::PutBoundary { .. } | Step::DeleteBoundary { .. } => "the permissions boundary".to_owned(),
    }
}

#[cfg(test)]
mod tests;
