//! Files of bars: what is read, and the sentence for what is not.

use crate::bars::file::{BarFile, FileFault, Gap};
use proptest::prelude::*;
use std::io::{BufReader, Read};
use types::{Nanos, Price, Qty};

const HEADER: &str = "time_ms,open,high,low,close,volume\n";

fn read(text: impl AsRef<[u8]>) -> Result<BarFile, FileFault> {
    BarFile::read(text.as_ref())
}

fn refusal(rows: impl AsRef<[u8]>) -> String {
    let text = [HEADER.as_bytes(), rows.as_ref()].concat();
    read(text).expect_err("a fault").to_string()
}

#[test]
fn reads_exact_prices_exponents_included() {
    let rows = "1704067200000,1.3e-06,1.31e-06,0.00000129,1.3E-6,46866196360\n\
        1704067500000,2e-6,2e-6,2e-6,2.0000e-6,0\n";
    let file = read([HEADER, rows].concat()).expect("a good file");
    assert_eq!((file.price_places, file.volume_places, file.rounded), (8, 0, 0));
    let bar = file.bars[0];
    assert_eq!([bar.open, bar.high, bar.low, bar.close], [130, 131, 129, 130].map(Price));
    assert_eq!((bar.volume, bar.interval), (Qty(46_866_196_360), Nanos::from_ms(300_000)));
    assert_eq!((file.bars[1].close, file.bars[1].volume), (Price(200), Qty(0)));
}

#[test]
fn finds_its_columns_in_any_order_among_others() {
    let text = "\u{feff}Volume, symbol,LOW,high,\"open\",close,Open_Time\r\n\
        1.50,BTC,1,3,2,\"2.5\",0\r\n\n2,BTC,1,3,2,2,60000";
    let file = read(text).expect("a good file");
    assert_eq!(file.bars.len(), 2);
    let bar = file.bars[0];
    assert_eq!([bar.open, bar.high, bar.low, bar.close], [20, 30, 10, 25].map(Price));
    assert_eq!((bar.volume, file.volume_places), (Qty(15), 1));
}

#[test]
fn states_gaps_and_reads_on() {
    let rows = "0,1,1,1,1,1\n60000,1,1,1,1,1\n240000,1,1,1,1,1\n300000,1,1,1,1,1\n";
    let file = read([HEADER, rows].concat()).expect("a good file");
    assert_eq!(file.gaps, [Gap { row: 4, missing: 2 }]);
    assert_eq!(file.bars.iter().map(|bar| bar.skipped).collect::<Vec<_>>(), [0, 0, 2, 0]);
}

#[test]
fn rounds_what_no_mantissa_holds_and_says_so() {
    let rows = "0,0.10000000000000001,67890.12345678901234567890,0.1,0.30000000000000004,1e-30\n\
        60000,1,1,1,1,12345678901234567890123\n";
    let error = read([HEADER, rows].concat()).expect_err("too large a volume").to_string();
    assert!(error.starts_with("row 3: volume is \"12345678901234567890123\""), "{error}");
    let rows = rows.lines().next().expect("a row");
    let file = read([HEADER, rows].concat()).expect("a good file");
    // Five digits before the point leave ten of the fifteen behind it.
    assert_eq!((file.price_places, file.volume_places), (10, 0));
    assert_eq!(file.bars[0].high, Price(678_901_234_567_890));
    assert_eq!(
        (file.bars[0].open, file.bars[0].close),
        (Price(1_000_000_000), Price(3_000_000_000))
    );
    // One of them both when it was read and when all were brought to one scale: once.
    assert_eq!((file.rounded, file.first_rounded), (4, Some(2)));
}

#[test]
fn refuses_numbers_that_are_none() {
    for (cell, what) in [
        ("", "row 2: close is \"\": give a number"),
        ("NaN", "row 2: close is \"NaN\": that is no number"),
        ("inf", "row 2: close is \"inf\": that is no number"),
        ("-inf", "row 2: close is \"-inf\": that is no number"),
        ("1,5", "row 2: has 7 columns, the header has 6"),
        ("0x10", "row 2: close is \"0x10\": that is no number"),
        ("1e", "row 2: close is \"1e\": that is no number"),
        ("1e99", "row 2: close is \"1e99\": that is beyond the range of a price"),
        ("1e99999999999", "row 2: close is \"1e99999999999\": that is beyond the range of a price"),
        ("-1", "row 2: close is -1; a price must be above zero"),
        ("0", "row 2: close is 0; a price must be above zero"),
        ("1e-40", "row 2: close is 0; a price must be above zero"),
        ("3", "row 2: close 3 is above high 2"),
        ("0.5", "row 2: close 0.5 is below low 1"),
    ] {
        assert_eq!(refusal(format!("0,1,2,1,{cell},1\n")), what);
    }
    assert_eq!(refusal("0,1,1,2,1,1\n"), "row 2: open 1 is below low 2");
    assert_eq!(refusal("0,1,1,1,1,-1\n"), "row 2: volume is -1; it must not be negative");
    assert_eq!(refusal("0.5,1,1,1,1,1\n"), "row 2: time_ms is \"0.5\": give whole milliseconds");
    assert_eq!(refusal("0,1,1\n"), "row 2: has 3 columns, the header has 6");
}

#[test]
fn refuses_times_of_another_unit_or_order() {
    assert_eq!(
        refusal("1704067200,1,1,1,1,1\n"),
        "row 2: time_ms 1704067200 looks like seconds; multiply by 1000"
    );
    for time in ["1704067200000000", "1704067200000000000"] {
        let sentence = "looks like microseconds or nanoseconds; give milliseconds";
        assert_eq!(
            refusal(format!("{time},1,1,1,1,1\n")),
            format!("row 2: time_ms {time} {sentence}")
        );
    }
    let row = |time: &str| format!("{time},1,1,1,1,1\n");
    let rows = |times: &[&str]| times.iter().map(|time| row(time)).collect::<String>();
    assert_eq!(
        refusal(rows(&["60000", "120000", "120000"])),
        "row 4: time_ms 120000 is that of row 3 again; drop one of them"
    );
    assert_eq!(
        refusal(rows(&["60000", "120000", "0"])),
        "row 4: time_ms 0 is older than row 3; sort the rows by time"
    );
    assert_eq!(
        refusal(rows(&["0", "60000", "150000"])),
        "row 4: it comes 90000 ms after row 3, which is no multiple of the shortest step, 60000 \
            ms; give bars of one length"
    );
}

#[test]
fn refuses_headers_that_do_not_name_every_column_once() {
    let of = |header: &str| read(header).expect_err("a fault").to_string();
    assert_eq!(
        of("time_ms,open,high,low,close\n"),
        "row 1: column volume is missing; the header must name time_ms, open, high, low, close, \
            volume, it names time_ms, open, high, low, close"
    );
    assert_eq!(
        of("time,time_ms,open,high,low,close,volume\n"),
        "row 1: column time_ms is there twice; keep one"
    );
    assert!(of("1704067200000,1,1,1,1,1\n").starts_with("row 1: column time_ms is missing"));
}

#[test]
fn refuses_files_that_are_no_tables() {
    let of = |text: &[u8]| read(text).expect_err("a fault").to_string();
    assert_eq!(of(b""), "is empty; give a header and at least one bar");
    assert_eq!(of(HEADER.as_bytes()), "has no bars: there is nothing below the header");
    assert_eq!(
        of(b"\n\n"),
        "row 1: column time_ms is missing; the header must name time_ms, open, \
        high, low, close, volume, it names "
    );
    let latin = [HEADER.as_bytes(), b"0,1,1,1,1,\xe9\n"].concat();
    assert_eq!(of(&latin), "row 2: byte 10 is no UTF-8 text; save the file as UTF-8");
    let long = [HEADER, "0,1,1,1,1,", &"0".repeat(70_000)].concat();
    assert_eq!(of(long.as_bytes()), "row 2: is longer than 65536 bytes; is this a table of bars?");
}

#[test]
fn names_the_row_where_a_compressed_file_breaks() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let rows: String = (0..20_000).map(|row| format!("{},1,1,1,1,{row}\n", row * 1_000)).collect();
    packed.write_all([HEADER, &rows].concat().as_bytes()).expect("in memory");
    let packed = packed.finish().expect("in memory");
    let open = |packed: &[u8]| {
        let mut whole = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut whole).map(|_| ())
    };
    assert!(open(&packed).is_ok());
    let of = |packed: &[u8]| BarFile::read(BufReader::new(flate2::read::GzDecoder::new(packed)));
    assert_eq!(of(&packed).expect("a good file").bars.len(), 20_000);
    let cut = of(&packed[..packed.len() / 2]).expect_err("a fault");
    assert!(cut.row > 2 && cut.sentence.contains("ends too early"), "{cut}");
    let mut bad = packed.clone();
    bad[packed.len() / 2] ^= 0xff;
    assert!(of(&bad).is_err());
}

proptest! {
    #[test]
    fn prop_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read([HEADER.as_bytes(), &bytes].concat());
    }

    #[test]
    fn prop_any_numbers_are_read_or_refused(
        rows in prop::collection::vec("[0-9]{1,14},([+-]?[0-9.e-]{0,24},){4}[0-9.e]{0,24}", 1..6),
    ) {
        let _ = read([HEADER, &rows.join("\n")].concat());
    }

    /// What was written comes back, whatever form it was written in.
    #[test]
    fn prop_prices_survive_both_ways_of_writing(mantissa in 1..1_000_000_000_i64, places in 0..9_u8) {
        let plain = types::Decimal::new(mantissa, places);
        let row = format!("0,{plain},{mantissa}e-{places},{plain},{plain},1\n");
        let file = read([HEADER, &row].concat()).expect("a good file");
        let bar = file.bars[0];
        prop_assert_eq!(bar.open, bar.high);
        prop_assert_eq!(types::Decimal::new(bar.open.0, file.price_places).trimmed(), plain.trimmed());
        prop_assert_eq!(file.rounded, 0);
    }
}
