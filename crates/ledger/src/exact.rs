//! `exact_sum`: the sum of decimals without a float.
//!
//! SQL's own SUM makes a float of a decimal text. This one takes the texts of the ledger's
//! columns, and whole numbers, and gives a decimal text. Used by the questions of the command
//! line; another program's SQLite does not have it.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use types::Money;

/// What all of it is called in SQL.
const NAME: &str = "exact_sum";

/// Makes it known to `connection`.
pub(crate) fn enrol(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function(NAME, 1, flags, ExactSum)
}

struct ExactSum;

impl Aggregate<Option<Money>, Option<String>> for ExactSum {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<Money>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<Money>) -> Result<()> {
        let fault = |why: String| Error::UserFunctionError(format!("{NAME}: {why}").into());
        let read = |text: &[u8]| {
            let shown = || String::from_utf8_lossy(text).into_owned();
            Money::parse(text).map_err(|why| fault(format!("{:?}: {why}", shown())))
        };
        let next = match context.get_raw(0) {
            // As SQL's own sums have it.
            ValueRef::Null => return Ok(()),
            ValueRef::Text(text) => read(text)?,
            ValueRef::Integer(number) => read(number.to_string().as_bytes())?,
            ValueRef::Real(_) | ValueRef::Blob(_) => {
                return Err(fault("takes decimal texts and whole numbers only".to_owned()));
            }
        };
        let so_far = sum.unwrap_or(Money::ZERO);
        let all = so_far.checked_add(next).ok_or_else(|| fault("past any number".to_owned()))?;
        *sum = Some(all);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<Money>>) -> Result<Option<String>> {
        Ok(sum.flatten().map(|sum| sum.to_string()))
    }
}
