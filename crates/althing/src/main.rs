//! The composition root and the only binary.
fn main() {}
