//! What has to be known of managed policies before a plan that changes one for everybody who uses it.

use guardrails::{AttachedPolicy, Finding, PlannedStep, Role, Step};

use super::Pass;
use super::draft::Draft;
use crate::authority::Read as _;
use crate::ports::Ports;

/// The versions that the account keeps of a lockdown policy that was loosened.
pub(super) async fn kept_versions<P: Ports>(
    pass: &Pass<'_, P>,
    findings: &[Finding],
    draft: &mut Draft,
) -> Vec<AttachedPolicy> {
    let loosened = findings.iter().find_map(|finding| finding.kind.loosened_lockdown());
    let Some(policy) = loosened else { return Vec::new() };
    match pass.ports.read().versions(policy).await {
        Ok(versions) => versions,
        Err(error) => {
            draft.trouble(&format!("the versions of `{policy}` could not be read: {error}"));
            Vec::new()
        }
    }
}

/// Names in each step that sets a version back who else uses the policy. Not to know it keeps nobody from the
/// repair.
pub(super) async fn tell_users<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    steps: &mut [PlannedStep],
    draft: &mut Draft,
) {
    for planned in steps {
        let Step::SetDefaultVersion { policy, .. } = &planned.step else { continue };
        match pass.ports.read().users(policy).await {
            Ok(mut users) => {
                users.retain(|user| user.role() != Some(role.arn.name().as_str()));
                planned.tell_users(users);
            }
            Err(error) => draft.trouble(&format!("who uses `{policy}` could not be read: {error}")),
        }
    }
}
