//! Who can assume a role? Is there any caller outside the allowed set, in any circumstances that
//! this caller can arrange, whom the trust policy lets in?
//!
//! The question is asked once for each kind of caller: AWS principals, each service that is named,
//! each identity provider. A kind fixes the action that opens the role to it, and which keys its
//! requests carry; see [`callers`].

mod aws;
mod callers;
mod court;
mod facts;
mod names;
mod plain;
mod reach;
mod service;
mod token;

pub use facts::{OidcTrust, Origin, TrustFacts, Vendor};
pub use reach::Reach;

use super::{Answer, Budget, Witness, budget::Steps, inquiry::Outcome};
use crate::{Document, Effect, Statement};
use callers::Kind;
use court::Court;

/// The answer to [`who_can_assume`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumable {
    /// `Proved`: nobody outside the allowed set can assume the role.
    pub answer: Answer<Witness>,
    /// The widest kind of caller admitted. Where the answer is `Unknown`, an upper bound: it takes
    /// for true, in Allows, what could not be decided.
    pub reach: Reach,
    /// The indices of the Allow statements that, after all denies, admit somebody outside the
    /// allowed set (where the answer is `Unknown`: that perhaps do).
    pub guilty: Vec<usize>,
}

/// Who can assume the role with this trust policy?
#[must_use]
pub fn who_can_assume(document: &Document, facts: &TrustFacts, budget: Budget) -> Assumable {
    match plain::reach(document, facts) {
        Some(reach) => Assumable { answer: Answer::Proved, reach, guilty: Vec::new() },
        None => search(document, facts, budget),
    }
}

/// The answer for any document.
fn search(document: &Document, facts: &TrustFacts, budget: Budget) -> Assumable {
    let mut steps = Steps::new(budget);
    let mut result = Assumable { answer: Answer::Proved, reach: Reach::None, guilty: Vec::new() };
    for caller in callers::of(&[document], facts) {
        hear(document, &*caller, &mut result, &mut steps);
    }
    let statements = || (0..).zip(&document.statements).filter(|(_, s)| s.effect != Effect::Deny);
    let mut open = statements().filter(|(_, statement)| callers::names_everybody(statement));
    // Whom else a statement may admit changes nothing if it is guilty already.
    if open.any(|(at, _)| !result.guilty.contains(&at)) {
        let may_call = |caller: &dyn Kind| {
            let names = |s: &Statement| callers::names_everybody(s) && s.covers_action(caller.action());
            document.statements.iter().any(|statement| statement.effect != Effect::Deny && names(statement))
        };
        for caller in callers::perhaps(&[document], facts).iter().filter(|caller| may_call(&***caller)) {
            hear(document, &**caller, &mut result, &mut steps);
        }
    }
    result.guilty.sort_unstable();
    result.guilty.dedup();
    result
}

/// Hears one kind of caller.
fn hear(document: &Document, caller: &dyn Kind, result: &mut Assumable, steps: &mut Steps) {
    let mut court = Court::open(document, None, caller);
    for allow in court.allows() {
        let (reach, certain) = court.reach(allow, steps);
        result.reach = result.reach.max(reach);
        let outcome = court.outsider(allow, steps);
        if outcome == Outcome::Nothing {
            continue;
        }
        result.guilty.push(court.statement(allow));
        let widest = if certain { reach } else { Reach::None };
        let answer = std::mem::replace(&mut result.answer, Answer::Proved);
        result.answer = court.worse(answer, outcome, widest);
    }
}

/// Does `new` admit nobody whom `old` does not admit?
#[must_use]
pub fn admits_nobody_new(
    new: &Document,
    old: &Document,
    facts: &TrustFacts,
    budget: Budget,
) -> Answer<Witness> {
    compare(new, old, facts, budget, false)
}

/// Does `new` still admit everybody of the allowed set whom `old` admits?
#[must_use]
pub fn keeps_the_allowed(
    new: &Document,
    old: &Document,
    facts: &TrustFacts,
    budget: Budget,
) -> Answer<Witness> {
    compare(old, new, facts, budget, true)
}

/// Is everybody whom `one` admits (of the allowed set, if `allowed_only`) admitted by `other`?
fn compare(
    one: &Document,
    other: &Document,
    facts: &TrustFacts,
    budget: Budget,
    allowed_only: bool,
) -> Answer<Witness> {
    let mut steps = Steps::new(budget);
    let mut answer = Answer::Proved;
    let callers = if allowed_only {
        callers::with_the_allowed(&[one, other], facts)
    } else {
        callers::of(&[one, other], facts).into_iter().chain(callers::perhaps(&[one, other], facts)).collect()
    };
    for caller in callers {
        let mut court = Court::open(one, Some(other), &*caller);
        for allow in court.allows() {
            let outcome = court.not_admitted_by_other(allow, allowed_only, &mut steps);
            answer = court.worse(answer, outcome, Reach::None);
        }
    }
    answer
}

#[cfg(test)]
mod tests;
