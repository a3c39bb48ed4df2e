//! Identity providers that many customers share: a trust policy must say which tenant is meant.
//!
//! IAM demands the claim when such a role is created or its trust policy updated (IAM User Guide,
//! "Identity-provider controls for shared OIDC providers"). That a claim is evaluated does not mean
//! that it is bounded: `repo:*` is accepted.

use crate::{Code, Condition, Diagnostic, Effect, Element, Principal, Statement, Test};

/// An issuer that serves many customers, and the claim that tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedIssuer {
    /// Host and path.
    pub issuer: &'static str,
    /// `sub` or `aud`.
    pub claim: &'static str,
}

const fn by(claim: &'static str, issuer: &'static str) -> SharedIssuer {
    SharedIssuer { issuer, claim }
}

const SHARED: &[SharedIssuer] = &[
    by("sub", "token.actions.githubusercontent.com"),
    by("sub", "vstoken.actions.githubusercontent.com"),
    by("sub", "oidc-configuration.audit-log.githubusercontent.com"),
    by("sub", "gitlab.com"),
    by("sub", "app.terraform.io"),
    by("sub", "agent.buildkite.com"),
    by("sub", "oidc.codefresh.io"),
    by("sub", "studio.datachain.ai/api"),
    by("sub", "scalr.io"),
    by("sub", "tokens.cloud.shisho.dev"),
    by("sub", "proidc.upbound.io"),
    by("aud", "cognito-identity.amazonaws.com"),
    by("aud", "oidc.vercel.com"),
    by("aud", "api.pulumi.com/oidc"),
    by("aud", "sandboxes.cloud"),
];

/// The entry of this issuer, if it is shared.
#[must_use]
pub fn shared_issuer(issuer: &str) -> Option<SharedIssuer> {
    SHARED.iter().find(|shared| shared.issuer == issuer).copied()
}

pub(super) fn check(statement: &Statement, found: &mut Vec<Diagnostic>) {
    let Some(Element::Only(entries)) = &statement.principal else { return };
    if statement.effect != Effect::Allow {
        return;
    }
    for entry in entries {
        let Principal::Oidc { issuer, .. } = &entry.principal else { continue };
        let Some(shared) = shared_issuer(issuer) else { continue };
        let key = format!("{}:{}", shared.issuer, shared.claim);
        if !statement.conditions.iter().any(|condition| condition.key.is(&key) && names_a_tenant(condition)) {
            let message = format!(
                "everyone who uses `{issuer}` is trusted: no condition on `{key}` says whose tokens are meant"
            );
            let help =
                format!("add `\"StringLike\": {{\"{key}\": ...}}` with a value that names your organization");
            found.push(Diagnostic::error(Code::SharedIssuer, entry.span, message).with_help(help));
        }
    }
}

/// A test for particular texts, none of which is made of wildcards alone.
fn names_a_tenant(condition: &Condition) -> bool {
    let compares = match condition.operator.test {
        Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike => true,
        Test::StringNotEquals
        | Test::StringNotEqualsIgnoreCase
        | Test::StringNotLike
        | Test::NumericEquals
        | Test::NumericNotEquals
        | Test::NumericLessThan
        | Test::NumericLessThanEquals
        | Test::NumericGreaterThan
        | Test::NumericGreaterThanEquals
        | Test::DateEquals
        | Test::DateNotEquals
        | Test::DateLessThan
        | Test::DateLessThanEquals
        | Test::DateGreaterThan
        | Test::DateGreaterThanEquals
        | Test::Bool
        | Test::BinaryEquals
        | Test::IpAddress
        | Test::NotIpAddress
        | Test::ArnEquals
        | Test::ArnLike
        | Test::ArnNotEquals
        | Test::ArnNotLike
        | Test::Null
        | Test::Unrecognised(_) => false,
    };
    let all_wild = |text: &str| text.bytes().all(|byte| matches!(byte, b'*' | b'?'));
    compares && !condition.values.is_empty() && !condition.values.iter().any(|value| all_wild(&value.text))
}
