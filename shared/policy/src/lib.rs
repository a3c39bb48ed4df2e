//! The IAM policy language: read, match, evaluate, edit, validate.
//!
//! Pure: no clock, no network, no environment. Facts follow the AWS documentation; where it is
//! silent, the module that decides says which way it goes and why.
//!
//! - [`Document::read`] turns text into statements. Tolerant: whatever IAM may hold is readable, and
//!   what is not understood widens the statement and is listed on it.
//! - [`Glob`], [`ActionPattern`], [`ResourcePattern`], [`Principal`] match.
//! - [`evaluate`] decides one request against all policies that concern it, and says why.
//! - [`validate`] says whether IAM would accept a document, and what it hardly means.
//! - [`edit`] changes a document and keeps every other byte.
//! - [`analyse`] proves: who can assume a role, what stays under a ceiling, what a policy grants.
//! - [`canonical`] is the one form of a document that digests and comparisons use.

mod action;
pub mod analyse;
mod arn;
mod canonical;
mod condition;
mod diagnostic;
mod document;
pub mod edit;
mod evaluate;
mod glob;
mod json;
mod keys;
mod principal;
mod request;
mod resource;
mod span;
mod template;
mod trace;
mod truth;
mod validate;

pub use action::ActionPattern;
pub use arn::{AccountId, Arn, Partition};
pub use canonical::canonical;
pub use condition::{
    Condition, ConditionKey, ConditionValue, Instant, Network, Number, Operator, Quantifier, Test, ValueForm,
};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use document::{Document, Effect, Element, MAX_BYTES, Statement, Unreadable, Version};
pub use evaluate::{Policies, evaluate};
pub use glob::Glob;
pub use keys::rules::{CallerKind, Fact, Form, Keys, RULES, Rule, Sent, With};
pub use principal::{AnyoneForm, Covered, Principal, PrincipalEntry, relation};
pub use request::{Caller, Context, Request, UnknownCaller};
pub use resource::ResourcePattern;
pub use span::{Position, Span};
pub use template::{Part, Template, Variable};
pub use trace::{
    Decision, Doubt, Evaluation, Layer, Mismatch, Outcome, Reason, Standing, StatementRef, StatementTrace,
    Trace,
};
pub use truth::Truth;
pub use validate::{Kind, SharedIssuer, shared_issuer, stored_size, validate, validate_text};
