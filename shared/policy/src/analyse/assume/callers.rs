//! The kinds of caller that a trust policy can admit.

use super::{Reach, TrustFacts, aws, names::Names, service, token};
use crate::{
    AnyoneForm, Caller, ConditionKey, Document, Effect, Principal, PrincipalEntry, Request, Statement,
    analyse::{
        answer::Reason,
        compile::{Compiler, Truth},
        search::Clause,
        space::{Literal, Name, Predicate, Value, ValueTest},
        words::Pattern,
        world::World,
    },
    keys::claims,
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

/// The kinds of caller that `{"AWS": "*"}` admits, if it admits more than the principals of accounts.
pub(super) fn perhaps<'a>(documents: &[&Document], facts: &'a TrustFacts) -> Vec<Box<dyn Kind + 'a>> {
    if !allows(documents).any(names_everybody) {
        return Vec::new();
    }
    let certain = Found::in_documents(documents, facts);
    let mut found = Found::default();
    found.everyone();
    found.look_at_conditions(documents, facts);
    found.look_at_exceptions(documents);
    found.aws = false;
    found.perhaps_services.retain(|service| !certain.has_service(service));
    found.oidc.retain(|issuer| !certain.oidc.contains(issuer));
    found.saml.retain(|provider| !certain.saml.contains(provider));
    found.kinds(Names::of(documents, facts), facts)
}

/// Whether the statement names everybody in the form for principals of accounts.
pub(super) fn names_everybody(statement: &Statement) -> bool {
    let is_star = |entry: &PrincipalEntry| entry.principal == Principal::Anyone(AnyoneForm::Aws);
    statement.principal.as_ref().is_some_and(|element| element.entries().iter().any(is_star))
}

fn allows<'d>(documents: &[&'d Document]) -> impl Iterator<Item = &'d Statement> {
    let all: Vec<&Statement> = documents.iter().flat_map(|document| &document.statements).collect();
    all.into_iter().filter(|statement| statement.effect != Effect::Deny)
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
    /// Those that no principal names.
    perhaps_services: Vec<String>,
    oidc: Vec<(Option<(crate::Partition, crate::AccountId)>, String)>,
    saml: Vec<String>,
}

impl Found {
    fn in_documents(documents: &[&Document], facts: &TrustFacts) -> Self {
        let mut found = Self::default();
        for statement in allows(documents) {
            match &statement.principal {
                Some(crate::Element::Only(entries)) => entries.iter().for_each(|entry| found.entry(entry)),
                // Everyone else, or nobody knows who.
                Some(crate::Element::AllBut(_)) | None => found.everyone(),
            }
        }
        if found.anyone {
            found.look_at_conditions(documents, facts);
            found.look_at_exceptions(documents);
        }
        found
    }

    /// Where anybody is admitted, it matters who is excepted by name.
    fn look_at_exceptions(&mut self, documents: &[&Document]) {
        let statements = documents.iter().flat_map(|document| &document.statements);
        for entry in statements.filter_map(|s| s.principal.as_ref()).flat_map(|p| p.entries()) {
            match &entry.principal {
                Principal::Service(_) | Principal::Oidc { .. } | Principal::Saml { .. } => self.entry(entry),
                Principal::Anyone(_)
                | Principal::Account { .. }
                | Principal::Role { .. }
                | Principal::User { .. }
                | Principal::Session { .. }
                | Principal::FederatedUser { .. }
                | Principal::Canonical(_)
                | Principal::UniqueId(_)
                | Principal::Unrecognised(_) => {}
            }
        }
    }

    /// Where anybody is admitted, conditions name the services and issuers that matter.
    fn look_at_conditions(&mut self, documents: &[&Document], facts: &TrustFacts) {
        for condition in documents.iter().flat_map(|d| &d.statements).flat_map(|s| &s.conditions) {
            if let Some(issuer) = claims::issuer(&condition.key) {
                let provider = Some((facts.partition.clone(), facts.account));
                self.oidc.push((provider, issuer.to_owned()));
            }
            let names_services = ["aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"];
            if names_services.iter().any(|name| condition.key.is(name)) {
                let names = condition.values.iter().map(|value| value.text.to_string());
                self.perhaps_services.extend(names.filter(|name| Caller::service(name).is_ok()));
            }
        }
    }

    fn kinds<'a>(self, names: Names, facts: &'a TrustFacts) -> Vec<Box<dyn Kind + 'a>> {
        let mut unnamed = sorted(self.perhaps_services);
        unnamed.retain(|service| !self.services.contains(service));
        let named = sorted(self.services).into_iter().map(|name| (name, false));
        let services = named.chain(unnamed.into_iter().map(|name| (name, true)));
        let services = services.map(|(name, perhaps)| service::Service::new(facts, name, perhaps));
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

    fn has_service(&self, name: &String) -> bool {
        self.services.contains(name) || self.perhaps_services.contains(name)
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
        self.perhaps_services.push(service::UNNAMED.to_owned());
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

/// The box of all callers of a kind (`who`) if the principal is, or may be, everyone. Whether a `*` for principals of
/// accounts admits anybody else is not documented, nor whether any `*` of a trust policy admits services.
pub(super) fn everyone(
    entry: &PrincipalEntry,
    effect: Effect,
    who: Who,
    compiler: &mut Compiler<'_>,
) -> Vec<Clause> {
    match &entry.principal {
        Principal::Anyone(AnyoneForm::Bare) if effect == Effect::Deny || who == Who::Tokens => {
            vec![Clause::new()]
        }
        // One answer to that question, for Allows and Denies.
        Principal::Anyone(_) => {
            let what = format!("the principal `*` of a role's trust policy admits {}", who.as_str());
            vec![vec![compiler.space.atom(what.clone(), Reason::Undocumented(what))]]
        }
        Principal::Unrecognised(_) | Principal::Canonical(_) if effect != Effect::Deny => {
            vec![vec![not_understood(entry, compiler)]]
        }
        Principal::Unrecognised(_)
        | Principal::Canonical(_)
        | Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::UniqueId(_) => Vec::new(),
    }
}

/// Callers that are no principals of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Services,
    Tokens,
}

impl Who {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Services => "AWS services",
            Self::Tokens => "holders of tokens",
        }
    }
}

/// Whoever belongs to no account does not call in the name of one that is the role's own or trusted.
pub(super) fn of_no_account_of_ours(
    world: &dyn World,
    facts: &TrustFacts,
    compiler: &mut Compiler<'_>,
) -> Vec<Clause> {
    let accounts = std::iter::once(&facts.account).chain(&facts.trusted_accounts).map(ToString::to_string);
    let ours = Pattern::union(accounts.map(|account| aws::glob(&account)));
    let mut axioms = Vec::new();
    for key in ["aws:userid", "aws:PrincipalAccount"].map(ConditionKey::new) {
        if compiler.space.find(&Name::Key(None, key.clone())).is_none() {
            continue;
        }
        let meaning = world.key(&key);
        if let Truth::Is(literal) =
            compiler.literal(&key, &meaning, ValueTest::Words(ours.clone()), Predicate::PLAIN)
        {
            axioms.push(vec![literal]);
        }
    }
    axioms
}
