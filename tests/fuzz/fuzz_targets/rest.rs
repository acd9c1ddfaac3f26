//! REST bodies of every venue over arbitrary bytes: none may panic, and what is
//! taken must be usable.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| venue::fuzz_rest(bytes));
