//! What each function may read and write, over an account in memory.

use guardrails::{AttachedPolicy, Facet, Permit, PolicyArn, PolicyUser, Role, RoleName, Step};
use remediation::authority::{
    AttachmentsOnly, BoundaryOnly, Everything, InlineOnly, InlineRepair, Read, ReadOnly, TrustAndLockdown,
    TrustOnly, VersionOnly, Write,
};
use remediation::embedded::Embedded;
use remediation::{Function, IamError};

/// The authority of the function that runs.
#[derive(Debug)]
pub(super) enum Authority {
    Create(TrustAndLockdown<Embedded>),
    Trust(TrustOnly<Embedded>),
    Inline(InlineOnly<Embedded>),
    Attachments(AttachmentsOnly<Embedded>),
    Version(VersionOnly<Embedded>),
    Boundary(BoundaryOnly<Embedded>),
    Nothing(ReadOnly<Embedded>),
    Everything(Everything<Embedded>),
}

impl Authority {
    pub(super) fn of(function: Function, account: Embedded) -> Self {
        match function {
            Function::CreateRole => Self::Create(TrustAndLockdown(account)),
            Function::UpdateAssumeRolePolicy => Self::Trust(TrustOnly(account)),
            Function::PutRolePolicy => Self::Inline(InlineOnly(account, InlineRepair::Rewrite)),
            Function::AttachRolePolicy => Self::Attachments(AttachmentsOnly(account)),
            Function::ChangePolicyVersion => Self::Version(VersionOnly(account)),
            Function::ChangePermissionsBoundary => Self::Boundary(BoundaryOnly(account)),
            Function::UpdateRole => Self::Nothing(ReadOnly(account)),
            Function::Sweep => Self::Everything(Everything(account)),
        }
    }
}

impl Read for Authority {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        match self {
            Self::Create(authority) => authority.read(name, facet).await,
            Self::Trust(authority) => authority.read(name, facet).await,
            Self::Inline(authority) => authority.read(name, facet).await,
            Self::Attachments(authority) => authority.read(name, facet).await,
            Self::Version(authority) => authority.read(name, facet).await,
            Self::Boundary(authority) => authority.read(name, facet).await,
            Self::Nothing(authority) => authority.read(name, facet).await,
            Self::Everything(authority) => authority.read(name, facet).await,
        }
    }

    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        match self {
            Self::Create(authority) => authority.users(policy).await,
            Self::Trust(authority) => authority.users(policy).await,
            Self::Inline(authority) => authority.users(policy).await,
            Self::Attachments(authority) => authority.users(policy).await,
            Self::Version(authority) => authority.users(policy).await,
            Self::Boundary(authority) => authority.users(policy).await,
            Self::Nothing(authority) => authority.users(policy).await,
            Self::Everything(authority) => authority.users(policy).await,
        }
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        match self {
            Self::Create(authority) => authority.versions(policy).await,
            Self::Trust(authority) => authority.versions(policy).await,
            Self::Inline(authority) => authority.versions(policy).await,
            Self::Attachments(authority) => authority.versions(policy).await,
            Self::Version(authority) => authority.versions(policy).await,
            Self::Boundary(authority) => authority.versions(policy).await,
            Self::Nothing(authority) => authority.versions(policy).await,
            Self::Everything(authority) => authority.versions(policy).await,
        }
    }
}

impl Write for Authority {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        match self {
            Self::Create(authority) => authority.may(permit, step),
            Self::Trust(authority) => authority.may(permit, step),
            Self::Inline(authority) => authority.may(permit, step),
            Self::Attachments(authority) => authority.may(permit, step),
            Self::Version(authority) => authority.may(permit, step),
            Self::Boundary(authority) => authority.may(permit, step),
            Self::Nothing(authority) => authority.may(permit, step),
            Self::Everything(authority) => authority.may(permit, step),
        }
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match self {
            Self::Create(authority) => authority.write(permit, role, step).await,
            Self::Trust(authority) => authority.write(permit, role, step).await,
            Self::Inline(authority) => authority.write(permit, role, step).await,
            Self::Attachments(authority) => authority.write(permit, role, step).await,
            Self::Version(authority) => authority.write(permit, role, step).await,
            Self::Boundary(authority) => authority.write(permit, role, step).await,
            Self::Nothing(authority) => authority.write(permit, role, step).await,
            Self::Everything(authority) => authority.write(permit, role, step).await,
        }
    }
}
