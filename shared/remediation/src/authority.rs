//! What a function can read and write, put together from the capabilities its IAM policy grants.
//!
//! A function made of [`TrustOnly`] can't write a permission policy: the code for it is not in the binary.

use std::future::Future;

use guardrails::{AttachedPolicy, Facet, Lockdown, Permit, PolicyArn, PolicyUser, Role, RoleName, Step};

use crate::iam_error::IamError;
use crate::ports::{
    ReadPermissions, ReadPolicy, ReadRole, WriteAttachments, WriteBoundary, WriteInline, WriteLockdown,
    WriteTrust, WriteVersion,
};

/// What a function can read of a role.
pub trait Read: Sync {
    /// The live role with what the facet asks for.
    fn read(&self, name: &RoleName, facet: Facet) -> impl Future<Output = Result<Role, IamError>> + Send;

    /// Who else uses a managed policy; nobody, as far as a function knows that cannot change one.
    fn users(&self, _: &PolicyArn) -> impl Future<Output = Result<Vec<PolicyUser>, IamError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The versions of a managed policy; none, as far as a function knows that cannot change one.
    fn versions(&self, _: &PolicyArn) -> impl Future<Output = Result<Vec<AttachedPolicy>, IamError>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// The writes that a function has the authority for.
pub trait Write: Sync {
    /// Is this step within the authority, under this permit?
    fn may(&self, permit: &Permit, step: &Step) -> bool;

    /// Carries the step out, without looking; whoever calls has compared what the step expects.
    fn write(
        &self,
        permit: &Permit,
        role: &RoleName,
        step: &Step,
    ) -> impl Future<Output = Result<(), IamError>> + Send;
}

/// Reads roles without their permissions and writes trust policies: `update-assume-role-policy`.
#[derive(Clone, Debug)]
pub struct TrustOnly<I>(pub I);

/// Reads roles with their permissions, writes trust policies and puts the lockdown policy in force, and no
/// other: `create-role`.
#[derive(Clone, Debug)]
pub struct TrustAndLockdown<I>(pub I);

/// Reads roles with their permissions and writes inline policies: `put-role-policy`.
#[derive(Clone, Debug)]
pub struct InlineOnly<I>(pub I);

/// Reads and writes all: the command line and the embedded account.
#[derive(Clone, Debug)]
pub struct Everything<I>(pub I);

impl<I: ReadRole> Read for TrustOnly<I> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        if facet.has_permissions() {
            let text = "this function reads trust policies only".to_owned();
            return Err(IamError::Denied(text));
        }
        self.0.role(name).await
    }
}

impl<I: ReadRole + ReadPermissions> Read for TrustAndLockdown<I> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        read_facet(&self.0, name, facet).await
    }
}

impl<I: ReadRole + ReadPermissions> Read for InlineOnly<I> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        read_facet(&self.0, name, facet).await
    }
}

impl<I: ReadRole + ReadPermissions + ReadPolicy> Read for Everything<I> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        read_facet(&self.0, name, facet).await
    }

    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        self.0.users(policy).await
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        self.0.versions(policy).await
    }
}

async fn read_facet<I: ReadRole + ReadPermissions>(
    iam: &I,
    name: &RoleName,
    facet: Facet,
) -> Result<Role, IamError> {
    let mut role = iam.role(name).await?;
    if facet.has_permissions() {
        role.permissions = Some(iam.permissions(&role).await?);
    }
    Ok(role)
}

impl<I: WriteTrust> Write for TrustOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        is_trust(step)
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::PutTrust { after, .. } => self.0.put_trust(permit, role, after).await,
            Step::PutInline { .. }
            | Step::DeleteInline { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::SetDefaultVersion { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: WriteTrust + WriteLockdown> Write for TrustAndLockdown<I> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        is_trust(step) || lockdown_in(permit, step).is_some()
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        let lockdown = lockdown_in(permit, step).ok_or_else(|| beyond(step));
        match step {
            Step::PutTrust { after, .. } => self.0.put_trust(permit, role, after).await,
            Step::AttachPolicy { .. } => self.0.attach_lockdown(permit, role, lockdown?).await,
            Step::PutBoundary { .. } => self.0.put_lockdown_boundary(permit, role, lockdown?).await,
            Step::PutInline { .. }
            | Step::DeleteInline { .. }
            | Step::DetachPolicy { .. }
            | Step::SetDefaultVersion { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: WriteInline> Write for InlineOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        is_inline(step)
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::PutInline { policy, after, .. } => self.0.put_inline(permit, role, policy, after).await,
            Step::DeleteInline { policy, .. } => self.0.delete_inline(permit, role, policy).await,
            Step::PutTrust { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::SetDefaultVersion { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I> Write for Everything<I>
where
    I: WriteTrust + WriteInline + WriteAttachments + WriteVersion + WriteBoundary,
{
    fn may(&self, _: &Permit, _: &Step) -> bool {
        true
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        let iam = &self.0;
        match step {
            Step::PutTrust { after, .. } => iam.put_trust(permit, role, after).await,
            Step::PutInline { policy, after, .. } => iam.put_inline(permit, role, policy, after).await,
            Step::DeleteInline { policy, .. } => iam.delete_inline(permit, role, policy).await,
            Step::AttachPolicy { policy } => iam.attach(permit, role, policy).await,
            Step::DetachPolicy { policy } => iam.detach(permit, role, policy).await,
            Step::SetDefaultVersion { policy, after, .. } => {
                iam.set_default_version(permit, policy, after).await
            }
            Step::PutBoundary { after, .. } => iam.put_boundary(permit, role, after).await,
            Step::DeleteBoundary { .. } => iam.delete_boundary(permit, role).await,
        }
    }
}

fn is_trust(step: &Step) -> bool {
    match step {
        Step::PutTrust { .. } => true,
        Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    }
}

/// The lockdown policy, if the step puts it in force and does nothing else.
fn lockdown_in<'p>(permit: &'p Permit, step: &Step) -> Option<&'p Lockdown> {
    permit.lockdown().filter(|lockdown| match step {
        Step::AttachPolicy { policy } => policy == lockdown.policy(),
        Step::PutBoundary { after, .. } => after == lockdown.boundary(),
        Step::PutTrust { .. }
        | Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::DeleteBoundary { .. } => false,
    })
}

fn is_inline(step: &Step) -> bool {
    match step {
        Step::PutInline { .. } | Step::DeleteInline { .. } => true,
        Step::PutTrust { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    }
}

fn beyond(step: &Step) -> IamError {
    IamError::Denied(format!("the step belongs to `{}`", crate::Function::with_authority_for(step)))
}
