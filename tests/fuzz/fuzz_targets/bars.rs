//! Files of bars over arbitrary text, and indicators over what was understood. What a
//! value should be is not looked at here, the tests of `indicator` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| indicator::bars::fuzz_bars(bytes));
