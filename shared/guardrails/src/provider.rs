//! Identity providers and trust anchors, and which roles let in whom they vouch for. Whoever may change a provider
//! may let himself into all of these roles, and none of them changes.

use std::fmt;

use policy::{Condition, Context, Document, Element, Principal, PrincipalEntry, Statement, Truth};
use serde::{Deserialize, Serialize};

use crate::repair::narrow;
use crate::role::Role;

/// The service whose sessions begin with a certificate of a trust anchor (IAM Roles Anywhere User Guide).
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// What vouches for somebody outside IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// A SAML provider.
    Saml,
    /// An OpenID Connect provider.
    Oidc,
    /// A trust anchor of IAM Roles Anywhere.
    TrustAnchor,
}

/// One provider, or any of its kind where an event does not tell which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    kind: ProviderKind,
    arn: Option<String>,
    name: Option<String>,
}

impl IdentityProvider {
    /// The provider of this ARN. Without one it is any of its kind, and its name, URL or id only serves people.
    #[must_use]
    pub fn new(kind: ProviderKind, arn: Option<&str>, name: Option<&str>) -> Self {
        Self { kind, arn: arn.map(str::to_owned), name: name.map(str::to_owned) }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// Its ARN, else its name, URL or id: text of a stranger.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.arn.as_deref().or(self.name.as_deref())
    }

    /// May somebody for whom the provider vouches assume the role? Denies and most conditions are not looked at:
    /// rather one role too many than one too few.
    #[must_use]
    pub fn is_trusted_by(&self, role: &Role) -> bool {
        match Document::read(role.trust.as_str()) {
            Ok(trust) => {
                trust.statements.iter().filter(|one| narrow::may_allow(one)).any(|one| self.is_let_in_by(one))
            }
            Err(_) => true,
        }
    }

    fn is_let_in_by(&self, statement: &Statement) -> bool {
        let named = match statement.principal.as_ref() {
            None | Some(Element::AllBut(_)) => true,
            Some(Element::Only(entries)) => entries.iter().any(|entry| self.is(entry)),
        };
        named && statement.conditions.iter().all(|condition| self.may_meet(condition))
    }

    fn is(&self, entry: &PrincipalEntry) -> bool {
        match (self.kind, &entry.principal) {
            (_, Principal::Anyone(_) | Principal::Unrecognised(_)) => true,
            (ProviderKind::Saml, Principal::Saml { .. }) | (ProviderKind::Oidc, Principal::Oidc { .. }) => {
                let own = self.arn.as_deref().map(|arn| Principal::parse("Federated", arn));
                own.is_none_or(|own| own == entry.principal)
            }
            (ProviderKind::TrustAnchor, Principal::Service(name)) => **name == *ROLES_ANYWHERE,
            (_, _) => false,
        }
    }

    /// A role narrows Roles Anywhere to one anchor by `aws:SourceArn`; what else it asks for, the anchor's
    /// certificates may have.
    fn may_meet(&self, condition: &Condition) -> bool {
        let ProviderKind::TrustAnchor = self.kind else { return true };
        let Some(arn) = self.arn.as_deref().filter(|_| condition.key.is("aws:SourceArn")) else {
            return true;
        };
        condition.holds(&Context::new().with("aws:SourceArn", [arn])) != Truth::False
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Saml => "SAML provider",
            Self::Oidc => "OpenID Connect provider",
            Self::TrustAnchor => "trust anchor of IAM Roles Anywhere",
        })
    }
}

impl fmt::Display for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "the {} `{name}`", self.kind),
            None => write!(f, "a {}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::names::{RoleArn, RoleId};

    fn role(principal: &str, condition: &str) -> Role {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:*","Condition":{{{condition}}}}}]}}"#
        );
        Role {
            arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
            id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
            created: OffsetDateTime::UNIX_EPOCH,
            max_session_seconds: 3_600,
            trust,
            boundary: None,
            permissions: None,
        }
    }

    const CORP: &str = "arn:aws:iam::111122223333:saml-provider/Corp";
    const GITHUB: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    const ANCHOR: &str = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/0f2d";

    #[test]
    fn a_role_trusts_the_provider_that_it_names() {
        let trusts = |kind, arn, principal: &str| {
            IdentityProvider::new(kind, arn, None).is_trusted_by(&role(principal, ""))
        };
        let federated = |arn: &str| format!(r#"{{"Federated":["{arn}"]}}"#);
        let other = "arn:aws:iam::111122223333:saml-provider/Other";
        for (kind, arn) in [(ProviderKind::Saml, CORP), (ProviderKind::Oidc, GITHUB)] {
            assert!(trusts(kind, Some(arn), &federated(arn)), "{arn}");
            assert!(trusts(kind, None, &federated(arn)), "any of its kind");
            assert!(!trusts(kind, Some(arn), &federated(other)), "{arn}");
            assert!(!trusts(kind, Some(arn), r#"{"Service":"ec2.amazonaws.com"}"#), "{arn}");
        }
        assert!(!trusts(ProviderKind::Oidc, None, &federated(CORP)));
        assert!(trusts(ProviderKind::Saml, Some(CORP), "17"), "what is not understood may be anything");
    }

    #[test]
    fn a_role_may_bind_roles_anywhere_to_one_anchor() {
        let anchor = IdentityProvider::new(ProviderKind::TrustAnchor, Some(ANCHOR), None);
        let trusts = |condition: &str| {
            anchor.is_trusted_by(&role(r#"{"Service":"rolesanywhere.amazonaws.com"}"#, condition))
        };
        let bound = |arn: &str| format!(r#""ArnEquals":{{"aws:SourceArn":"{arn}"}}"#);
        assert!(trusts(""));
        assert!(trusts(&bound(ANCHOR)));
        assert!(!trusts(&bound(&ANCHOR.replace("0f2d", "1a1a"))));
        assert!(
            trusts(r#""StringEquals":{"aws:PrincipalTag/x509Subject/CN":"build"}"#),
            "it may have the name"
        );
        assert!(!anchor.is_trusted_by(&role(r#"{"Service":"ec2.amazonaws.com"}"#, "")));
    }
}
