//! What a function can read and write, put together from the capabilities its IAM policy grants.
//!
//! A function made of [`TrustOnly`] can't write a permission policy: the code for it is not in the binary.

use std::future::Future;

use guardrails::{
    AttachedPolicy, Facet, Lockdown, Permissions, Permit, PolicyArn, PolicyUser, Role, RoleName, Step,
};

use crate::iam_error::IamError;
use crate::ports::{
    ReadPermissions, ReadPolicy, ReadRole, RemoveBoundary, WriteAttachments, WriteBoundary, WriteInline,
    WriteLockdown, WriteTrust, WriteVersion,
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

    /// The live role with what this step changes and maybe no more, to compare right before the write.
    fn read_for(&self, name: &RoleName, step: &Step) -> impl Future<Output = Result<Role, IamError>> + Send {
        self.read(name, facet_of(step))
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
pub struct InlineOnly<I>(pub I, pub InlineRepair);

/// Reads roles with their permissions, attaches and detaches managed policies: `attach-role-policy`.
#[derive(Clone, Debug)]
pub struct AttachmentsOnly<I>(pub I);

/// Reads roles with their permissions and managed policies with their users, and chooses default versions:
/// `change-policy-version`.
#[derive(Clone, Debug)]
pub struct VersionOnly<I>(pub I);

/// Reads roles with their permissions and sets boundaries: `change-permissions-boundary`. It can't take one away.
#[derive(Clone, Debug)]
pub struct BoundaryOnly<I>(pub I);

/// Reads roles and managed policies with all there is to know, and writes nothing: `update-role` and `sweep`, which
/// hand over.
#[derive(Clone, Debug)]
pub struct ReadOnly<I>(pub I);

/// Reads and writes all: the command line and the embedded account.
#[derive(Clone, Debug)]
pub struct Everything<I>(pub I);

/// What may be done to an unsafe inline policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InlineRepair {
    /// Rewrite it, so that what is safe of it stays. That takes `iam:PutRolePolicy`, which can grant anything.
    #[default]
    Rewrite,
    /// Delete it, where that is proved to allow nothing new.
    Delete,
}

impl<I: ReadRole> Read for TrustOnly<I> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        if facet.has_permissions() {
            let text = "this function reads trust policies only".to_owned();
            return Err(IamError::Denied(text));
        }
        self.0.role(name).await
    }
}

/// The authorities that read all of a role.
macro_rules! reads_all {
    ($($authority:ident),*) => {$(
        impl<I: ReadRole + ReadPermissions> Read for $authority<I> {
            async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
                read_facet(&self.0, name, facet).await
            }

            async fn read_for(&self, name: &RoleName, step: &Step) -> Result<Role, IamError> {
                read_for(&self.0, name, step).await
            }
        }
    )*};
}

reads_all!(TrustAndLockdown, InlineOnly, AttachmentsOnly, BoundaryOnly);

/// The authorities that read managed policies too.
macro_rules! reads_policies {
    ($($authority:ident),*) => {$(
        impl<I: ReadRole + ReadPermissions + ReadPolicy> Read for $authority<I> {
            async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
                read_facet(&self.0, name, facet).await
            }

            async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
                self.0.users(policy).await
            }

            async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
                self.0.versions(policy).await
            }

            async fn read_for(&self, name: &RoleName, step: &Step) -> Result<Role, IamError> {
                read_for(&self.0, name, step).await
            }
        }
    )*};
}

reads_policies!(VersionOnly, ReadOnly, Everything);

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

/// Of the permissions only the inline policy that the step changes, if it changes one: two calls, however
/// many policies the role has.
async fn read_for<I: ReadRole + ReadPermissions>(
    iam: &I,
    name: &RoleName,
    step: &Step,
) -> Result<Role, IamError> {
    match step {
        Step::PutInline { policy, .. } | Step::DeleteInline { policy, .. } => {
            let mut role = iam.role(name).await?;
            let inline = iam.inline(&role, policy).await?;
            role.permissions =
                Some(Permissions { inline: inline.into_iter().collect(), ..Permissions::default() });
            Ok(role)
        }
        Step::PutTrust { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => read_facet(iam, name, facet_of(step)).await,
    }
}

/// What has to be read to compare what the step expects.
pub(crate) fn facet_of(step: &Step) -> Facet {
    match step {
        Step::PutTrust { .. } | Step::PutBoundary { .. } | Step::DeleteBoundary { .. } => Facet::Trust,
        Step::PutInline { .. }
        | Step::DeleteInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. } => Facet::Permissions,
    }
}

impl<I: WriteTrust> Write for TrustOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        matches!(step, Step::PutTrust { .. })
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        let Step::PutTrust { after, .. } = step else { return Err(beyond(step)) };
        self.0.put_trust(permit, role, after).await
    }
}

impl<I: WriteTrust + WriteLockdown> Write for TrustAndLockdown<I> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        matches!(step, Step::PutTrust { .. }) || lockdown_in(permit, step).is_some()
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
        matches!(step, Step::DeleteInline { .. })
            || (self.1 == InlineRepair::Rewrite && matches!(step, Step::PutInline { .. }))
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::PutInline { policy, after, .. } if self.may(permit, step) => {
                self.0.put_inline(permit, role, policy, after).await
            }
            Step::DeleteInline { policy, .. } => self.0.delete_inline(permit, role, policy).await,
            Step::PutInline { .. }
            | Step::PutTrust { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::SetDefaultVersion { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: WriteAttachments> Write for AttachmentsOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        matches!(step, Step::AttachPolicy { .. } | Step::DetachPolicy { .. })
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::AttachPolicy { policy } => self.0.attach(permit, role, policy).await,
            Step::DetachPolicy { policy } => self.0.detach(permit, role, policy).await,
            Step::PutTrust { .. }
            | Step::PutInline { .. }
            | Step::DeleteInline { .. }
            | Step::SetDefaultVersion { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: WriteVersion> Write for VersionOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        matches!(step, Step::SetDefaultVersion { .. })
    }

    async fn write(&self, permit: &Permit, _: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::SetDefaultVersion { policy, after, .. } => {
                self.0.set_default_version(permit, policy, after).await
            }
            Step::PutTrust { .. }
            | Step::PutInline { .. }
            | Step::DeleteInline { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::PutBoundary { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: WriteBoundary> Write for BoundaryOnly<I> {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        matches!(step, Step::PutBoundary { .. })
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::PutBoundary { after, .. } => self.0.put_boundary(permit, role, after).await,
            Step::PutTrust { .. }
            | Step::PutInline { .. }
            | Step::DeleteInline { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::SetDefaultVersion { .. }
            | Step::DeleteBoundary { .. } => Err(beyond(step)),
        }
    }
}

impl<I: Sync> Write for ReadOnly<I> {
    fn may(&self, _: &Permit, _: &Step) -> bool {
        false
    }

    async fn write(&self, _: &Permit, _: &RoleName, step: &Step) -> Result<(), IamError> {
        Err(beyond(step))
    }
}

impl<I> Write for Everything<I>
where
    I: WriteTrust + WriteInline + WriteAttachments + WriteVersion + WriteBoundary + RemoveBoundary,
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

fn beyond(step: &Step) -> IamError {
    IamError::Denied(format!("the step belongs to `{}`", crate::Function::with_authority_for(step)))
}
