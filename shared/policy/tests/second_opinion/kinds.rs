//! The kinds of faults: what of a request a proof forgot.

use rescind_policy::{
    Caller, Condition, ConditionKey, Document, Effect, Element, Part, Principal, Request, Test,
};

use crate::{
    facts::values,
    judge::{self, Case},
    keys::{self, Type},
};

/// What a small contradiction turns on.
pub(crate) fn of(case: &Case, request: &Request) -> &'static str {
    let documents = judge::read(case).unwrap_or_default();
    let (conditions, keys) = looked_at(&documents);
    KINDS
        .iter()
        .find(|(_, is)| {
            is(&Look { case, request, conditions: &conditions, keys: &keys, documents: &documents })
        })
        .map_or("another", |(name, _)| name)
}

struct Look<'a> {
    case: &'a Case,
    request: &'a Request,
    conditions: &'a [&'a Condition],
    keys: &'a [ConditionKey],
    documents: &'a [Document],
}

type Is = fn(&Look<'_>) -> bool;

const KINDS: [(&str, Is); 15] = [
    ("tag keys with dots and colons", |look| look.keys.iter().any(is_odd_tag)),
    ("what services and unsigned callers say of themselves", |look| {
        !is_of_an_account(look.request) && look.keys.iter().any(says_who)
    }),
    ("keys of federation in sessions of roles", |look| {
        is_of_an_account(look.request) && look.keys.iter().any(|key| keys::is_of_federation(key.as_str()))
    }),
    ("ways through services, resources of strangers", |look| {
        let keys = ["aws:ViaAWSService", "aws:ResourceAccount", "aws:ResourceOrgID"];
        look.case.question.trust().is_none() && look.keys.iter().any(|key| keys.iter().any(|one| key.is(one)))
    }),
    ("stars in tokens", |look| {
        !is_of_an_account(look.request)
            && sent(look)
                .any(|(key, value)| keys::is_of_federation(key.as_str()) && value.contains(['*', '?']))
    }),
    ("lone stars and short patterns of ARN operators", |look| {
        look.conditions.iter().any(|one| {
            is_arn_test(&one.operator.test) && one.values.iter().any(|v| v.text.splitn(6, ':').count() < 6)
        })
    }),
    ("empty values", |look| sent(look).any(|(_, value)| value.is_empty())),
    ("typed operators on free text", |look| {
        look.conditions.iter().any(|one| {
            typed(&one.operator.test).is_some_and(|typed| {
                values(&look.request.context, one.key.as_str()).iter().any(|value| !typed.holds(value))
            })
        })
    }),
    (
        "paths of issuers without letter case",
        |look| matches!(&look.request.principal, Caller::Known(Principal::Oidc { issuer, .. }) if issuer.contains('/')),
    ),
    ("sessions that a Deny names", |look| {
        let entries = look
            .documents
            .iter()
            .flat_map(|d| &d.statements)
            .filter(|s| s.effect == Effect::Deny)
            .flat_map(|s| s.principal.iter().flat_map(Element::entries));
        entries
            .map(|entry| &entry.principal)
            .any(|p| matches!(p, Principal::Session { .. } | Principal::FederatedUser { .. }))
    }),
    ("names of services in another case", |look| {
        let entries = look
            .documents
            .iter()
            .flat_map(|d| &d.statements)
            .flat_map(|s| s.principal.iter().flat_map(Element::entries));
        entries
            .map(|entry| &entry.principal)
            .any(|p| matches!(p, Principal::Service(name) if name.bytes().any(|b| b.is_ascii_uppercase())))
    }),
    ("values of policies that are not of the test's type", |look| {
        look.conditions.iter().any(|one| {
            let of_type = |text: &str| {
                typed(&one.operator.test).is_none_or(|typed| typed == Type::Arn || typed.holds(text))
            };
            let network = |text: &str| rescind_policy::Network::parse(text).is_some();
            one.values.iter().any(|value| !of_type(&value.text) && !network(&value.text))
        })
    }),
    ("whether a key is sent at all", |look| {
        look.conditions.iter().any(|one| one.operator.test == Test::Null)
    }),
    ("sessions that an Allow names", |look| {
        let entries = look
            .documents
            .iter()
            .flat_map(|d| &d.statements)
            .flat_map(|s| s.principal.iter().flat_map(Element::entries));
        entries
            .map(|entry| &entry.principal)
            .any(|p| matches!(p, Principal::Session { .. } | Principal::FederatedUser { .. }))
    }),
    ("short patterns of resources", |look| {
        let entries = look
            .documents
            .iter()
            .flat_map(|d| &d.statements)
            .flat_map(|s| s.resource.iter().flat_map(Element::entries));
        entries.map(|entry| entry.glob.as_str()).any(|glob| glob != "*" && glob.splitn(6, ':').count() < 6)
    }),
];

fn looked_at(documents: &[Document]) -> (Vec<&Condition>, Vec<ConditionKey>) {
    let statements = || documents.iter().flat_map(|document| &document.statements);
    let conditions: Vec<&Condition> = statements().flat_map(|statement| &statement.conditions).collect();
    let mut keys: Vec<ConditionKey> = conditions.iter().map(|condition| condition.key.clone()).collect();
    let values =
        conditions.iter().flat_map(|condition| &condition.values).filter_map(|value| value.template.as_ref());
    let resources = statements()
        .flat_map(|s| s.resource.iter().flat_map(Element::entries))
        .filter_map(|entry| entry.template.as_ref());
    for part in values.chain(resources).flat_map(|template| &template.parts) {
        match part {
            Part::Variable(variable) => keys.push(variable.key.clone()),
            Part::Text(_) | Part::Escaped(_) => {}
        }
    }
    (conditions, keys)
}

/// What the request sends of the keys that are looked at.
fn sent<'a>(look: &'a Look<'_>) -> impl Iterator<Item = (&'a ConditionKey, &'a str)> {
    look.keys.iter().flat_map(|key| {
        values(&look.request.context, key.as_str()).into_iter().map(move |value| (key, value))
    })
}

fn is_of_an_account(request: &Request) -> bool {
    matches!(&request.principal, Caller::Known(principal) if principal.is_in_account())
}

/// A key of AWS with a dot somewhere before its last colon.
fn is_odd_tag(key: &ConditionKey) -> bool {
    !keys::is_of_federation(key.as_str())
        && key.as_str().rsplit_once(':').is_some_and(|(before, _)| before.contains('.'))
}

fn says_who(key: &ConditionKey) -> bool {
    let start = key.as_str().get(..13).unwrap_or_default();
    let who = start.eq_ignore_ascii_case("aws:principal") && !key.as_str().contains('/');
    who || key.is("aws:userid") || key.is("aws:username")
}

fn is_arn_test(test: &Test) -> bool {
    matches!(test, Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike)
}

/// The type that a test is made for.
fn typed(test: &Test) -> Option<Type> {
    let name = test.as_str();
    let starts = |start: &str| name.starts_with(start);
    if starts("Numeric") {
        Some(Type::Number)
    } else if starts("Date") {
        Some(Type::Date)
    } else if starts("Bool") {
        Some(Type::Boolean)
    } else if name.contains("IpAddress") {
        Some(Type::Address)
    } else if starts("Arn") {
        Some(Type::Arn)
    } else {
        None
    }
}

/// The caller's kind, for reports.
pub(crate) fn caller(request: &Request) -> &'static str {
    match &request.principal {
        Caller::Known(Principal::Service(_)) => "service",
        Caller::Known(Principal::Oidc { .. }) => "web identity",
        Caller::Known(Principal::Saml { .. }) => "SAML",
        Caller::Known(_) => "principal of an account",
        Caller::Anonymous => "anonymous",
    }
}
