//! An identity provider changed. No role did, so there is nothing to repair; people are told which roles let in
//! whomever the provider vouches for.

use guardrails::{IdentityProvider, RoleArn};

use super::all_roles::page;
use super::draft::Draft;
use super::{Pass, Passed};
use crate::iam_error::IamError;
use crate::log_text::LogText;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::Ports;
use crate::record::ProviderRecord;

/// Looks through all roles; one end for the provider.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, provider: &IdentityProvider) -> Passed {
    let mut draft = Draft::new(pass, None);
    let (outcome, next) = match trusting(pass, provider).await {
        Ok((roles, unread)) => {
            let record = ProviderRecord::of(provider, &roles, unread);
            let told = LogText::new(record.sentence.as_str());
            draft.provider_changed(record);
            (Outcome::Unjudged(Unjudged::ProviderChanged(told)), Next::Done)
        }
        Err(error) => pass.unreadable(error),
    };
    draft.close(pass.ports, pass.context, outcome, next).await
}

/// The roles that trust the provider, and how many could not be understood and may.
async fn trusting<P: Ports>(
    pass: &Pass<'_, P>,
    provider: &IdentityProvider,
) -> Result<(Vec<RoleArn>, usize), IamError> {
    let (mut roles, mut unread, mut marker) = (Vec::new(), 0, None);
    loop {
        let page = page(pass, marker.as_deref()).await?;
        unread += page.unreadable.len();
        let trusting = page.roles.iter().filter(|role| provider.is_trusted_by(role));
        roles.extend(trusting.map(|role| role.arn.clone()));
        match page.next {
            Some(next) => marker = Some(next),
            None => return Ok((roles, unread)),
        }
    }
}
