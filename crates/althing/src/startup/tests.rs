//! Which addresses a mode that plays with money may have, and what a venue says when
//! there was nothing to cancel.

use super::{host_of, is_for_play, is_nothing_to_cancel};

#[test]
fn a_real_exchange_is_no_place_to_play_however_it_is_written() {
    for url in [
        "https://fapi.binance.com",
        "https://FAPI.Binance.com.:443/fapi",
        "wss://ws-fapi.binance.com/ws-fapi/v1",
        "https://user:word@api.binance.com",
        "https://localhost.example.org",
        "https://127.0.0.1.example.org",
        "http://8.8.8.8:80",
        "wss://[2001:db8::1]:443/ws",
        "https://",
    ] {
        assert!(!is_for_play(&host_of(url)), "{url}");
    }
    for url in [
        "http://127.0.0.1:4000",
        "ws://localhost:9",
        "https://LOCALHOST",
        "http://10.1.2.3",
        "ws://192.168.0.7:1/x",
        "http://[::1]:80",
        "https://testnet.binancefuture.com",
        "wss://ws-api.testnet.binance.vision/ws-api/v3",
    ] {
        assert!(is_for_play(&host_of(url)), "{url}");
    }
}

#[test]
fn a_refusal_for_want_of_orders_is_what_was_wanted() {
    assert!(is_nothing_to_cancel(br#"{"code":-2011,"msg":"Unknown order sent."}"#));
    for body in [&br#"{"code":-1021,"msg":"-2011"}"#[..], b"", b"[]", b"{\"code\":\"-2011\"}"] {
        assert!(!is_nothing_to_cancel(body));
    }
}
