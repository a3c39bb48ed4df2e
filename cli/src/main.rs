//! The command line `rescind`.
fn main() {}
