//! What is known of condition keys whoever asks.

use crate::ConditionKey;

/// Keys that can have several values (AWS global condition context keys, "multivalued").
const MULTIVALUED: [&str; 11] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
    "sts:TransitiveTagKeys",
    "dynamodb:Attributes",
    "dynamodb:LeadingKeys",
    "s3:RequestObjectTagKeys",
];

/// Whether the key can have several values; nothing if that is not known.
pub(crate) fn several(key: &ConditionKey) -> Option<bool> {
    if MULTIVALUED.iter().any(|known| key.is(known)) {
        return Some(true);
    }
    match issuer_claim(key) {
        Some((_, claim)) => Some(claim.eq_ignore_ascii_case("amr")),
        None => ["aws", "sts", "iam"]
            .iter()
            .any(|known| key.prefix().is_some_and(|p| p.eq_ignore_ascii_case(known)))
            .then_some(false),
    }
}

/// Splits `token.actions.githubusercontent.com:sub` into issuer and claim. Every other key's prefix
/// is a service's name, which has no dot.
pub(crate) fn issuer_claim(key: &ConditionKey) -> Option<(&str, &str)> {
    let (issuer, claim) = key.as_str().rsplit_once(':')?;
    issuer.contains('.').then_some((issuer, claim))
}
