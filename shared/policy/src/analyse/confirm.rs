//! The plain evaluator's judgement of a request.

use crate::{
    AnyoneForm, Caller, Context, Document, Effect, Element, Evaluation, Layer, Outcome, Policies, Principal,
    PrincipalEntry, Request, Statement, Truth, evaluate, relation,
};

/// What documents that stand in one layer say: whether one allows, whether one denies.
pub(crate) fn identity(documents: &[&Document], request: &Request) -> (Truth, Truth) {
    let policies = Policies { identity: documents.to_vec(), ..Policies::default() };
    let evaluation = evaluate(request, &policies);
    verdict(&evaluation, |layer, policy, statement| match layer {
        Layer::Identity => documents.get(policy)?.statements.get(statement).map(|_| Truth::True),
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
    let (allow, deny) = verdict(&evaluation, |layer, _, statement| match layer {
        Layer::Resource => {
            let statement = document.statements.get(statement)?;
            Some(if has_credentials { Truth::True } else { concerns(statement, &request.principal) })
        }
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_) => None,
    });
    certainly(allow & !deny)
}

/// Whether a statement that applies concerns a service or the holder of a token. A Deny of all AWS principals does
/// not (IAM User Guide, VPC endpoint policies for AWS STS); whether an Allow for them does is not documented, nor
/// whether `*` in a role's trust policy means services too.
fn concerns(statement: &Statement, caller: &Caller) -> Truth {
    let Some(Element::Only(entries)) = &statement.principal else { return Truth::True };
    let is_service = matches!(caller, Caller::Known(Principal::Service(_)));
    let one = |entry: &PrincipalEntry| match (&entry.principal, statement.effect) {
        (Principal::Anyone(AnyoneForm::Aws), Effect::Deny) => Truth::False,
        (Principal::Anyone(AnyoneForm::Aws), Effect::Allow | Effect::Unreadable) => Truth::Unknown,
        (Principal::Anyone(AnyoneForm::Bare), Effect::Allow | Effect::Unreadable) if is_service => {
            Truth::Unknown
        }
        (principal, _) => relation(principal, caller, &Context::new()).at_all(),
    };
    entries.iter().map(one).fold(Truth::False, |all, one| all | one)
}

pub(crate) fn certainly(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

/// Whether the statements allow, and whether they deny. `counts` says of each, if it is looked at, whether it counts.
fn verdict(evaluation: &Evaluation, counts: impl Fn(Layer, usize, usize) -> Option<Truth>) -> (Truth, Truth) {
    let (mut allow, mut deny) = (Truth::False, Truth::False);
    for entry in &evaluation.trace.statements {
        let place = entry.statement;
        let Some(counts) = counts(place.layer, place.policy, place.statement) else { continue };
        let applies = counts
            & match entry.outcome {
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
