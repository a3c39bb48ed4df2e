//! Principals that IAM would refuse.

use super::{Kind, warning};
use crate::{AnyoneForm, Code, Diagnostic, Effect, Element, Principal, PrincipalEntry, Statement};

pub(super) fn check(
    element: &Element<PrincipalEntry>,
    statement: &Statement,
    kind: Kind,
    found: &mut Vec<Diagnostic>,
) {
    let readable = statement.unreadable.is_empty() || !element.entries().is_empty();
    if element.entries().is_empty() && readable {
        let diagnostic = Diagnostic::error(Code::Empty, statement.span, "the principal is empty");
        found.push(diagnostic.with_iam("Syntax errors in policy."));
    }
    if element.is_inverted() && readable {
        if kind != Kind::Resource {
            let message = format!("a {} has no `NotPrincipal`", kind.as_str());
            let diagnostic = Diagnostic::error(Code::Forbidden, statement.span, message);
            found.push(diagnostic.with_iam("Has prohibited field NotPrincipal"));
        } else if statement.effect == Effect::Allow {
            let message =
                "an Allow with `NotPrincipal` covers everyone who is not listed, anonymous callers too";
            found.push(warning(Code::Risky, statement.span, message).with_help("list who is allowed"));
        }
    }
    for entry in element.entries() {
        one(entry, kind, found);
    }
}

fn one(entry: &PrincipalEntry, kind: Kind, found: &mut Vec<Diagnostic>) {
    let text = &entry.text;
    let refused = |message: String, answer: String| {
        Diagnostic::error(Code::BadPrincipal, entry.span, message).with_iam(answer)
    };
    match &entry.principal {
        Principal::Unrecognised(_) => {
            let diagnostic = refused(
                format!("`{text}` is no principal"),
                format!("Invalid principal in policy: \"{text}\""),
            );
            found.push(if text.contains(['*', '?']) && text.len() > 1 {
                diagnostic.with_help("a principal takes no wildcards; use a condition on `aws:PrincipalArn`")
            } else {
                diagnostic
            });
        }
        Principal::Anyone(AnyoneForm::Bare) if kind == Kind::Trust => {
            let answer = "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".".to_owned();
            found.push(
                refused("a role does not take a bare `*`".to_owned(), answer)
                    .with_help("write `{\"AWS\": \"*\"}`, and bound it by a condition"),
            );
        }
        Principal::Canonical(_) if kind == Kind::Trust => {
            found.push(refused(
                format!("a canonical user cannot assume a role: `{text}`"),
                "Invalid principal in policy".to_owned(),
            ));
        }
        Principal::UniqueId(_) => {
            let message = format!("`{text}` is the id of an entity; of a deleted one IAM refuses it");
            found.push(
                warning(Code::BadPrincipal, entry.span, message)
                    .with_help("name the entity by its ARN, or remove the id"),
            );
        }
        Principal::Anyone(_) => {}
        Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::Canonical(_) => {
            if kind == Kind::Rcp {
                let message = "a resource control policy speaks of everyone".to_owned();
                let diagnostic = refused(message, "Invalid principal in policy".to_owned());
                found.push(diagnostic.with_help("write `\"Principal\": \"*\"`"));
            }
        }
    }
}
