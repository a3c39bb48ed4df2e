//! What holds for every role: found, repaired, clean.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test")]

mod exceptions;
mod networks;
mod obligations;
mod permissions;
mod strategies;
mod trust;
