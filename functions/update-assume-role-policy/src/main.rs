//! The function `update-assume-role-policy`.
fn main() {}
