//! Roles that should perhaps be protected: whoever rewrites one of them may lock the account out.

use guardrails::{RoleArn, Rules};
use policy::Glob;
use remediation::dump::Dump;
use serde::Serialize;

/// Well-known names, and what such a role is for. They are suggestions, never exemptions: anybody can give a
/// role such a name.
const WELL_KNOWN: [(&str, &str); 9] = [
    ("OrganizationAccountAccessRole", "the management account reaches the account through it"),
    ("AWSControlTowerExecution", "Control Tower manages the account through it"),
    ("aws-controltower-*", "Control Tower works through it"),
    ("AWSCloudFormationStackSetExecutionRole", "StackSets deploy through it"),
    ("AWSCloudFormationStackSetAdministrationRole", "StackSets deploy through it"),
    ("stacksets-exec-*", "StackSets deploy through it"),
    ("cdk-*-cfn-exec-role-*", "the CDK deploys through it"),
    ("cdk-*-deploy-role-*", "the CDK deploys through it"),
    ("*break*glass*", "it looks like the last way in"),
];

/// A role that is not protected yet.
#[derive(Debug, Serialize)]
pub(crate) struct Suggestion {
    pub(crate) role: RoleArn,
    pub(crate) reason: &'static str,
}

/// The names, as patterns.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN.iter().map(|(name, _)| *name)
}

/// The roles of the dump that bear such a name and are not protected by their rules.
pub(crate) fn unprotected<'r>(
    dump: &Dump<'_>,
    rules_of: &dyn Fn(&RoleArn) -> Option<&'r Rules>,
) -> Vec<Suggestion> {
    let known = WELL_KNOWN.map(|(name, reason)| (Glob::new(name), reason));
    let roles = dump.roles.iter().filter_map(|role| role.detail.as_ref().ok());
    let arns = roles.filter_map(|role| RoleArn::parse(&role.arn).ok());
    arns.filter(|role| rules_of(role).is_some_and(|rules| rules.protection(role).is_none()))
        .filter_map(|role| {
            let name = role.name().as_str();
            let reason =
                known.iter().find(|(glob, _)| glob.matches_ignoring_case(name)).map(|known| known.1)?;
            Some(Suggestion { role, reason })
        })
        .collect()
}
