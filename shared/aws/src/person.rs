//! The live account for a person's command: what `rescind undo` reads and writes, with the credentials of the
//! environment.

use guardrails::{Facet, Permit, Role, RoleName, Step};
use remediation::IamError;
use remediation::authority::{InlineOnly, Read, TrustOnly, Write};

use crate::client::Clients;
use crate::environment::{Environment, EnvironmentError};
use crate::iam::{FullReader, InlineWriter, TrustWriter};

/// An account as a person sees it.
#[derive(Debug)]
pub struct LiveAccount {
    read: InlineOnly<FullReader>,
    trust: TrustOnly<TrustWriter>,
    inline: InlineOnly<InlineWriter>,
}

impl LiveAccount {
    /// The account that the environment's credentials lead to.
    ///
    /// # Errors
    /// Region or credentials are missing.
    pub fn from_environment() -> Result<Self, EnvironmentError> {
        let client = Clients::new(Environment::read_for_people()?.into()).iam();
        Ok(Self {
            read: InlineOnly(FullReader::new(client.clone())),
            trust: TrustOnly(TrustWriter::new(client.clone())),
            inline: InlineOnly(InlineWriter::new(client)),
        })
    }
}

impl Read for LiveAccount {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        self.read.read(name, facet).await
    }
}

impl Write for LiveAccount {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        self.trust.may(permit, step) || self.inline.may(permit, step)
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        if self.trust.may(permit, step) {
            return self.trust.write(permit, role, step).await;
        }
        self.inline.write(permit, role, step).await
    }
}
