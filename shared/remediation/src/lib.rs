//! The way of a role change: decode, read, check, plan, intend, apply, verify, record.
//!
//! Everything that touches the world is a port. The AWS SDK stands behind them in production, the embedded
//! account in the command line and in most tests.

pub mod authority;
pub mod blind;
pub mod budget;
pub mod decode;
mod document;
pub mod dump;
pub mod embedded;
pub mod function;
pub mod history;
pub mod iam_error;
mod judge;
pub mod log_text;
pub mod outcome;
pub mod pass;
pub mod ports;
pub mod record;
pub mod trigger;
pub mod undo;

pub use function::Function;
pub use iam_error::IamError;
pub use log_text::{LogSentence, LogText};
pub use outcome::{Next, Outcome};
pub use pass::{Context, OwnRole, Passed, Patience, handle, handle_text, run};
pub use record::{Notification, Record};
pub use trigger::Trigger;
