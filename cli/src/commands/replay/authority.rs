//! What each function may read and write, over an account in memory.

use guardrails::{AttachedPolicy, Facet, Permit, PolicyArn, PolicyUser, Role, RoleName, Step};
use remediation::authority::{Everything, InlineOnly, Read, TrustAndLockdown, TrustOnly, Write};
use remediation::embedded::Embedded;
use remediation::{Function, IamError};

/// The authority of the function that runs.
#[derive(Debug)]
pub(super) enum Authority {
    Create(TrustAndLockdown<Embedded>),
    Trust(TrustOnly<Embedded>),
    Inline(InlineOnly<Embedded>),
    Everything(Everything<Embedded>),
}

impl Authority {
    pub(super) fn of(function: Function, account: Embedded) -> Self {
        match function {
            Function::CreateRole => Self::Create(TrustAndLockdown(account)),
            Function::UpdateAssumeRolePolicy => Self::Trust(TrustOnly(account)),
            Function::PutRolePolicy => Self::Inline(InlineOnly(account)),
            Function::AttachRolePolicy
            | Function::ChangePolicyVersion
            | Function::ChangePermissionsBoundary
            | Function::UpdateRole
            | Function::Sweep => Self::Everything(Everything(account)),
        }
    }
}

impl Read for Authority {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        match self {
            Self::Create(authority) => authority.read(name, facet).await,
            Self::Trust(authority) => authority.read(name, facet).await,
            Self::Inline(authority) => authority.read(name, facet).await,
            Self::Everything(authority) => authority.read(name, facet).await,
        }
    }

    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        match self {
            Self::Create(authority) => authority.users(policy).await,
            Self::Trust(authority) => authority.users(policy).await,
            Self::Inline(authority) => authority.users(policy).await,
            Self::Everything(authority) => authority.users(policy).await,
        }
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        match self {
            Self::Create(authority) => authority.versions(policy).await,
            Self::Trust(authority) => authority.versions(policy).await,
            Self::Inline(authority) => authority.versions(policy).await,
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
            Self::Everything(authority) => authority.may(permit, step),
        }
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match self {
            Self::Create(authority) => authority.write(permit, role, step).await,
            Self::Trust(authority) => authority.write(permit, role, step).await,
            Self::Inline(authority) => authority.write(permit, role, step).await,
            Self::Everything(authority) => authority.write(permit, role, step).await,
        }
    }
}
