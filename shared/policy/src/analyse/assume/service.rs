//! Services. What binds a service's call is the source it acts for, where it sends one.

use super::{
    Reach, TrustFacts,
    aws::{describe_the_role, glob, networks, of_the_role},
    callers::{Kind, Region, Who, everyone, of_no_account_of_ours},
};
use crate::{
    Caller, ConditionKey, Effect, Principal, PrincipalEntry, Request,
    analyse::{
        compile::{Compiler, add},
        search::Clause,
        space::{Name, Predicate, Quantity, Value, ValueTest},
        words::{Class, Pattern, Token},
        world::{Meaning, World},
    },
    keys::rules::{self, CallerKind, Fact},
};

/// Stands for a service that nothing names.
pub(super) const UNNAMED: &str = "unnamed.amazonaws.com";

/// One service.
pub(super) struct Service<'a> {
    facts: &'a TrustFacts,
    name: String,
    /// Whether nothing but a `*` admits it, if anything does.
    perhaps: bool,
}

impl<'a> Service<'a> {
    pub(super) const fn new(facts: &'a TrustFacts, name: String, perhaps: bool) -> Self {
        Self { facts, name, perhaps }
    }

    /// The box of requests whose source key is a word of the pattern.
    fn bound(&self, key: &str, globs: Pattern, compiler: &mut Compiler<'_>) -> Option<Clause> {
        let key = ConditionKey::new(key);
        let meaning = self.key(&key);
        let quantity = if rules::several(&key) == Some(true) { Quantity::Any } else { Quantity::Plain };
        let truth = compiler.literal(
            &key,
            &meaning,
            ValueTest::Words(globs),
            Predicate { quantity, ..Predicate::PLAIN },
        );
        let mut clause = Clause::new();
        add(&mut clause, truth)?;
        Some(clause)
    }
}

impl World for Service<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        let meaning = Meaning::documented(key, CallerKind::Service, |fact| match fact {
            Fact::ServicesName => Some(Meaning::is(self.name.clone())),
            Fact::OwnersAccount
            | Fact::OwnersOrganization
            | Fact::CallersAccount
            | Fact::CallersArn
            | Fact::CallersOrganization
            | Fact::CallersPath
            | Fact::OthersAccount
            | Fact::OthersId
            | Fact::OthersArn => of_the_role(fact, self.facts),
        });
        match meaning {
            // Whom only a `*` may mean is not suspected of leaving out what every signed request has.
            Meaning::Free { several, texts, .. }
                if self.perhaps
                    && ["aws:PrincipalAccount", "aws:PrincipalArn"].iter().any(|name| key.is(name)) =>
            {
                Meaning::Free { may_miss: false, several, texts }
            }
            meaning @ (Meaning::Free { .. } | Meaning::Constant(_) | Meaning::Part(_)) => meaning,
        }
    }

    fn samples(&self, _key: &ConditionKey) -> Vec<String> {
        ["999988887777", "o-stranger00", "arn:aws:sns:eu-west-1:999988887777:x", "alice"]
            .map(str::to_owned)
            .to_vec()
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        request.context.set("aws:PrincipalIsAWSService", ["true"]);
        request.context.set("aws:PrincipalServiceName", [self.name.clone()]);
        describe_the_role(request, self.facts);
    }
}

impl Kind for Service<'_> {
    fn action(&self) -> &'static str {
        "sts:assumerole"
    }

    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let is_it = matches!(&entry.principal, Principal::Service(name) if **name == *self.name);
        if is_it { vec![Clause::new()] } else { everyone(entry, effect, Who::Services, compiler) }
    }

    fn axioms(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        of_no_account_of_ours(self, self.facts, compiler)
    }

    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let listed = |list: &[String]| list.iter().any(|name| name.eq_ignore_ascii_case(&self.name));
        if listed(&self.facts.trusted_services) {
            return vec![Clause::new()];
        }
        let mut boxes = networks(self, self.facts, compiler);
        // A `*` names no service that could be listed; what acts for an allowed source is allowed.
        if !listed(&self.facts.source_bound_services) && !self.perhaps {
            return boxes;
        }
        let accounts: Vec<String> = std::iter::once(&self.facts.account)
            .chain(&self.facts.trusted_accounts)
            .map(ToString::to_string)
            .collect();
        boxes.extend(self.bound(
            "aws:SourceAccount",
            Pattern::union(accounts.iter().map(|a| glob(a))),
            compiler,
        ));
        boxes.extend(self.bound(
            "aws:SourceArn",
            Pattern::union(accounts.iter().map(|a| arn_of(a))),
            compiler,
        ));
        if let Some(id) = self.facts.org_id.as_ref().filter(|_| self.facts.trust_org) {
            let own = glob(&format!("{id}/*"));
            match &self.facts.trusted_org_paths {
                Some(paths) => boxes.extend(self.bound(
                    "aws:SourceOrgPaths",
                    Pattern::union(paths.iter().map(|p| glob(p))),
                    compiler,
                )),
                None => {
                    boxes.extend(self.bound("aws:SourceOrgID", Pattern::literal(id), compiler));
                    boxes.extend(self.bound("aws:SourceOrgPaths", Pattern::union([own]), compiler));
                }
            }
        }
        boxes
    }

    fn regions(&self, _compiler: &mut Compiler<'_>) -> Vec<(Reach, Region)> {
        vec![(Reach::Service, (Clause::new(), Vec::new()))]
    }

    fn caller(&self, _value: &dyn Fn(&Name) -> Option<Value>) -> Option<Caller> {
        Caller::service(&self.name).ok()
    }

    fn subject(&self, _request: &Request, _reach: Reach) -> String {
        if self.name == UNNAMED {
            "any service".to_owned()
        } else {
            format!("the service {}, acting for any customer,", self.name)
        }
    }
}

/// ARNs whose account segment is `account`.
fn arn_of(account: &str) -> Vec<Token> {
    let segment = [Token::Many(Class::SEGMENT), Token::Literal(':')];
    let start = "arn:".chars().map(Token::Literal).chain(segment).chain(segment).chain(segment);
    start
        .chain(account.chars().map(Token::Literal))
        .chain([Token::Literal(':'), Token::Many(Class::TEXT)])
        .collect()
}
