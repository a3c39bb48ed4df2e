//! Whether one statement applies to a request.

use crate::{
    Covered, Doubt, Effect, Element, Layer, Mismatch, Outcome, Request, Statement, Truth, principal::covers,
};

/// How the statement covers the request, and what the trace says of it. The cheapest element is looked
/// at first.
pub(super) fn judge(
    statement: &Statement,
    layer: Layer,
    request: &Request,
    bounded: bool,
) -> (Covered, Outcome) {
    match mismatch(statement, layer, request, bounded) {
        Ok((covered, None)) => {
            let direct = covered.directly | covered.by_role;
            let delegates = direct != Truth::True && statement.effect == Effect::Allow;
            (covered, if delegates { Outcome::Delegates } else { Outcome::Applies })
        }
        Ok((covered, Some(doubt))) => (covered.and(Truth::Unknown), Outcome::Perhaps(doubt)),
        Err(mismatch) => (Covered::NOT, Outcome::Not(mismatch)),
    }
}

/// How the caller is covered and what is in doubt; or the first element that does not fit.
fn mismatch(
    statement: &Statement,
    layer: Layer,
    request: &Request,
    bounded: bool,
) -> Result<(Covered, Option<Doubt>), Mismatch> {
    let mut doubt = None;
    if !statement.covers_action(&request.action) {
        return Err(Mismatch::Action);
    }
    if !statement.covers_resource(&request.resource, &request.context) {
        return Err(Mismatch::Resource);
    }
    let covered = covered(statement, layer, request, bounded);
    match covered.at_all() {
        Truth::False => return Err(Mismatch::Principal),
        Truth::Unknown => doubt = Some(Doubt::Principal),
        Truth::True => {}
    }
    for (index, condition) in statement.conditions.iter().enumerate() {
        match condition.holds(&request.context) {
            Truth::False => return Err(Mismatch::Condition(index)),
            Truth::Unknown => doubt = doubt.or(Some(Doubt::Condition(index))),
            Truth::True => {}
        }
    }
    if !statement.unreadable.is_empty() {
        doubt = Some(Doubt::Unreadable);
    }
    Ok((covered, doubt))
}

/// Only policies of resources have principals. IAM accepts none without; one read all the same covers
/// nobody, but an RCP, whose principal can only be `*`, covers all.
///
/// A Deny with `NotPrincipal` covers every caller that has a permissions boundary, whoever is listed
/// (IAM User Guide, "Permissions boundaries for IAM entities").
fn covered(statement: &Statement, layer: Layer, request: &Request, bounded: bool) -> Covered {
    match (&statement.principal, layer) {
        (Some(Element::AllBut(_)), Layer::Resource) if bounded && statement.effect == Effect::Deny => {
            Covered::DIRECTLY
        }
        (Some(element), _) => covers(element, statement.effect, &request.principal, &request.context),
        (None, Layer::Resource) => Covered::NOT,
        (None, Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_)) => {
            Covered::DIRECTLY
        }
    }
}
