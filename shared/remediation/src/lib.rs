//! The way of a role change: decode, read, check, plan, intend, apply, verify, record.
//!
//! Everything that touches the world is a port. The AWS SDK stands behind them in production, the embedded
//! account in the command line and in most tests.

pub mod iam_error;
pub mod ports;

pub use iam_error::IamError;
