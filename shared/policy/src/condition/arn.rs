//! How the ARN operators read a value: six parts, each compared on its own, the last one with its colons
//! (IAM User Guide, "ARN condition operators"). The evaluator and the analysis both read values by this.

use crate::glob::tokens::Token;

/// A value of an ARN operator, or an ARN that is compared with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parts<'t, P: ?Sized> {
    /// A lone `*`: any ARN.
    Any,
    /// The six parts.
    Six([&'t P; 6]),
    /// Fewer parts. What IAM makes of it is not documented.
    TooFew,
}

impl<'t> Parts<'t, str> {
    pub(crate) fn of_text(text: &'t str) -> Self {
        let mut parts = text.splitn(6, ':');
        six(std::array::from_fn(|_| parts.next()), text == "*")
    }
}

impl<'t> Parts<'t, [Token]> {
    pub(crate) fn of_tokens(tokens: &'t [Token]) -> Self {
        Self::split(tokens, |token| *token == Token::Byte(b':'), |token| *token == Token::Star)
    }
}

impl<'t, T> Parts<'t, [T]> {
    /// The parts of a run of tokens.
    pub(crate) fn split(
        tokens: &'t [T],
        is_colon: impl Fn(&T) -> bool,
        is_star: impl Fn(&T) -> bool,
    ) -> Self {
        let lone_star = matches!(tokens, [one] if is_star(one));
        let mut parts = tokens.splitn(6, is_colon);
        six(std::array::from_fn(|_| parts.next()), lone_star)
    }
}

fn six<'t, P: ?Sized>(parts: [Option<&'t P>; 6], lone_star: bool) -> Parts<'t, P> {
    match parts {
        _ if lone_star => Parts::Any,
        [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)] => Parts::Six([a, b, c, d, e, f]),
        _ => Parts::TooFew,
    }
}
