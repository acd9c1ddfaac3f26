//! Messages of order sessions of every venue over arbitrary bytes: none may panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| venue::fuzz_reply(bytes));
