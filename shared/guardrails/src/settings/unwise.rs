//! What is allowed in the settings but unwise: warnings, a sentence each.

use std::fmt;

use policy::{Arn, Glob, Principal, shared_issuer};
use serde::Serialize;

use super::{ExceptionYaml, Field, Match, OidcProvider, OnUnknown, Resolved, Restrict};
use crate::plan::Strategy;
use crate::restrict_cross_account_access::kind::CONFUSED_DEPUTIES;

/// Something unwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where; an account's own value, below `accounts`, stands for the general one.
    pub field: Field,
    /// What, and what to do instead.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The warnings.
pub(crate) fn warnings(settings: &Resolved) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if settings.organization.as_ref().is_some_and(|o| o.trusted && o.management_account.is_none()) {
        warnings.push(Warning {
            field: Field::of("organization"),
            message: "`organization.management_account` is not set: name it, so that its own roles can be protected"
                .to_owned(),
        });
    }
    warnings.extend(settings.restrict.iter().flat_map(of_restrict));
    warnings.extend(settings.exceptions.iter().enumerate().filter_map(|(item, entry)| {
        Some(Warning {
            field: Field::of("exceptions").item(item).key("principal"),
            message: any_account(entry)?,
        })
    }));
    warnings
}

fn of_restrict(restrict: &Restrict) -> Vec<Warning> {
    let field = |key: &str, item| Field::of("guardrails.restrict_cross_account_access").key(key).item(item);
    let mut warnings = Vec::new();
    let quarantines = restrict.repair.as_ref().is_none_or(|ways| ways.contains(&Strategy::Quarantine));
    if restrict.on_unknown == Some(OnUnknown::Repair) && !quarantines {
        warnings.push(Warning {
            field: Field::of("guardrails.restrict_cross_account_access").key("on_unknown"),
            message: "a trust policy that cannot be read cannot be narrowed: for `on_unknown: repair`, list \
                      `quarantine` in `repair` too"
                .to_owned(),
        });
    }
    for (item, provider) in restrict.trusted_oidc_providers.iter().flatten().enumerate() {
        let message = unbound_tenant(provider);
        warnings
            .extend(message.map(|message| Warning { field: field("trusted_oidc_providers", item), message }));
    }
    for (item, service) in restrict.trusted_services.iter().flatten().enumerate() {
        let message = CONFUSED_DEPUTIES.contains(&service.as_str()).then(|| {
            format!(
                "`{service}` in `trusted_services` also acts for other customers: list it in \
                 `source_bound_services`"
            )
        });
        let message = message.or_else(|| no_service(service));
        warnings.extend(message.map(|message| Warning { field: field("trusted_services", item), message }));
    }
    for (item, service) in restrict.source_bound_services.iter().flatten().enumerate() {
        let message = no_service(service);
        warnings
            .extend(message.map(|message| Warning { field: field("source_bound_services", item), message }));
    }
    warnings
}

fn unbound_tenant(provider: &OidcProvider) -> Option<String> {
    let shared = shared_issuer(&provider.issuer)?;
    let patterns = provider.claims.get(shared.claim);
    if patterns.is_some_and(|patterns| patterns.iter().all(|pattern| !pattern.starts_with('*'))) {
        return None;
    }
    Some(format!("`{}` serves many customers: bind its `{}` claim to your own", shared.issuer, shared.claim))
}

fn no_service(name: &str) -> Option<String> {
    let is_one = name.contains("${") || Principal::recognise("Service", name).is_some();
    (!is_one).then(|| format!("`{name}` is no service: write the whole name, such as `lambda.amazonaws.com`"))
}

fn any_account(entry: &ExceptionYaml) -> Option<String> {
    let principal = entry.principal.as_deref().filter(|_| entry.matching == Match::Pattern)?;
    let account = Arn::parse(principal)?.account;
    (!account.contains("${") && !Glob::new(account).is_literal())
        .then(|| format!("`{principal}` lets principals of any account through: name the account"))
}
