//! Is there a text for which these tests come out so? Exact for tests of words by their automata, and for tests of one
//! other type by the points at which they change their minds.

use super::{
    dimension::{Dimension, Signed},
    points,
    test::{Kind, ValueTest},
    texts::Texts,
};
use crate::analyse::{
    answer::Reason,
    budget::{Exhausted, Steps},
    words::{Pattern, common_word},
};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    Found(String),
    None,
    Unknown(Reason),
}

/// What is asked of the text.
struct Asked {
    all: Vec<Signed>,
    /// Tests that compare it as a text.
    as_text: Vec<Signed>,
    /// Tests that read it as something else.
    as_typed: Vec<Signed>,
}

impl Dimension {
    /// One text for which all tests come out so.
    pub(super) fn word(&mut self, wanted: &[&[Signed]], steps: &mut Steps) -> Result<Word, Exhausted> {
        let mut all: Vec<Signed> = wanted.concat();
        all.sort_unstable();
        all.dedup();
        if all.iter().zip(all.iter().skip(1)).any(|(a, b)| a.0 == b.0) {
            return Ok(Word::None);
        }
        let is_text = |(test, _): &Signed| self.test(*test).is_none_or(|test| test.kind() == Kind::Words);
        let (as_text, as_typed): (Vec<Signed>, Vec<Signed>) = all.iter().copied().partition(is_text);
        let asked = Asked { all, as_text, as_typed };
        let word = match (self.texts(), asked.as_typed.is_empty()) {
            (Texts::Any | Texts::Of(_) | Texts::Accounts, true) => {
                self.pattern_word(&asked.as_text, &[], steps)?
            }
            _ => self.typed_word(&asked, steps)?,
        };
        // The empty text comes last: it makes a poor witness.
        Ok(match word {
            Word::None | Word::Unknown(_) if self.texts().has("") && self.fit(&asked.all, "") => {
                Word::Found(String::new())
            }
            word @ (Word::Found(_) | Word::None | Word::Unknown(_)) => word,
        })
    }

    fn typed_word(&mut self, asked: &Asked, steps: &mut Steps) -> Result<Word, Exhausted> {
        if let Texts::Of(pattern) = self.texts()
            && let Some(words) = pattern.words()
        {
            let found = words.into_iter().find(|text| self.fit(&asked.all, text));
            return Ok(found.map_or(Word::None, Word::Found));
        }
        if let Some(text) = self.critical(&asked.all, steps)? {
            return Ok(Word::Found(text));
        }
        let must_be_read = asked.as_typed.iter().any(|(_, holds)| *holds);
        let always_read = matches!(self.texts(), Texts::Typed(_));
        if !must_be_read && !always_read {
            let kinds = self.kinds(&asked.as_typed);
            let languages: Vec<Pattern> = kinds.into_iter().map(Kind::language).collect();
            if let Word::Found(word) = self.pattern_word(&asked.as_text, &languages, steps)?
                && self.fit(&asked.all, &word)
            {
                return Ok(Word::Found(word));
            }
        }
        match self.pattern_word(&asked.as_text, &[], steps)? {
            Word::Found(word) if self.fit(&asked.all, &word) => Ok(Word::Found(word)),
            Word::Found(_) => self.no_typed_word(asked, must_be_read || always_read, steps),
            other @ (Word::None | Word::Unknown(_)) => Ok(other),
        }
    }

    /// Whether it is proved that no text fits, none having been found.
    fn no_typed_word(
        &mut self,
        asked: &Asked,
        must_be_read: bool,
        steps: &mut Steps,
    ) -> Result<Word, Exhausted> {
        if let Some(doubt) = self.mistyped(asked) {
            return Ok(Word::Unknown(doubt));
        }
        let holding: Vec<Signed> = asked.as_typed.iter().copied().filter(|(_, holds)| *holds).collect();
        let kinds = self.kinds(&holding);
        let of_one_kind = kinds.len() <= 1 && self.kinds(&asked.as_typed).len() <= 1;
        if must_be_read && !matches!(self.texts(), Texts::Of(_) | Texts::Accounts) {
            // Only numbers can be dates too; no other text is of two kinds.
            let of_no_two =
                kinds.len() > 1 && !(kinds.contains(&Kind::Number) && kinds.contains(&Kind::Date));
            let unreadable = of_one_kind && self.critical(&asked.as_typed, steps)?.is_none();
            if of_no_two || unreadable || (of_one_kind && asked.as_text.is_empty()) {
                return Ok(Word::None);
            }
        }
        if kinds.contains(&Kind::Boolean) {
            return self.boolean_word(asked, steps);
        }
        Ok(Word::Unknown(self.reason().clone()))
    }

    /// Every spelling of the truth values is looked at.
    fn boolean_word(&mut self, asked: &Asked, steps: &mut Steps) -> Result<Word, Exhausted> {
        let spellings = ["true", "false"].into_iter().flat_map(points::spellings);
        steps.spend(1)?;
        let found = spellings.into_iter().find(|text| self.texts().has(text) && self.fit(&asked.all, text));
        Ok(found.map_or(Word::None, Word::Found))
    }

    /// A negated test says nothing of a text that is not of its type. If only that keeps a text out, it is in doubt.
    fn mistyped(&self, asked: &Asked) -> Option<Reason> {
        let is_negated =
            |(test, holds): &&Signed| *holds && self.test(*test).is_some_and(ValueTest::is_negated);
        let kinds = self.kinds(&asked.as_typed);
        let junk = ["x:/", "abc", "/"].into_iter().find(|text| {
            self.texts().has(text)
                && kinds.iter().all(|kind| !kind.reads(text))
                && asked
                    .all
                    .iter()
                    .all(|signed| is_negated(&signed) || self.fit(std::slice::from_ref(signed), text))
        })?;
        let is_all = asked.as_typed.iter().filter(|(_, holds)| *holds).all(|signed| is_negated(&signed));
        (is_all && !junk.is_empty()).then(|| self.mistyped_reason())
    }

    /// A text at which the tests may change their minds, and that fits.
    fn critical(&mut self, wanted: &[Signed], steps: &mut Steps) -> Result<Option<String>, Exhausted> {
        let critical = self.take_critical();
        steps.spend(critical.len() / 64)?;
        let own = if let Texts::Typed(kind) = self.texts() { kind.sample() } else { "x" };
        let texts = critical.iter().map(String::as_str).chain([own]);
        let found = texts.into_iter().find(|text| self.texts().has(text) && self.fit(wanted, text));
        let found = found.map(str::to_owned);
        self.keep_critical(critical);
        Ok(found)
    }

    fn kinds(&self, signed: &[Signed]) -> std::collections::BTreeSet<Kind> {
        signed.iter().filter_map(|(test, _)| self.test(*test)).map(ValueTest::kind).collect()
    }

    fn fit(&self, wanted: &[Signed], text: &str) -> bool {
        wanted.iter().all(|(test, holds)| self.test(*test).is_some_and(|test| test.holds(text)) == *holds)
    }

    fn pattern_word(
        &self,
        wanted: &[Signed],
        besides: &[Pattern],
        steps: &mut Steps,
    ) -> Result<Word, Exhausted> {
        let side = |sign: bool| {
            let signed = wanted.iter().filter(move |(_, holds)| *holds == sign);
            signed.filter_map(|(test, _)| self.test(*test).and_then(ValueTest::pattern))
        };
        let base = self.texts().pattern();
        let all_of: Vec<&Pattern> = side(true).chain([&base]).collect();
        let none_of: Vec<&Pattern> = side(false).chain(besides).collect();
        Ok(common_word(&all_of, &none_of, steps)?.map_or(Word::None, Word::Found))
    }
}
