//! The kinds of caller that a trust policy can admit.

use super::{Reach, TrustFacts, aws, names::Names, service, token};
use crate::{
    AnyoneForm, Caller, Document, Effect, Principal, PrincipalEntry, Request,
    analyse::{
        answer::Reason,
        compile::Compiler,
        keys,
        search::Clause,
        space::{Literal, Name, Value},
        world::World,
    },
};

/// One kind of caller: what it can call, which keys it carries, whom of its kind the facts allow.
pub(super) trait Kind: World {
    /// The action that opens a role to it, in lower case.
    fn action(&self) -> &'static str;

    /// Makes the dimensions that the callers themselves have.
    fn prepare(&self, compiler: &mut Compiler<'_>) {
        let _ = compiler;
    }

    /// The boxes of callers that a principal names. What may be meant counts in an Allow, what is
    /// certainly meant in a Deny.
    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause>;

    /// What cannot be.
    fn axioms(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let _ = compiler;
        Vec::new()
    }

    /// What is possible in form only: it counts for the reach, not for safety.
    fn unlikely(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let _ = compiler;
        Vec::new()
    }

    /// The allowed callers, as boxes.
    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause>;

    /// The boxes of callers that are named and not allowed. Where a statement admits such a caller
    /// whole, its membership in the organization is nothing to keep.
    fn named_outsiders(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let _ = compiler;
        Vec::new()
    }

    /// The regions of callers from the widest reach to the narrowest, each with boxes to avoid.
    fn regions(&self, compiler: &mut Compiler<'_>) -> Vec<(Reach, Region)>;

    /// The caller at a point.
    fn caller(&self, value: &dyn Fn(&Name) -> Option<Value>) -> Option<Caller>;

    /// The callers in words, for a request of this reach.
    fn subject(&self, request: &Request, reach: Reach) -> String;
}

/// Callers of one reach: a box, less other boxes.
pub(super) type Region = (Clause, Vec<Clause>);

/// Every kind of caller that the documents could admit.
pub(super) fn of<'a>(documents: &[&Document], facts: &'a TrustFacts) -> Vec<Box<dyn Kind + 'a>> {
    let found = Found::in_documents(documents, facts);
    found.kinds(Names::of(documents, facts), facts)
}

/// Like [`of`], with everyone whom the facts allow and a document for everyone admits without naming them.
pub(super) fn with_the_allowed<'a>(
    documents: &[&Document],
    facts: &'a TrustFacts,
) -> Vec<Box<dyn Kind + 'a>> {
    let mut found = Found::in_documents(documents, facts);
    if found.anyone {
        found.services.extend(facts.trusted_services.iter().chain(&facts.source_bound_services).cloned());
        found.saml.extend(facts.trusted_saml.iter().cloned());
        let own = Some((facts.partition.clone(), facts.account));
        found.oidc.extend(facts.trusted_oidc.iter().map(|oidc| (own.clone(), oidc.issuer.clone())));
    }
    found.kinds(Names::of(documents, facts), facts)
}

#[derive(Default)]
struct Found {
    aws: bool,
    anyone: bool,
    partitions: Vec<crate::Partition>,
    services: Vec<String>,
    oidc: Vec<(Option<(crate::Partition, crate::AccountId)>, String)>,
    saml: Vec<String>,
}

impl Found {
    fn in_documents(documents: &[&Document], facts: &TrustFacts) -> Self {
        let mut found = Self::default();
        for statement in documents.iter().flat_map(|d| &d.statements).filter(|s| s.effect != Effect::Deny) {
            match &statement.principal {
                Some(crate::Element::Only(entries)) => entries.iter().for_each(|entry| found.entry(entry)),
                // Everyone else, or nobody knows who.
                Some(crate::Element::AllBut(_)) | None => found.everyone(),
            }
        }
        if found.anyone {
            let conditions = documents.iter().flat_map(|d| &d.statements).flat_map(|s| &s.conditions);
            for (issuer, _) in conditions.filter_map(|c| keys::issuer_claim(&c.key)) {
                let provider = Some((facts.partition.clone(), facts.account));
                found.oidc.push((provider, issuer.to_ascii_lowercase()));
            }
        }
        found
    }

    fn kinds<'a>(self, names: Names, facts: &'a TrustFacts) -> Vec<Box<dyn Kind + 'a>> {
        let services = sorted(self.services).into_iter().map(|name| service::Service::new(facts, name));
        let oidc = sorted(self.oidc)
            .into_iter()
            .map(|(provider, issuer)| token::OidcTokens::new(facts, provider, issuer));
        let saml = sorted(self.saml).into_iter().map(|provider| token::SamlTokens::new(facts, provider));
        aws::partitions(facts, &self.partitions, self.aws)
            .into_iter()
            .map(|partition| aws::AwsCallers::new(facts, names.clone(), partition))
            .map(boxed)
            .chain(services.map(boxed))
            .chain(oidc.map(boxed))
            .chain(saml.map(boxed))
            .collect()
    }

    fn entry(&mut self, entry: &PrincipalEntry) {
        match &entry.principal {
            Principal::Anyone(AnyoneForm::Aws) | Principal::UniqueId(_) => self.aws = true,
            Principal::Anyone(AnyoneForm::Bare) => self.everyone(),
            Principal::Unrecognised(text) => {
                self.everyone();
                self.partitions.extend(Principal::parse("AWS", text).partition().cloned());
            }
            principal @ (Principal::Account { .. }
            | Principal::Role { .. }
            | Principal::User { .. }
            | Principal::Session { .. }
            | Principal::FederatedUser { .. }) => {
                self.aws = true;
                self.partitions.extend(principal.partition().cloned());
            }
            Principal::Service(name) => self.services.push(name.to_string()),
            Principal::Oidc { provider, issuer } => self.oidc.push((provider.clone(), issuer.to_string())),
            Principal::Saml { .. } => self.saml.push(entry.text.to_string()),
            // S3 alone knows canonical users; here one may mean anybody.
            Principal::Canonical(_) => self.everyone(),
        }
    }

    /// Whoever there is: one of each kind that nothing names.
    fn everyone(&mut self) {
        self.aws = true;
        self.anyone = true;
        self.services.push(service::UNNAMED.to_owned());
        self.oidc.push((None, token::UNNAMED_ISSUER.to_owned()));
        self.saml.push(token::UNNAMED_PROVIDER.to_owned());
    }
}

fn boxed<'a>(kind: impl Kind + 'a) -> Box<dyn Kind + 'a> {
    Box::new(kind)
}

/// In order, each once.
fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all.dedup();
    all
}

/// The atom of a principal that is not understood.
pub(super) fn not_understood(entry: &PrincipalEntry, compiler: &mut Compiler<'_>) -> Literal {
    let what = format!("the principal `{}`", entry.text);
    compiler.space.atom(what.clone(), Reason::Unreadable(what))
}

/// The box of all callers of a kind if the principal is, or may be, everyone.
pub(super) fn everyone(entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
    if !covers_all(entry, effect) {
        return Vec::new();
    }
    if let Principal::Anyone(_) = entry.principal {
        return vec![Clause::new()];
    }
    vec![vec![not_understood(entry, compiler)]]
}

/// Whether a principal that is not of the kind's own sort covers it: everyone in the bare form does.
fn covers_all(entry: &PrincipalEntry, effect: Effect) -> bool {
    match &entry.principal {
        Principal::Anyone(AnyoneForm::Bare) => true,
        Principal::Unrecognised(_) | Principal::Canonical(_) => effect != Effect::Deny,
        Principal::Anyone(AnyoneForm::Aws)
        | Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::UniqueId(_) => false,
    }
}
