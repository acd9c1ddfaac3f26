//! The journal on disk: what is written is read, and any damage is found.

mod damage;
mod layout;
mod property;
mod texts;
mod writing;
