//! The entries of the fuzzers: every reader of foreign bytes, with what must
//! hold whatever the bytes are.
//!
//! Called by `tests/fuzz` and, over mutated samples, by this crate's own tests.
//! Never on the line.

use crate::{DecodeError, Decoded, Decoder, Depth, Dialect, LevelChange, SpecTable};
use std::cell::RefCell;
use types::{InstrumentId, InstrumentSpec, Money, Price, Qty, Symbol};

const MAX: usize = 1 << 16;

/// A decoder of each dialect, and the same instrument at the places of either
/// family: two and three, eight and eight, none at all.
struct Bench {
    decoders: Vec<Decoder>,
    tables: Vec<(InstrumentSpec, SpecTable)>,
}

impl Bench {
    fn new() -> Self {
        let table = |(price_decimals, qty_decimals)| {
            let spec = InstrumentSpec {
                id: InstrumentId(0),
                version: 1,
                symbol: Symbol::new("BTCUSDT").unwrap_or_default(),
                price_decimals,
                qty_decimals,
                tick_size: Price(1),
                lot_size: Qty(1),
                min_qty: Qty(1),
                max_qty: Qty(1_000_000),
                min_notional: Money::ZERO,
                maker_ppm: 200,
                taker_ppm: 500,
            };
            let mut table = SpecTable::new(1);
            // Invariant: the specification above has no defect.
            let _ = table.insert(spec);
            (spec, table)
        };
        Self {
            decoders: Dialect::ALL.iter().map(|dialect| Decoder::new(*dialect, MAX)).collect(),
            tables: [(2, 3), (8, 8), (0, 0)].map(table).into(),
        }
    }

    /// Calls `look` for each dialect and each table.
    fn each(&mut self, mut look: impl FnMut(&mut Decoder, &InstrumentSpec, &SpecTable)) {
        for decoder in &mut self.decoders {
            for (spec, table) in &self.tables {
                look(decoder, spec, table);
            }
        }
    }
}

fn on_bench(look: impl FnOnce(&mut Bench)) {
    thread_local! {
        static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
    }
    BENCH.with_borrow_mut(look);
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    // What stands behind a frame must not count: the ends of honest frames.
    padded.resize(bytes.len() + DecodeError::PADDING, b'}');
    padded
}

/// Market messages and snapshots. They must return, and the scanner and the
/// parser must agree.
///
/// # Panics
/// When they do not: that is what the fuzzer looks for.
pub fn fuzz_decode(bytes: &[u8]) {
    on_bench(|bench| {
        bench.each(|decoder, spec, table| {
            let scanned = decoder.decode(&mut padded(bytes), bytes.len(), table).map(hold);
            let parsed = decoder.decode_parsed(&mut padded(bytes), bytes.len(), table).map(hold);
            assert_eq!(scanned, parsed, "Invariant: the scanner never disagrees with the parser.");
            let snapshot = decoder.decode_snapshot(&mut padded(bytes), bytes.len(), spec);
            if let Ok(snapshot) = snapshot {
                let levels = snapshot.bids.iter().chain(snapshot.asks);
                assert!(levels.into_iter().all(|level| level.price.0 > 0 && level.qty.0 >= 0));
            }
        });
    });
}

/// Messages of private streams. They must return.
pub fn fuzz_private(bytes: &[u8]) {
    on_bench(|bench| {
        bench.each(|decoder, _, table| {
            let _ = decoder.decode_private(&mut padded(bytes), bytes.len(), table);
        });
    });
}

/// Messages of order sessions. They must return.
pub fn fuzz_reply(bytes: &[u8]) {
    on_bench(|bench| {
        bench.each(|decoder, _, table| {
            let _ = decoder.decode_reply(&mut padded(bytes), bytes.len(), table);
        });
    });
}

/// REST bodies. They must return, and what is taken must be usable.
///
/// # Panics
/// When a specification with a defect is handed out.
pub fn fuzz_rest(bytes: &[u8]) {
    for dialect in Dialect::ALL {
        if let Ok(specs) = dialect.parse_exchange_info(bytes, &["BTCUSDT"]) {
            assert!(specs.iter().all(|spec| spec.defect().is_none()));
        }
        let _ = dialect.parse_filters(bytes, &["BTCUSDT"]);
        let _ = dialect.parse_server_time(bytes);
        let _ = dialect.parse_account(bytes);
        let _ = dialect.parse_positions(bytes);
        let _ = dialect.parse_open_orders(bytes);
        let _ = dialect.parse_user_trades(bytes);
        let _ = dialect.parse_listen_key(bytes);
    }
}

/// A message apart from its decoder: its levels beside it.
fn hold(decoded: Decoded<'_>) -> (Decoded<'static>, Vec<LevelChange>) {
    let alone = match decoded {
        Decoded::Depth(depth) => {
            let levels = depth.levels.to_vec();
            return (Decoded::Depth(Depth { levels: &[], ..depth }), levels);
        }
        Decoded::Quote { instrument, update_id, quote } => {
            Decoded::Quote { instrument, update_id, quote }
        }
        Decoded::Trade { instrument, trade } => Decoded::Trade { instrument, trade },
        Decoded::AggTrade { instrument, trade } => Decoded::AggTrade { instrument, trade },
        Decoded::MarkPrice { instrument, mark } => Decoded::MarkPrice { instrument, mark },
        Decoded::Liquidation { instrument, liquidation } => {
            Decoded::Liquidation { instrument, liquidation }
        }
        Decoded::Kline { instrument, prices, volume } => {
            Decoded::Kline { instrument, prices, volume }
        }
        Decoded::Control => Decoded::Control,
        Decoded::ControlError { code } => Decoded::ControlError { code },
        Decoded::Unused(name) => Decoded::Unused(name),
        Decoded::UnusedUnknown => Decoded::UnusedUnknown,
        Decoded::UnknownSymbol => Decoded::UnknownSymbol,
    };
    (alone, Vec::new())
}
