//! Putting the values of a request into a template.

use super::{Part, Template, Variable};
use crate::{Context, glob::tokens::Token, keys::rules};

impl Template {
    /// The pattern for this request; nothing if a variable has no value and no default.
    ///
    /// Values are taken literally: a `*` in a tag is no wildcard. Keys with several values cannot be
    /// used as variables (IAM User Guide, "IAM policy elements: Variables and tags").
    pub(crate) fn tokens(&self, context: &Context) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => tokens.extend(text.bytes().map(Token::wild)),
                Part::Escaped(character) => tokens.extend(literal(character.encode_utf8(&mut [0; 4]))),
                Part::Variable(variable) => tokens.extend(literal(variable.value(context)?)),
            }
        }
        Some(tokens)
    }

    /// The text for this request, in which wildcards mean nothing; nothing if a value is missing.
    pub(crate) fn text(&self, context: &Context) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Escaped(character) => text.push(*character),
                Part::Variable(variable) => text.push_str(variable.value(context)?),
            }
        }
        Some(text)
    }
}

impl Variable {
    /// The value in this request, or the default. Of a key with several values there is none.
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        if rules::several(&self.key) == Some(true) {
            return None;
        }
        match context.get(&self.key) {
            Some([value]) => Some(value),
            Some([]) | None => self.default.as_deref(),
            Some(_) => None,
        }
    }
}

fn literal(text: &str) -> impl Iterator<Item = Token> {
    text.bytes().map(Token::Byte)
}
