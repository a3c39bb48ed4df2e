//! What a request holds in one dimension.

/// The value of one dimension in one request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// The request has no such key.
    Missing,
    /// The one value.
    One(String),
    /// The one value, which is empty, where it matters and is not documented whether that counts as one.
    Empty { counts: bool },
    /// The values of a multivalued key; never empty.
    Several(Vec<String>),
}

static NOTHING: String = String::new();

impl Value {
    /// The values, none if missing.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Missing => &[],
            Self::One(text) => std::slice::from_ref(text),
            Self::Empty { .. } => std::slice::from_ref(&NOTHING),
            Self::Several(texts) => texts,
        }
    }
}
