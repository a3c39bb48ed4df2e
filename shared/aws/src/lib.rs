//! The only package that knows the AWS SDK and Lambda: adapters behind the ports, and the Lambda shell.

pub mod authority;
pub mod iam;

mod adapters;
mod client;
mod clock;
mod environment;
mod history;
mod invocation;
mod log;
mod notify;
mod person;
mod queues;
mod setup;
mod shell;
mod watch;

pub use clock::SystemClock;
pub use environment::{Environment, EnvironmentError};
pub use history::Table;
pub use person::LiveAccount;
pub use shell::run;
