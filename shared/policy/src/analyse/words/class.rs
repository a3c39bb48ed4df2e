//! Classes of characters: what a wildcard may stand for.

/// A set of character kinds. Inclusion of classes is inclusion of bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Class(u16);

impl Class {
    pub(crate) const LOWER: Self = Self(1);
    pub(crate) const UPPER: Self = Self(1 << 1);
    pub(crate) const DIGIT: Self = Self(1 << 2);
    pub(crate) const DASH: Self = Self(1 << 3);
    pub(crate) const COLON: Self = Self(1 << 4);
    pub(crate) const SLASH: Self = Self(1 << 5);
    /// `*` and `?` as they may stand in a request's value.
    pub(crate) const WILDCARD: Self = Self(1 << 6);
    /// The rest of printable ASCII.
    pub(crate) const MARK: Self = Self(1 << 7);
    pub(crate) const OTHER: Self = Self(1 << 8);
    /// The letter that stands for the unknown value of a policy variable.
    pub(crate) const VARIABLE: Self = Self(1 << 9);

    /// Any run of text, also one that holds the value of a variable.
    pub(crate) const TEXT: Self = Self((1 << 10) - 1);
    /// Exactly one character, so never a variable's value.
    pub(crate) const CHARACTER: Self = Self((1 << 9) - 1);
    /// Within one segment of an ARN. A variable's value is left out: it may hold colons.
    pub(crate) const SEGMENT: Self = Self::CHARACTER.without(Self::COLON);
    /// `!` to `~`: what the path of a role may hold.
    pub(crate) const VISIBLE: Self = Self::CHARACTER.without(Self::OTHER);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub(crate) const fn meet(self, other: Self) -> Self {
        Self(other.0 & self.0)
    }

    pub(crate) fn has(self, c: char) -> bool {
        self.includes(kind_of(c))
    }
}

/// Readable representatives of every kind, in the order in which witnesses should use them.
pub(crate) const REPRESENTATIVES: [(Class, &str); 9] = [
    (Class::LOWER, "xyzwvutsrqponmlkjihgfedcba"),
    (Class::DIGIT, "0987654321"),
    (Class::UPPER, "XYZWVUTSRQPONMLKJIHGFEDCBA"),
    (Class::DASH, "-"),
    (Class::COLON, ":"),
    (Class::SLASH, "/"),
    (Class::MARK, "_.,=@+!#$%&'()\";<>[]^`{|}~\\"),
    (Class::WILDCARD, "*?"),
    (Class::OTHER, "\u{e9}\u{e8}\u{ea}\u{eb}\u{f1}\u{f6}\u{fc} "),
];

/// The one kind a character belongs to.
pub(crate) fn kind_of(c: char) -> Class {
    match c {
        'a'..='z' => Class::LOWER,
        'A'..='Z' => Class::UPPER,
        '0'..='9' => Class::DIGIT,
        '-' => Class::DASH,
        ':' => Class::COLON,
        '/' => Class::SLASH,
        '*' | '?' => Class::WILDCARD,
        '!'..='~' => Class::MARK,
        FIRST_VARIABLE..=LAST_VARIABLE => Class::VARIABLE,
        _ => Class::OTHER,
    }
}

/// A private-use plane that IAM's own character set does not reach.
const FIRST_VARIABLE: char = '\u{f0000}';
const LAST_VARIABLE: char = '\u{ffffd}';

/// The letter that stands for the unknown value of the `index`th variable.
pub(crate) fn variable_letter(index: u32) -> Option<char> {
    char::from_u32(u32::from(FIRST_VARIABLE).checked_add(index)?).filter(|c| *c <= LAST_VARIABLE)
}
