//! What the sequenced records say that we hold and may do: positions, their
//! money, the line's gate.
//!
//! Fed by each stage with the records that it takes in anyway; read by the
//! council, risk and the cold side, which so cannot differ. Pure folds: no clock,
//! no link, no allocation after construction. Never here: an order's
//! reservation, which is risk's, or a limit.

mod fills;
mod holding;
mod line;
mod positions;
mod reports;
mod specs;

pub use fills::{Fills, REMEMBERED};
pub use holding::{Holding, base_fee};
pub use line::{Gate, LineState};
pub use positions::{Filled, Positions};
pub use reports::{Reports, Told};
pub use specs::Specs;

#[cfg(test)]
mod tests;
