//! The live account for a person's command: what `rescind undo` reads and writes, with the credentials of the
//! environment.

use guardrails::{Facet, Permit, Role, RoleName, Step};
use remediation::IamError;
use remediation::authority::{
    AttachmentsOnly, BoundaryOnly, InlineOnly, InlineRepair, Read, TrustOnly, VersionOnly, Write,
};

use crate::client::Clients;
use crate::environment::{Environment, EnvironmentError};
use crate::iam::{
    Adapter, AttachmentWriter, BoundaryWriter, FullReader, InlineWriter, TrustWriter, VersionWriter,
};

/// An account as a person sees it: what all functions together may write. Boundaries that a repair set are not
/// taken away from here.
#[derive(Debug)]
pub struct LiveAccount {
    read: InlineOnly<FullReader>,
    trust: TrustOnly<TrustWriter>,
    inline: InlineOnly<InlineWriter>,
    attachments: AttachmentsOnly<AttachmentWriter>,
    versions: VersionOnly<VersionWriter>,
    boundary: BoundaryOnly<BoundaryWriter>,
}

impl LiveAccount {
    /// The account that the environment's credentials lead to.
    ///
    /// # Errors
    /// Region or credentials are missing.
    pub fn from_environment() -> Result<Self, EnvironmentError> {
        let client = &Clients::new(Environment::read_for_people()?.into()).iam();
        let inline = InlineRepair::Rewrite;
        Ok(Self {
            read: Adapter::over(client, inline),
            trust: Adapter::over(client, inline),
            inline: Adapter::over(client, inline),
            attachments: Adapter::over(client, inline),
            versions: Adapter::over(client, inline),
            boundary: Adapter::over(client, inline),
        })
    }
}

impl Read for LiveAccount {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        self.read.read(name, facet).await
    }
}

impl Write for LiveAccount {
    fn may(&self, _: &Permit, step: &Step) -> bool {
        !matches!(step, Step::DeleteBoundary { .. })
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        match step {
            Step::PutTrust { .. } => self.trust.write(permit, role, step).await,
            Step::PutInline { .. } | Step::DeleteInline { .. } => self.inline.write(permit, role, step).await,
            Step::AttachPolicy { .. } | Step::DetachPolicy { .. } => {
                self.attachments.write(permit, role, step).await
            }
            Step::SetDefaultVersion { .. } => self.versions.write(permit, role, step).await,
            Step::PutBoundary { .. } | Step::DeleteBoundary { .. } => {
                self.boundary.write(permit, role, step).await
            }
        }
    }
}
