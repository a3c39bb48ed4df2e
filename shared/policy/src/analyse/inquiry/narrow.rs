//! What a question comes to once the actions it is about are looked at: most statements have no action in
//! common with it, and some cover all of it. Nothing is compiled for that.

use super::{
    Ask, Inquiry, StatementId,
    spelling::{are_apart, covers_all, covers_none, includes, may_match_an_action},
};
use crate::{
    ActionPattern, Effect, Element, Statement,
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
    pub(super) fn is_covered(&self, element: &Element<ActionPattern>) -> bool {
        self.globs.iter().all(|glob| covers_all(element, glob))
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
            let Some(statement) = self.statement(*id) else { continue };
            steps.spend(globs.len() * statement.action.entries().len() / PAIRS_PER_STEP)?;
            if !meet(&mut globs, &statement.action) {
                partial.push(*id);
            }
        }
        globs.retain(|glob| may_match_an_action(glob));
        let entries =
            ask.outside.iter().filter_map(|id| self.statement(*id)).map(|s| s.action.entries().len());
        steps.spend(1 + globs.len() * entries.sum::<usize>() / PAIRS_PER_STEP)?;
        let outside = self.touching(ask.outside, &globs);
        let covering: Vec<&Statement> = outside
            .iter()
            .filter_map(|id| self.statement(*id))
            .filter(|statement| asks_for_the_action_only(statement))
            .collect();
        globs.retain(|glob| !covering.iter().any(|statement| covers_all(&statement.action, glob)));
        if globs.is_empty() {
            return Ok(None);
        }
        let outside = self.touching(&outside, &globs);
        Ok(Some(Narrowed { globs, partial, outside }))
    }

    fn touching(&self, statements: &[StatementId], globs: &[&str]) -> Vec<StatementId> {
        let touches = |statement: &Statement| globs.iter().any(|glob| !covers_none(&statement.action, glob));
        statements.iter().copied().filter(|id| self.statement(*id).is_some_and(touches)).collect()
    }
}

/// Comparing two globs costs little: most differ in their first letter.
const PAIRS_PER_STEP: usize = 1024;

/// Keeps of the globs what the element covers. Says whether that is exact; else they match more.
fn meet<'q>(globs: &mut Vec<&'q str>, element: &'q Element<ActionPattern>) -> bool {
    let mut is_exact = true;
    let mut met = Vec::new();
    for glob in globs.iter() {
        if covers_all(element, glob) {
            met.push(*glob);
        } else if let Some(parts) = parts(element, glob) {
            met.extend(parts);
        } else if !covers_none(element, glob) {
            met.push(*glob);
            is_exact = false;
        }
        if met.len() > 2 * (globs.len() + element.entries().len()) {
            met.sort_unstable();
            met.dedup();
        }
    }
    *globs = met;
    is_exact
}

/// The entries that make up what the element covers of the glob.
fn parts<'q>(element: &'q Element<ActionPattern>, glob: &str) -> Option<Vec<&'q str>> {
    let Element::Only(entries) = element else { return None };
    let entries = entries.iter().map(|entry| entry.glob.as_str()).filter(|entry| !are_apart(entry, glob));
    entries.map(|entry| includes(glob, entry).then_some(entry)).collect()
}

/// Whether the statement applies to every request with an action that it covers.
fn asks_for_the_action_only(statement: &Statement) -> bool {
    covers_any_resource(statement)
        && statement.conditions.is_empty()
        && statement.unreadable.is_empty()
        && statement.effect != Effect::Unreadable
}
