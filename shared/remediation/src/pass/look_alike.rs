//! Names that claim what they are not: a role outside AWS's paths that is called like one of AWS's, or one
//! under the name of rescind's own. They are judged like any other role, and what is found weighs more.

use guardrails::{Finding, Role, Severity};

use super::OwnRole;

/// Raises what was found about a look-alike to critical.
pub(super) fn raise(findings: &mut [Finding], role: &Role, own_roles: &[OwnRole]) {
    if is_look_alike(role, own_roles) {
        for finding in findings.iter_mut().filter(|finding| !finding.kind.is_notice()) {
            finding.severity = Severity::Critical;
        }
    }
}

fn is_look_alike(role: &Role, own_roles: &[OwnRole]) -> bool {
    let name = role.arn.name();
    let like_aws =
        ["AWSServiceRoleFor", "AWSReservedSSO_"].iter().any(|start| starts_with(name.as_str(), start));
    let like_own =
        |own: &OwnRole| own.id != role.id && own.arn.name().as_str().eq_ignore_ascii_case(name.as_str());
    (like_aws && !role.is_owned_by_aws()) || own_roles.iter().any(like_own)
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}
