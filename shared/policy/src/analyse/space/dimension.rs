//! One dimension of a request: the predicates asked of it, the values met so far, and what was
//! found to be impossible.

use std::collections::BTreeMap;

use super::{points, test::ValueTest, texts::Texts, value::Value, word::Word};
use crate::analyse::{
    answer::Reason,
    budget::{Exhausted, Steps},
};

/// How a test extends to keys that are missing or have several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quantity {
    /// One value.
    Plain,
    /// `ForAnyValue`
    Any,
    /// `ForAllValues`
    All,
}

/// What, besides its test, makes up a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Predicate {
    pub(crate) negated: bool,
    pub(crate) quantity: Quantity,
    pub(crate) on_missing: bool,
}

impl Predicate {
    /// The value is there and passes the test.
    pub(crate) const PLAIN: Self = Self { negated: false, quantity: Quantity::Plain, on_missing: false };
}

/// A predicate of a dimension that has to hold, or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) dimension: usize,
    pub(crate) predicate: usize,
    pub(crate) holds: bool,
}

impl Literal {
    pub(crate) fn not(self) -> Self {
        Self { holds: !self.holds, ..self }
    }
}

/// A predicate's number, and whether it has to hold.
pub(crate) type Signed = (usize, bool);

/// What [`Dimension::pick`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The number of a value that fits.
    Cell(usize),
    /// No value fits.
    Empty,
    /// Not decided.
    Unknown(Reason),
}

/// One dimension.
#[derive(Clone, Debug)]
pub(crate) struct Dimension {
    several: bool,
    texts: Texts,
    /// What to say when the dimension's tests do not fit together.
    reason: Reason,
    /// Whether a point that depends on this dimension has to be called `Unknown`.
    opaque: bool,
    tests: Vec<ValueTest>,
    test_numbers: BTreeMap<ValueTest, usize>,
    predicates: Vec<(usize, Predicate)>,
    predicate_numbers: BTreeMap<(usize, Predicate), usize>,
    cells: Vec<Value>,
    /// For each predicate, for each cell, what is known of it.
    truths: Vec<Vec<Option<bool>>>,
    conflicts: Vec<Vec<Signed>>,
    critical: Option<Vec<String>>,
    /// Whether some predicate asks if there is a value at all.
    asked_for_presence: bool,
    /// Whether an empty value is documented to count as none.
    empty_is_none: bool,
}

impl Dimension {
    pub(crate) fn new(may_miss: bool, several: bool, texts: Texts, reason: Reason) -> Self {
        Self {
            several,
            texts,
            reason,
            opaque: false,
            tests: Vec::new(),
            test_numbers: BTreeMap::new(),
            predicates: Vec::new(),
            predicate_numbers: BTreeMap::new(),
            cells: if may_miss { vec![Value::Missing] } else { Vec::new() },
            truths: Vec::new(),
            conflicts: Vec::new(),
            critical: None,
            asked_for_presence: false,
            empty_is_none: false,
        }
    }

    /// The same of a key with several values, of which an empty one is documented to count as none (IAM User Guide,
    /// Multivalued context key examples).
    pub(crate) fn of_documented_list(self) -> Self {
        Self { empty_is_none: true, ..self }
    }

    pub(crate) fn atom(reason: Reason) -> Self {
        Self { opaque: true, ..Self::new(false, false, Texts::of_booleans(), reason) }
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.opaque
    }

    pub(crate) fn reason(&self) -> &Reason {
        &self.reason
    }

    pub(crate) fn value(&self, cell: usize) -> &Value {
        self.cells.get(cell).unwrap_or(&Value::Missing)
    }

    /// The number of the predicate; the same one gets the same number.
    pub(crate) fn predicate(&mut self, test: ValueTest, form: Predicate) -> usize {
        let test = match self.test_numbers.get(&test) {
            Some(known) => *known,
            None => {
                self.tests.push(test.clone());
                self.test_numbers.insert(test, self.tests.len() - 1);
                self.critical = None;
                self.conflicts.clear();
                self.tests.len() - 1
            }
        };
        let next = self.predicates.len();
        let number = *self.predicate_numbers.entry((test, form)).or_insert(next);
        if number == next {
            self.asked_for_presence |= self.tests.get(test) == Some(&ValueTest::Presence);
            self.predicates.push((test, form));
            self.truths.push(Vec::new());
        }
        number
    }

    /// Suggests a value, for the sake of readable witnesses.
    pub(crate) fn suggest(&mut self, text: &str) {
        if self.texts.has(text) {
            self.cell(Value::One(text.to_owned()));
        }
    }

    /// The same for a value that the dimension surely has.
    pub(crate) fn suggest_own(&mut self, text: String) {
        self.cell(Value::One(text));
    }

    /// Whether the predicate holds of the cell.
    pub(crate) fn truth(&mut self, predicate: usize, cell: usize) -> bool {
        if let Some(Some(known)) = self.truths.get(predicate).and_then(|row| row.get(cell)) {
            return *known;
        }
        let truth = self.evaluate(predicate, self.value(cell));
        if let Some(row) = self.truths.get_mut(predicate) {
            if row.len() <= cell {
                row.resize(cell + 1, None);
            }
            if let Some(slot) = row.get_mut(cell) {
                *slot = Some(truth);
            }
        }
        truth
    }

    fn evaluate(&self, predicate: usize, value: &Value) -> bool {
        let Some((test, form)) = self.predicates.get(predicate) else { return false };
        let Some(test) = self.tests.get(*test) else { return false };
        let passes = |text: &String| test.holds(text) != form.negated;
        if let (Value::Empty { counts }, ValueTest::Presence) = (value, test) {
            return if *counts { !form.negated } else { form.on_missing };
        }
        match (value.texts(), form.quantity) {
            ([], _) => form.on_missing,
            // "A null dataset, such as an empty string" (IAM User Guide, "Set operators").
            ([one], Quantity::All) if one.is_empty() => form.on_missing,
            ([one], _) => passes(one),
            // A plain test of several values is not documented; no such value is ever made for one.
            (_, Quantity::Plain) => *test == ValueTest::Presence && !form.negated,
            (several, Quantity::Any) => several.iter().any(passes),
            (several, Quantity::All) => several.iter().all(passes),
        }
    }

    /// A value for which all of `signed` (sorted, without repetitions) come out so.
    pub(crate) fn pick(&mut self, signed: &[Signed], steps: &mut Steps) -> Result<Pick, Exhausted> {
        steps.spend(1 + self.cells.len() / 64)?;
        let contradiction = signed.iter().zip(signed.iter().skip(1)).any(|(a, b)| a.0 == b.0);
        if contradiction || self.conflicts.iter().any(|c| c.iter().all(|s| signed.binary_search(s).is_ok())) {
            return Ok(Pick::Empty);
        }
        if let Some(cell) = (0..self.cells.len()).find(|cell| self.fits(signed, *cell)) {
            return Ok(Pick::Cell(cell));
        }
        match self.construct(signed, steps)? {
            Found::Value(Value::One(text)) if text.is_empty() && self.asked_for_presence => {}
            Found::Value(value) => {
                let cell = self.cell(value);
                // The value was made by the theory; it counts only if the tests themselves agree.
                return Ok(if self.fits(signed, cell) {
                    Pick::Cell(cell)
                } else {
                    Pick::Unknown(Reason::Unconfirmed)
                });
            }
            Found::Nothing => {}
            Found::Unknown(reason) => return Ok(Pick::Unknown(reason)),
        }
        if let Some(value) = self.empty_value(signed) {
            return Ok(Pick::Cell(self.cell(value)));
        }
        self.conflicts.push(signed.to_vec());
        Ok(Pick::Empty)
    }

    /// The key is there, and empty.
    fn empty_value(&self, signed: &[Signed]) -> Option<Value> {
        if !self.texts.has("") {
            return None;
        }
        let values = match (self.asked_for_presence, self.empty_is_none) {
            (false, _) => vec![Value::One(String::new())],
            (true, true) => vec![Value::Empty { counts: false }],
            (true, false) => vec![Value::Empty { counts: true }, Value::Empty { counts: false }],
        };
        let fits =
            |value: &Value| signed.iter().all(|(number, holds)| self.evaluate(*number, value) == *holds);
        values.into_iter().find(fits)
    }

    /// Why it is in doubt whether a request can have this value, if it is.
    pub(crate) fn doubt(&self, cell: usize) -> Option<Reason> {
        let in_doubt = match self.value(cell) {
            Value::Empty { .. } => !self.empty_is_none,
            Value::One(text) => text.is_empty() && self.asked_for_presence,
            Value::Missing | Value::Several(_) => false,
        };
        in_doubt.then(|| self.reason_of_key(Reason::Empty))
    }

    pub(super) fn mistyped_reason(&self) -> Reason {
        self.reason_of_key(Reason::Mistyped)
    }

    fn reason_of_key(&self, reason: impl Fn(crate::ConditionKey) -> Reason) -> Reason {
        if let Reason::Mixed(key) = &self.reason { reason(key.clone()) } else { self.reason.clone() }
    }

    pub(super) fn test(&self, number: usize) -> Option<&ValueTest> {
        self.tests.get(number)
    }

    pub(super) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The texts at which tests change their minds; to be given back.
    pub(super) fn take_critical(&mut self) -> Vec<String> {
        self.critical.take().unwrap_or_else(|| points::critical(&self.tests))
    }

    pub(super) fn keep_critical(&mut self, critical: Vec<String>) {
        self.critical = Some(critical);
    }

    fn fits(&mut self, signed: &[Signed], cell: usize) -> bool {
        self.doubt(cell).is_none() && self.agrees(signed, cell)
    }

    fn agrees(&mut self, signed: &[Signed], cell: usize) -> bool {
        signed.iter().all(|(predicate, holds)| self.truth(*predicate, cell) == *holds)
    }

    fn cell(&mut self, value: Value) -> usize {
        if let Some(known) = self.cells.iter().position(|cell| *cell == value) {
            return known;
        }
        self.cells.push(value);
        self.cells.len() - 1
    }

    /// Builds a present value; that a missing one does not fit was seen before.
    fn construct(&mut self, signed: &[Signed], steps: &mut Steps) -> Result<Found, Exhausted> {
        let mut wanted = Wanted::default();
        for (number, holds) in signed {
            if let Some((test, form)) = self.predicates.get(*number) {
                if self.tests.get(*test) == Some(&ValueTest::Presence) {
                    if form.negated == *holds {
                        return Ok(Found::Nothing);
                    }
                    continue;
                }
                wanted.add(*test, *form, *holds, self.several);
            }
        }
        if !self.several {
            return Ok(self.word(&[&wanted.each, &wanted.plain], steps)?.map(Value::One));
        }
        self.several_values(&wanted, steps)
    }

    fn several_values(&mut self, wanted: &Wanted, steps: &mut Steps) -> Result<Found, Exhausted> {
        let plainly_tested = self.predicates.iter().any(|(test, form)| {
            form.quantity == Quantity::Plain && self.tests.get(*test) != Some(&ValueTest::Presence)
        });
        if plainly_tested {
            match self.word(&[&wanted.each, &wanted.plain, &wanted.hits], steps)? {
                Word::Found(word) => return Ok(Found::Value(Value::One(word))),
                Word::Unknown(reason) => return Ok(Found::Unknown(reason)),
                Word::None => {}
            }
        }
        let mut words = Vec::new();
        if wanted.hits.is_empty() {
            match self.word(&[&wanted.each], steps)? {
                Word::Found(word) => words.push(word),
                Word::None => return Ok(Found::Nothing),
                Word::Unknown(reason) => return Ok(Found::Unknown(reason)),
            }
        }
        for hit in &wanted.hits {
            match self.word(&[&wanted.each, &[*hit]], steps)? {
                Word::Found(word) => words.push(word),
                Word::None => return Ok(Found::Nothing),
                Word::Unknown(reason) => return Ok(Found::Unknown(reason)),
            }
        }
        if !wanted.plain.is_empty() {
            return Ok(Found::Unknown(self.plain_on_set()));
        }
        words.sort();
        words.dedup();
        Ok(Found::Value(if words.len() == 1 {
            Value::One(words.pop().unwrap_or_default())
        } else {
            Value::Several(words)
        }))
    }

    fn plain_on_set(&self) -> Reason {
        self.reason_of_key(Reason::PlainOnSet)
    }
}

enum Found {
    Value(Value),
    Nothing,
    Unknown(Reason),
}

impl Word {
    fn map(self, value: impl FnOnce(String) -> Value) -> Found {
        match self {
            Self::Found(word) => Found::Value(value(word)),
            Self::None => Found::Nothing,
            Self::Unknown(reason) => Found::Unknown(reason),
        }
    }
}

/// What signed predicates ask of the elements of a value.
#[derive(Default)]
struct Wanted {
    /// True of every element.
    each: Vec<Signed>,
    /// Each true of some element.
    hits: Vec<Signed>,
    /// True of the one element there is.
    plain: Vec<Signed>,
}

impl Wanted {
    fn add(&mut self, test: usize, form: Predicate, holds: bool, several: bool) {
        let element = (test, holds != form.negated);
        match form.quantity {
            _ if !several => self.plain.push(element),
            Quantity::Plain => self.plain.push(element),
            Quantity::All if holds => self.each.push(element),
            Quantity::Any if !holds => self.each.push(element),
            Quantity::All | Quantity::Any => self.hits.push(element),
        }
    }
}
