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

/// The same question to whichever it is.
macro_rules! with {
    ($self:ident, $authority:ident => $answer:expr) => {
        match $self {
            Self::Create($authority) => $answer,
            Self::Trust($authority) => $answer,
            Self::Inline($authority) => $answer,
            Self::Attachments($authority) => $answer,
            Self::Version($authority) => $answer,
            Self::Boundary($authority) => $answer,
            Self::Nothing($authority) => $answer,
            Self::Everything($authority) => $answer,
        }
    };
}

impl Read for Authority {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        match with!(self, authority => authority.0.unseen(name, facet)) {
            Some(missing) => Err(IamError::Unseen(missing)),
            None => with!(self, authority => authority.read(name, facet).await),
        }
    }

    async fn users(&self, policy: &PolicyArn) -> Result<Vec<PolicyUser>, IamError> {
        with!(self, authority => authority.users(policy).await)
    }

    async fn versions(&self, policy: &PolicyArn) -> Result<Vec<AttachedPolicy>, IamError> {
        with!(self, authority => authority.versions(policy).await)
    }
}

impl Write for Authority {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        with!(self, authority => authority.may(permit, step))
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        with!(self, authority => authority.write(permit, role, step).await)
    }
}
