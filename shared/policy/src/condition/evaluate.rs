//! Whether a condition holds: missing keys, quantifiers and several values. What one value must look
//! like is in [`compare`](super::compare).

use super::{Condition, Quantifier, Test, compare};
use crate::{Context, Truth, keys::rules};

impl Condition {
    /// Whether the condition holds in a request with this context.
    ///
    /// | | key missing | key present |
    /// |---|---|---|
    /// | plain test | false | some listed value matches |
    /// | negated test | true | no listed value matches |
    /// | `...IfExists` | true | as without |
    /// | `Null` | `true` holds | `false` holds, unless the values are empty |
    /// | `ForAllValues:` | true | every value of the request passes |
    /// | `ForAnyValue:` | false, with `IfExists` too | some value of the request passes |
    ///
    /// (IAM User Guide, "Condition operators" and "Set operators".) A plain test of a key with several
    /// values never holds. An empty list of values holds only where a missing key does by `IfExists` or
    /// `ForAllValues`.
    #[must_use]
    pub fn holds(&self, context: &Context) -> Truth {
        if let Test::Unrecognised(_) = self.operator.test {
            return Truth::Unknown;
        }
        let have = context.get(&self.key);
        if self.operator.test == Test::Null {
            return self.null(have);
        }
        match self.operator.quantifier {
            None => self.plain(have, context),
            Some(Quantifier::ForAllValues) => {
                is_null(have) || !self.values.is_empty() && self.all(have, context)
            }
            Some(Quantifier::ForAnyValue) => {
                let have = have.unwrap_or_default();
                !self.values.is_empty() && have.iter().any(|value| compare::passes(self, value, context))
            }
        }
        .into()
    }

    fn all(&self, have: Option<&[Box<str>]>, context: &Context) -> bool {
        have.unwrap_or_default().iter().all(|value| compare::passes(self, value, context))
    }

    fn plain(&self, have: Option<&[Box<str>]>, context: &Context) -> bool {
        match have {
            None | Some([]) => {
                self.operator.if_exists || (self.operator.test.is_negated() && !self.values.is_empty())
            }
            Some([value]) => !self.values.is_empty() && compare::passes(self, value, context),
            Some(_) => false,
        }
    }

    /// An empty value of a key with several values counts as missing (IAM User Guide, "Multivalued context key
    /// examples"); whether it does so of other keys is not documented, so both may be.
    fn null(&self, have: Option<&[Box<str>]>) -> Truth {
        let lists = |wanted: &str| self.values.iter().any(|value| value.text.eq_ignore_ascii_case(wanted));
        match have {
            None | Some([]) => lists("true").into(),
            Some([value]) if value.is_empty() && rules::several(&self.key) == Some(true) => {
                lists("true").into()
            }
            Some([value]) if value.is_empty() && lists("true") != lists("false") => Truth::Unknown,
            Some(_) => lists("false").into(),
        }
    }
}

/// Missing, without values, or with an empty string as its only value ("a null dataset, such as an
/// empty string").
fn is_null(have: Option<&[Box<str>]>) -> bool {
    have.unwrap_or_default().iter().all(|value| value.is_empty())
}
