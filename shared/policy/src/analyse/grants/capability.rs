//! What a single capability comes to: the requests that use it, told apart only where some statement looks.

use super::{
    GrantFacts,
    actions::Use,
    holder::{Carries, is_of_the_session},
    services,
    target::Target,
};
use crate::{
    ConditionKey, Request, Statement, Template, Variable,
    analyse::{
        compile::{Compiler, add, covers_any_resource, templates},
        search::Clause,
        space::{Predicate, ValueTest},
        words::{Pattern, Token},
    },
};

/// What of a request some statements look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) resource: bool,
    pub(super) carried: Carries,
    /// At what a session has only one of.
    pub(super) session: bool,
}

impl Looks {
    pub(super) fn of(statement: &Statement) -> Self {
        let mut looks = Self { resource: !covers_any_resource(statement), ..Self::default() };
        for condition in &statement.conditions {
            looks.carried.look(&condition.key);
            looks.session |= is_of_the_session(&condition.key);
        }
        let variables = templates(statement).flat_map(|(_, template): (_, &Template)| template.variables());
        variables.for_each(|variable: &Variable| looks.carried.look(&variable.key));
        looks
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            resource: self.resource || other.resource,
            carried: self.carried.or(other.carried),
            session: self.session || other.session,
        }
    }
}

/// Capabilities of one kind have the same answer: the same statements cover them, and these cannot tell them
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The number of the further layers and denies that cover the action.
    pub(super) limits: usize,
    /// The resources, if some statement looks at them.
    target: Option<Target<'static>>,
    /// What requests carry that some statement, or some fact, looks at.
    pub(super) carries: Carries,
    /// The services a role is passed to, if some statement looks at that.
    services: &'static [&'static str],
}

impl Kind {
    pub(super) fn of(usage: &Use, limits: usize, looks: Looks, facts: &GrantFacts) -> Self {
        let own = usage.action.carries;
        let carries = Carries {
            boundary: own.boundary && looks.carried.boundary,
            policy: own.policy && (looks.carried.policy || !facts.safe_policies.is_empty()),
            service: own.service && looks.carried.service,
        };
        let services = if carries.service { usage.services } else { &[] };
        Self { limits, target: looks.resource.then_some(usage.action.target), carries, services }
    }

    /// The box of requests that use the capability, but for their action.
    pub(super) fn used(&self, facts: &GrantFacts, compiler: &mut Compiler<'_>) -> Option<Clause> {
        let mut clause = Clause::new();
        if let Some(target) = self.target {
            let dimension = compiler.resource_dimension();
            compiler.space.suggest(dimension, target.sample(facts));
            clause.push(compiler.space.within(dimension, target.pattern(facts)));
            let harmless = target.harmless(facts);
            if !harmless.is_empty() {
                clause.push(compiler.space.within(dimension, literals(&harmless)).not());
            }
        }
        let mut require = |key: &str, words: Pattern, negated: bool| {
            let key = ConditionKey::new(key);
            let meaning = compiler.world.key(&key);
            let form = Predicate { negated, on_missing: negated, ..Predicate::PLAIN };
            let truth = compiler.literal(&key, &meaning, ValueTest::Words(words), form);
            add(&mut clause, truth)
        };
        if self.carries.boundary && !facts.safe_boundaries.is_empty() {
            require("iam:PermissionsBoundary", literals(&facts.safe_boundaries), true)?;
        }
        if self.carries.policy && !facts.safe_policies.is_empty() {
            require("iam:PolicyARN", literals(&facts.safe_policies), true)?;
        }
        if !self.services.is_empty() {
            require("iam:PassedToService", services::names(self.services, &facts.partition), false)?;
        }
        Some(clause)
    }

    /// The request that makes this use of the capability, from the one found for its kind: it differs in what
    /// no statement looks at, and in the name of an action that the same statements cover.
    pub(super) fn request(&self, usage: &Use, facts: &GrantFacts, found: &Request) -> Request {
        let mut request = found.clone();
        usage.action.name.clone_into(&mut request.action);
        if self.target.is_none() {
            request.resource = usage.action.target.one_that_counts(facts);
        }
        if let (true, Some(service)) =
            (self.services.is_empty(), services::name(usage.services, &facts.partition))
        {
            request.context.set("iam:PassedToService", [service]);
        }
        request
    }
}

fn literals(texts: &[String]) -> Pattern {
    Pattern::union(texts.iter().map(|text| text.chars().map(Token::Literal)))
}
