//! Every decoder of every venue over arbitrary bytes. None may panic, hang or
//! grow; what a good frame means is not looked at here, the tests of `venue` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| venue::fuzz_decode(bytes));
