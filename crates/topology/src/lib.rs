//! Actors and links as a value: built, validated, drawn and hashed before
//! anything runs, and cut into threads by a layout.
//!
//! Read by `althing`, which builds the real links from it; its hash goes into the
//! journal's header. Never here: a thread, a socket, a ring.

mod draw;
mod layout;
mod shape;

pub use draw::draw;
pub use layout::{Applied, Group, Layout, LayoutError};
pub use shape::{ActorDecl, FullPolicy, LinkDecl, Payload, Shape, ShapeError};

#[cfg(test)]
mod tests;
