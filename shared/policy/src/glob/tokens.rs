//! The one matcher for all patterns that are more than a plain glob: those with policy variables, and
//! those whose stars must not cross a colon.

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// Exactly this byte.
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Star,
}

/// Something that can be walked token by token.
pub(crate) trait Tokens {
    /// The token at this place, or nothing at the end.
    fn token(&self, at: usize) -> Option<Token>;
}

impl Tokens for str {
    fn token(&self, at: usize) -> Option<Token> {
        self.as_bytes().get(at).map(|&byte| Token::wild(byte))
    }
}

impl Tokens for [Token] {
    fn token(&self, at: usize) -> Option<Token> {
        self.get(at).copied()
    }
}

impl Token {
    /// What a byte of a pattern means.
    pub(crate) const fn wild(byte: u8) -> Self {
        match byte {
            b'*' => Self::Star,
            b'?' => Self::One,
            other => Self::Byte(other),
        }
    }
}

/// Whether wildcards stop at colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colons {
    /// A star takes any character.
    Crossed,
    /// In the first five parts of an ARN a wildcard stays in its part, except for a star that ends its
    /// part: it "can expand to match beyond the colon boundaries" (IAM User Guide, "Resource"). An ARN
    /// of fewer than six parts stands for one with `*` in the missing parts (ibid.).
    Parts,
}

/// A place in pattern and text, with the number of colons the pattern has passed.
#[derive(Debug, Clone, Copy)]
struct At {
    pattern: usize,
    text: usize,
    part: usize,
}

/// Whether the whole of `text` matches.
///
/// Two places to come back to suffice: the last star that takes everything makes all earlier stars
/// idle, and of the stars that stop at colons the last one can do all that earlier ones could.
pub(crate) fn matches<P: Tokens + ?Sized>(pattern: &P, text: &str, colons: Colons) -> bool {
    let bytes = text.as_bytes();
    let mut at = At { pattern: 0, text: 0, part: 0 };
    let (mut free, mut bound): (Option<At>, Option<At>) = (None, None);
    loop {
        let held = colons == Colons::Parts && at.part < 5;
        let here = bytes.get(at.text).copied();
        let stepped = match pattern.token(at.pattern) {
            Some(Token::Star) => {
                let ends_part = matches!(pattern.token(at.pattern + 1), Some(Token::Byte(b':')) | None);
                at.pattern += 1;
                if held && !ends_part {
                    bound = Some(at);
                } else {
                    (free, bound) = (Some(at), None);
                }
                true
            }
            Some(Token::One) => here.is_some_and(|byte| {
                at.pattern += 1;
                at.text += width(byte);
                !(held && byte == b':')
            }),
            Some(Token::Byte(want)) => {
                here == Some(want) && {
                    at.pattern += 1;
                    at.text += 1;
                    at.part += usize::from(want == b':');
                    true
                }
            }
            None => {
                if here.is_none() || (held && is_short(pattern, at, here)) {
                    return true;
                }
                false
            }
        };
        if stepped {
            continue;
        }
        // Let the latest star take one character more.
        let longer =
            |star: At| At { text: star.text + bytes.get(star.text).map_or(1, |&byte| width(byte)), ..star };
        if let Some(star) = bound.filter(|star| bytes.get(star.text).is_some_and(|&byte| byte != b':')) {
            at = longer(star);
            bound = Some(at);
        } else if let Some(star) = free.filter(|star| star.text < bytes.len()) {
            at = longer(star);
            (free, bound) = (Some(at), None);
        } else {
            return false;
        }
    }
}

/// Whether the pattern has ended as an ARN with parts missing, and the text goes on with them.
fn is_short<P: Tokens + ?Sized>(pattern: &P, at: At, here: Option<u8>) -> bool {
    let starts_as_arn =
        b"arn:".iter().enumerate().all(|(index, &byte)| pattern.token(index) == Some(Token::Byte(byte)));
    starts_as_arn && at.part > 0 && here == Some(b':')
}

/// The number of bytes of the UTF-8 character that begins with `first`.
pub(super) const fn width(first: u8) -> usize {
    match first {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    }
}
