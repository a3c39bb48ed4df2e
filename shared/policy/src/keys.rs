//! What AWS documents of condition keys: who sends them, with which values.

pub(crate) mod claims;
pub(crate) mod rules;
mod service;
