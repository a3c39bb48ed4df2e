//! What is allowed in the settings but unwise: warnings, a sentence each.

use policy::shared_issuer as shared;

use super::{OidcProvider, Resolved};
use crate::restrict_cross_account_access::kind::CONFUSED_DEPUTIES;

/// The warnings.
pub(crate) fn warnings(settings: &Resolved) -> Vec<String> {
    let mut warnings = Vec::new();
    if settings.organization.as_ref().is_some_and(|o| o.trusted && o.management_account.is_none()) {
        warnings.push(
            "`organization.management_account` is not set: name it, so that its own roles can be protected"
                .to_owned(),
        );
    }
    let restrict = settings.restrict.as_ref();
    let issuers = restrict.and_then(|restrict| restrict.trusted_oidc_providers.as_ref());
    warnings.extend(issuers.into_iter().flatten().filter_map(shared_issuer));
    let services = restrict.and_then(|restrict| restrict.trusted_services.as_ref());
    warnings.extend(
        services.into_iter().flatten().filter(|service| CONFUSED_DEPUTIES.contains(&service.as_str())).map(
            |service| {
                format!(
                    "`{service}` in `trusted_services` also acts for other customers: list it in \
                     `source_bound_services`"
                )
            },
        ),
    );
    warnings
}

fn shared_issuer(provider: &OidcProvider) -> Option<String> {
    let shared = shared(&provider.issuer)?;
    let (issuer, claim) = (shared.issuer, shared.claim);
    let patterns = provider.claims.get(claim);
    if patterns.is_some_and(|patterns| patterns.iter().all(|pattern| !pattern.starts_with('*'))) {
        return None;
    }
    Some(format!("`{issuer}` serves many customers: bind its `{claim}` claim to your own"))
}
