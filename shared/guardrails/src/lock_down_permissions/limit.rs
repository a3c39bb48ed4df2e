//! What no guarded role may do: each limit is one question.

use std::fmt;

use policy::{Document, Glob};
use serde::{Deserialize, Serialize};

use crate::names::RoleArn;
use crate::role::Role;
use crate::rules::Rules;

/// Something that no guarded role may be allowed.
///
/// Whatever allows less is not less safe: that holds for every limit, and repairs rely on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Limit<'r> {
    /// All actions, but for what the holder can undo; or to rewrite its own permissions, which comes to the
    /// same.
    Administrator,
    /// Any action that matches this pattern.
    Never(&'r str),
    /// Any known way to more permissions.
    Escalation,
    /// Whatever the ceiling does not allow.
    Ceiling(&'r Ceiling),
    /// To read or hand out data that no policy names.
    DataExposure,
}

/// What is done about a role that breaks a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nothing: it is no limit.
    #[default]
    Allow,
    /// It is a finding.
    Report,
    /// It is a finding, and repaired.
    Forbid,
}

/// The most that some roles may be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ceiling {
    /// A pattern for the path and name of the roles that it is for, such as `/service/*`.
    pub(crate) roles: Glob,
    /// The file, as the settings name it.
    pub(crate) file: String,
    /// What is allowed.
    pub(crate) document: Document,
}

/// What the limit is about, for sentences.
impl fmt::Display for Limit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Administrator => f.write_str("whether the role is an administrator"),
            Self::Never(never) => write!(f, "`{never}`"),
            Self::Escalation => f.write_str("ways to more permissions"),
            Self::Ceiling(ceiling) => write!(f, "the ceiling `{}`", ceiling.file),
            Self::DataExposure => f.write_str("data that no policy names"),
        }
    }
}

impl<'r> Limit<'r> {
    /// The limits of this role, and what is done about each.
    pub(crate) fn of(rules: &'r Rules, role: &Role) -> Vec<(Self, Response)> {
        let lock_down = &rules.lock_down;
        let mut limits = vec![(Self::Administrator, Response::Forbid)];
        limits.extend(lock_down.never.iter().map(|never| (Self::Never(never), Response::Forbid)));
        limits.push((Self::Escalation, lock_down.escalation));
        limits.extend(
            applicable_ceiling(rules, &role.arn).map(|ceiling| (Self::Ceiling(ceiling), Response::Forbid)),
        );
        limits.push((Self::DataExposure, lock_down.data_exposure));
        limits.retain(|(_, response)| *response != Response::Allow);
        limits
    }

    /// How many limits forbid single requests, for any role.
    pub(super) fn of_requests(rules: &Rules) -> usize {
        rules.lock_down.never.len() + rules.lock_down.ceilings.len() + 1
    }

    /// The number of the limit among these; `None` if it is no such limit.
    pub(super) fn number(&self, rules: &Rules) -> Option<usize> {
        let (never, ceilings) = (&rules.lock_down.never, &rules.lock_down.ceilings);
        match self {
            Self::Never(action) => never.iter().position(|known| known == action),
            Self::Ceiling(ceiling) => {
                ceilings.iter().position(|known| std::ptr::eq(known, *ceiling)).map(|at| never.len() + at)
            }
            Self::DataExposure => Some(never.len() + ceilings.len()),
            Self::Administrator | Self::Escalation => None,
        }
    }
}

/// The first ceiling whose pattern matches the role holds.
pub(crate) fn applicable_ceiling<'r>(rules: &'r Rules, role: &RoleArn) -> Option<&'r Ceiling> {
    let name = format!("{}{}", role.path(), role.name());
    rules.lock_down.ceilings.iter().find(|ceiling| ceiling.roles.matches(&name))
}
