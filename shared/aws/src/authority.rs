//! Who may do what: each function with the ports it is handed, and the IAM actions that these need.
//!
//! A port that a function is not handed is not linked into its binary. The template's policies are compared
//! with [`actions`] in a test.

use aws_sdk_iam::Client;
use remediation::Function;
use remediation::authority::{
    AttachmentsOnly, BoundaryOnly, InlineOnly, InlineRepair, Read, ReadOnly, TrustAndLockdown, TrustOnly,
    VersionOnly, Write,
};
use remediation::ports::ListRoles;

use crate::iam::{
    Adapter, AttachmentWriter, BoundaryWriter, FullPages, FullReader, InlineWriter, LockdownWriter,
    PolicyReader, RoleReader, TrustPages, TrustWriter, VersionWriter,
};

/// A function with its authority.
pub trait Authority {
    /// The function.
    const FUNCTION: Function;
    /// What it may read of a role.
    type Read: Read + Adapter + Send;
    /// How it sees all roles.
    type Roles: ListRoles + Adapter + Send;
    /// What it may write.
    type Write: Write + Adapter + Send;
}

/// A function: what it reads of a role, how it sees all roles, what it writes.
macro_rules! function {
    ($(#[$doc:meta])* $name:ident, $read:ty, $roles:ty, $write:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Authority for $name {
            const FUNCTION: Function = Function::$name;
            type Read = $read;
            type Roles = $roles;
            type Write = $write;
        }
    };
}

function!(
    /// `create-role`: reads roles with their permissions, writes trust policies, puts the lockdown in force.
    CreateRole, TrustAndLockdown<FullReader>, FullPages, TrustAndLockdown<LockdownWriter>
);
function!(
    /// `update-assume-role-policy`: reads roles, writes trust policies.
    UpdateAssumeRolePolicy, TrustOnly<RoleReader>, TrustPages, TrustOnly<TrustWriter>
);
function!(
    /// `put-role-policy`: reads roles with their permissions, writes inline policies.
    PutRolePolicy, InlineOnly<FullReader>, FullPages, InlineOnly<InlineWriter>
);
function!(
    /// `attach-role-policy`: reads roles with their permissions, attaches and detaches policies.
    AttachRolePolicy, AttachmentsOnly<FullReader>, FullPages, AttachmentsOnly<AttachmentWriter>
);
function!(
    /// `change-policy-version`: reads the roles that use a policy, chooses its default version.
    ChangePolicyVersion, VersionOnly<PolicyReader>, FullPages, VersionOnly<VersionWriter>
);
function!(
    /// `change-permissions-boundary`: reads roles with their permissions, sets boundaries.
    ChangePermissionsBoundary, BoundaryOnly<FullReader>, FullPages, BoundaryOnly<BoundaryWriter>
);
function!(
    /// `update-role`: reads roles, writes nothing.
    UpdateRole, TrustOnly<RoleReader>, TrustPages, ReadOnly<RoleReader>
);
function!(
    /// `sweep`: reads everything, writes nothing: it hands over.
    Sweep, ReadOnly<PolicyReader>, FullPages, ReadOnly<PolicyReader>
);

/// The IAM actions of a function, sorted.
#[must_use]
pub fn actions(function: Function) -> Vec<&'static str> {
    match function {
        Function::CreateRole => actions_of::<CreateRole>(),
        Function::UpdateAssumeRolePolicy => actions_of::<UpdateAssumeRolePolicy>(),
        Function::PutRolePolicy => actions_of::<PutRolePolicy>(),
        Function::AttachRolePolicy => actions_of::<AttachRolePolicy>(),
        Function::ChangePolicyVersion => actions_of::<ChangePolicyVersion>(),
        Function::ChangePermissionsBoundary => actions_of::<ChangePermissionsBoundary>(),
        Function::UpdateRole => actions_of::<UpdateRole>(),
        Function::Sweep => actions_of::<Sweep>(),
    }
}

fn actions_of<A: Authority>() -> Vec<&'static str> {
    let ports = [A::Read::ACTIONS, A::Roles::ACTIONS, A::Write::ACTIONS];
    let mut actions = ports.concat();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// The ports of a function, over one client.
pub(crate) fn ports<A: Authority>(client: &Client, inline: InlineRepair) -> (A::Read, A::Roles, A::Write) {
    (A::Read::over(client, inline), A::Roles::over(client, inline), A::Write::over(client, inline))
}

/// The functions that this one hands roles over to.
#[must_use]
pub fn hands_over_to(function: Function) -> &'static [Function] {
    use Function::{
        AttachRolePolicy, ChangePermissionsBoundary, ChangePolicyVersion, PutRolePolicy,
        UpdateAssumeRolePolicy,
    };
    match function {
        Function::CreateRole | Function::UpdateAssumeRolePolicy => &[PutRolePolicy],
        Function::PutRolePolicy => &[AttachRolePolicy, ChangePolicyVersion, ChangePermissionsBoundary],
        Function::AttachRolePolicy => &[PutRolePolicy, ChangePolicyVersion, ChangePermissionsBoundary],
        Function::ChangePolicyVersion => &[PutRolePolicy, AttachRolePolicy, ChangePermissionsBoundary],
        Function::ChangePermissionsBoundary => &[PutRolePolicy, AttachRolePolicy, ChangePolicyVersion],
        Function::UpdateRole => &[UpdateAssumeRolePolicy],
        Function::Sweep => &[
            UpdateAssumeRolePolicy,
            PutRolePolicy,
            AttachRolePolicy,
            ChangePolicyVersion,
            ChangePermissionsBoundary,
        ],
    }
}
