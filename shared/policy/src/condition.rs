//! Conditions: an operator, a key, values.

mod arn;
mod compare;
mod evaluate;
mod key;
mod number;
mod operator;
mod value;

pub(crate) use arn::Parts;
pub use key::ConditionKey;
pub use number::Number;
pub use operator::{Operator, Quantifier, Test};
pub use value::{Instant, Network};
pub(crate) use value::{boolean, lower, same_letter, upper};

use crate::{Span, Template};

/// One `operator: {key: values}` of a `Condition` element; a statement needs all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How to compare.
    pub operator: Operator,
    /// What of the request to look at.
    pub key: ConditionKey,
    /// What to compare with; one match suffices (for negated tests: none may match).
    pub values: Vec<ConditionValue>,
    /// The member: key and values.
    pub span: Span,
}

/// One value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionValue {
    /// The value as text, whatever its JSON type.
    pub text: Box<str>,
    /// The same with its variables, if the document's version has them and the text uses them.
    pub template: Option<Template>,
    /// How the value is written.
    pub form: ValueForm,
    /// The JSON value.
    pub span: Span,
}

/// The JSON type of a condition value. IAM takes all three and compares their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueForm {
    /// `"true"`
    String,
    /// `5`
    Number,
    /// `true`
    Boolean,
}
