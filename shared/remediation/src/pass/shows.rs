//! Which side of a step a role is on: what the step expects, what it leaves behind, or neither.

use guardrails::{Permissions, PolicyArn, PolicyName, Role, Step};

use crate::document::digest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    Before,
    After,
    /// Someone else wrote.
    Neither,
}

pub(crate) fn shows(role: &Role, step: &Step) -> Shows {
    let text = |before: Option<&str>, after: Option<&str>, live: Option<&str>| {
        sides(before.map(digest), after.map(digest), live.map(digest))
    };
    match step {
        Step::PutTrust { before, after } => text(Some(before), Some(after), Some(&role.trust)),
        Step::PutBoundary { before, after } => sides(before.as_ref(), Some(after), role.boundary.as_ref()),
        Step::DeleteBoundary { before } => sides(Some(before), None, role.boundary.as_ref()),
        Step::PutInline { policy, before, after } => in_permissions(role, |permissions| {
            text(before.as_deref(), Some(after), inline(permissions, policy))
        }),
        Step::DeleteInline { policy, before } => {
            in_permissions(role, |permissions| text(Some(before), None, inline(permissions, policy)))
        }
        Step::AttachPolicy { policy } => {
            in_permissions(role, |permissions| sides(None, Some(policy), attached(permissions, policy)))
        }
        Step::DetachPolicy { policy } => {
            in_permissions(role, |permissions| sides(Some(policy), None, attached(permissions, policy)))
        }
        Step::SetDefaultVersion { policy, before, after } => in_permissions(role, |permissions| {
            sides(Some(before.as_str()), Some(after), version(permissions, policy))
        }),
    }
}

/// Are all permissions of the role as they were judged, but for what some of these steps leave behind?
pub(super) fn is_known(judged: &Role, live: &Role, steps: &[&Step]) -> bool {
    let (Some(was), Some(is)) = (&judged.permissions, &live.permissions) else { return false };
    let is_done = |is_about: &dyn Fn(&Step) -> bool| {
        steps.iter().any(|step| is_about(step) && shows(live, step) == Shows::After)
    };
    let mut names = was.inline.iter().chain(&is.inline).map(|policy| &policy.name);
    let mut arns = was.attached.iter().chain(&is.attached).map(|policy| &policy.arn);
    names.all(|name| {
        let text = |held| inline(held, name).map(digest);
        text(was) == text(is) || is_done(&|step| changes_inline(step, name))
    }) && arns.all(|arn| {
        let found = |held: &Permissions| held.attached.iter().find(|policy| policy.arn == *arn).cloned();
        found(was) == found(is) || is_done(&|step| changes_attached(step, arn))
    }) && (was.boundary == is.boundary
        || is_done(&|step| changes_boundary(step, is.boundary.as_ref().map(|policy| &policy.arn))))
}

fn changes_inline(step: &Step, name: &PolicyName) -> bool {
    match step {
        Step::PutInline { policy, .. } | Step::DeleteInline { policy, .. } => policy == name,
        Step::PutTrust { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    }
}

fn changes_attached(step: &Step, arn: &PolicyArn) -> bool {
    match step {
        Step::AttachPolicy { policy }
        | Step::DetachPolicy { policy }
        | Step::SetDefaultVersion { policy, .. } => policy == arn,
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    }
}

fn changes_boundary(step: &Step, boundary: Option<&PolicyArn>) -> bool {
    match step {
        Step::PutBoundary { .. } | Step::DeleteBoundary { .. } => true,
        Step::SetDefaultVersion { policy, .. } => boundary == Some(policy),
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. } => false,
    }
}

fn sides<T: PartialEq>(before: Option<T>, after: Option<T>, live: Option<T>) -> Shows {
    if live == after {
        Shows::After
    } else if live == before {
        Shows::Before
    } else {
        Shows::Neither
    }
}

fn in_permissions(role: &Role, compare: impl FnOnce(&Permissions) -> Shows) -> Shows {
    role.permissions.as_ref().map_or(Shows::Neither, compare)
}

fn inline<'a>(permissions: &'a Permissions, name: &PolicyName) -> Option<&'a str> {
    permissions.inline.iter().find(|policy| policy.name == *name).map(|policy| policy.text.as_str())
}

fn attached<'a>(permissions: &'a Permissions, arn: &PolicyArn) -> Option<&'a PolicyArn> {
    permissions.attached.iter().map(|policy| &policy.arn).find(|attached| *attached == arn)
}

fn version<'a>(permissions: &'a Permissions, arn: &PolicyArn) -> Option<&'a str> {
    let policies = permissions.attached.iter().chain(&permissions.boundary);
    policies.into_iter().find(|policy| policy.arn == *arn).map(|policy| policy.version.as_str())
}
