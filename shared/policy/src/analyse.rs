//! Proofs: who can assume a role, does a policy stay under its ceiling, what does it grant.
//!
//! A statement is a box in the space of requests, and every question has one shape: is there a
//! request in this box and in none of those? A found request is a witness, which the plain
//! evaluator has to confirm; none is a proof. What can be neither found nor excluded is
//! [`Answer::Unknown`] with a [`Reason`], never a guess.
//!
//! - [`assume`]: who can assume a role, judged by its trust policy.
//! - [`within`]: is everything that these policies allow allowed by a ceiling?
//! - [`grants`]: does a role's policy let it have more than it has?

mod answer;
pub mod assume;
mod budget;
mod compile;
mod confirm;
pub mod grants;
mod inquiry;
mod point;
mod search;
mod space;
#[cfg(test)]
mod tests;
pub mod within;
mod witness;
mod words;
mod world;

pub use answer::{Answer, Reason};
pub use budget::Budget;
pub use witness::Witness;
