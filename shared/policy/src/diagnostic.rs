//! What a reader or the validation has to say about a place in a document.

use crate::Span;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// IAM accepts it and it means what it says, but it can be said better.
    Advice,
    /// IAM accepts it, but it hardly means what its author thinks.
    Warning,
    /// IAM refuses it.
    Error,
}

/// One thing that is wrong, or not understood, at one place of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of thing.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The sentence.
    pub message: String,
    /// What IAM itself answers, where that is known.
    pub iam: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub span: Span,
    /// The statement, counted from 0, if the place lies in one.
    pub statement: Option<usize>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The closed list of kinds of diagnostics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The stable name that reports carry, such as `duplicate-key`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Every code, for tables of rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

codes! {
    /// The text is not JSON.
    Syntax = "syntax",
    /// A member name occurs twice in one object.
    DuplicateKey = "duplicate-key",
    /// A member that the policy grammar does not have.
    UnknownElement = "unknown-element",
    /// A value of the wrong JSON type.
    WrongType = "wrong-type",
    /// A required element is absent.
    MissingElement = "missing-element",
    /// Two elements exclude each other, such as `Action` and `NotAction`.
    Exclusive = "exclusive-elements",
    /// An element this kind of policy does not allow.
    Forbidden = "forbidden-element",
    /// The value of `Version` is none that IAM knows.
    BadVersion = "bad-version",
    /// `Effect` is neither `Allow` nor `Deny`.
    BadEffect = "bad-effect",
    /// A principal that IAM would refuse.
    BadPrincipal = "bad-principal",
    /// An action that is not `vendor:Name`.
    BadAction = "bad-action",
    /// A resource that is neither an ARN nor `*`.
    BadResource = "bad-resource",
    /// An operator that IAM does not know.
    UnknownOperator = "unknown-operator",
    /// A condition key that is not `vendor:name`.
    BadConditionKey = "bad-condition-key",
    /// A value that its operator cannot compare with.
    BadConditionValue = "bad-condition-value",
    /// A statement identifier IAM refuses.
    BadSid = "bad-sid",
    /// Two statements share a `Sid`.
    DuplicateSid = "duplicate-sid",
    /// An empty list, object or string where something is expected.
    Empty = "empty",
    /// A character outside those IAM takes.
    BadCharacter = "bad-character",
    /// Longer than IAM stores.
    TooLong = "too-long",
    /// A shared identity provider without the claim that names the tenant.
    SharedIssuer = "shared-issuer",
    /// A policy variable that will not be replaced.
    Variable = "policy-variable",
    /// Legal, but open to more than its author may think.
    Risky = "risky",
}

impl Diagnostic {
    /// An error without help, outside any statement.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            iam: None,
            help: None,
            span,
            statement: None,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same with the answer IAM itself gives.
    #[must_use]
    pub fn with_iam(self, answer: impl Into<String>) -> Self {
        Self { iam: Some(answer.into()), ..self }
    }

    /// The same, placed in the statement with this index.
    #[must_use]
    pub fn in_statement(self, index: usize) -> Self {
        Self { statement: Some(index), ..self }
    }

    /// The same with another weight.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}
