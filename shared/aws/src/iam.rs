//! IAM through its SDK: one adapter per capability, and with each the IAM actions that its calls need.
//!
//! A function is handed only the adapters that [`crate::authority`] lists for it, and the template grants
//! exactly their actions.

mod pages;
mod permissions;
mod roles;
mod translate;
mod write;

pub use pages::{FullPages, TrustPages};
pub use permissions::FullReader;
pub use roles::RoleReader;
pub use write::{InlineWriter, TrustWriter};
