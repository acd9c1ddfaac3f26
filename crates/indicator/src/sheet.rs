//! Indicators over a file of bars: one row for each bar, one column for each
//! line.
//!
//! Fed bar by bar; a row is given out once nothing can be added to it, which
//! is as many bars later as the longest line reaches back.

use crate::bars::Bar;
use crate::input::{Input, Overflow};
use crate::lines::{LineSpec, Lines, Unit};
use crate::registry::{ALL, AnyIndicator, DOUBLE_PLACES, Descriptor, unknown};
use std::collections::VecDeque;
use types::{Decimal, ParamError, ParamKind, ParamSpec, ParamValue, Params, Value};

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name: the line's, and the parameters that name it.
    pub name: String,
    /// What its values are counted in.
    pub unit: Unit,
    /// Rows that say nothing at the start.
    pub warm_up: u32,
    /// How many rows back its values belong.
    pub back: usize,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When its bar begins, in milliseconds.
    pub time_ms: i64,
    /// A value for each column; `None` while warming up, and at the end of a
    /// column that reaches back.
    pub values: Vec<Option<Value>>,
}

/// The indicators and the rows that wait for them.
#[derive(Clone, Debug)]
pub struct Sheet {
    columns: Vec<Column>,
    /// Each with its first column.
    indicators: Vec<(AnyIndicator, usize)>,
    waiting: VecDeque<Row>,
    back: usize,
    overflows: u64,
}

impl Sheet {
    /// Indicators as a user writes them, `rsi:14,macd:12:26:9`, over bars whose
    /// prices have `price_places` decimals. Where TA-Lib, which knows prices as
    /// binary doubles, decides by their rounding, so does the sheet, unless the
    /// parameter is given: whoever compares the two finds them equal.
    ///
    /// # Errors
    /// A sentence: an unknown indicator, parameters that do not fit, one that
    /// bars do not move, the same column twice.
    pub fn parse(set: &str, price_places: u8) -> Result<Self, ParamError> {
        let mut sheet = Self {
            columns: Vec::new(),
            indicators: Vec::new(),
            waiting: VecDeque::new(),
            back: 0,
            overflows: 0,
        };
        for label in set.split(',').map(str::trim).filter(|label| !label.is_empty()) {
            sheet.add(label, price_places)?;
        }
        if sheet.columns.is_empty() {
            let sentence = "names no indicator; write one or more, such as rsi:14,ema:20";
            return Err(ParamError { key: "set".to_owned(), sentence: sentence.to_owned() });
        }
        Ok(sheet)
    }

    /// The columns, in the order of a row's values.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Values that left their range and so are missing.
    #[must_use]
    pub const fn overflows(&self) -> u64 {
        self.overflows
    }

    /// Takes the next bar; `whole` is given the row that nothing can be added
    /// to any more.
    pub fn on_bar(&mut self, bar: &Bar, mut whole: impl FnMut(&Row)) {
        let values = vec![None; self.columns.len()];
        self.waiting.push_back(Row { time_ms: bar.open_ts.as_ms(), values });
        let mut lines = Lines::new();
        for (indicator, first) in &mut self.indicators {
            if indicator.apply(Input::Bar(bar), &mut lines) == Err(Overflow) {
                self.overflows += 1;
                continue;
            }
            for (line, value) in lines.iter() {
                let column = *first + line;
                let at = (self.waiting.len() - 1).checked_sub(self.columns[column].back);
                if let Some(row) = at.and_then(|at| self.waiting.get_mut(at)) {
                    row.values[column] = Some(value);
                }
            }
        }
        if self.waiting.len() > self.back
            && let Some(row) = self.waiting.pop_front()
        {
            whole(&row);
        }
    }

    /// The rows that still wait: there are no more bars.
    pub fn finish(&mut self, mut whole: impl FnMut(&Row)) {
        for row in self.waiting.drain(..) {
            whole(&row);
        }
    }

    fn add(&mut self, label: &str, price_places: u8) -> Result<(), ParamError> {
        let (descriptor, params) = parse_label(label)?;
        if !descriptor.wants.bars {
            return Err(ParamError {
                key: label.to_owned(),
                sentence: "bars do not move it; it needs the market itself".to_owned(),
            });
        }
        let mut given: Vec<_> =
            params.iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let written = label.split(':').count() - 1;
        for (name, value) in given.iter_mut().skip(written) {
            if name == DOUBLE_PLACES {
                *value = ParamValue::Integer(i64::from(price_places));
            }
        }
        let indicator = AnyIndicator::new(descriptor.name, &given)?;
        self.indicators.push((indicator, self.columns.len()));
        for (line, spec) in descriptor.lines.iter().enumerate() {
            let name = column_name(spec, &params);
            if self.columns.iter().any(|column| column.name == name) {
                let sentence = format!("column {name} is there already; leave one of them out");
                return Err(ParamError { key: label.to_owned(), sentence });
            }
            let back = spec.back.map_or(0, |name| params.integer(name));
            let back = usize::try_from(back).unwrap_or(0);
            self.back = self.back.max(back);
            let warm_up = (descriptor.warm_up)(&params, line);
            let warm_up = warm_up.saturating_sub(u32::try_from(back).unwrap_or(0));
            self.columns.push(Column { name, unit: spec.unit, warm_up, back });
        }
        Ok(())
    }
}

/// `macd:12:26:9` to its entry and its parameters, in declared order; what is
/// left out takes its default.
///
/// # Errors
/// A sentence that names the label and what to write.
pub fn parse_label(label: &str) -> Result<(Descriptor, Params), ParamError> {
    let mut parts = label.split(':');
    let name = parts.next().unwrap_or_default();
    let found = ALL.iter().find(|descriptor| descriptor.name == name);
    let descriptor = *found.ok_or_else(|| unknown(name))?;
    let given: Vec<&str> = parts.collect();
    let refuse = |sentence: String| ParamError { key: label.to_owned(), sentence };
    if given.len() > descriptor.params.len() {
        return Err(refuse(format!("has too many parameters; write {}", usage(&descriptor))));
    }
    let mut values = Vec::new();
    for (spec, text) in descriptor.params.iter().zip(given) {
        let value = parse_value(spec, text).ok_or_else(|| {
            refuse(format!("{} is {text:?}; write {}", spec.name, usage(&descriptor)))
        })?;
        values.push((spec.name.to_owned(), value));
    }
    let params = Params::resolve(descriptor.params, &values)
        .map_err(|why| refuse(format!("{} {}", why.key, why.sentence)))?;
    Ok((descriptor, params))
}

fn parse_value(spec: &ParamSpec, text: &str) -> Option<ParamValue> {
    match spec.kind {
        ParamKind::Integer { .. } => text.parse().ok().map(ParamValue::Integer),
        ParamKind::Decimal { .. } => {
            Decimal::parse(text.as_bytes()).ok().map(|d| ParamValue::Decimal(d.trimmed()))
        }
        ParamKind::Flag => text.parse().ok().map(ParamValue::Flag),
    }
}

/// `macd:fast:slow:signal`.
fn usage(descriptor: &Descriptor) -> String {
    let params: Vec<_> = descriptor.params.iter().map(|spec| format!(":{}", spec.name)).collect();
    format!("{}{}", descriptor.name, params.concat())
}

fn column_name(spec: &LineSpec, params: &Params) -> String {
    let named_by = |name: &&str| params.iter().find(|(key, _)| key == name);
    let values = spec.named_by.iter().filter_map(named_by).map(|(_, value)| format!("_{value}"));
    format!("{}{}", spec.name, values.collect::<String>())
}

/// Decimal places of a printed value below the last one of the price: 10^-12
/// of a mantissa is closer than any reader looks.
const EXTRA: u8 = 12;

/// A value as an exact-looking decimal: a price in the instrument's `places`,
/// anything else as it is; rounded half away from zero at [`EXTRA`] places more,
/// without trailing zeros.
#[must_use]
pub fn value_text(value: Value, unit: Unit, places: u8) -> String {
    let places = if unit.is_of_price() { places + EXTRA } else { EXTRA };
    let bits = value.to_bits().unsigned_abs();
    let fraction = (bits & u128::from(u64::MAX)) * 10_u128.pow(u32::from(EXTRA));
    let fraction = (fraction + (1 << 63)) >> 64;
    let digits = (bits >> 64) * 10_u128.pow(u32::from(EXTRA)) + fraction;
    let width = usize::from(places) + 1;
    let digits = format!("{digits:0width$}");
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(places));
    let fraction = fraction.trim_end_matches('0');
    let sign =
        if value.is_negative() && digits.bytes().any(|digit| digit != b'0') { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}
