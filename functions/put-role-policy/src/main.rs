//! The function `put-role-policy`.
fn main() {}
