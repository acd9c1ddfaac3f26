//! The order digest: one line of text per order action, and SHA-256 over them.
//!
//! Two runs with the same digest asked the venue for the same things in the
//! same order. Times, signatures and measurements are not in it.

use super::Specs;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use types::{
    Action, InstrumentSpec, Kind, OrderFields, OrderFlags, OrderType, Record, SpecGrid, SpecMoney,
    SpecName,
};

/// The line of one order action, with its LF (DESIGN section 8):
///
/// `action|client_order_id|instrument|side|type|tif|price|qty|flags`
///
/// - action: `place`, `amend` or `cancel`.
/// - instrument: our id, `id`.
/// - place and amend: side, type and time in force in the field's words; price
///   and quantity with all the decimals of the specification; an amendment
///   carries the new ones. The price of a market order is empty.
/// - flags: `reduce_only` or empty.
/// - cancel: everything after the instrument is empty, since a cancel says only
///   which order.
#[must_use]
pub fn order_line(order: &OrderFields, spec: &InstrumentSpec, id: &str) -> String {
    let action = order.action();
    let mut line = format!("{}|{}|{id}|", action.as_str(), order.id());
    if action == Action::Cancel {
        line.push_str("|||||\n");
        return line;
    }
    let price = match order.order_type() {
        OrderType::Limit => spec.price(order.price).to_string(),
        OrderType::Market => String::new(),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        line,
        "{}|{}|{}|{price}|{}|{}",
        order.side(),
        order.order_type(),
        order.time_in_force(),
        spec.qty(order.qty),
        OrderFlags::text(order.flags),
    );
    line
}

/// SHA-256 over the lines of all order actions so far.
#[derive(Clone, Debug)]
pub struct OrderDigest {
    specs: Specs,
    hash: Sha256,
    actions: u64,
    places: u64,
}

impl OrderDigest {
    /// Over no order yet. `ids` as in [`Specs::new`].
    #[must_use]
    pub fn new(ids: Arc<[String]>) -> Self {
        Self { specs: Specs::new(ids), hash: Sha256::new(), actions: 0, places: 0 }
    }

    /// Takes in one record; answers the line when it was an order action.
    pub fn on_record(&mut self, record: &Record) -> Option<String> {
        self.specs.on_record(record);
        if record.kind() != Some(Kind::Action) {
            return None;
        }
        let order: OrderFields = record.body();
        let line = match self.specs.get(record.instrument) {
            Some(spec) => order_line(&order, spec, &self.specs.name(record.instrument)),
            None => order_line(&order, &bare_spec(record), &self.specs.name(record.instrument)),
        };
        self.hash.update(line.as_bytes());
        self.actions += 1;
        self.places += u64::from(order.action() == Action::Place);
        Some(line)
    }

    /// The digest so far.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// The digest so far in 64 lower-case hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.bytes())
    }

    /// Order actions so far.
    #[must_use]
    pub const fn actions(&self) -> u64 {
        self.actions
    }

    /// Orders placed so far.
    #[must_use]
    pub const fn places(&self) -> u64 {
        self.places
    }

    /// The specifications told so far.
    #[must_use]
    pub const fn specs(&self) -> &Specs {
        &self.specs
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An action before its instrument's specification: prices print as mantissas.
fn bare_spec(record: &Record) -> InstrumentSpec {
    use bytemuck::Zeroable;
    InstrumentSpec::from_bodies(
        record.instrument,
        &SpecName::zeroed(),
        &SpecGrid::zeroed(),
        &SpecMoney::zeroed(),
    )
}
