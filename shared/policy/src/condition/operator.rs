//! Condition operators: `ForAnyValue:StringLikeIfExists` is a quantifier, a test and a suffix.

/// How a condition compares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`, if any.
    pub quantifier: Option<Quantifier>,
    /// The test of one value.
    pub test: Test,
    /// Whether the name ends with `IfExists`.
    pub if_exists: bool,
}

/// What a condition wants of a key with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantifier {
    /// Every value of the request passes; so does a missing key.
    ForAllValues,
    /// At least one value of the request passes.
    ForAnyValue,
}

impl Quantifier {
    /// The prefix without its colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForAllValues => "ForAllValues",
            Self::ForAnyValue => "ForAnyValue",
        }
    }
}

macro_rules! tests {
    ($($name:ident $negated:literal)*) => {
        /// The test of one value of the request. Closed: IAM has no others.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Test {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
            /// A name that is no operator of IAM, as written.
            Unrecognised(Box<str>),
        }

        impl Test {
            /// Every operator of IAM.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The operator's name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self { $(Self::$name => stringify!($name),)* Self::Unrecognised(name) => name }
            }

            /// Whether the test is one that a missing key passes (`StringNotEquals` and the like).
            #[must_use]
            pub const fn is_negated(&self) -> bool {
                match self { $(Self::$name => $negated,)* Self::Unrecognised(_) => false }
            }
        }
    };
}

tests! {
    StringEquals false
    StringNotEquals true
    StringEqualsIgnoreCase false
    StringNotEqualsIgnoreCase true
    StringLike false
    StringNotLike true
    NumericEquals false
    NumericNotEquals true
    NumericLessThan false
    NumericLessThanEquals false
    NumericGreaterThan false
    NumericGreaterThanEquals false
    DateEquals false
    DateNotEquals true
    DateLessThan false
    DateLessThanEquals false
    DateGreaterThan false
    DateGreaterThanEquals false
    Bool false
    BinaryEquals false
    IpAddress false
    NotIpAddress true
    ArnEquals false
    ArnLike false
    ArnNotEquals true
    ArnNotLike true
    Null false
}

impl Operator {
    /// Reads an operator's name. Letter case does not count.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let (quantifier, rest) = match name.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), rest)
            }
            Some(_) | None => (None, name),
        };
        let (base, if_exists) =
            match rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at)) {
                Some((base, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (base, true),
                Some(_) | None => (rest, false),
            };
        let known = Test::ALL.iter().find(|test| test.as_str().eq_ignore_ascii_case(base));
        match known {
            Some(Test::Null) if quantifier.is_some() || if_exists => Self::unrecognised(name),
            Some(test) => Self { quantifier, test: test.clone(), if_exists },
            None => Self::unrecognised(name),
        }
    }

    fn unrecognised(name: &str) -> Self {
        Self { quantifier: None, test: Test::Unrecognised(name.into()), if_exists: false }
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(quantifier) = self.quantifier {
            write!(f, "{}:", quantifier.as_str())?;
        }
        f.write_str(self.test.as_str())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}
