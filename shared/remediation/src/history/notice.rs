//! Who sends a notification: once confirmed, never again; never confirmed, again.

use std::time::Duration;

/// The answer to whoever wants to send a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Send it, then confirm it.
    Granted,
    /// Someone else was granted it less than [`Claim::LEASE`] ago and has not confirmed it. If they died, their
    /// message comes again after the lease has lapsed.
    Sending,
    /// It was sent and confirmed.
    Sent,
}

impl Claim {
    /// How long a claim keeps others from sending: longer than sending takes with all its tries, shorter than
    /// a queue takes to deliver a message again.
    pub const LEASE: Duration = Duration::from_secs(60);
}
