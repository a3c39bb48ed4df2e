//! Calls that change an identity provider of IAM or a trust anchor of IAM Roles Anywhere. They change no role, and
//! yet let somebody new into every role that trusts the provider.

use guardrails::{IdentityProvider, ProviderKind};
use serde_json::Value;

/// The provider that the call made or changed. Its ARN is missing where CloudTrail left the parameters out.
pub(super) fn changed(record: &Value, call: &str) -> Option<IdentityProvider> {
    let (kind, arn, id) = match call {
        "CreateSAMLProvider" | "UpdateSAMLProvider" | "DeleteSAMLProvider" => {
            (ProviderKind::Saml, "sAMLProviderArn", "name")
        }
        "CreateOpenIDConnectProvider"
        | "DeleteOpenIDConnectProvider"
        | "AddClientIDToOpenIDConnectProvider"
        | "RemoveClientIDFromOpenIDConnectProvider"
        | "UpdateOpenIDConnectProviderThumbprint" => (ProviderKind::Oidc, "openIDConnectProviderArn", "url"),
        "CreateTrustAnchor" | "UpdateTrustAnchor" | "EnableTrustAnchor" | "DisableTrustAnchor"
        | "DeleteTrustAnchor" => (ProviderKind::TrustAnchor, "trustAnchorArn", "trustAnchorId"),
        _ => return None,
    };
    let places = [
        record.pointer("/requestParameters"),
        record.pointer("/responseElements"),
        record.pointer("/responseElements/trustAnchor"),
    ];
    let find = |field: &str| places.into_iter().flatten().find_map(|place| place.get(field)?.as_str());
    Some(IdentityProvider::new(kind, find(arn), find(id)))
}
