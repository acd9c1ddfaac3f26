//! The hot half of the crate does not allocate once it is made.
#![allow(unsafe_code, reason = "a global allocator is unsafe by its trait")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use support::{frames, padded, shared, spec};
use types::{
    Action, ClientOrderId, InstrumentSpec, MemberId, OrderFields, OrderType, Price, Qty, Side,
    TimeInForce,
};
use venue::{DecodeError, Decoder, Dialect, OrderSession, Request, Signer, SpecTable};

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

/// Counts what this thread asks of the system's allocator.
struct Counting;

// SAFETY: every call goes to the system's allocator unchanged; the counter is
// a thread's own cell without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATED.get();
    work();
    ALLOCATED.get() - before
}

const DEPTH: &str = r#"{"stream":"x","data":{"e":"depthUpdate","E":1,"T":2,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[["58710.20","0.014"]],"a":[["61800.30","3.330"],["61800.40","0.000"]]}}"#;
const TRADE: &str = r#"{"e":"trade","E":1,"T":2,"s":"BTCUSDT","t":5,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;

const SPOT: [&str; 2] = [
    r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["61737.63000000","0.00000000"]],"a":[]}"#,
    r#"{"u":5,"s":"BTCUSDT","b":"61837.63000000","B":"3.78000000","a":"61837.64000000","A":"1.54000000"}"#,
];

fn table() -> SpecTable {
    let mut specs = SpecTable::new(4);
    specs.insert(spec(0, "BTCUSDT", 2, 3)).expect("room");
    specs
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8; 100]))), 1);
}

/// Each kind of frame, good, bad and worst, without a frame to get warm on.
#[test]
fn no_frame_makes_a_decoder_allocate() {
    const MAX: usize = 64 << 10;
    let specs = table();
    let book = spec(0, "BTCUSDT", 2, 3);
    let full = |head: &str, piece: &str, tail: &str| {
        let count = (MAX - head.len() - tail.len()) / (piece.len() + 1);
        format!("{head}{}{tail}", vec![piece; count].join(","))
    };
    let levels = full(
        r#"{"e":"depthUpdate","E":1,"T":2,"s":"BTCUSDT","U":10,"u":20,"pu":9,"b":[],"a":["#,
        r#"["1","1"]"#,
        "]}",
    );
    let mut inputs: Vec<Vec<u8>> = [DEPTH, TRADE, &levels, "", "{", "{}", "[1,2"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    for byte in [b'[', b'{', b',', b':', b'"', b'1', b' ', 0, 0xff] {
        inputs.push(vec![byte; MAX]);
    }
    inputs.push([vec![b'['; MAX / 2], vec![b']'; MAX / 2]].concat());
    inputs.push(br#"{"a":"\u00e9\n\\","#.repeat(MAX / 20));
    for input in &inputs {
        // A new decoder for each: nothing but its own warming has made room.
        let mut decoder = Decoder::new(Dialect::BinanceUsdm, MAX);
        let (mut a, mut b, mut c, mut d) =
            (padded(input), padded(input), padded(input), padded(input));
        let len = input.len();
        let count = allocations(|| {
            let _ = std::hint::black_box(decoder.decode(&mut a, len, &specs).map(|_| ()));
            let _ = std::hint::black_box(decoder.decode_snapshot(&mut b, len, &book).map(|_| ()));
            let _ = std::hint::black_box(decoder.decode_private(&mut c, len, &specs));
            let _ = std::hint::black_box(decoder.decode_reply(&mut d, len, &specs));
        });
        let shown = String::from_utf8_lossy(&input[..input.len().min(60)]).into_owned();
        assert_eq!(count, 0, "{len} bytes: {shown}");
    }
}

#[test]
fn a_hundred_thousand_decodes_allocate_nothing() {
    let usdm = spec(0, "BTCUSDT", 2, 3);
    decode_many(Dialect::BinanceUsdm, "captures/binance/usdm_btcusdt_20240808.gz", usdm);
    let spot = spec(0, "BTCUSDT", 8, 8);
    decode_many(Dialect::BinanceSpot, "captures/binance/spot_btcusdt_20240808.gz", spot);
}

fn decode_many(dialect: Dialect, name: &str, book: InstrumentSpec) {
    let mut specs = SpecTable::new(4);
    specs.insert(book).expect("room");
    let capture = shared(name).unwrap_or_else(|| {
        // Without the capture the samples have to do.
        let samples = if dialect == Dialect::BinanceUsdm { [DEPTH, TRADE] } else { SPOT };
        format!("1 {}\n1 {}\n", samples[0], samples[1]).into_bytes()
    });
    let mut decoder = Decoder::new(dialect, 1 << 18);
    let mut slot = vec![0; (1 << 18) + DecodeError::PADDING];
    let all: Vec<&[u8]> = frames(&capture).collect();
    let mut good = 0_u32;
    let count = allocations(|| {
        for frame in all.iter().cycle().take(100_000) {
            slot[..frame.len()].copy_from_slice(frame);
            let bytes = &mut slot[..frame.len() + DecodeError::PADDING];
            let fine = if frame.starts_with(b"{\"lastUpdateId\"") {
                decoder.decode_snapshot(bytes, frame.len(), &book).is_ok()
            } else {
                decoder.decode(bytes, frame.len(), &specs).is_ok()
            };
            good += u32::from(fine);
        }
    });
    assert_eq!((good, count), (100_000, 0), "{dialect}");
}

#[test]
fn ten_thousand_encodes_allocate_nothing() {
    // The key that fix-api.md publishes.
    const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u";
    for dialect in Dialect::ALL {
        let signer = Signer::new("test-key", "test-secret").expect("a key");
        encode_many(&OrderSession::new(*dialect, signer, 5000), *dialect);
        let signer = Signer::ed25519("test-key", PRIVATE).expect("a key");
        let mut session = OrderSession::new(*dialect, signer, 5000);
        session.set_logged_on(true);
        encode_many(&session, *dialect);
    }
}

fn encode_many(session: &OrderSession, dialect: Dialect) {
    let spec = spec(0, "BTCUSDT", 2, 3);
    let usdm = dialect == Dialect::BinanceUsdm;
    let mut buffer = [0; OrderSession::BUFFER];
    let mut good = 0;
    let count = allocations(|| {
        for index in 0..10_000 {
            let order = ClientOrderId::new(1, 2, index);
            let mut fields = OrderFields {
                order: order.into(),
                price: Price(6_180_020 + i64::try_from(index).unwrap_or(0)),
                qty: Qty(14),
                action: Action::Place as u8,
                side: Side::Buy as u8,
                order_type: OrderType::Limit as u8,
                time_in_force: TimeInForce::Gtc as u8,
                flags: u8::from(usdm),
                member: MemberId(0),
                strategy: 2,
            };
            let request = Request { id: index, timestamp_ms: 1_700_000_000_000 };
            let placed = session.encode_place(request, &fields, &spec, &mut buffer).is_ok();
            fields.action = Action::Amend as u8;
            if !usdm {
                // Spot moves no price.
                fields.price = Price(0);
            }
            let amended = session.encode_amend(request, &fields, &spec, &mut buffer).is_ok();
            let canceled = session.encode_cancel(request, order, &spec, &mut buffer).is_ok();
            let asked = session.encode_status(request, order, &spec, &mut buffer).is_ok();
            good += usize::from(placed && amended && canceled && asked);
        }
    });
    assert_eq!((good, count), (10_000, 0), "{dialect}");
}

#[test]
fn private_events_and_replies_allocate_nothing() {
    let specs = table();
    let id = ClientOrderId::new(1, 2, 3);
    let update = format!(
        r#"{{"e":"ORDER_TRADE_UPDATE","E":1,"T":2,"o":{{"s":"BTCUSDT","c":"{id}","S":"SELL","q":"0.010","p":"7103.10","x":"TRADE","X":"FILLED","i":8886774,"l":"0.004","z":"0.007","L":"7103.04","N":"USDT","n":"0.01136486","T":1568879465650,"t":77,"m":true}}}}"#
    );
    let reply = format!(
        r#"{{"id":42,"status":200,"result":{{"orderId":325078477,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"{id}","price":"43187.00","origQty":"0.100","executedQty":"0.020","cumQuote":"863.74","side":"BUY","updateTime":1702555534435}}}}"#
    );
    let mut decoder = Decoder::new(Dialect::BinanceUsdm, 4096);
    let (mut a, mut b) = (padded(update.as_bytes()), padded(reply.as_bytes()));
    let count = allocations(|| {
        for _ in 0..1000 {
            assert!(decoder.decode_private(&mut a, update.len(), &specs).is_ok());
            assert!(decoder.decode_reply(&mut b, reply.len(), &specs).is_ok());
        }
    });
    assert_eq!(count, 0);
}
