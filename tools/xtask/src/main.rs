//! The house rules as a test, and the chores of the house.
fn main() {}
