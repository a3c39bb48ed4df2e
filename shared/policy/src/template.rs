//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the escapes `${*}`,
//! `${?}`, `${$}`. They exist in version 2012-10-17 only; in older documents the text is literal.

mod resolve;

use crate::ConditionKey;

/// A text with at least one variable or escape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The parts in order.
    pub parts: Box<[Part]>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Plain text; `*` and `?` mean what they mean outside a template.
    Text(Box<str>),
    /// `${*}`, `${?}` or `${$}`: the character itself, never a wildcard.
    Escaped(char),
    /// A value of the request.
    Variable(Variable),
}

/// A value of the request, with what stands in when it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The condition key.
    pub key: ConditionKey,
    /// The default between single quotes, if any.
    pub default: Option<Box<str>>,
}

impl Template {
    /// The template that `text` is, or nothing if it holds no variable and no escape.
    ///
    /// A `${` without its brace, or with nothing in it, stands for itself.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Most texts hold no variable: a look for one byte is much cheaper than one for two.
        if !text.as_bytes().contains(&b'$') {
            return None;
        }
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            plain.push_str(before);
            match part(after) {
                Some((part, remaining)) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain).into()));
                    }
                    parts.push(part);
                    rest = remaining;
                }
                None => {
                    plain.push_str("${");
                    rest = after;
                }
            }
        }
        if parts.is_empty() {
            return None;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Some(Self { parts: parts.into() })
    }

    /// Whether all variables stand behind the fifth colon, where an ARN may have them.
    pub(crate) fn is_in_last_part(&self) -> bool {
        let mut colons = 0;
        self.parts.iter().all(|part| match part {
            Part::Text(text) => {
                colons += text.bytes().filter(|&byte| byte == b':').count();
                true
            }
            Part::Escaped(_) => true,
            Part::Variable(_) => colons >= 5,
        })
    }

    /// The variables, without the escapes.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) | Part::Escaped(_) => None,
        })
    }
}

/// The variable or escape that `after` (what follows `${`) begins with, and what comes behind it.
fn part(after: &str) -> Option<(Part, &str)> {
    let key_end = after.find([',', '}'])?;
    let (key, tail) = after.split_at_checked(key_end)?;
    let key = key.trim();
    if let Some(rest) = tail.strip_prefix('}') {
        let part = match key {
            "" => return None,
            "*" => Part::Escaped('*'),
            "?" => Part::Escaped('?'),
            "$" => Part::Escaped('$'),
            key => Part::Variable(Variable { key: ConditionKey::new(key), default: None }),
        };
        return Some((part, rest));
    }
    let quoted = tail.strip_prefix(',')?.trim_start().strip_prefix('\'')?;
    let (default, rest) = quoted.split_once('\'')?;
    let rest = rest.trim_start().strip_prefix('}')?;
    if key.is_empty() {
        return None;
    }
    let variable = Variable { key: ConditionKey::new(key), default: Some(default.into()) };
    Some((Part::Variable(variable), rest))
}
