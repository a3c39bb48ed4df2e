//! What each function may read and write, over an account in memory.

use guardrails::{Facet, Permit, Role, RoleName, Step};
use remediation::authority::{Everything, InlineOnly, Read, TrustOnly, Write};
use remediation::embedded::Embedded;
use remediation::{Function, IamError};

/// The authority of the function that runs.
#[derive(Debug)]
pub(super) enum Authority {
    Trust(TrustOnly<Embedded>),
    Inline(InlineOnly<Embedded>),
    Everything(Everything<Embedded>),
}

impl Authority {
    pub(super) fn of(function: Function, account: Embedded) -> Self {
        match function {
            Function::CreateRole | Function::UpdateAssumeRolePolicy => Self::Trust(TrustOnly(account)),
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
            Self::Trust(authority) => authority.read(name, facet).await,
            Self::Inline(authority) => authority.read(name, facet).await,
            Self::Everything(authority) => authority.read(name, facet).await,
        }
    }
}

impl Write for Authority {
    fn may(&self, step: &Step) -> bool {
        match self {
            Self::Trust(authority) => authority.may(step),
            Self::Inline(authority) => authority.may(step),
            Self::Everything(authority) => authority.may(step),
        }
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match self {
            Self::Trust(authority) => authority.write(permit, role, step).await,
            Self::Inline(authority) => authority.write(permit, role, step).await,
            Self::Everything(authority) => authority.write(permit, role, step).await,
        }
    }
}
