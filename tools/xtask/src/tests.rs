//! The tree is tidy, and each check sees what it is there for.
//!
//! A check that cannot fail is worth nothing, so each is shown one good and at
//! least one bad made-up tree.

