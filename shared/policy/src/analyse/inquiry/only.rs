//! Variables whose value the statements inside leave no choice about: `${aws:PrincipalTag/team}` beside
//! `"StringEquals": {"aws:PrincipalTag/team": "x"}` is `x` in every request to which these statements apply.

use std::collections::{BTreeMap, BTreeSet};

use super::{Inquiry, Question};
use crate::{
    Condition, ConditionKey, Test,
    analyse::{
        compile::{Binding, variables_of},
        world::Meaning,
    },
};

impl Inquiry<'_> {
    /// The one value of each variable of the question; nothing if one of them may have another.
    pub(super) fn only_values(&self, question: &Question<'_>) -> Option<BTreeMap<ConditionKey, Binding>> {
        let keys: BTreeSet<ConditionKey> =
            self.involved(question).flat_map(|statement| variables_of(statement, &*self.world)).collect();
        keys.into_iter()
            .map(|key| self.only_value(question, &key).map(|text| (key, Some(text.to_owned()))))
            .collect()
    }

    fn only_value<'s>(&'s self, question: &'s Question<'_>, key: &ConditionKey) -> Option<&'s str> {
        let is_single = match self.world.key(key) {
            Meaning::Free { several, .. } => !several.unwrap_or_else(|| self.set_tested.contains(key)),
            Meaning::Constant(_) | Meaning::Part(_) => false,
        };
        let inside = question.ask.inside.iter().filter_map(|id| self.statement(*id));
        let conditions = inside.flat_map(|statement| &statement.conditions).filter(|_| is_single);
        conditions.filter(|condition| condition.key == *key).find_map(only_text)
    }
}

/// The text that the condition asks for. Whether an empty one counts as missing is not documented.
fn only_text(condition: &Condition) -> Option<&str> {
    let operator = &condition.operator;
    let is_plain = operator.quantifier.is_none() && !operator.if_exists;
    match condition.values.as_slice() {
        [only] if is_plain && operator.test == Test::StringEquals => {
            (only.template.is_none() && !only.text.is_empty()).then_some(&*only.text)
        }
        _ => None,
    }
}
