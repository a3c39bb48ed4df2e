//! What AWS documents of condition keys: their types, and which have several values.

use std::net::IpAddr;

use rescind_policy::{AccountId, Arn, Instant, Number};

/// The type of a key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Address,
    Boolean,
    Date,
    Number,
    Account,
    Arn,
    Organization,
    Service,
}

impl Type {
    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Self::Address => text.parse::<IpAddr>().is_ok(),
            Self::Boolean => text == "true" || text == "false",
            Self::Date => Instant::parse(text).is_some(),
            Self::Number => Number::parse(text).is_some(),
            Self::Account => AccountId::parse(text).is_some() || text == "anonymous",
            Self::Arn => {
                Arn::parse(text).is_some_and(|arn| !arn.resource.is_empty() && !arn.service.is_empty())
            }
            Self::Organization => is_org_id(text),
            Self::Service => {
                text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
            }
        }
    }
}

/// `o-` and ten to thirty-two letters and digits (Organizations API, `Organization`).
pub(crate) fn is_org_id(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// The types of global keys (IAM User Guide, "AWS global condition context keys", "Data type").
const TYPES: [(&str, Type); 27] = [
    ("aws:SourceIp", Type::Address),
    ("aws:VpcSourceIp", Type::Address),
    ("aws:SecureTransport", Type::Boolean),
    ("aws:MultiFactorAuthPresent", Type::Boolean),
    ("aws:ViaAWSService", Type::Boolean),
    ("aws:PrincipalIsAWSService", Type::Boolean),
    ("aws:MultiFactorAuthAge", Type::Number),
    ("s3:max-keys", Type::Number),
    ("aws:CurrentTime", Type::Date),
    ("aws:EpochTime", Type::Date),
    ("aws:TokenIssueTime", Type::Date),
    ("aws:PrincipalAccount", Type::Account),
    ("aws:SourceAccount", Type::Account),
    ("aws:ResourceAccount", Type::Account),
    ("aws:PrincipalArn", Type::Arn),
    ("aws:SourceArn", Type::Arn),
    ("aws:FederatedProvider", Type::Arn),
    ("iam:PolicyARN", Type::Arn),
    ("iam:PermissionsBoundary", Type::Arn),
    ("aws:PrincipalOrgID", Type::Organization),
    ("aws:SourceOrgID", Type::Organization),
    ("aws:ResourceOrgID", Type::Organization),
    ("aws:PrincipalServiceName", Type::Service),
    ("aws:PrincipalServiceNamesList", Type::Service),
    ("aws:CalledVia", Type::Service),
    ("aws:CalledViaFirst", Type::Service),
    ("iam:PassedToService", Type::Service),
];

/// The documented type of the key; free text has none.
pub(crate) fn type_of(key: &str) -> Option<Type> {
    TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, typed)| *typed)
}

/// Keys documented as multivalued (the same page, and the service authorization reference of STS and IAM).
const MULTIVALUED: [&str; 12] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
    "sts:TransitiveTagKeys",
    "sts:RequestContextProviders",
    "sts:IdentityTokenAudience",
    "iam:AccountPropertyNamespaces",
    "s3:RequestObjectTagKeys",
];

pub(crate) fn is_multivalued(key: &str) -> bool {
    MULTIVALUED.iter().any(|name| name.eq_ignore_ascii_case(key))
        || key.to_ascii_lowercase().ends_with(":amr")
}

/// Whether the key is documented as single-valued: the global keys and those of STS and IAM that are not listed,
/// the claims of tokens but `amr`. Of keys of other services nothing is known; SAML has lists.
pub(crate) fn is_single_valued(key: &str) -> bool {
    let documented = ["aws", "sts", "iam"].iter().any(|own| own.eq_ignore_ascii_case(namespace(key)));
    !is_multivalued(key) && (documented || namespace(key).contains('.'))
}

/// What stands before the first colon: the service, or the host of an issuer.
fn namespace(key: &str) -> &str {
    key.split(':').next().unwrap_or_default()
}

/// Whether the key is a claim of a token or an attribute of a SAML assertion. A tag key may hold dots and colons,
/// but stands behind `aws:`.
pub(crate) fn is_of_federation(key: &str) -> bool {
    let namespace = namespace(key);
    key.contains(':') && (namespace.contains('.') || namespace.eq_ignore_ascii_case("saml"))
}
