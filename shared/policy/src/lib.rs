//! rescind policy.
