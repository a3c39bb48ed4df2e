//! Resource patterns: ARNs with wildcards, short ARNs and policy variables.

use crate::{
    Context, Glob, Span, Template,
    glob::tokens::{Colons, matches},
};

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

impl ResourcePattern {
    /// Whether the pattern covers `resource` (an ARN or `*`) in a request with this context.
    ///
    /// Letter case counts. A variable without a value lets the pattern match nothing. Variables count
    /// only behind the fifth colon; before it the text is literal (IAM User Guide, "IAM policy
    /// elements: Variables and tags").
    #[must_use]
    pub fn matches(&self, resource: &str, context: &Context) -> bool {
        match &self.template {
            None => self.glob.as_str() == "*" || matches(self.glob.as_str(), resource, Colons::Parts),
            Some(template) => template
                .tokens(context)
                .is_some_and(|tokens| matches(tokens.as_slice(), resource, Colons::Parts)),
        }
    }
}
