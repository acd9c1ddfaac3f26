//! `indicators`: the registry as a list, or indicators over a file of bars.

use super::listed;
use crate::cli::{IndicatorsFlags, ListFlags};
use crate::described;
use crate::failure::Failure;
use flate2::bufread::MultiGzDecoder;
use indicator::bars::file::BarFile;
use indicator::sheet::{Column, Row, Sheet, value_text};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// What a run without `--set` computes: the indicators of bars that most ask for.
const USUAL_SET: &str = "rsi:14,ema:20,sma:20,macd:12:26:9,bbands:20:2,atr:14,adx:14,\
    keltner:20:2,ichimoku:9:26:52";
/// Gaps that are named one by one; the rest is counted.
const GAPS_SHOWN: usize = 5;

/// Runs it.
///
/// # Errors
/// A set that makes no sense, with exit code 2; a file that cannot be used,
/// with its row.
pub fn run(flags: &IndicatorsFlags) -> Result<(), Failure> {
    let Some(path) = &flags.bars else { return list(flags) };
    let set = flags.set.as_deref().unwrap_or(USUAL_SET);
    let bad_set = |why: types::ParamError| Failure::usage(format!("--set: {why}"));
    // The set is judged before a large file is read.
    Sheet::parse(set, 0).map_err(bad_set)?;
    let file = read(path)?;
    state(path, &file);
    let sheet = Sheet::parse(set, file.price_places).map_err(bad_set)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if flags.json {
        write_json(sheet, &file, path, &mut out)
    } else if flags.csv {
        write_csv(sheet, &file, &mut out)
    } else {
        write_last(sheet, &file, &mut out)
    };
    match written.and_then(|overflows| out.flush().map(|()| overflows)) {
        Ok(0) => Ok(()),
        Ok(overflows) => {
            eprintln!("{}: {overflows} values left their range and are empty", path.display());
            Ok(())
        }
        // A reader that has gone away is not our failure.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(why) => Err(Failure::failed(format!("standard output: {why}"))),
    }
}

fn read(path: &Path) -> Result<BarFile, Failure> {
    let unreadable = |why: io::Error| {
        Failure::usage(format!(
            "--bars {}: {why}; name a file of bars that can be read, CSV or CSV.gz with the columns \
             time_ms, open, high, low, close, volume",
            path.display()
        ))
    };
    let mut input = BufReader::new(File::open(path).map_err(unreadable)?);
    // By its first bytes, whatever its name says.
    let is_gz = input.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let file = if is_gz {
        BarFile::read(BufReader::new(MultiGzDecoder::new(input)))
    } else {
        BarFile::read(input)
    };
    file.map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
}

/// What is not as a reader would expect, on standard error.
fn state(path: &Path, file: &BarFile) {
    let name = path.display();
    for gap in file.gaps.iter().take(GAPS_SHOWN) {
        eprintln!(
            "{name}: row {}: {} bars are missing before it; it is taken as the next one",
            gap.row, gap.missing
        );
    }
    if let Some(more) = file.gaps.len().checked_sub(GAPS_SHOWN).filter(|more| *more > 0) {
        let missing: u64 = file.gaps.iter().map(|gap| gap.missing).sum();
        eprintln!("{name}: {more} more gaps; {missing} bars are missing in all");
    }
    if let Some(row) = file.first_rounded {
        eprintln!(
            "{name}: row {row}: a number has more digits than are kept; {} in all were rounded to \
             {} decimal places (volumes: {}): write fewer digits where that is not wanted",
            file.rounded, file.price_places, file.volume_places
        );
    }
}

/// Every row through `each`; how many values left their range.
fn rows(
    mut sheet: Sheet,
    file: &BarFile,
    mut each: impl FnMut(&Row) -> io::Result<()>,
) -> io::Result<u64> {
    let mut result = Ok(());
    let mut once = |row: &Row| {
        if result.is_ok() {
            result = each(row);
        }
    };
    for bar in &file.bars {
        sheet.on_bar(bar, &mut once);
    }
    sheet.finish(&mut once);
    result.map(|()| sheet.overflows())
}

fn text(column: &Column, value: Option<types::Value>, file: &BarFile) -> Option<String> {
    value.map(|value| value_text(value, column.unit, file.price_places))
}

fn write_csv(sheet: Sheet, file: &BarFile, out: &mut impl Write) -> io::Result<u64> {
    let columns = sheet.columns().to_vec();
    write!(out, "time_ms")?;
    for column in &columns {
        write!(out, ",{}", column.name)?;
    }
    writeln!(out)?;
    rows(sheet, file, |row| {
        write!(out, "{}", row.time_ms)?;
        for (column, value) in columns.iter().zip(&row.values) {
            write!(out, ",{}", text(column, *value, file).unwrap_or_default())?;
        }
        writeln!(out)
    })
}

fn write_json(sheet: Sheet, file: &BarFile, path: &Path, out: &mut impl Write) -> io::Result<u64> {
    let columns = sheet.columns().to_vec();
    let interval = file.bars.first().map(|bar| bar.interval.as_ms());
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let gaps: Vec<_> =
        file.gaps.iter().map(|gap| json!({"row": gap.row, "missing": gap.missing})).collect();
    let path = path.display().to_string();
    write!(
        out,
        "{{\"file\":{},\"bars\":{},\"interval_ms\":{},\"gaps\":{},\"columns\":{},\"rows\":[",
        json!(path),
        file.bars.len(),
        json!(interval),
        json!(gaps),
        json!(names)
    )?;
    // Row by row: a document of a million rows is not built in memory.
    let mut first = true;
    let overflows = rows(sheet, file, |row| {
        let values = columns.iter().zip(&row.values);
        let values: Vec<_> = values.map(|(column, value)| text(column, *value, file)).collect();
        let comma = if std::mem::take(&mut first) { "" } else { "," };
        write!(out, "{comma}\n{}", json!({"time_ms": row.time_ms, "values": values}))
    })?;
    writeln!(out, "\n]}}")?;
    Ok(overflows)
}

/// The newest value of each column, for a human.
fn write_last(sheet: Sheet, file: &BarFile, out: &mut impl Write) -> io::Result<u64> {
    let columns = sheet.columns().to_vec();
    let mut last: Vec<Option<(i64, types::Value)>> = vec![None; columns.len()];
    let overflows = rows(sheet, file, |row| {
        for (last, value) in last.iter_mut().zip(&row.values) {
            *last = value.map(|value| (row.time_ms, value)).or(*last);
        }
        Ok(())
    })?;
    let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    writeln!(
        out,
        "{} bars; the newest value of each line (--csv and --json give all)",
        file.bars.len()
    )?;
    for (column, last) in columns.iter().zip(&last) {
        let name = &column.name;
        match last {
            Some((time_ms, value)) => {
                let value = value_text(*value, column.unit, file.price_places);
                writeln!(out, "{name:width$}  {value}  at {time_ms}")?;
            }
            None => writeln!(
                out,
                "{name:width$}  warming up: it needs {} bars",
                u64::from(column.warm_up) + 1 + column.back as u64
            )?,
        }
    }
    Ok(overflows)
}

/// The registry, without `--bars`.
fn list(flags: &IndicatorsFlags) -> Result<(), Failure> {
    if flags.set.is_some() || flags.csv {
        return Err(Failure::usage("--set and --csv need --bars FILE.csv: which bars?"));
    }
    let all = ListFlags { json: flags.json, ..ListFlags::default() };
    listed::tell("indicators", described::indicators(), None, &all)
}
