//! A file of bars: comma-separated text with a header, read whole and judged
//! row by row.
//!
//! Fed by whoever opened the file; it never opens one. Every refusal names the
//! row, counted as an editor counts lines: the header is row 1.

mod number;
mod table;

use super::Bar;
use number::{Rounding, read};
use std::fmt;
use std::io::BufRead;
use table::Table;
use types::{Decimal, Nanos, Price, Qty};

/// Decimal digits of the largest price mantissa: as precise as a binary double
/// is, and far from every overflow in the indicators.
const PRICE_DIGITS: u32 = 15;
/// As much for a volume, which is only summed.
const VOLUME_DIGITS: u32 = 15;

/// Why a file of bars cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    /// The row at fault; 0 where it is the whole file.
    pub row: u64,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.row > 0 {
            write!(f, "row {}: ", self.row)?;
        }
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for FileFault {}

/// Bars that are missing between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The row after the gap.
    pub row: u64,
    /// How many bars.
    pub missing: u64,
}

/// The bars of a file, at one scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarFile {
    /// Decimal places of the price mantissas.
    pub price_places: u8,
    /// Decimal places of the volume mantissas.
    pub volume_places: u8,
    /// The bars, oldest first. `skipped` says what is missing before each;
    /// `trades` is 0, because the file does not say.
    pub bars: Vec<Bar>,
    /// Where bars are missing.
    pub gaps: Vec<Gap>,
    /// Numbers that had to be rounded to these places, half away from zero, each once.
    pub rounded: u64,
    /// The first row with one of them.
    pub first_rounded: Option<u64>,
}

/// One row as it was written.
struct Row {
    row: u64,
    time_ms: i64,
    /// Open, high, low, close, volume.
    numbers: [Decimal; 5],
}

impl BarFile {
    /// Reads columns time_ms (when the bar begins, also called open_time_ms,
    /// open_time, timestamp or time), open, high, low, close and volume, in any
    /// order, among others.
    ///
    /// # Errors
    /// The first row that cannot be used. Missing bars are no fault: they are
    /// stated in `gaps`.
    pub fn read(input: impl BufRead) -> Result<Self, FileFault> {
        let mut table = Table::open(input)?;
        let mut rounding = Rounding::default();
        let mut rows: Vec<Row> = Vec::new();
        while let Some((row, cells)) = table.next_row()? {
            let row = parse(row, &cells, &mut rounding)?;
            check(&row, rows.last())?;
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(fault(0, "has no bars: there is nothing below the header"));
        }
        let interval_ms = interval(&rows)?;
        Ok(build(&rows, interval_ms, rounding))
    }
}

fn fault(row: u64, sentence: impl Into<String>) -> FileFault {
    FileFault { row, sentence: sentence.into() }
}

fn parse(row: u64, cells: &[String; 6], rounding: &mut Rounding) -> Result<Row, FileFault> {
    let mut number = |column: usize| {
        read(&cells[column], (row, column), rounding).map_err(|why| {
            let name = table::COLUMNS[column];
            fault(row, format!("{name} is {}: {why}", shown(&cells[column])))
        })
    };
    let time_ms = number(0)?.at(0).ok_or_else(|| {
        fault(row, format!("time_ms is {}: give whole milliseconds", shown(&cells[0])))
    })?;
    let numbers = [number(1)?, number(2)?, number(3)?, number(4)?, number(5)?];
    Ok(Row { row, time_ms, numbers })
}

fn check(row: &Row, before: Option<&Row>) -> Result<(), FileFault> {
    let refuse = |sentence: String| Err(fault(row.row, sentence));
    let time = row.time_ms;
    match time.unsigned_abs() {
        1_000_000_000..100_000_000_000 => {
            return refuse(format!("time_ms {time} looks like seconds; multiply by 1000"));
        }
        100_000_000_000_000.. => {
            return refuse(format!(
                "time_ms {time} looks like microseconds or nanoseconds; give milliseconds"
            ));
        }
        _ => {}
    }
    if let Some(before) = before {
        if time == before.time_ms {
            let of = before.row;
            return refuse(format!("time_ms {time} is that of row {of} again; drop one of them"));
        }
        if time < before.time_ms {
            let of = before.row;
            return refuse(format!("time_ms {time} is older than row {of}; sort the rows by time"));
        }
    }
    let [open, high, low, close, volume] = row.numbers;
    for (name, price) in [("open", open), ("high", high), ("low", low), ("close", close)] {
        if price.mantissa <= 0 {
            return refuse(format!("{name} is {price}; a price must be above zero"));
        }
    }
    for (name, price) in [("open", open), ("close", close), ("low", low)] {
        if price.compare(high).is_gt() {
            return refuse(format!("{name} {price} is above high {high}"));
        }
        if price.compare(low).is_lt() {
            return refuse(format!("{name} {price} is below low {low}"));
        }
    }
    if volume.mantissa < 0 {
        return refuse(format!("volume is {volume}; it must not be negative"));
    }
    Ok(())
}

/// The shortest step between two rows; every other step is a multiple of it.
fn interval(rows: &[Row]) -> Result<i64, FileFault> {
    let step = |pair: &[Row]| pair[1].time_ms.saturating_sub(pair[0].time_ms);
    // One bar alone: any length will do.
    let shortest = rows.windows(2).map(step).min().unwrap_or(60_000);
    match rows.windows(2).find(|pair| step(pair) % shortest != 0) {
        None => Ok(shortest),
        Some(pair) => Err(fault(
            pair[1].row,
            format!(
                "it comes {} ms after row {}, which is no multiple of the shortest step, \
                    {shortest} ms; give bars of one length",
                step(pair),
                pair[0].row
            ),
        )),
    }
}

fn build(rows: &[Row], interval_ms: i64, mut rounding: Rounding) -> BarFile {
    let prices = rows.iter().flat_map(|row| &row.numbers[..4]);
    let price_places = number::places(prices, PRICE_DIGITS);
    let volume_places = number::places(rows.iter().map(|row| &row.numbers[4]), VOLUME_DIGITS);
    let mut gaps = Vec::new();
    let mut bars = Vec::with_capacity(rows.len());
    let mut due = rows.first().map_or(0, |row| row.time_ms);
    for row in rows {
        let missing = row.time_ms.saturating_sub(due).unsigned_abs() / interval_ms.unsigned_abs();
        if missing > 0 {
            gaps.push(Gap { row: row.row, missing });
        }
        due = row.time_ms.saturating_add(interval_ms);
        // Columns as `parse` counts them: the time is column 0.
        let mut scaled =
            |at: usize, places| rounding.at(row.numbers[at], (row.row, at + 1), places);
        let mut price = |at: usize| Price(scaled(at, price_places));
        bars.push(Bar {
            open_ts: Nanos::from_ms(row.time_ms),
            interval: Nanos::from_ms(interval_ms),
            open: price(0),
            high: price(1),
            low: price(2),
            close: price(3),
            volume: Qty(scaled(4, volume_places)),
            trades: 0,
            skipped: missing,
            complete: true,
        });
    }
    let (rounded, first_rounded) = (rounding.numbers, rounding.first_row);
    BarFile { price_places, volume_places, bars, gaps, rounded, first_rounded }
}

/// A cell as a sentence may show it.
fn shown(cell: &str) -> String {
    let short: String = cell.chars().take(40).collect();
    format!("{short:?}{}", if short.len() < cell.len() { " …" } else { "" })
}
