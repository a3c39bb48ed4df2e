//! What holds for every role: found, repaired, clean.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of a test")]

mod any_role;
mod exceptions;
mod kinds;
mod known;
mod last_way_in;
mod lockdown;
mod matrix;
mod networks;
mod obligations;
mod permissions;
mod random_roles;
mod schema;
mod stops;
mod strategies;
mod trust;
mod undecided;
