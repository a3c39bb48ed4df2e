//! The function `create-role`.
fn main() {}
