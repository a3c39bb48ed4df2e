//! One write to a role, as data: what it expects to find, what it leaves behind, and its inverse.

use serde::{Deserialize, Serialize};

use crate::names::{PolicyArn, PolicyName};
use crate::role::{AttachedPolicy, InlinePolicy, Permissions, Role};

/// The closed set of writes. No step deletes a role or a policy version.
///
/// A step carries the state it expects to find; whoever applies it reads that state again and refuses the
/// write when it differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Replace the trust policy.
    PutTrust {
        /// The document it expects to find.
        before: String,
        /// The document it leaves.
        after: String,
    },
    /// Create or replace an inline policy.
    PutInline {
        /// The policy's name.
        policy: PolicyName,
        /// The document it expects to find; `None` when there should be no such policy.
        before: Option<String>,
        /// The document it leaves.
        after: String,
    },
    /// Delete an inline policy.
    DeleteInline {
        /// The policy's name.
        policy: PolicyName,
        /// The document it expects to find.
        before: String,
    },
    /// Attach a managed policy that is not attached yet.
    AttachPolicy {
        /// The managed policy.
        policy: PolicyArn,
    },
    /// Detach a managed policy that is attached.
    DetachPolicy {
        /// The managed policy.
        policy: PolicyArn,
    },
    /// Make another version of a customer managed policy its default.
    SetDefaultVersion {
        /// The managed policy.
        policy: PolicyArn,
        /// The version it expects to be the default.
        before: String,
        /// The version it makes the default.
        after: String,
    },
    /// Set the permissions boundary.
    PutBoundary {
        /// The boundary it expects to find.
        before: Option<PolicyArn>,
        /// The boundary it leaves.
        after: PolicyArn,
    },
    /// Take the permissions boundary away.
    DeleteBoundary {
        /// The boundary it expects to find.
        before: PolicyArn,
    },
}

impl Step {
    /// The step that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::PutTrust { before, after } => Self::PutTrust { before: after, after: before },
            Self::PutInline { policy, before: Some(before), after } => {
                Self::PutInline { policy, before: Some(after), after: before }
            }
            Self::PutInline { policy, before: None, after } => Self::DeleteInline { policy, before: after },
            Self::DeleteInline { policy, before } => Self::PutInline { policy, before: None, after: before },
            Self::AttachPolicy { policy } => Self::DetachPolicy { policy },
            Self::DetachPolicy { policy } => Self::AttachPolicy { policy },
            Self::SetDefaultVersion { policy, before, after } => {
                Self::SetDefaultVersion { policy, before: after, after: before }
            }
            Self::PutBoundary { before: Some(before), after } => {
                Self::PutBoundary { before: Some(after), after: before }
            }
            Self::PutBoundary { before: None, after } => Self::DeleteBoundary { before: after },
            Self::DeleteBoundary { before } => Self::PutBoundary { before: None, after: before },
        }
    }

    /// The role as the step leaves it; `None` if it does not find what it expects, or needs a managed policy
    /// that is not among `known`.
    #[must_use]
    pub fn applied_to(&self, role: &Role, known: &[&AttachedPolicy]) -> Option<Role> {
        let mut role = role.clone();
        if let Self::PutTrust { before, after } = self {
            (role.trust == *before).then_some(())?;
            role.trust.clone_from(after);
            return Some(role);
        }
        if let Self::PutBoundary { before, .. } = self {
            (role.boundary == *before).then_some(())?;
        }
        if let Self::DeleteBoundary { before } = self {
            (role.boundary.as_ref() == Some(before)).then_some(())?;
        }
        self.change(role.permissions.as_mut()?, known)?;
        match self {
            Self::PutBoundary { after, .. } => role.boundary = Some(after.clone()),
            Self::DeleteBoundary { .. } => role.boundary = None,
            Self::PutTrust { .. }
            | Self::PutInline { .. }
            | Self::DeleteInline { .. }
            | Self::AttachPolicy { .. }
            | Self::DetachPolicy { .. }
            | Self::SetDefaultVersion { .. } => {}
        }
        Some(role)
    }

    fn change(&self, permissions: &mut Permissions, known: &[&AttachedPolicy]) -> Option<()> {
        let known = |arn: &PolicyArn, version: Option<&String>| {
            let fits = |policy: &&&AttachedPolicy| version.is_none_or(|version| policy.version == *version);
            known.iter().filter(|policy| policy.arn == *arn).find(fits).map(|policy| (*policy).clone())
        };
        let Permissions { inline, attached, boundary } = permissions;
        match self {
            Self::PutTrust { .. } => {}
            Self::PutInline { policy, before, after } => {
                let found = inline.iter_mut().find(|held| held.name == *policy);
                (found.as_ref().map(|held| &held.text) == before.as_ref()).then_some(())?;
                match found {
                    Some(held) => held.text.clone_from(after),
                    None => inline.push(InlinePolicy { name: policy.clone(), text: after.clone() }),
                }
            }
            Self::DeleteInline { policy, before } => {
                let at = inline.iter().position(|held| held.name == *policy && held.text == *before)?;
                inline.remove(at);
            }
            Self::AttachPolicy { policy } => {
                attached.iter().all(|held| held.arn != *policy).then_some(())?;
                attached.push(known(policy, None)?);
            }
            Self::DetachPolicy { policy } => {
                let at = attached.iter().position(|held| held.arn == *policy)?;
                attached.remove(at);
            }
            Self::SetDefaultVersion { policy, before, after } => {
                let held = attached.iter_mut().chain(boundary);
                let mut held = held.filter(|held| held.arn == *policy && held.version == *before).peekable();
                held.peek()?;
                let after = known(policy, Some(after))?;
                held.for_each(|held| held.clone_from(&after));
            }
            Self::PutBoundary { after, .. } => *boundary = Some(known(after, None)?),
            Self::DeleteBoundary { .. } => *boundary = None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_undone_twice_is_the_step() {
        let policy = PolicyName::parse("inline").unwrap();
        let arn = PolicyArn::parse("arn:aws:iam::aws:policy/ReadOnlyAccess").unwrap();
        let text = |t: &str| t.to_owned();
        for step in [
            Step::PutTrust { before: text("a"), after: text("b") },
            Step::PutInline { policy: policy.clone(), before: Some(text("a")), after: text("b") },
            Step::PutInline { policy: policy.clone(), before: None, after: text("b") },
            Step::DeleteInline { policy, before: text("a") },
            Step::AttachPolicy { policy: arn.clone() },
            Step::DetachPolicy { policy: arn.clone() },
            Step::SetDefaultVersion { policy: arn.clone(), before: text("v2"), after: text("v1") },
            Step::PutBoundary { before: None, after: arn.clone() },
            Step::DeleteBoundary { before: arn },
        ] {
            assert_ne!(step.inverse(), step);
            assert_eq!(step.inverse().inverse(), step);
        }
    }
}
