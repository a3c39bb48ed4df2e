//! rescind guardrails.
