//! Market messages and snapshots of every venue over arbitrary bytes: none may
//! panic, and the scanner of known forms says what the full parser says. What a
//! good frame means is not looked at here, the tests of `venue` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| venue::fuzz_decode(bytes));
