//! What a question comes to once the actions it is about are looked at: most statements have no action in
//! common with it, and some cover all of it. Nothing is compiled for that.

use super::{
    Ask, Inquiry, StatementId,
    spelling::{Spelled, may_match_an_action},
};
use crate::{
    Effect, Statement,
    analyse::{
        budget::{Exhausted, Steps},
        compile::covers_any_resource,
    },
    glob::is_literal,
};

/// A question that is still open.
pub(super) struct Narrowed<'q> {
    /// One of these globs matches the action.
    pub(super) globs: Vec<&'q str>,
    /// The statements inside of which not every action covers what the globs match.
    pub(super) partial: Vec<StatementId>,
    /// What may stand against a request.
    pub(super) outside: Vec<StatementId>,
}

impl Narrowed<'_> {
    /// The one action that the question is about.
    pub(super) fn action(&self) -> Option<&str> {
        match self.globs.as_slice() {
            [one] if is_literal(one) => Some(one),
            _ => None,
        }
    }

    /// Whether the element covers whatever the question is about.
    pub(super) fn is_covered(&self, element: &Spelled<'_>) -> bool {
        self.globs.iter().all(|glob| element.covers_all(glob))
    }
}

impl<'a> Inquiry<'a> {
    /// What is left of the question; `None` if nothing is, so that there is no such request.
    pub(super) fn narrow<'q>(
        &self,
        ask: &Ask<'q>,
        steps: &mut Steps,
    ) -> Result<Option<Narrowed<'q>>, Exhausted>
    where
        'a: 'q,
    {
        let mut globs = vec![ask.action.unwrap_or("*")];
        let mut partial = Vec::new();
        for id in ask.inside {
            let Some(element) = self.spelled(*id) else { continue };
            steps.spend(globs.len() * element.len() / PAIRS_PER_STEP)?;
            if !meet(&mut globs, element) {
                partial.push(*id);
            }
        }
        // What was only known to touch a statement may lie outside it now that it is narrower.
        let excluded = |glob: &&str| {
            partial.iter().any(|id| self.spelled(*id).is_some_and(|element| element.covers_none(glob)))
        };
        globs.retain(|glob| may_match_an_action(glob) && !excluded(glob));
        let entries = ask.outside.iter().filter_map(|id| self.spelled(*id)).map(Spelled::len);
        steps.spend(1 + globs.len() * entries.sum::<usize>() / PAIRS_PER_STEP)?;
        let outside = self.touching(ask.outside, &globs);
        let covering: Vec<&Spelled<'_>> = outside
            .iter()
            .filter(|id| self.statement(**id).is_some_and(asks_for_the_action_only))
            .filter_map(|id| self.spelled(*id))
            .collect();
        globs.retain(|glob| !covering.iter().any(|element| element.covers_all(glob)));
        if globs.is_empty() {
            return Ok(None);
        }
        let outside = self.touching(&outside, &globs);
        Ok(Some(Narrowed { globs, partial, outside }))
    }

    fn touching(&self, statements: &[StatementId], globs: &[&str]) -> Vec<StatementId> {
        let touches = |element: &Spelled<'_>| globs.iter().any(|glob| !element.covers_none(glob));
        statements.iter().copied().filter(|id| self.spelled(*id).is_some_and(touches)).collect()
    }

    /// The action element of a statement.
    pub(super) fn spelled(&self, id: StatementId) -> Option<&Spelled<'a>> {
        let statement = self.statement(id)?;
        Some(self.spelled.get(id)?.get_or_init(|| Spelled::new(&statement.action)))
    }
}

/// Comparing two globs costs little: most differ in their first letter.
const PAIRS_PER_STEP: usize = 1024;

/// Keeps of the globs what the element covers. Says whether that is exact; else they match more.
fn meet<'q>(globs: &mut Vec<&'q str>, element: &Spelled<'q>) -> bool {
    let mut is_exact = true;
    let mut met = Vec::new();
    for glob in globs.iter() {
        if element.covers_all(glob) {
            met.push(*glob);
        } else if let Some(parts) = element.parts(glob) {
            met.extend(parts);
        } else if !element.covers_none(glob) {
            met.push(*glob);
            is_exact = false;
        }
        if met.len() > 2 * (globs.len() + element.len()) {
            met.sort_unstable();
            met.dedup();
        }
    }
    *globs = met;
    is_exact
}

/// Whether the statement applies to every request with an action that it covers.
fn asks_for_the_action_only(statement: &Statement) -> bool {
    covers_any_resource(statement)
        && statement.conditions.is_empty()
        && statement.unreadable.is_empty()
        && statement.effect != Effect::Unreadable
}
