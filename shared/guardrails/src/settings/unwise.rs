//! What is allowed in the settings but unwise: warnings, a sentence each.

use super::{OidcProvider, Resolved};

/// Issuers that serve many customers, and the claim that tells one from another (IAM User Guide, "Identity
/// provider controls for shared OIDC providers").
const SHARED_ISSUERS: &[(&str, &str)] = &[
    ("agent.buildkite.com", "sub"),
    ("api.pulumi.com/oidc", "aud"),
    ("app.terraform.io", "sub"),
    ("cognito-identity.amazonaws.com", "aud"),
    ("gitlab.com", "sub"),
    ("oidc-configuration.audit-log.githubusercontent.com", "sub"),
    ("oidc.codefresh.io", "sub"),
    ("oidc.vercel.com", "aud"),
    ("proidc.upbound.io", "sub"),
    ("sandboxes.cloud", "aud"),
    ("scalr.io", "sub"),
    ("studio.datachain.ai/api", "sub"),
    ("token.actions.githubusercontent.com", "sub"),
    ("tokens.cloud.shisho.dev", "sub"),
    ("vstoken.actions.githubusercontent.com", "sub"),
];

/// Services that another customer can make act (IAM User Guide, "The confused deputy problem").
const CONFUSED_DEPUTIES: &[&str] = &[
    "bedrock.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "rolesanywhere.amazonaws.com",
    "scheduler.amazonaws.com",
    "sns.amazonaws.com",
    "ssm.amazonaws.com",
    "transfer.amazonaws.com",
];

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
    let (issuer, claim) = SHARED_ISSUERS.iter().find(|(issuer, _)| *issuer == provider.issuer)?;
    let patterns = provider.claims.get(*claim);
    if patterns.is_some_and(|patterns| patterns.iter().all(|pattern| !pattern.starts_with('*'))) {
        return None;
    }
    Some(format!("`{issuer}` serves many customers: bind its `{claim}` claim to your own"))
}
