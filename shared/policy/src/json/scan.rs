//! Text to tape: the grammar of RFC 8259, with an explicit stack.

use super::{Kind, Node, Tape};

/// Deeper nesting is refused, at the depth where `serde_json` refuses it.
const MAX_DEPTH: usize = 127;

/// Why a text is not JSON, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) at: usize,
    pub(crate) problem: &'static str,
}

/// Reads the whole of `text`, which must be shorter than 4 GiB.
pub(crate) fn read(text: &str) -> Result<Tape, Syntax> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        nodes: Vec::with_capacity(text.len() / 12 + 8),
        open: Vec::with_capacity(8),
    };
    scanner.run()?;
    Ok(Tape { nodes: scanner.nodes })
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The objects and lists not yet closed, outermost first.
    open: Vec<(usize, Kind)>,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), Syntax> {
        loop {
            let opened = self.value()?;
            if !opened && !self.close_or_continue()? {
                return Ok(());
            }
        }
    }

    /// Reads one scalar, an empty container, or the opening of one that is not empty (then `true`).
    fn value(&mut self) -> Result<bool, Syntax> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'{') => return self.open(Kind::Object, b'}'),
            Some(b'[') => return self.open(Kind::Array, b']'),
            Some(b't') => self.word(b"true", Kind::True)?,
            Some(b'f') => self.word(b"false", Kind::False)?,
            Some(b'n') => self.word(b"null", Kind::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => return Err(Syntax { at: start, problem: "expected a value" }),
            None => return Err(Syntax { at: start, problem: "the text ends where a value is expected" }),
        }
        Ok(false)
    }

    /// After a value: closes what ends here; `true` if another value follows, `false` at the end.
    fn close_or_continue(&mut self) -> Result<bool, Syntax> {
        loop {
            self.skip_space();
            let byte = self.peek();
            let Some(&(index, kind)) = self.open.last() else {
                let end = Syntax { at: self.at, problem: "text after the end of the document" };
                return if byte.is_none() { Ok(false) } else { Err(end) };
            };
            let object = kind == Kind::Object;
            match byte {
                Some(b',') => {
                    self.at += 1;
                    if object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                Some(b'}') if object => self.close(index),
                Some(b']') if !object => self.close(index),
                Some(_) | None => {
                    let problem = if object { "expected `,` or `}`" } else { "expected `,` or `]`" };
                    return Err(Syntax { at: self.at, problem });
                }
            }
        }
    }

    fn open(&mut self, kind: Kind, closing: u8) -> Result<bool, Syntax> {
        if self.open.len() == MAX_DEPTH {
            return Err(Syntax { at: self.at, problem: "nested too deeply" });
        }
        let index = self.nodes.len();
        self.push(kind, self.at, self.at + 1);
        self.at += 1;
        self.open.push((index, kind));
        self.skip_space();
        if self.peek() == Some(closing) {
            self.close(index);
            return Ok(false);
        }
        if kind == Kind::Object {
            self.key()?;
        }
        Ok(true)
    }

    fn close(&mut self, index: usize) {
        self.at += 1;
        self.open.pop();
        let next = place(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(index) {
            node.end = place(self.at);
            node.next = next;
        }
    }

    /// A member name and its colon.
    fn key(&mut self) -> Result<(), Syntax> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(Syntax { at: self.at, problem: "expected a member name in double quotes" });
        }
        self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(Syntax { at: self.at, problem: "expected `:`" });
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain_run(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(Syntax { at: self.at, problem: "a control character in a string" }),
                None => return Err(Syntax { at: start, problem: "a string without its closing quote" }),
            }
        }
        self.at += 1;
        self.push(Kind::String(escaped), start, self.at);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        self.at += 2;
        match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                let lone = Syntax { at: start, problem: "half of a surrogate pair" };
                match self.four_hex(start)? {
                    0xdc00..=0xdfff => Err(lone),
                    0xd800..=0xdbff if self.bytes.get(self.at..self.at + 2) == Some(b"\\u") => {
                        self.at += 2;
                        let low = self.four_hex(start)?;
                        if (0xdc00..=0xdfff).contains(&low) { Ok(()) } else { Err(lone) }
                    }
                    0xd800..=0xdbff => Err(lone),
                    _ => Ok(()),
                }
            }
            Some(_) | None => Err(Syntax { at: start, problem: "an escape that JSON does not have" }),
        }
    }

    fn four_hex(&mut self, start: usize) -> Result<u32, Syntax> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(hex);
        self.at += 4;
        digits.ok_or(Syntax { at: start, problem: "`\\u` needs four hexadecimal digits" })
    }

    fn number(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        self.skip(b"-");
        if !self.skip(b"0") && !self.digits() {
            return Err(Syntax { at: start, problem: "a number without digits" });
        }
        let mut real = false;
        if self.skip(b".") {
            real = true;
            if !self.digits() {
                return Err(Syntax { at: start, problem: "a number without digits after the point" });
            }
        }
        if self.skip(b"eE") {
            real = true;
            self.skip(b"+-");
            if !self.digits() {
                return Err(Syntax { at: start, problem: "a number without digits in its exponent" });
            }
        }
        if (real || self.at - start > 300) && !self.is_finite(start) {
            return Err(Syntax { at: start, problem: "a number out of range" });
        }
        self.push(Kind::Number, start, self.at);
        Ok(())
    }

    fn is_finite(&self, start: usize) -> bool {
        let text = self.bytes.get(start..self.at).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
    }

    fn word(&mut self, word: &'static [u8], kind: Kind) -> Result<(), Syntax> {
        let start = self.at;
        self.at += word.len();
        if self.bytes.get(start..self.at) != Some(word) {
            return Err(Syntax { at: start, problem: "expected a value" });
        }
        self.push(kind, start, self.at);
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = place(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: place(start), end: place(end), next });
    }
}

/// How many bytes from the start need no look: up to a quote, a backslash or a control character.
///
/// Eight at a time: in `word - 0x01..` a byte borrows if it was zero, and only bytes above one that did
/// can be flagged wrongly; so the lowest flag is right, and no other is used.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut done = 0;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let special = zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c)) | control;
        if special != 0 {
            return done + (special.trailing_zeros() / 8) as usize;
        }
        done += 8;
    }
    let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    done + rest.iter().position(special).unwrap_or(rest.len())
}

/// Offsets fit 32 bits, as documents are bounded far below.
fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, &digit| Some(sum * 16 + char::from(digit).to_digit(16)?))
}

/// The text that a checked JSON string stands for.
pub(super) fn unescape(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (character, used) = unescape_one(escape);
        text.push(character);
        rest = escape.get(used..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The character that the escape (without its backslash) stands for, and its length.
fn unescape_one(escape: &str) -> (char, usize) {
    let bytes = escape.as_bytes();
    match bytes.first() {
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'n') => ('\n', 1),
        Some(b'r') => ('\r', 1),
        Some(b't') => ('\t', 1),
        Some(b'u') => {
            let unit = |from: usize| bytes.get(from..from + 4).and_then(hex).unwrap_or_default();
            let first = unit(1);
            if let Some(character) = char::from_u32(first) {
                return (character, 5);
            }
            let pair = 0x1_0000 + ((first & 0x3ff) << 10) + (unit(7) & 0x3ff);
            (char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
        }
        Some(&other) => (char::from(other), 1),
        None => (char::REPLACEMENT_CHARACTER, 0),
    }
}
