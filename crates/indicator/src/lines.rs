//! What an indicator says: its lines, declared in the registry, and the values
//! that one input gave them.
//!
//! Written by the indicators; read by the stage, which makes a Signal of each
//! value, and by whoever prints them. Allocates nothing.

use types::Value;

pub use types::Unit;

/// The most lines that one indicator has: Ichimoku's five.
pub const LINES_MAX: usize = 5;

/// One declared line.
#[derive(Clone, Copy, Debug)]
pub struct LineSpec {
    /// Its column: this, then the values of the parameters in `named_by`.
    pub name: &'static str,
    /// Parameters whose values are part of the column's name.
    pub named_by: &'static [&'static str],
    /// What its value is counted in.
    pub unit: Unit,
    /// The parameter that says how many inputs back the bar is that a value
    /// belongs to; `None`: to the input that gave it.
    pub back: Option<&'static str>,
}

impl LineSpec {
    /// A line of the input that gave its value.
    pub(crate) const fn new(
        name: &'static str,
        named_by: &'static [&'static str],
        unit: Unit,
    ) -> Self {
        Self { name, named_by, unit, back: None }
    }
}

/// The values that one input gave, by line. Kept by the caller and used again.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    values: [Value; LINES_MAX],
    /// Bit n: line n has a value.
    set: u8,
}

impl Lines {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: [Value::ZERO; LINES_MAX], set: 0 }
    }

    /// Forgets the values.
    #[inline]
    pub const fn clear(&mut self) {
        self.set = 0;
    }

    /// Line `line` has `value`. Invariant: an indicator has at most five lines.
    #[inline]
    pub(crate) const fn put(&mut self, line: usize, value: Value) {
        self.values[line] = value;
        self.set |= 1 << line;
    }

    /// As [`Lines::put`] for lines 0, 1 and so on.
    #[inline]
    pub(crate) fn put_all(&mut self, values: &[Value]) {
        for (line, value) in values.iter().enumerate() {
            self.put(line, *value);
        }
    }

    /// The value of a line; `None` while it warms up.
    #[inline]
    #[must_use]
    pub fn get(&self, line: usize) -> Option<Value> {
        let has = line < LINES_MAX && self.set & (1 << line) != 0;
        has.then(|| self.values[line])
    }

    /// Line and value of each that has one, in the order of the lines.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (usize, Value)> + '_ {
        let mut left = self.set;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let line = left.trailing_zeros() as usize;
            left &= left - 1;
            Some((line, self.values[line]))
        })
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new()
    }
}
