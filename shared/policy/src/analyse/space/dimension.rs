//! One dimension of a request: the predicates asked of it, the values met so far, and what was
//! found to be impossible.

use std::collections::BTreeMap;

use super::{
    points,
    test::{Kind, ValueTest},
    value::Value,
};
use crate::analyse::{
    answer::Reason,
    budget::{Exhausted, Steps},
    words::{Pattern, common_word},
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
    base: Option<Pattern>,
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
}

impl Dimension {
    pub(crate) fn new(may_miss: bool, several: bool, base: Option<Pattern>, reason: Reason) -> Self {
        Self {
            several,
            base,
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
        }
    }

    pub(crate) fn atom(reason: Reason) -> Self {
        Self { opaque: true, ..Self::new(false, false, None, reason) }
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
            self.predicates.push((test, form));
            self.truths.push(Vec::new());
        }
        number
    }

    /// Suggests a value, for the sake of readable witnesses.
    pub(crate) fn suggest(&mut self, text: &str) {
        if self.base.as_ref().is_none_or(|base| base.matches(text)) {
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
        match (value.texts(), form.quantity) {
            ([], _) => form.on_missing,
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
        let found = self.construct(signed, steps)?;
        match found {
            Found::Value(value) => {
                let cell = self.cell(value);
                // The value was made by the theory; it counts only if the tests themselves agree.
                Ok(if self.fits(signed, cell) {
                    Pick::Cell(cell)
                } else {
                    Pick::Unknown(Reason::Unconfirmed)
                })
            }
            Found::Nothing => {
                self.conflicts.push(signed.to_vec());
                Ok(Pick::Empty)
            }
            Found::Unknown(reason) => Ok(Pick::Unknown(reason)),
        }
    }

    fn fits(&mut self, signed: &[Signed], cell: usize) -> bool {
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
        if let Reason::Mixed(key) = &self.reason {
            Reason::PlainOnSet(key.clone())
        } else {
            self.reason.clone()
        }
    }

    /// One text for which all tests come out so.
    fn word(&mut self, wanted: &[&[Signed]], steps: &mut Steps) -> Result<Word, Exhausted> {
        let mut wanted: Vec<Signed> = wanted.concat();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.iter().zip(wanted.iter().skip(1)).any(|(a, b)| a.0 == b.0) {
            return Ok(Word::None);
        }
        let kinds: std::collections::BTreeSet<Kind> = self.tests.iter().filter_map(ValueTest::kind).collect();
        let only_words = kinds.iter().all(|kind| *kind == Kind::Words);
        if only_words {
            return self.pattern_word(&wanted, steps);
        }
        let critical = match self.critical.take() {
            Some(critical) => critical,
            None => points::critical(&self.tests),
        };
        steps.spend(critical.len() / 64)?;
        let found = critical
            .iter()
            .find(|text| wanted.iter().all(|(test, holds)| self.passes(*test, text) == *holds))
            .cloned();
        self.critical = Some(critical);
        if let Some(text) = found {
            return Ok(Word::Found(text));
        }
        let asked: std::collections::BTreeSet<Kind> =
            wanted.iter().filter_map(|(test, _)| self.tests.get(*test)?.kind()).collect();
        if kinds.contains(&Kind::Boolean) || kinds.len() == 1 {
            return Ok(Word::None);
        }
        if asked.iter().all(|kind| *kind == Kind::Words) && self.pattern_word(&wanted, steps)? == Word::None {
            return Ok(Word::None);
        }
        if asked.len() == 1 && !asked.contains(&Kind::Words) {
            return Ok(Word::None);
        }
        Ok(Word::Unknown(self.reason.clone()))
    }

    fn passes(&self, test: usize, text: &str) -> bool {
        self.tests.get(test).is_some_and(|test| test.holds(text))
    }

    fn pattern_word(&self, wanted: &[Signed], steps: &mut Steps) -> Result<Word, Exhausted> {
        let side = |sign: bool| {
            wanted.iter().filter(move |(_, holds)| *holds == sign).filter_map(|(test, _)| {
                match self.tests.get(*test) {
                    Some(ValueTest::Words(pattern)) => Some(pattern),
                    Some(
                        ValueTest::Presence
                        | ValueTest::Number(..)
                        | ValueTest::Date(..)
                        | ValueTest::Address(_)
                        | ValueTest::Boolean(_),
                    )
                    | None => None,
                }
            })
        };
        let anything = Pattern::anything();
        let mut all_of: Vec<&Pattern> = side(true).collect();
        all_of.push(self.base.as_ref().unwrap_or(&anything));
        let none_of: Vec<&Pattern> = side(false).collect();
        Ok(common_word(&all_of, &none_of, steps)?.map_or(Word::None, Word::Found))
    }
}

enum Found {
    Value(Value),
    Nothing,
    Unknown(Reason),
}

#[derive(PartialEq, Eq)]
enum Word {
    Found(String),
    None,
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
