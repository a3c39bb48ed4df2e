//! IAM through its SDK: one adapter per capability, and with each the IAM actions that its calls need.
//!
//! A function is handed only the adapters that [`crate::authority`] lists for it, and the template grants
//! exactly their actions.

mod pages;
mod permissions;
mod policies;
mod roles;
mod translate;
mod write;

pub use pages::{FullPages, TrustPages};
pub use permissions::FullReader;
pub use policies::PolicyReader;
pub use roles::RoleReader;
pub use write::{AttachmentWriter, BoundaryWriter, InlineWriter, LockdownWriter, TrustWriter, VersionWriter};

use aws_sdk_iam::Client;
use remediation::authority::{
    AttachmentsOnly, BoundaryOnly, InlineOnly, InlineRepair, ReadOnly, TrustAndLockdown, TrustOnly,
    VersionOnly,
};

/// A capability over a client.
pub trait Adapter: Sized {
    /// The IAM actions that it needs.
    const ACTIONS: &'static [&'static str];

    /// Works through this client. How inline policies may be repaired concerns only those who write them.
    fn over(client: &Client, inline: InlineRepair) -> Self;
}

/// An authority needs what its capability needs.
macro_rules! adapters {
    ($($authority:ident),*) => {$(
        impl<I: Adapter> Adapter for $authority<I> {
            const ACTIONS: &'static [&'static str] = I::ACTIONS;

            fn over(client: &Client, inline: InlineRepair) -> Self {
                Self(I::over(client, inline))
            }
        }
    )*};
}

adapters!(TrustOnly, TrustAndLockdown, AttachmentsOnly, VersionOnly, BoundaryOnly, ReadOnly);

impl<I: Adapter> Adapter for InlineOnly<I> {
    const ACTIONS: &'static [&'static str] = I::ACTIONS;

    fn over(client: &Client, inline: InlineRepair) -> Self {
        Self(I::over(client, inline), inline)
    }
}
