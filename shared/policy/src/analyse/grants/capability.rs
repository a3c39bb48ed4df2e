//! Single capabilities: may the holder do this to a resource that matters?

use std::collections::BTreeMap;

use super::{
    GrantFacts,
    holder::{Carries, Holder},
};
use crate::{
    ActionPattern, ConditionKey, Element, Request,
    analyse::{
        Witness,
        budget::Steps,
        compile::{Compiler, action_pattern, add},
        inquiry::{Ask, Inquiry, Outcome, StatementId},
        search::Clause,
        space::{Predicate, ValueTest},
        within::{Permissions, Roles, Sorted, joined},
        words::{Class, Pattern, Token},
    },
};

/// The capabilities of a holder, each decided once.
pub(super) struct Capabilities<'a> {
    pub(super) facts: &'a GrantFacts,
    pub(super) roles: Roles<'a>,
    pub(super) sorted: Sorted<'a>,
    /// One inquiry for each combination of keys that requests carry.
    inquiries: BTreeMap<(Carries, bool), Inquiry<'a>>,
    known: BTreeMap<(String, &'static [&'static str]), Outcome>,
}

impl<'a> Capabilities<'a> {
    pub(super) fn new(permissions: &Permissions<'a>, facts: &'a GrantFacts) -> Self {
        let mut roles = Roles::default();
        let sorted = roles.sort(permissions);
        Self { facts, roles, sorted, inquiries: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Whether the holder may perform `action` on something that would give it more.
    pub(super) fn granted(
        &mut self,
        action: &str,
        services: &'static [&'static str],
        steps: &mut Steps,
    ) -> Outcome {
        let services = if action == "iam:PassRole" { services } else { &[] };
        let key = (action.to_owned(), services);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let carries = Carries::of(action);
        let facts = self.facts;
        let also = |compiler: &mut Compiler<'_>| capability(facts, action, services, carries, compiler);
        let mut outcome = self.decide(&|element| covers(element, action), carries, false, &also, steps);
        if let Outcome::Request(request) = &mut outcome {
            action.clone_into(&mut request.action);
        }
        self.known.insert(key, outcome.clone());
        outcome
    }

    /// Whether the holder may perform some action that the glob matches.
    pub(super) fn any_action(&mut self, glob: &str, steps: &mut Steps) -> Outcome {
        let also = |compiler: &mut Compiler<'_>| {
            let dimension = compiler.action_dimension();
            Some(vec![compiler.space.within(dimension, action_pattern(std::iter::once(glob)))])
        };
        self.decide(&|_| true, Carries::ALL, true, &also, steps)
    }

    /// Whether the holder may do what no list knows, to anything: nothing of note is left out.
    pub(super) fn anything_at_all(&mut self, steps: &mut Steps) -> bool {
        let action = "unheardof:anything";
        let also = |compiler: &mut Compiler<'_>| {
            let actions = compiler.action_dimension();
            let resource = compiler.resource_dimension();
            let unheard_of = compiler.space.within(actions, Pattern::literal(action));
            Some(vec![unheard_of, compiler.space.within(resource, Pattern::literal("*"))])
        };
        let outcome = self.decide(&|element| covers(element, action), Carries::ALL, true, &also, steps);
        matches!(outcome, Outcome::Request(_))
    }

    /// The witness, which speaks of the keys that some condition looks at.
    pub(super) fn witness(&self, request: Request) -> Witness {
        let conditions = || self.roles.statements.iter().flat_map(|s| &s.conditions);
        Witness::of_permission(request, |key| conditions().any(|c| c.key.is(key)))
    }

    fn decide(
        &mut self,
        relevant: &dyn Fn(&Element<ActionPattern>) -> bool,
        carries: Carries,
        any_action: bool,
        also: &dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
        steps: &mut Steps,
    ) -> Outcome {
        let relevant = |id: &StatementId| self.roles.statements.get(*id).is_some_and(|s| relevant(&s.action));
        let of_layer = |layer: &Vec<StatementId>| layer.iter().copied().filter(relevant).collect::<Vec<_>>();
        let layers: Vec<Vec<StatementId>> = self.sorted.layers.iter().map(of_layer).collect();
        if layers.iter().any(Vec::is_empty) {
            return Outcome::Nothing;
        }
        let denies = of_layer(&self.sorted.denies);
        let key = (carries, any_action);
        let mut inquiry = self.inquiries.remove(&key).unwrap_or_else(|| {
            let holder = Holder { facts: self.facts, carries, any_action };
            Inquiry::new(self.roles.statements.clone(), Box::new(holder))
        });
        let outcome = self.decide_by(&mut inquiry, &layers, &denies, also, steps);
        self.inquiries.insert(key, inquiry);
        outcome
    }

    fn decide_by(
        &self,
        inquiry: &mut Inquiry<'a>,
        layers: &[Vec<StatementId>],
        denies: &[StatementId],
        also: &dyn Fn(&mut Compiler<'_>) -> Option<Clause>,
        steps: &mut Steps,
    ) -> Outcome {
        let confirm = |request: &Request| self.roles.allowed(&self.sorted, request) == Some(true);
        let mut doubt = Outcome::Nothing;
        for allow in layers.first().into_iter().flatten() {
            for inside in joined(*allow, layers) {
                let ask =
                    Ask { inside: &inside, outside: denies, also, avoid: &|_| Vec::new(), confirm: &confirm };
                match inquiry.decide(&ask, steps) {
                    Outcome::Nothing => {}
                    request @ Outcome::Request(_) => return request,
                    unknown @ Outcome::Unknown(_) => doubt = unknown,
                }
            }
        }
        doubt
    }
}

/// The box of requests that use the capability.
pub(super) fn capability(
    facts: &GrantFacts,
    action: &str,
    services: &[&str],
    carries: Carries,
    compiler: &mut Compiler<'_>,
) -> Option<Clause> {
    let mut clause = Clause::new();
    let dimension = compiler.action_dimension();
    clause.push(compiler.space.within(dimension, Pattern::literal(&action.to_ascii_lowercase())));
    let dimension = compiler.resource_dimension();
    let target = target(facts, action);
    clause.push(compiler.space.within(dimension, target.pattern));
    if !target.harmless.is_empty() {
        clause.push(compiler.space.within(dimension, literals(&target.harmless)).not());
    }
    let mut require = |key: &str, texts: &[String], negated: bool| {
        let key = ConditionKey::new(key);
        let meaning = compiler.world.key(&key);
        let form = Predicate { negated, on_missing: negated, ..Predicate::PLAIN };
        let truth = compiler.literal(&key, &meaning, ValueTest::Words(literals(texts)), form);
        add(&mut clause, truth)
    };
    if carries.boundary && !facts.safe_boundaries.is_empty() {
        require("iam:PermissionsBoundary", &facts.safe_boundaries, true)?;
    }
    if carries.policy && !facts.safe_policies.is_empty() {
        require("iam:PolicyARN", &facts.safe_policies, true)?;
    }
    if carries.service && !services.is_empty() {
        let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
        require("iam:PassedToService", &services, false)?;
    }
    Some(clause)
}

/// The resources of the action's type in the own account, and those that give nothing.
fn target(facts: &GrantFacts, action: &str) -> Target {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    let iam = |kind: &str| arn(facts, "iam", &[], &format!("{kind}/"));
    let roles = || facts.harmless_roles.clone();
    match (service, name) {
        ("sts", _) | ("iam", "PassRole") => Target {
            pattern: iam("role"),
            harmless: roles().into_iter().chain(facts.self_arn.clone()).collect(),
        },
        ("iam", _) if name.contains("Group") => Target { pattern: iam("group"), harmless: Vec::new() },
        ("iam", _) if name.contains("Role") => Target { pattern: iam("role"), harmless: roles() },
        ("iam", _)
            if name.contains("User") || name.contains("AccessKey") || name.contains("LoginProfile") =>
        {
            Target { pattern: iam("user"), harmless: Vec::new() }
        }
        ("iam", "CreatePolicyVersion" | "SetDefaultPolicyVersion") => {
            Target { pattern: iam("policy"), harmless: Vec::new() }
        }
        ("lambda", _) if name != "CreateEventSourceMapping" => Target {
            pattern: arn(facts, "lambda", &[Token::Many(Class::SEGMENT)], "function:"),
            harmless: Vec::new(),
        },
        _ => Target { pattern: anything_of(facts, service), harmless: Vec::new() },
    }
}

/// `arn:partition:service:region:account:prefix` and at least one character.
fn arn(facts: &GrantFacts, service: &str, region: &[Token], prefix: &str) -> Pattern {
    let mut tokens = text(&format!("arn:{}:{service}:", facts.partition));
    tokens.extend(region);
    tokens.extend(text(&format!(":{}:{prefix}", facts.account)));
    tokens.extend([Token::One(Class::TEXT), Token::Many(Class::TEXT)]);
    Pattern::union([tokens])
}

/// Any resource of a service, of no account, or of none at all. Some actions of a service work on
/// instances of EC2.
fn anything_of(facts: &GrantFacts, service: &str) -> Pattern {
    let services: &[&str] = match service {
        "ssm" | "ec2-instance-connect" => &[service, "ec2"],
        _ => &[service],
    };
    let mut alternatives = vec![text("*")];
    for service in services {
        for account in [facts.account.to_string(), String::new()] {
            let mut tokens = text(&format!("arn:{}:{service}:", facts.partition));
            tokens.push(Token::Many(Class::SEGMENT));
            tokens.extend(text(&format!(":{account}:")));
            tokens.extend([Token::One(Class::TEXT), Token::Many(Class::TEXT)]);
            alternatives.push(tokens);
        }
    }
    Pattern::union(alternatives)
}

struct Target {
    pattern: Pattern,
    harmless: Vec<String>,
}

pub(super) fn covers(element: &Element<ActionPattern>, action: &str) -> bool {
    element.entries().iter().any(|entry| entry.matches(action)) != element.is_inverted()
}

fn text(text: &str) -> Vec<Token> {
    text.chars().map(Token::Literal).collect()
}

fn literals(texts: &[String]) -> Pattern {
    Pattern::union(texts.iter().map(|t| text(t)))
}
