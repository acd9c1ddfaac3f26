//! What it costs to encode and sign a new order, beside the hash alone.
//!
//! Run by hand: `cargo run --release -p venue --example encode_cost`. The hash
//! of a text of the same length by the same library is the yardstick: nothing
//! that signs so can be faster. Rounds are interleaved; a time is the least.
#![allow(clippy::disallowed_methods, reason = "a measurement by hand asks the clock")]

use std::hint::black_box;
use std::time::Instant;
use types::{
    Action, ClientOrderId, InstrumentId, InstrumentSpec, MemberId, Money, OrderFields, OrderType,
    Price, Qty, Side, Symbol, TimeInForce,
};
use venue::{Dialect, OrderSession, Request, Signer};

const ROUNDS: usize = 41;
const ORDERS: u64 = 2_000;
/// A 64-character name, as Binance gives; a published key of no account.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
/// The private key that fix-api.md publishes.
const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u";

fn main() {
    let signed = Signer::new(KEY, "secret").expect("a key");
    let alone = Signer::new(KEY, "secret").expect("a key");
    let session = OrderSession::new(Dialect::BinanceUsdm, signed, 5000);
    let log_on = Signer::ed25519(KEY, PRIVATE).expect("a key");
    let mut logged_on = OrderSession::new(Dialect::BinanceUsdm, log_on, 5000);
    logged_on.set_logged_on(true);
    let spec = spec();
    let mut buffer = [0; OrderSession::BUFFER];
    let mut least = [f64::MAX; 4];
    for _ in 0..ROUNDS {
        let round = [
            each(|index| place(&session, index, &spec, &mut buffer)),
            each(|index| place(&logged_on, index, &spec, &mut buffer)),
            // The text of such an order is 243 bytes long.
            each(|index| {
                let mut text = [b'x'; 243];
                text[0] = index as u8;
                usize::from(black_box(alone.sign(&text)).as_bytes()[0])
            }),
            each(|index| {
                let request = Request { id: index, timestamp_ms: 1_700_000_000_000 };
                let order = ClientOrderId::new(1, 2, index);
                session.encode_cancel(request, order, &spec, &mut buffer).expect("a cancel")
            }),
        ];
        for (best, spent) in least.iter_mut().zip(round) {
            *best = best.min(spent);
        }
    }
    println!("ns, least of {ROUNDS} rounds of {ORDERS}");
    println!("| place, HMAC | place, logged on | HMAC of 243 bytes alone | cancel, HMAC |");
    println!("|---|---|---|---|");
    println!("| {:.0} | {:.0} | {:.0} | {:.0} |", least[0], least[1], least[2], least[3]);
    println!("\nplace / hash alone: {:.2}", least[0] / least[2]);
}

fn each(mut work: impl FnMut(u64) -> usize) -> f64 {
    let start = Instant::now();
    let mut sum = 0_usize;
    for index in 0..ORDERS {
        sum = sum.wrapping_add(work(index));
    }
    black_box(sum);
    start.elapsed().as_nanos() as f64 / ORDERS as f64
}

fn place(session: &OrderSession, index: u64, spec: &InstrumentSpec, buffer: &mut [u8]) -> usize {
    let fields = OrderFields {
        order: ClientOrderId::new(1_700_000_000_000, 2, index).into(),
        price: Price(6_180_020 + i64::try_from(index).unwrap_or(0)),
        qty: Qty(14),
        action: Action::Place as u8,
        side: Side::Buy as u8,
        order_type: OrderType::Limit as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: 0,
        member: MemberId(0),
        strategy: 2,
    };
    let request = Request { id: index, timestamp_ms: 1_700_000_000_000 };
    session.encode_place(request, &fields, spec, buffer).expect("an order")
}

fn spec() -> InstrumentSpec {
    InstrumentSpec {
        id: InstrumentId(0),
        version: 1,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        price_decimals: 2,
        qty_decimals: 3,
        tick_size: Price(1),
        lot_size: Qty(1),
        min_qty: Qty(1),
        max_qty: Qty(1_000_000),
        min_notional: Money::ZERO,
        maker_ppm: 0,
        taker_ppm: 0,
    }
}
