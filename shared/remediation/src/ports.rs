//! The ports: one trait per capability, so that a function can hold only what its own IAM policy grants.
//!
//! Every method that writes asks for a [`Permit`], which only enforce mode gives. There is no port that
//! deletes a role or a policy version.

use std::future::Future;
use std::time::Duration;

use guardrails::{Permissions, Permit, PolicyName, Role, RoleName, Step};
use time::OffsetDateTime;

use crate::iam_error::IamError;

/// Reads a role with its trust policy: one `GetRole`.
pub trait ReadRole {
    /// The live role, without its permissions.
    fn role(&self, name: &RoleName) -> impl Future<Output = Result<Role, IamError>> + Send;
}

/// Reads what a role may do: `ListRolePolicies`, `GetRolePolicy`, `ListAttachedRolePolicies`, `GetPolicy`,
/// `GetPolicyVersion`.
pub trait ReadPermissions {
    /// The inline and attached policies of the role, and the document of its boundary.
    fn permissions(&self, role: &Role) -> impl Future<Output = Result<Permissions, IamError>> + Send;
}

/// Reads all roles, a page at a time: `GetAccountAuthorizationDetails`.
pub trait ListRoles {
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
pub trait WriteTrust {
    /// Replaces the trust policy of the role.
    fn put_trust(
        &self,
        permit: &Permit,
        role: &RoleName,
        document: &str,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Writes inline policies: `PutRolePolicy`, `DeleteRolePolicy`.
pub trait WriteInline {
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

/// The writes that a function has the authority for. [`TrustOnly`] and [`InlineOnly`] make one from the
/// capabilities above.
pub trait Write {
    /// Is this step within the authority?
    fn may(&self, step: &Step) -> bool;

    /// Carries the step out, without looking; whoever calls has compared what the step expects.
    fn write(
        &self,
        permit: &Permit,
        role: &RoleName,
        step: &Step,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Time, so that tests need not wait.
pub trait Clock {
    /// The current instant, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
