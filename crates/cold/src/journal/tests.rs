//! The journal on disk: what is written is read, and any damage is found.

mod damage;
mod layout;
mod texts;
mod writing;
