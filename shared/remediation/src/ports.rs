//! The ports: one trait per capability, so that a function can hold only what its own IAM policy grants.
//!
//! Every method that writes asks for a [`Permit`], which only enforce mode gives. There is no port that
//! deletes a role or a policy version.

use std::future::Future;
use std::time::Duration;

use guardrails::{
    AttachedPolicy, InlinePolicy, Lockdown, Permissions, Permit, PolicyArn, PolicyName, PolicyUser, Role,
    RoleName,
};
use time::OffsetDateTime;

use crate::authority::{Read, Write};
use crate::blind::Surroundings;
use crate::decode::{HandOverMessage, PolicyUserMessage, SweepUnderWay};
use crate::function::Function;
use crate::history::History;
use crate::iam_error::IamError;
use crate::record::Notification;

/// Everything that a pass touches, put together once by whoever runs it.
pub trait Ports {
    /// What the function may read of a role.
    type Read: Read;
    /// All roles of the account.
    type Roles: ListRoles;
    /// What the function may write.
    type Write: Write;
    /// The memory of intents and outcomes.
    type History: History;
    /// The way to people.
    type Notify: Notify;
    /// The way to the other functions.
    type HandOver: HandOver;
    /// What rescind lives on.
    type Preconditions: Preconditions;
    /// Time.
    type Clock: Clock;

    /// What the function may read of a role.
    fn read(&self) -> &Self::Read;
    /// All roles of the account.
    fn roles(&self) -> &Self::Roles;
    /// What the function may write.
    fn write(&self) -> &Self::Write;
    /// The memory of intents and outcomes.
    fn history(&self) -> &Self::History;
    /// The way to people.
    fn notify(&self) -> &Self::Notify;
    /// The way to the other functions.
    fn hand_over(&self) -> &Self::HandOver;
    /// What rescind lives on.
    fn preconditions(&self) -> &Self::Preconditions;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// How many calls IAM has had through these ports so far, retries included; for the record.
    fn iam_calls(&self) -> u64;
}

/// Reads a role with its trust policy: one `GetRole`.
pub trait ReadRole: Sync {
    /// The live role, without its permissions.
    fn role(&self, name: &RoleName) -> impl Future<Output = Result<Role, IamError>> + Send;
}

/// Reads what a role may do: `ListRolePolicies`, `GetRolePolicy`, `ListAttachedRolePolicies`, `GetPolicy`,
/// `GetPolicyVersion`.
pub trait ReadPermissions: Sync {
    /// The inline and attached policies of the role, and the document of its boundary.
    fn permissions(&self, role: &Role) -> impl Future<Output = Result<Permissions, IamError>> + Send;

    /// One inline policy of the role; `None` if it has no such policy.
    fn inline(
        &self,
        role: &Role,
        policy: &PolicyName,
    ) -> impl Future<Output = Result<Option<InlinePolicy>, IamError>> + Send;
}

/// Reads what is to be known of a managed policy beyond its default version: `ListEntitiesForPolicy` once for
/// each way to use it, `ListPolicyVersions`, `GetPolicyVersion`.
pub trait ReadPolicy: Sync {
    /// Who has the policy attached or as permissions boundary.
    fn users(&self, policy: &PolicyArn) -> impl Future<Output = Result<Vec<PolicyUser>, IamError>> + Send;

    /// All versions of the policy, the newest first.
    fn versions(
        &self,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<Vec<AttachedPolicy>, IamError>> + Send;
}

/// Reads all roles, a page at a time: `GetAccountAuthorizationDetails`.
pub trait ListRoles: Sync {
    /// The page that starts at the marker; the first page without one.
    fn page(&self, marker: Option<&str>) -> impl Future<Output = Result<Page, IamError>> + Send;
}

/// One page of roles, each with its permissions.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The roles that could be read.
    pub roles: Vec<Role>,
    /// Roles of the page that could not be understood: name, and why. Reported, never dropped.
    pub unreadable: Vec<(String, String)>,
    /// Where the next page starts; `None` after the last.
    pub next: Option<String>,
}

/// Writes trust policies: `UpdateAssumeRolePolicy`.
pub trait WriteTrust: Sync {
    /// Replaces the trust policy of the role.
    fn put_trust(
        &self,
        permit: &Permit,
        role: &RoleName,
        document: &str,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Writes inline policies: `PutRolePolicy`, `DeleteRolePolicy`.
pub trait WriteInline: Sync {
    /// Creates or replaces an inline policy.
    fn put_inline(
        &self,
        permit: &Permit,
        role: &RoleName,
        policy: &PolicyName,
        document: &str,
    ) -> impl Future<Output = Result<(), IamError>> + Send;

    /// Deletes an inline policy.
    fn delete_inline(
        &self,
        permit: &Permit,
        role: &RoleName,
        policy: &PolicyName,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Attaches and detaches managed policies: `AttachRolePolicy`, `DetachRolePolicy`.
pub trait WriteAttachments: Sync {
    /// Attaches a managed policy; attaching it twice changes nothing.
    fn attach(
        &self,
        permit: &Permit,
        role: &RoleName,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<(), IamError>> + Send;

    /// Detaches a managed policy.
    fn detach(
        &self,
        permit: &Permit,
        role: &RoleName,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Puts the lockdown policy in force and can attach nothing else: `AttachRolePolicy`,
/// `PutRolePermissionsBoundary`. Only the settings make a [`Lockdown`].
pub trait WriteLockdown: Sync {
    /// Attaches the lockdown policy; attaching it twice changes nothing.
    fn attach_lockdown(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> impl Future<Output = Result<(), IamError>> + Send;

    /// Makes its other form the permissions boundary.
    fn put_lockdown_boundary(
        &self,
        permit: &Permit,
        role: &RoleName,
        lockdown: &Lockdown,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Chooses the default version of a customer managed policy: `SetDefaultPolicyVersion`.
pub trait WriteVersion: Sync {
    /// Makes the version the default.
    fn set_default_version(
        &self,
        permit: &Permit,
        policy: &PolicyArn,
        version: &str,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Sets permissions boundaries: `PutRolePermissionsBoundary`.
pub trait WriteBoundary: Sync {
    /// Sets the boundary.
    fn put_boundary(
        &self,
        permit: &Permit,
        role: &RoleName,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Takes permissions boundaries away: `DeleteRolePermissionsBoundary`. A role without one may do more, so no
/// function holds this; it is there for people who undo a repair.
pub trait RemoveBoundary: Sync {
    /// Takes the boundary away.
    fn delete_boundary(
        &self,
        permit: &Permit,
        role: &RoleName,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Tells people: one event on the bus.
pub trait Notify: Sync {
    /// Publishes the notification. Publishing it twice is harmless: its id is stable.
    fn notify(&self, notification: &Notification) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Hands roles over to the functions that have the authority this one lacks.
pub trait HandOver: Sync {
    /// Is this function deployed, and may its queue be written to?
    fn reaches(&self, to: Function) -> bool;

    /// Puts the message into that function's queue.
    fn hand_over(
        &self,
        to: Function,
        message: &HandOverMessage,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Gives each of these users of a policy a message in the queue of the function that follows policies.
    fn policy_users(
        &self,
        messages: &[PolicyUserMessage],
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Has a sweep begun by a message to the sweep's queue, or this one go on after that time.
    fn sweep(
        &self,
        under_way: Option<&SweepUnderWay>,
        after: Duration,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Looks whether what rescind lives on is there: trail, rules, queues. Only the sweep does.
pub trait Preconditions: Sync {
    /// What is there; `None` from who does not look. What could not be read says so.
    fn surroundings(&self) -> impl Future<Output = Option<Surroundings>> + Send;
}

/// Does not look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Preconditions for Unwatched {
    async fn surroundings(&self) -> Option<Surroundings> {
        None
    }
}

/// Time, so that tests need not wait.
pub trait Clock: Sync {
    /// The current instant, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// A port other than IAM did not do it; the text says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);
