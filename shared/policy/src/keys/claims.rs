//! Keys of identity providers' tokens, such as `token.actions.githubusercontent.com:sub`: an issuer, a colon, a claim.

use crate::ConditionKey;

/// Whether the key is a claim of some issuer. An issuer begins with a host name; every other key begins with the name
/// of a service, which has no dot, whatever stands behind it: a tag may hold dots and colons.
pub(crate) fn is_claim(key: &ConditionKey) -> bool {
    issuer(key).is_some()
}

/// The issuer of a claim, as far as the key shows it.
pub(crate) fn issuer(key: &ConditionKey) -> Option<&str> {
    let text = key.as_str();
    let host = text.split([':', '/']).next()?;
    if !host.contains('.') {
        return None;
    }
    text.rsplit_once(':').map(|(issuer, _)| issuer)
}

/// The claim, if the key is one of this issuer's. Keys know no letter case (IAM User Guide, "Condition").
pub(crate) fn claim_of<'k>(key: &'k ConditionKey, issuer: &str) -> Option<&'k str> {
    let (own, rest) = key.as_str().split_at_checked(issuer.len())?;
    own.eq_ignore_ascii_case(issuer).then(|| rest.strip_prefix(':'))?
}

/// Whether two issuers are the same: letter case counts in the path, as in every URL, and not in the host.
pub(crate) fn same_issuer(one: &str, other: &str) -> bool {
    let split = |issuer: &'_ str| issuer.find('/').unwrap_or(issuer.len());
    let (host, path) = one.split_at_checked(split(one)).unwrap_or((one, ""));
    let (other_host, other_path) = other.split_at_checked(split(other)).unwrap_or((other, ""));
    host.eq_ignore_ascii_case(other_host) && path == other_path
}

#[cfg(test)]
mod tests {
    use super::{claim_of, is_claim, issuer, same_issuer};
    use crate::ConditionKey;

    #[test]
    fn an_issuer_begins_with_a_host() {
        for (key, expected) in [
            ("token.actions.githubusercontent.com:sub", Some("token.actions.githubusercontent.com")),
            (
                "oidc.eks.eu-west-1.amazonaws.com/id/AB12:aud",
                Some("oidc.eks.eu-west-1.amazonaws.com/id/AB12"),
            ),
            ("oidc.circleci.com/org/x:oidc.circleci.com/project-id", Some("oidc.circleci.com/org/x")),
            ("aws:PrincipalTag/a.b:c", None),
            ("ec2:ResourceTag/a.b/c:d", None),
            ("s3:ExistingObjectTag/x.y:z", None),
            ("saml:sub", None),
            ("evil.example", None),
        ] {
            assert_eq!(issuer(&ConditionKey::new(key)), expected, "{key}");
        }
        assert!(is_claim(&ConditionKey::new("cognito-identity.amazonaws.com:aud")));
    }

    #[test]
    fn a_claim_belongs_to_its_issuer() {
        let key = ConditionKey::new("OIDC.example/Path:https://ns.example/claim");
        assert_eq!(claim_of(&key, "oidc.example/path"), Some("https://ns.example/claim"));
        assert_eq!(claim_of(&key, "oidc.example/pat"), None);
        assert_eq!(claim_of(&key, "oidc.example"), None);
    }

    #[test]
    fn letter_case_counts_in_paths() {
        assert!(same_issuer("OIDC.vercel.com/acme", "oidc.vercel.com/acme"));
        assert!(!same_issuer("oidc.vercel.com/acme", "oidc.vercel.com/ACME"));
        assert!(!same_issuer("oidc.vercel.com", "oidc.vercel.com/acme"));
        assert!(same_issuer("accounts.google.com", "accounts.google.com"));
    }
}
