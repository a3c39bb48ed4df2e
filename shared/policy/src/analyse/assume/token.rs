//! Holders of a token: OpenID Connect and SAML. A provider's keys come with its own tokens only.

use super::{
    Reach, TrustFacts,
    aws::{describe_the_role, glob, networks, of_the_role},
    callers::{Kind, Region, everyone},
};
use crate::{
    AccountId, Caller, ConditionKey, Effect, Partition, Principal, PrincipalEntry, Request,
    analyse::{
        compile::{Compiler, add},
        keys,
        search::Clause,
        space::{Name, Predicate, Quantity, Value, ValueTest},
        words::{Class, Pattern, Token},
        world::{Meaning, World},
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

    /// Whether every token of the issuer carries the claim.
    fn always_has(&self, claim: &str) -> bool {
        let issuer_is = |names: &[&str]| names.iter().any(|name| self.issuer.eq_ignore_ascii_case(name));
        match claim {
            "sub" | "aud" => !issuer_is(&["www.amazon.com", "graph.facebook.com"]),
            "amr" => issuer_is(&["cognito-identity.amazonaws.com"]),
            "app_id" => issuer_is(&["www.amazon.com", "graph.facebook.com"]),
            _ => false,
        }
    }
}

impl World for OidcTokens<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        let name = key.as_str().to_ascii_lowercase();
        if let Some((issuer, claim)) = keys::issuer_claim(key) {
            if !issuer.eq_ignore_ascii_case(&self.issuer) {
                return Meaning::ABSENT;
            }
            let claim = claim.to_ascii_lowercase();
            return Meaning::Free {
                may_miss: !self.always_has(&claim),
                several: keys::several(key),
                base: None,
            };
        }
        without_credentials(&name).or_else(|| of_the_role(&name, self.facts)).unwrap_or_else(|| {
            match name.split(':').next() {
                Some("saml") => Meaning::ABSENT,
                Some(_) | None => Meaning::free(key),
            }
        })
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        request.context.set("aws:PrincipalIsAWSService", ["false"]);
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
        if is_it { vec![Clause::new()] } else { everyone(entry, effect, compiler) }
    }

    /// Tokens hold no wildcards in their claims.
    fn unlikely(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let wild = Pattern::union([[
            Token::Many(Class::TEXT),
            Token::One(Class::WILDCARD),
            Token::Many(Class::TEXT),
        ]]);
        let claims = compiler.space.keys().filter(|(key, _)| keys::issuer_claim(key).is_some());
        let dimensions: Vec<usize> = claims.map(|(_, dimension)| dimension).collect();
        let form = Predicate { quantity: Quantity::Any, ..Predicate::PLAIN };
        dimensions
            .into_iter()
            .map(|at| vec![compiler.space.literal(at, ValueTest::Words(wild.clone()), form)])
            .collect()
    }

    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let mut boxes = networks(self, self.facts, compiler);
        let own = self.provider.as_ref().is_none_or(|(partition, account)| {
            *partition == self.facts.partition && *account == self.facts.account
        });
        for trust in
            self.facts.trusted_oidc.iter().filter(|t| own && t.issuer.eq_ignore_ascii_case(&self.issuer))
        {
            let mut clause = Clause::new();
            let mut possible = true;
            for (claim, globs) in &trust.claims {
                let key = ConditionKey::new(format!("{}:{claim}", self.issuer));
                let quantity =
                    if keys::several(&key) == Some(true) { Quantity::Any } else { Quantity::Plain };
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
        let name = key.as_str().to_ascii_lowercase();
        if keys::issuer_claim(key).is_some() {
            return Meaning::ABSENT;
        }
        without_credentials(&name)
            .or_else(|| of_the_role(&name, self.facts))
            .unwrap_or_else(|| Meaning::free(key))
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        request.context.set("aws:PrincipalIsAWSService", ["false"]);
        describe_the_role(request, self.facts);
    }
}

impl Kind for SamlTokens<'_> {
    fn action(&self) -> &'static str {
        "sts:assumerolewithsaml"
    }

    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let is_it = matches!(entry.principal, Principal::Saml { .. }) && *entry.text == *self.provider;
        if is_it { vec![Clause::new()] } else { everyone(entry, effect, compiler) }
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

/// Keys that callers without AWS credentials do not have.
fn without_credentials(name: &str) -> Option<Meaning> {
    match name {
        "aws:principalaccount"
        | "aws:principalarn"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:userid"
        | "aws:username" => Some(Meaning::ABSENT),
        "aws:principalservicename"
        | "aws:principalservicenameslist"
        | "aws:sourceaccount"
        | "aws:sourcearn"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths" => Some(Meaning::ABSENT),
        "aws:principalisawsservice" => Some(Meaning::is("false")),
        _ => None,
    }
}
