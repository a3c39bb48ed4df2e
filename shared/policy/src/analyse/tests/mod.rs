//! The proofs as a whole; each part has tests of its own.

mod corpus;
