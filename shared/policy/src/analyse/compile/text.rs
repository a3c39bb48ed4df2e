//! From the text of a value, with its variables filled in, to a pattern.

use super::{Compiler, Side, variables::Resolved};
use crate::{
    Template,
    analyse::words::{Class, Pattern, Token},
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
    /// Wildcards stay within the first five segments.
    Arn,
    /// The same; missing segments are stars.
    ShortArn,
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
            ('*', Shape::Glob | Shape::Arn | Shape::ShortArn) => Piece::Star,
            ('?', Shape::Glob | Shape::Arn | Shape::ShortArn) => Piece::Question,
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
            return Pattern::union(texts.iter().map(|text| tokens(text, shape, false)));
        }
        // Inside, the first pattern with a variable carries it as a letter of the word; any other
        // pattern there has to let that letter be any text. Outside it is the other way round.
        let templated = texts.iter().flatten().any(|piece| matches!(piece, Piece::Variable(_)));
        let wide = (side == Side::Inside) != falling;
        if wide && templated && self.variables.claim_carrier(dimension, self.request) {
            return Pattern::union(texts.iter().map(|text| tokens(text, shape, false)));
        }
        let pattern = Pattern::union(texts.iter().map(|text| tokens(text, shape, wide)));
        if wide { pattern.generous() } else { pattern }
    }
}

fn tokens(pieces: &[Piece], shape: Shape, variables_are_text: bool) -> Vec<Token> {
    match shape {
        Shape::Literal | Shape::AnyCase | Shape::Glob => {
            pieces.iter().map(|piece| token(*piece, shape, variables_are_text, false)).collect()
        }
        Shape::Arn | Shape::ShortArn => segments(pieces, shape, variables_are_text),
    }
}

/// The first five segments keep their wildcards to themselves.
fn segments(pieces: &[Piece], shape: Shape, variables_are_text: bool) -> Vec<Token> {
    let mut colons = 0;
    let mut tokens = Vec::with_capacity(pieces.len());
    for &piece in pieces {
        tokens.push(token(piece, shape, variables_are_text, colons < 5));
        colons += usize::from(piece == Piece::Character(':'));
    }
    if colons < 5 && shape == Shape::ShortArn {
        // A short ARN: what its last segment's star does not cover, further stars do.
        for missing in (colons..5).rev() {
            tokens.push(Token::Literal(':'));
            tokens.push(Token::Many(if missing == 0 { Class::TEXT } else { Class::SEGMENT }));
        }
        if let Some(last) = tokens.last_mut() {
            *last = Token::Many(Class::TEXT);
        }
    }
    tokens
}

fn token(piece: Piece, shape: Shape, variables_are_text: bool, in_segment: bool) -> Token {
    match piece {
        Piece::Character(c) if shape == Shape::AnyCase && c.is_ascii_alphabetic() => {
            Token::AnyCase(c.to_ascii_lowercase())
        }
        Piece::Character(c) => Token::Literal(c),
        Piece::Star => Token::Many(if in_segment { Class::SEGMENT } else { Class::TEXT }),
        Piece::Question => Token::One(if in_segment { Class::SEGMENT } else { Class::CHARACTER }),
        Piece::Variable(_) if variables_are_text => Token::Many(Class::TEXT),
        Piece::Variable(letter) => Token::Literal(letter),
    }
}
