//! The ways in which a role is put right. Each guardrail says what is unsafe; what is here knows documents
//! only.
//!
//! - [`accepted`]: would IAM take the document?
//! - [`narrow`]: take the guilty part away and keep every other byte.
//! - [`inert`]: the trust policy that lets nobody in, for a role in which nothing is safe.
//! - [`contain`]: deny what an opponent puts back again and again.
//! - [`principals`]: whom a trust policy names.
//! - [`revoke`]: end the sessions that were issued while the role was unsafe.

pub(crate) mod accepted;
pub(crate) mod contain;
pub(crate) mod inert;
pub(crate) mod narrow;
pub(crate) mod principals;
pub(crate) mod revoke;

/// The characters that the inline policies of a role may have together, white space not counted (IAM User Guide,
/// "IAM and STS quotas").
pub(crate) const INLINE_QUOTA: usize = 10_240;
