//! Conditions: the value on a missing key is data, not a case of the search.

use super::{Compiler, Shape, Side, Truth, text::Piece};
use crate::{
    Condition, ConditionKey, Instant, Network, Number, Part as TemplatePart, Quantifier, Template, Test,
    analyse::{
        answer::Reason,
        space::{Comparison, Dimension, Literal, Name, Predicate, Quantity, Texts, Value, ValueTest},
        words::{Class, Pattern, Token},
        world::{Meaning, Part},
    },
    condition::{boolean, upper},
    keys::rules,
};

impl Compiler<'_> {
    pub(super) fn condition(&mut self, condition: &Condition, side: Side) -> Truth {
        let meaning = self.world.key(&condition.key);
        if condition.operator.test == Test::Null {
            return self.null(condition, &meaning);
        }
        let form = form(condition);
        // A missing key needs no values; this comes before variables are looked at.
        if matches!(&meaning, Meaning::Constant(Value::Missing))
            && !matches!(condition.operator.test, Test::Unrecognised(_))
        {
            return constant(form.on_missing);
        }
        if condition.values.is_empty() {
            return self.no_values(condition, &meaning, form);
        }
        if self.is_compared_with_itself(condition) {
            return self.literal(&condition.key, &meaning, ValueTest::Presence, form);
        }
        match self.value_test(condition, side, &meaning) {
            Some(test) => self.literal(&condition.key, &meaning, test, form),
            None => Truth::Is(self.atom_of(condition)),
        }
    }

    fn null(&mut self, condition: &Condition, meaning: &Meaning) -> Truth {
        let values: Option<Vec<bool>> = condition.values.iter().map(|value| boolean(&value.text)).collect();
        let (true_wanted, false_wanted) = match values {
            Some(values) if !values.is_empty() => (values.contains(&true), values.contains(&false)),
            Some(_) | None => return Truth::Is(self.atom_of(condition)),
        };
        let form = Predicate { negated: !false_wanted, quantity: Quantity::Plain, on_missing: true_wanted };
        self.literal(&condition.key, meaning, ValueTest::Presence, form)
    }

    /// The User Guide says two things of an empty list of values, except under a set operator or
    /// `IfExists`, where it passes a missing key alone, or nothing.
    fn no_values(&mut self, condition: &Condition, meaning: &Meaning, form: Predicate) -> Truth {
        match (condition.operator.quantifier, condition.operator.if_exists) {
            (Some(Quantifier::ForAnyValue), _) => Truth::Never,
            (Some(Quantifier::ForAllValues), _) | (None, true) => {
                let only_missing =
                    Predicate { negated: true, quantity: Quantity::Plain, on_missing: form.on_missing };
                self.literal(&condition.key, meaning, ValueTest::Presence, only_missing)
            }
            (None, false) => Truth::Is(self.atom_of(condition)),
        }
    }

    fn atom_of(&mut self, condition: &Condition) -> Literal {
        let texts: Vec<String> = condition
            .values
            .iter()
            .map(|value| format!("{:?}", normal(&value.text, value.template.as_ref())))
            .collect();
        let text =
            format!("{} {} {texts:?}", condition.operator, condition.key.as_str().to_ascii_lowercase());
        let variables: Vec<&Template> =
            condition.values.iter().filter_map(|value| value.template.as_ref()).collect();
        if variables.is_empty() {
            return self.space.atom(
                text,
                Reason::Unreadable(format!("the condition `{}` on `{}`", condition.operator, condition.key)),
            );
        }
        self.opaque(text, variables.into_iter())
    }

    /// An atom in place of what depends on a variable.
    pub(super) fn opaque<'t>(
        &mut self,
        text: String,
        templates: impl Iterator<Item = &'t Template>,
    ) -> Literal {
        let key = templates.flat_map(Template::variables).map(|v| v.key.clone()).next();
        let reason = key.map_or(Reason::Unconfirmed, Reason::Variable);
        self.space.atom(text, reason)
    }

    /// `aws:x` compared with `${aws:x}` and nothing else: whether it is there is all that counts.
    fn is_compared_with_itself(&self, condition: &Condition) -> bool {
        // A key with several values is no variable.
        if rules::several(&condition.key) == Some(true) {
            return false;
        }
        let itself = |template: &Template| matches!(&*template.parts, [TemplatePart::Variable(v)] if v.default.is_none() && v.key == condition.key);
        is_text(&condition.operator.test)
            && condition.values.iter().any(|v| v.template.as_ref().is_some_and(itself))
    }

    /// The literal that a test of `key` is.
    pub(crate) fn literal(
        &mut self,
        key: &ConditionKey,
        meaning: &Meaning,
        test: ValueTest,
        form: Predicate,
    ) -> Truth {
        match meaning {
            Meaning::Constant(Value::Missing) => constant(form.on_missing),
            Meaning::Constant(value) => {
                let passes = |text: &String| test.holds(text) != form.negated;
                constant(match form.quantity {
                    Quantity::All => value.texts().iter().all(passes),
                    Quantity::Plain | Quantity::Any => value.texts().iter().any(passes),
                })
            }
            Meaning::Free { texts, .. } => {
                let dimension = self.key_dimension(key, meaning);
                let test = if matches!(texts, Texts::Accounts) { of_account(test) } else { test };
                Truth::Is(self.space.literal(dimension, test, form))
            }
            Meaning::Part(part) => self.part_literal(key, part, test, form),
        }
    }

    fn part_literal(&mut self, key: &ConditionKey, part: &Part, test: ValueTest, form: Predicate) -> Truth {
        let Some(dimension) = self.space.find(&part.dimension) else { return constant(form.on_missing) };
        let form = Predicate { quantity: Quantity::Plain, ..form };
        let test = match if part.is_account { of_account(test) } else { test } {
            ValueTest::Presence => ValueTest::Presence,
            ValueTest::Words(pattern) => ValueTest::Words(part.embed(&pattern)),
            // Twelve digits can be read as milliseconds since 1970.
            test @ ValueTest::Date(..) if part.is_account => {
                return Truth::Is(self.space.atom(format!("{key} {test:?}"), Reason::Mixed(key.clone())));
            }
            // The value is no number, date, address or truth value: the test fails.
            ValueTest::Number(..)
            | ValueTest::Date(..)
            | ValueTest::Address(_)
            | ValueTest::AddressOutside(_)
            | ValueTest::Boolean(_) => ValueTest::Words(Pattern::default()),
        };
        Truth::Is(self.space.literal(dimension, test, form))
    }

    /// The dimension of a key that is free.
    pub(crate) fn key_dimension(&mut self, key: &ConditionKey, meaning: &Meaning) -> usize {
        let (may_miss, several, texts) = match meaning {
            Meaning::Free { may_miss, several, texts } => (*may_miss, *several, texts.clone()),
            Meaning::Constant(_) | Meaning::Part(_) => (true, None, Texts::Any),
        };
        let is_list = several == Some(true);
        let several = several.unwrap_or_else(|| self.set_tested.contains(key));
        let request = self.world.belongs_to_one_request(key).then_some(self.request);
        self.space.dimension(Name::Key(request, key.clone()), || {
            let dimension = Dimension::new(may_miss, several, texts, Reason::Mixed(key.clone()));
            if is_list { dimension.of_documented_list() } else { dimension }
        })
    }

    /// What the values ask of one value of the request; `None` if that cannot be said.
    fn value_test(&mut self, condition: &Condition, side: Side, meaning: &Meaning) -> Option<ValueTest> {
        if condition.is_mistyped() {
            return None;
        }
        let texts = || condition.values.iter().map(|value| &*value.text);
        let comparison = match condition.operator.test {
            Test::StringEquals | Test::StringNotEquals => {
                return self.words(condition, Shape::Literal, side, meaning);
            }
            // Its values have no variables.
            Test::BinaryEquals => {
                let words = texts().map(|text| text.chars().map(Token::Literal));
                return Some(ValueTest::Words(Pattern::union(words)));
            }
            Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
                return self.words(condition, Shape::AnyCase, side, meaning);
            }
            Test::StringLike | Test::StringNotLike => {
                return self.words(condition, Shape::Glob, side, meaning);
            }
            Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
                return self.words(condition, Shape::Arn, side, meaning);
            }
            Test::Bool if condition.values.iter().any(|value| value.template.is_some()) => return None,
            Test::Bool => return Some(ValueTest::Boolean(texts().filter_map(boolean).collect())),
            Test::IpAddress => return Some(ValueTest::Address(texts().filter_map(Network::parse).collect())),
            Test::NotIpAddress => {
                return Some(ValueTest::AddressOutside(texts().filter_map(Network::parse).collect()));
            }
            Test::Null | Test::Unrecognised(_) => return None,
            Test::NumericEquals | Test::DateEquals => Comparison::Equal,
            Test::NumericNotEquals | Test::DateNotEquals => Comparison::Different,
            Test::NumericLessThan | Test::DateLessThan => Comparison::Less,
            Test::NumericLessThanEquals | Test::DateLessThanEquals => Comparison::LessOrEqual,
            Test::NumericGreaterThan | Test::DateGreaterThan => Comparison::Greater,
            Test::NumericGreaterThanEquals | Test::DateGreaterThanEquals => Comparison::GreaterOrEqual,
        };
        if condition.operator.test.as_str().starts_with("Date") {
            return Some(ValueTest::Date(comparison, texts().filter_map(Instant::parse).collect()));
        }
        // What is no number compares with nothing.
        Some(ValueTest::Number(comparison, texts().filter_map(Number::parse).collect()))
    }

    fn words(
        &mut self,
        condition: &Condition,
        shape: Shape,
        side: Side,
        meaning: &Meaning,
    ) -> Option<ValueTest> {
        let mut texts: Vec<Vec<Piece>> = Vec::new();
        for value in &condition.values {
            texts.extend(self.pieces(&value.text, value.template.as_ref(), shape));
        }
        let unknown = texts.iter().flatten().any(|piece| matches!(piece, Piece::Variable(_)));
        let falling = condition.operator.test.is_negated();
        // What becomes true because a variable has no value, or depends on where its colons are,
        // is not a set of words.
        if unknown
            && (falling
                || shape == Shape::Arn
                || shape == Shape::AnyCase
                || !matches!(meaning, Meaning::Free { texts: Texts::Any, .. }))
        {
            return None;
        }
        let dimension = match meaning {
            Meaning::Free { .. } => self.key_dimension(&condition.key, meaning),
            Meaning::Constant(_) | Meaning::Part(_) => usize::MAX,
        };
        Some(ValueTest::Words(self.pattern(&texts, shape, side, falling, dimension)))
    }
}

impl Part {
    /// The words of the whole dimension whose part is a word of `pattern`.
    pub(crate) fn embed(&self, pattern: &Pattern) -> Pattern {
        let narrow = |token: &Token| match token {
            Token::Literal(c) => self.class.has(*c).then_some(Token::Literal(*c)),
            Token::AnyCase(c) if self.class.has(*c) => Some(Token::AnyCase(*c)),
            Token::AnyCase(c) => self.class.has(upper(*c)).then(|| Token::Literal(upper(*c))),
            Token::One(class) => Some(Token::One(class.meet(self.class))),
            Token::Many(class) => Some(Token::Many(class.meet(self.class))),
        };
        let whole = |tokens: &[Token]| {
            let mut all: Vec<Token> = self.before.chars().map(Token::Literal).collect();
            for token in tokens {
                all.push(narrow(token)?);
            }
            all.extend(&self.after);
            Some(all)
        };
        Pattern::union(pattern.alternatives().filter_map(whole))
    }
}

/// The test of an account id: a number of twelve digits.
fn of_account(test: ValueTest) -> ValueTest {
    match test {
        ValueTest::Number(comparison, bounds) => ValueTest::Words(account_numbers(comparison, bounds)),
        test @ (ValueTest::Presence
        | ValueTest::Words(_)
        | ValueTest::Date(..)
        | ValueTest::Address(_)
        | ValueTest::AddressOutside(_)
        | ValueTest::Boolean(_)) => test,
    }
}

/// The twelve-digit numbers that compare so with the bounds.
fn account_numbers(comparison: Comparison, mut bounds: Vec<Number>) -> Pattern {
    // What is too large to be held is beyond every account.
    let floor = |bound: &Number| {
        bound.floor().unwrap_or(if *bound < bound.opposite() { -1 } else { LAST_ACCOUNT + 1 })
    };
    let ceiling = |bound: &Number| if bound.is_whole() { floor(bound) } else { floor(bound) + 1 };
    bounds.sort_unstable();
    let ranges: Vec<(i128, i128)> = match comparison {
        Comparison::Equal => {
            bounds.iter().filter(|bound| bound.is_whole()).map(|bound| (floor(bound), floor(bound))).collect()
        }
        Comparison::Different => {
            let starts = bounds.iter().map(|bound| floor(bound) + 1);
            let ends = bounds.iter().map(|bound| ceiling(bound) - 1);
            std::iter::once(0).chain(starts).zip(ends.chain([LAST_ACCOUNT])).collect()
        }
        Comparison::Less => bounds.iter().map(|bound| (0, ceiling(bound) - 1)).collect(),
        Comparison::LessOrEqual => bounds.iter().map(|bound| (0, floor(bound))).collect(),
        Comparison::Greater => bounds.iter().map(|bound| (floor(bound) + 1, LAST_ACCOUNT)).collect(),
        Comparison::GreaterOrEqual => bounds.iter().map(|bound| (ceiling(bound), LAST_ACCOUNT)).collect(),
    };
    let mut alternatives = Vec::new();
    for (low, high) in ranges {
        digit_range(low.max(0), high.min(LAST_ACCOUNT), &mut alternatives);
    }
    Pattern::union(alternatives)
}

const LAST_ACCOUNT: i128 = 999_999_999_999;

/// The texts of twelve digits from `low` to `high`: runs of numbers that share their first digits.
fn digit_range(mut low: i128, high: i128, alternatives: &mut Vec<Vec<Token>>) {
    while low <= high {
        let mut free = 0;
        let mut size = 1;
        while free < 12 && low % (size * 10) == 0 && low + size * 10 - 1 <= high {
            size *= 10;
            free += 1;
        }
        let digits = format!("{low:012}");
        let fixed = digits.chars().take(12 - free).map(Token::Literal);
        alternatives.push(fixed.chain(std::iter::repeat_n(Token::One(Class::DIGIT), free)).collect());
        low += size;
    }
}

fn is_text(test: &Test) -> bool {
    let name = test.as_str();
    name.starts_with("String") || name.starts_with("Arn")
}

/// How the operator extends its test. A negated test of text is the test turned round; others are tests of their own,
/// which a value of another type fails.
fn form(condition: &Condition) -> Predicate {
    let fails_on_match = condition.operator.test.is_negated();
    let negated = fails_on_match && is_text(&condition.operator.test);
    let quantity = match condition.operator.quantifier {
        None => Quantity::Plain,
        Some(Quantifier::ForAnyValue) => Quantity::Any,
        Some(Quantifier::ForAllValues) => Quantity::All,
    };
    let on_missing = match quantity {
        Quantity::Any => false,
        Quantity::All => true,
        Quantity::Plain => fails_on_match || condition.operator.if_exists,
    };
    Predicate { negated, quantity, on_missing }
}

fn constant(truth: bool) -> Truth {
    if truth { Truth::Always } else { Truth::Never }
}

/// The text of a value with its variable names in lower case: letter case does not count there.
fn normal(text: &str, template: Option<&Template>) -> String {
    let Some(template) = template else { return text.to_owned() };
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.to_string(),
        TemplatePart::Escaped(c) => format!("${{{c}}}"),
        TemplatePart::Variable(v) => format!("${{{},{:?}}}", v.key.as_str().to_ascii_lowercase(), v.default),
    };
    template.parts.iter().map(part).collect()
}
