//! Holders of a token: OpenID Connect and SAML. A provider's keys come with its own tokens only.

use super::{
    Reach, TrustFacts,
    aws::{describe_the_role, glob, networks, of_the_role},
    callers::{Kind, Region, Who, everyone, of_no_account_of_ours},
};
use crate::{
    AccountId, Caller, ConditionKey, Effect, Partition, Principal, PrincipalEntry, Request,
    analyse::{
        compile::{Compiler, add},
        search::Clause,
        space::{Name, Predicate, Quantity, Texts, Value, ValueTest},
        words::Pattern,
        world::{Meaning, World, subject_of_repository, texts},
    },
    keys::{
        claims::{claim_of, is_claim, same_issuer},
        rules::{self, CallerKind, Form, Sent},
    },
};

/// Stands for an issuer that nothing names.
pub(super) const UNNAMED_ISSUER: &str = "unnamed.example";
/// Stands for a SAML provider that nothing names.
pub(super) const UNNAMED_PROVIDER: &str = "arn:aws:iam::000000000000:saml-provider/unnamed";

/// Tokens of one OpenID Connect issuer.
pub(super) struct OidcTokens<'a> {
    facts: &'a TrustFacts,
    provider: Option<(Partition, AccountId)>,
    issuer: String,
}

impl<'a> OidcTokens<'a> {
    pub(super) const fn new(
        facts: &'a TrustFacts,
        provider: Option<(Partition, AccountId)>,
        issuer: String,
    ) -> Self {
        Self { facts, provider, issuer }
    }

    /// Whether every token of the issuer carries the claim. Two issuers do not follow the standard, and one's tokens
    /// always say how their holder signed in (IAM User Guide, IAM and AWS STS condition context keys).
    fn always_has(&self, claim: &str) -> bool {
        let issuer_is = |names: &[&str]| names.iter().any(|name| same_issuer(&self.issuer, name));
        let sent = rules::of_claim(&self.issuer, claim).map_or(Sent::Sometimes, |rule| rule.sent);
        match claim {
            "amr" => issuer_is(&["cognito-identity.amazonaws.com"]),
            "app_id" => issuer_is(&["www.amazon.com", "graph.facebook.com"]),
            _ => sent == Sent::Always && !issuer_is(&["www.amazon.com", "graph.facebook.com"]),
        }
    }
}

impl World for OidcTokens<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        if let Some(claim) = claim_of(key, &self.issuer).filter(|_| is_claim(key)) {
            return Meaning::Free {
                may_miss: !self.always_has(&claim.to_ascii_lowercase()),
                several: rules::several(key),
                texts: rules::of_claim(&self.issuer, claim).map_or(Texts::Any, |rule| texts(rule.form)),
            };
        }
        Meaning::documented(key, CallerKind::WebIdentity, |fact| of_the_role(fact, self.facts))
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        describe_the_role(request, self.facts);
    }
}

impl Kind for OidcTokens<'_> {
    fn action(&self) -> &'static str {
        "sts:assumerolewithwebidentity"
    }

    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let is_it = matches!(&entry.principal, Principal::Oidc { provider, issuer }
            if *provider == self.provider && **issuer == *self.issuer);
        if is_it { vec![Clause::new()] } else { everyone(entry, effect, Who::Tokens, compiler) }
    }

    fn axioms(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        of_no_account_of_ours(self, self.facts, compiler)
    }

    /// A subject that its issuer does not write.
    fn unlikely(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let rule = rules::of_claim(&self.issuer, "sub");
        if rule.is_none_or(|rule| rule.form != Form::SubjectOfRepository) {
            return Vec::new();
        }
        let subject = Name::Key(None, ConditionKey::new(format!("{}:sub", self.issuer)));
        let dimension = compiler.space.find(&subject).into_iter();
        dimension.map(|at| vec![compiler.space.within(at, subject_of_repository()).not()]).collect()
    }

    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let mut boxes = networks(self, self.facts, compiler);
        let own = self.provider.as_ref().is_none_or(|(partition, account)| {
            *partition == self.facts.partition && *account == self.facts.account
        });
        for trust in self.facts.trusted_oidc.iter().filter(|t| own && same_issuer(&t.issuer, &self.issuer)) {
            let mut clause = Clause::new();
            let mut possible = true;
            for (claim, globs) in &trust.claims {
                let key = ConditionKey::new(format!("{}:{claim}", self.issuer));
                let quantity =
                    if rules::several(&key) == Some(true) { Quantity::Any } else { Quantity::Plain };
                let pattern = Pattern::union(globs.iter().map(|text| glob(text)));
                let meaning = self.key(&key);
                let truth = compiler.literal(
                    &key,
                    &meaning,
                    ValueTest::Words(pattern),
                    Predicate { quantity, ..Predicate::PLAIN },
                );
                possible &= add(&mut clause, truth).is_some();
            }
            if possible {
                boxes.push(clause);
            }
        }
        boxes
    }

    fn regions(&self, _compiler: &mut Compiler<'_>) -> Vec<(Reach, Region)> {
        vec![(Reach::Federated, (Clause::new(), Vec::new()))]
    }

    fn caller(&self, _value: &dyn Fn(&Name) -> Option<Value>) -> Option<Caller> {
        Some(Caller::Known(Principal::Oidc {
            provider: self.provider.clone(),
            issuer: self.issuer.as_str().into(),
        }))
    }

    fn subject(&self, _request: &Request, _reach: Reach) -> String {
        if self.issuer == UNNAMED_ISSUER {
            "the holder of a token of any issuer".to_owned()
        } else {
            format!("the holder of a token of {}", self.issuer)
        }
    }
}

/// Assertions of one SAML provider.
pub(super) struct SamlTokens<'a> {
    facts: &'a TrustFacts,
    provider: String,
}

impl<'a> SamlTokens<'a> {
    pub(super) const fn new(facts: &'a TrustFacts, provider: String) -> Self {
        Self { facts, provider }
    }
}

impl World for SamlTokens<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        Meaning::documented(key, CallerKind::Saml, |fact| of_the_role(fact, self.facts))
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        describe_the_role(request, self.facts);
    }
}

impl Kind for SamlTokens<'_> {
    fn action(&self) -> &'static str {
        "sts:assumerolewithsaml"
    }

    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let is_it = matches!(entry.principal, Principal::Saml { .. }) && *entry.text == *self.provider;
        if is_it { vec![Clause::new()] } else { everyone(entry, effect, Who::Tokens, compiler) }
    }

    fn axioms(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        of_no_account_of_ours(self, self.facts, compiler)
    }

    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        if self.facts.trusted_saml.contains(&self.provider) {
            return vec![Clause::new()];
        }
        networks(self, self.facts, compiler)
    }

    fn regions(&self, _compiler: &mut Compiler<'_>) -> Vec<(Reach, Region)> {
        vec![(Reach::Federated, (Clause::new(), Vec::new()))]
    }

    fn caller(&self, _value: &dyn Fn(&Name) -> Option<Value>) -> Option<Caller> {
        Caller::federated(&self.provider).ok()
    }

    fn subject(&self, _request: &Request, _reach: Reach) -> String {
        if self.provider == UNNAMED_PROVIDER {
            "the holder of an assertion of any provider".to_owned()
        } else {
            format!("the holder of an assertion of {}", self.provider)
        }
    }
}
