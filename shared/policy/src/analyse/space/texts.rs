//! Which texts a dimension has.

use super::test::Kind;
use crate::{
    Instant, Number,
    analyse::words::{Class, Pattern, Token},
    condition::boolean,
};

/// The texts that values of a dimension can be.
#[derive(Clone, Debug)]
pub(crate) enum Texts {
    /// Any, the empty one too.
    Any,
    /// The words of a pattern.
    Of(Pattern),
    /// Twelve digits, or `anonymous`.
    Accounts,
    /// Whatever is read as a value of this kind.
    Typed(Kind),
}

impl Texts {
    /// `true` and `false`.
    pub(crate) fn of_booleans() -> Self {
        Self::Of(Pattern::union(["true", "false"].map(|text| text.chars().map(Token::Literal))))
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(pattern) => pattern.matches(text),
            Self::Accounts => self.pattern().matches(text),
            Self::Typed(kind) => kind.reads(text),
        }
    }

    /// The texts but for the empty one, and perhaps some more that are of no use.
    pub(crate) fn pattern(&self) -> Pattern {
        match self {
            Self::Any => Pattern::union([[Token::One(Class::TEXT), Token::Many(Class::TEXT)]]),
            Self::Of(pattern) => pattern.clone(),
            Self::Accounts => {
                let anonymous = "anonymous".chars().map(Token::Literal).collect();
                Pattern::union([anonymous, vec![Token::One(Class::DIGIT); 12]])
            }
            Self::Typed(kind) => kind.language(),
        }
    }
}

impl Kind {
    /// Whether the operators of this kind can make something of the text.
    pub(crate) fn reads(self, text: &str) -> bool {
        match self {
            Self::Words => true,
            Self::Number => Number::parse(text).is_some(),
            Self::Date => Instant::parse(text).is_some(),
            Self::Address => text.parse::<std::net::IpAddr>().is_ok(),
            Self::Boolean => boolean(text).is_some(),
        }
    }

    /// Every text that is read as a value of this kind, and more.
    pub(crate) fn language(self) -> Pattern {
        let any = |class: Class| Token::Many(class);
        let sign = [None, Some(Token::Literal('+')), Some(Token::Literal('-'))];
        match self {
            Self::Words => Pattern::anything(),
            Self::Number => {
                let digits = any(Class::DIGIT);
                let plain = sign.iter().flat_map(|sign| {
                    let start: Vec<Token> = sign.iter().copied().chain([digits]).collect();
                    let fraction = [start.clone(), vec![Token::Literal('.'), digits]].concat();
                    [start, fraction]
                });
                let exponents = plain.clone().flat_map(|plain| {
                    sign.iter().map(move |sign| {
                        let exponent: Vec<Token> =
                            [Token::AnyCase('e')].into_iter().chain(*sign).chain([digits]).collect();
                        [plain.clone(), exponent].concat()
                    })
                });
                Pattern::union(plain.clone().chain(exponents))
            }
            Self::Date => {
                let day = any(Class::DIGIT.and(Class::DASH).and(Class::MARK));
                let time = any(Class::DIGIT.and(Class::COLON).and(Class::DASH).and(Class::MARK));
                let with_time = vec![day, Token::AnyCase('t'), time];
                let in_utc = [with_time.clone(), vec![Token::AnyCase('z')]].concat();
                Pattern::union([vec![day], with_time, in_utc])
            }
            Self::Address => {
                let hex =
                    any(Class::DIGIT.and(Class::LOWER).and(Class::UPPER).and(Class::MARK).and(Class::COLON));
                Pattern::union([
                    vec![any(Class::DIGIT.and(Class::MARK))],
                    vec![hex, Token::Literal(':'), hex],
                ])
            }
            Self::Boolean => Pattern::union(["true", "false"].map(|text| text.chars().map(Token::AnyCase))),
        }
    }

    /// One value, for a witness.
    pub(crate) fn sample(self) -> &'static str {
        match self {
            Self::Words => "x",
            Self::Number => "1",
            Self::Date => "2026-01-01T00:00:00Z",
            Self::Address => "203.0.113.7",
            Self::Boolean => "true",
        }
    }
}
