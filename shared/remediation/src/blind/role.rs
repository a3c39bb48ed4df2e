//! Is a role of rescind's own as it was deployed?

use guardrails::{Permissions, Role};

use super::{Blind, Gap, OwnRoleSeen, Part};
use crate::function::Function;
use crate::log_text::LogText;

/// A role of rescind as IAM shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRole {
    /// It has the id that the template knows.
    pub is_same: bool,
    /// It carries the policy of its function.
    pub has_own_policy: bool,
    /// The policies and boundaries that are not rescind's.
    pub foreign: Vec<String>,
    /// It shows something that no earlier sweep saw.
    pub is_news: bool,
}

impl SeenRole {
    /// What is to be known of a role that was read whole. The template gives each role one inline policy, which is
    /// called like a function, and nothing else.
    pub(crate) fn of(role: &Role, is_same: bool, is_news: bool) -> Self {
        let nothing = Permissions::default();
        let permissions = role.permissions.as_ref().unwrap_or(&nothing);
        let is_own = |name: &str| Function::ALL.iter().any(|function| function.name() == name);
        let inline = || permissions.inline.iter().map(|policy| policy.name.as_str());
        let foreign = inline().filter(|name| !is_own(name)).map(|name| format!("inline policy {name}"));
        let attached = permissions.attached.iter().map(|policy| policy.arn.to_string());
        let boundary = role.boundary.iter().map(|arn| format!("boundary {arn}"));
        Self {
            is_same,
            has_own_policy: inline().any(is_own),
            foreign: foreign.chain(attached).chain(boundary).collect(),
            is_news,
        }
    }
}

pub(super) fn gaps(own: &OwnRoleSeen) -> Vec<Blind> {
    let gap = |gap| Blind::new(Part::Role, own.arn.as_str(), gap);
    let role = match &own.role {
        Err(why) => return vec![gap(Gap::Unread(why.clone()))],
        Ok(None) => return vec![gap(Gap::Absent)],
        Ok(Some(role)) if !role.is_same => return vec![gap(Gap::Replaced)],
        Ok(Some(role)) => role,
    };
    let foreign = (!role.foreign.is_empty()).then(|| Gap::Foreign(LogText::new(&role.foreign.join(", "))));
    let bare = (!role.has_own_policy).then_some(Gap::Bare);
    let changed = role.is_news.then_some(Gap::Changed);
    [foreign, bare, changed].into_iter().flatten().map(gap).collect()
}
