//! From the text of a value, with its variables filled in, to a pattern.

use super::{Compiler, Side, variables::Resolved};
use crate::{
    Template,
    analyse::words::{Class, Pattern, Token},
    condition::{Parts, lower, upper},
};

/// How the text of a value is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Character for character; a star is a star.
    Literal,
    /// Character for character, in either case.
    AnyCase,
    /// `*` and `?` are wildcards.
    Glob,
    /// As the ARN operators read it.
    Arn,
    /// A resource whose wildcards stay within the first five segments.
    Segments,
}

/// One piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Character(char),
    Star,
    Question,
    /// The value of a variable, not known.
    Variable(char),
}

impl Compiler<'_> {
    /// The pieces of a value; `None` if a variable in it has no value, so that it matches nothing.
    pub(crate) fn pieces(
        &mut self,
        text: &str,
        template: Option<&Template>,
        shape: Shape,
    ) -> Option<Vec<Piece>> {
        let wild = |c: char| match (c, shape) {
            ('*', Shape::Glob | Shape::Arn | Shape::Segments) => Piece::Star,
            ('?', Shape::Glob | Shape::Arn | Shape::Segments) => Piece::Question,
            (c, _) => Piece::Character(c),
        };
        let Some(template) = template else { return Some(text.chars().map(wild).collect()) };
        let mut pieces = Vec::new();
        for part in &template.parts {
            match part {
                crate::Part::Text(text) => pieces.extend(text.chars().map(wild)),
                crate::Part::Escaped(c) => pieces.push(Piece::Character(*c)),
                crate::Part::Variable(variable) => match self.variables.resolve(variable, self.world) {
                    Resolved::Text(value) => pieces.extend(value.chars().map(Piece::Character)),
                    Resolved::Missing => return None,
                    Resolved::Letter(letter) => pieces.push(Piece::Variable(letter)),
                },
            }
        }
        Some(pieces)
    }

    /// The union of `texts`. `falling` says that the predicate becomes narrower as the pattern
    /// becomes wider.
    pub(crate) fn pattern(
        &mut self,
        texts: &[Vec<Piece>],
        shape: Shape,
        side: Side,
        falling: bool,
        dimension: usize,
    ) -> Pattern {
        if !self.variables.are_symbolic() {
            return Pattern::union(texts.iter().filter_map(|text| tokens(text, shape, false)));
        }
        // Inside, the first pattern with a variable carries it as a letter of the word; any other
        // pattern there has to let that letter be any text. Outside it is the other way round.
        let templated = texts.iter().flatten().any(|piece| matches!(piece, Piece::Variable(_)));
        let wide = (side == Side::Inside) != falling;
        if wide && templated && self.variables.claim_carrier(dimension, self.request) {
            return Pattern::union(texts.iter().filter_map(|text| tokens(text, shape, false)));
        }
        let pattern = Pattern::union(texts.iter().filter_map(|text| tokens(text, shape, wide)));
        if wide { pattern.generous() } else { pattern }
    }
}

/// The tokens of a text; nothing if no value can match it.
fn tokens(pieces: &[Piece], shape: Shape, variables_are_text: bool) -> Option<Vec<Token>> {
    match shape {
        Shape::Literal | Shape::AnyCase | Shape::Glob => {
            Some(pieces.iter().map(|piece| token(*piece, shape, variables_are_text, false)).collect())
        }
        Shape::Arn => arn(pieces, variables_are_text),
        Shape::Segments => Some(segments(pieces, variables_are_text)),
    }
}

/// A value of an ARN operator. What it is compared with has to be an ARN.
fn arn(pieces: &[Piece], variables_are_text: bool) -> Option<Vec<Token>> {
    let colon = |piece: &Piece| *piece == Piece::Character(':');
    match Parts::split(pieces, colon, |piece| *piece == Piece::Star) {
        Parts::TooFew => None,
        Parts::Any => {
            let part = [Token::Literal(':'), Token::Many(Class::SEGMENT)];
            let parts = std::iter::repeat_n(part, 4).flatten();
            let last = [Token::Literal(':'), Token::Many(Class::TEXT)];
            Some("arn".chars().map(Token::Literal).chain(parts).chain(last).collect())
        }
        Parts::Six([first, ..]) => {
            let first_tokens = first.iter().map(|piece| token(*piece, Shape::Arn, variables_are_text, true));
            if !Pattern::union([first_tokens]).matches("arn") {
                return None;
            }
            let rest = segments(pieces, variables_are_text);
            let rest = rest.into_iter().skip(first.len());
            Some("arn".chars().map(Token::Literal).chain(rest).collect())
        }
    }
}

/// The first five segments keep their wildcards to themselves.
fn segments(pieces: &[Piece], variables_are_text: bool) -> Vec<Token> {
    let mut colons = 0;
    let mut tokens = Vec::with_capacity(pieces.len());
    for &piece in pieces {
        tokens.push(token(piece, Shape::Arn, variables_are_text, colons < 5));
        colons += usize::from(piece == Piece::Character(':'));
    }
    tokens
}

fn token(piece: Piece, shape: Shape, variables_are_text: bool, in_segment: bool) -> Token {
    match piece {
        Piece::Character(c) if shape == Shape::AnyCase && upper(c) != lower(c) => Token::AnyCase(lower(c)),
        Piece::Character(c) => Token::Literal(c),
        Piece::Star => Token::Many(if in_segment { Class::SEGMENT } else { Class::TEXT }),
        Piece::Question => Token::One(if in_segment { Class::SEGMENT } else { Class::CHARACTER }),
        Piece::Variable(_) if variables_are_text => Token::Many(Class::TEXT),
        Piece::Variable(letter) => Token::Literal(letter),
    }
}
