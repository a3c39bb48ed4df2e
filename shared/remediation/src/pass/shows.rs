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
