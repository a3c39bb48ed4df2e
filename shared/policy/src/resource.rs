//! Resource patterns: ARNs with wildcards, short ARNs and policy variables.

use crate::{Glob, Span, Template};

/// One entry of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePattern {
    /// The pattern as written.
    pub glob: Glob,
    /// The same with its variables, if the document's version has them and the text uses them.
    pub template: Option<Template>,
    /// The JSON string.
    pub span: Span,
}
