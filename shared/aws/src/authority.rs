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
use remediation::ports::{ListRoles, Preconditions, Unwatched};

use crate::iam::{
    Adapter, AttachmentWriter, BoundaryWriter, FullPages, FullReader, InlineWriter, LockdownWriter,
    PolicyReader, RoleReader, TrustPages, TrustWriter, VersionWriter,
};

pub use crate::watch::{Watch, Watcher};

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
    /// Does it look whether what rescind lives on is there?
    type Preconditions: Preconditions + Watcher + Send;
}

/// A function: what it reads of a role, how it sees all roles, what it writes, and what else it looks at.
macro_rules! function {
    ($(#[$doc:meta])* $name:ident, $read:ty, $roles:ty, $write:ty) => {
        function!($(#[$doc])* $name, $read, $roles, $write, Unwatched);
    };
    ($(#[$doc:meta])* $name:ident, $read:ty, $roles:ty, $write:ty, $preconditions:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Authority for $name {
            const FUNCTION: Function = Function::$name;
            type Read = $read;
            type Roles = $roles;
            type Write = $write;
            type Preconditions = $preconditions;
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
    /// `sweep`: reads everything, writes nothing: it hands over. Only it looks at trail, rules and queues.
    Sweep, ReadOnly<PolicyReader>, FullPages, ReadOnly<PolicyReader>, Watch
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

/// The actions outside IAM with which it looks whether what rescind lives on is there, sorted.
#[must_use]
pub fn watches_with(function: Function) -> &'static [&'static str] {
    match function {
        Function::Sweep => <Sweep as Authority>::Preconditions::ACTIONS,
        Function::CreateRole
        | Function::UpdateAssumeRolePolicy
        | Function::PutRolePolicy
        | Function::AttachRolePolicy
        | Function::ChangePolicyVersion
        | Function::ChangePermissionsBoundary
        | Function::UpdateRole => Unwatched::ACTIONS,
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

/// The functions to whose queues this one writes. All ask for a sweep when an event does not tell which role it is
/// about; those that write to their own have more to do than one invocation has time for.
#[must_use]
pub fn hands_over_to(function: Function) -> &'static [Function] {
    use Function::{
        AttachRolePolicy, ChangePermissionsBoundary, ChangePolicyVersion, PutRolePolicy, Sweep,
        UpdateAssumeRolePolicy,
    };
    match function {
        Function::CreateRole | Function::UpdateAssumeRolePolicy => &[PutRolePolicy, Sweep],
        Function::PutRolePolicy => &[AttachRolePolicy, ChangePolicyVersion, ChangePermissionsBoundary, Sweep],
        Function::AttachRolePolicy => &[PutRolePolicy, ChangePolicyVersion, ChangePermissionsBoundary, Sweep],
        Function::ChangePolicyVersion => {
            &[PutRolePolicy, AttachRolePolicy, ChangePolicyVersion, ChangePermissionsBoundary, Sweep]
        }
        Function::ChangePermissionsBoundary => &[PutRolePolicy, AttachRolePolicy, ChangePolicyVersion, Sweep],
        Function::UpdateRole => &[UpdateAssumeRolePolicy, Sweep],
        Function::Sweep => &[
            UpdateAssumeRolePolicy,
            PutRolePolicy,
            AttachRolePolicy,
            ChangePolicyVersion,
            ChangePermissionsBoundary,
            Sweep,
        ],
    }
}
