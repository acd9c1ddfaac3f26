//! The journal as SQL: orders, states, fills, positions, balances, funding, votes and
//! refusals of one run in one SQLite file.
//!
//! Fed by a journal, whole groups only; read by whoever asks questions in SQL. It
//! is a projection: it can be deleted and made again, and comes out the same.
//!
//! Money, prices and quantities stand twice: as decimal text, and as the integer
//! that the text was made from (`…_mantissa`: of the instrument's own scale for
//! prices and quantities, of scale 18, as text, for money). Never here: a REAL, a
//! second source of truth, a write that the journal does not know.

mod error;
mod exact;
mod open;
mod place;
mod projection;
mod schema;
mod tables;

pub use error::LedgerError;
pub use open::{Cell, Identity, Ledger, Rows};
pub use place::own_place;
pub use projection::{Progress, Projected, rebuild, rebuild_with};
pub use schema::{ColumnSpec, TABLES, TableSpec, tables_markdown};
