//! The plain evaluator's judgement of a request.

use crate::{
    AnyoneForm, Caller, Document, Effect, Element, Evaluation, Layer, Outcome, Policies, Principal, Request,
    Statement, Truth, evaluate,
};

/// What documents that stand in one layer say: whether one allows, whether one denies.
pub(crate) fn identity(documents: &[&Document], request: &Request) -> (Truth, Truth) {
    let policies = Policies { identity: documents.to_vec(), ..Policies::default() };
    let evaluation = evaluate(request, &policies);
    verdict(&evaluation, |layer, policy, statement| match layer {
        Layer::Identity => documents.get(policy)?.statements.get(statement),
        Layer::Resource | Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_) => None,
    })
}

/// Whether a trust policy admits the request; nothing if the evaluator cannot say.
pub(crate) fn admits(document: &Document, request: &Request) -> Option<bool> {
    let policies = Policies { resource: Some(document), ..Policies::default() };
    let evaluation = evaluate(request, &policies);
    let has_credentials = match &request.principal {
        Caller::Known(principal) => principal.is_in_account(),
        Caller::Anonymous => false,
    };
    // Whether a Deny of all AWS principals concerns services and tokens is not documented.
    let counts = |statement: &Statement| has_credentials || !denies_aws_only(statement);
    let (allow, deny) = verdict(&evaluation, |layer, _, statement| match layer {
        Layer::Resource => document.statements.get(statement).filter(|s| counts(s)),
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_) => None,
    });
    certainly(allow & !deny)
}

pub(crate) fn certainly(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

fn denies_aws_only(statement: &Statement) -> bool {
    let aws = |principal: &Principal| *principal == Principal::Anyone(AnyoneForm::Aws);
    statement.effect == Effect::Deny
        && matches!(&statement.principal, Some(Element::Only(entries)) if entries.iter().all(|entry| aws(&entry.principal)))
}

fn verdict<'a>(
    evaluation: &Evaluation,
    statement_at: impl Fn(Layer, usize, usize) -> Option<&'a Statement>,
) -> (Truth, Truth) {
    let (mut allow, mut deny) = (Truth::False, Truth::False);
    for entry in &evaluation.trace.statements {
        let place = entry.statement;
        if statement_at(place.layer, place.policy, place.statement).is_none() {
            continue;
        }
        let applies = match entry.outcome {
            Outcome::Applies | Outcome::Delegates => Truth::True,
            Outcome::Perhaps(_) => Truth::Unknown,
            Outcome::Not(_) => Truth::False,
        };
        match entry.effect {
            Effect::Allow => allow = allow | applies,
            Effect::Deny => deny = deny | applies,
            Effect::Unreadable => allow = allow | (applies & Truth::Unknown),
        }
    }
    (allow, deny)
}
