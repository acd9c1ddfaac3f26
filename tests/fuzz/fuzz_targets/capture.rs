//! Recordings over arbitrary bytes: what is in them, the bars of their trades, and
//! the simulated exchange that plays them. What a good one means is not looked at
//! here, the tests of `recording` and `exchange` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    recording::fuzz_recording(bytes);
    exchange::fuzz_capture(bytes);
});
