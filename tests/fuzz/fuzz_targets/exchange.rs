//! What a simulated exchange reads of others: the venue's messages in the paper
//! world, requests over WebSocket and REST, fault scripts. What a good one means is
//! not looked at here, the tests of `exchange` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| exchange::fuzz_exchange(bytes));
