//! Signatures against published vectors and against another library.

use crate::Signer;
use crate::sign::SignedParams;
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha2::Sha256;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The key pair of binance-spot-api-docs, published for tests.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

fn signer() -> Signer {
    Signer::new(KEY, SECRET).unwrap()
}

/// The same by other hands: the hmac and sha2 crates.
pub(super) fn twin(secret: &str, payload: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload);
    mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sign(payload: &str) -> String {
    String::from_utf8(signer().sign(payload.as_bytes()).to_vec()).unwrap()
}

#[test]
fn rest_vector_of_the_spot_documents() {
    let query = signer().rest_query(&[
        ("symbol", "LTCBTC"),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("quantity", "1"),
        ("price", "0.1"),
        ("recvWindow", "5000"),
        ("timestamp", "1499827319559"),
    ]);
    let signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    assert_eq!(
        query,
        format!(
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1\
             &recvWindow=5000&timestamp=1499827319559&signature={signature}"
        )
    );
}

#[test]
fn rest_encodes_before_it_signs() {
    let query = signer().rest_query(&[
        ("symbol", "１２３４５６"),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("quantity", "1"),
        ("price", "0.1"),
        ("recvWindow", "5000"),
        ("timestamp", "1499827319559"),
    ]);
    assert!(query.starts_with("symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&"));
    let signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3";
    assert!(query.ends_with(&format!("&signature={signature}")));
}

#[test]
fn rest_query_without_parameters_is_only_a_signature() {
    assert_eq!(signer().rest_query(&[]), format!("signature={}", twin(SECRET, b"")));
    let one = signer().rest_query(&[("timestamp", "1578963600000")]);
    let signature = "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4";
    assert_eq!(one, format!("timestamp=1578963600000&signature={signature}"));
}

#[test]
fn websocket_vector_of_the_spot_documents() {
    let payload = format!(
        "apiKey={KEY}&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL\
         &symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
    );
    let signature = "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24";
    assert_eq!(sign(&payload), signature);
    // The same request, written and signed in one pass.
    let mut buffer = [0; 1024];
    let mut params = SignedParams::open(&signer(), 7, "order.place", &mut buffer).unwrap();
    params.text("price", b"52000.00");
    params.text("quantity", b"0.01000000");
    params.integer("recvWindow", 100);
    params.text("side", b"SELL");
    params.text("symbol", b"BTCUSDT");
    params.text("timeInForce", b"GTC");
    params.integer("timestamp", 1_645_423_376_532);
    params.text("type", b"LIMIT");
    let length = params.close().unwrap();
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(text.ends_with(&format!(r#","signature":"{signature}"}}}}"#)), "{text}");
    assert!(text.starts_with(r#"{"id":7,"method":"order.place","params":{"apiKey":"vmPU"#));
}

#[test]
fn websocket_text_is_signed_raw() {
    let mut buffer = [0; 1024];
    let mut params = SignedParams::open(&signer(), 1, "order.place", &mut buffer).unwrap();
    params.text("price", b"0.10000000");
    params.text("quantity", b"1.00000000");
    params.integer("recvWindow", 5000);
    params.text("side", b"BUY");
    params.text("symbol", "１２３４５６".as_bytes());
    params.text("timeInForce", b"GTC");
    params.integer("timestamp", 1_645_423_376_532);
    params.text("type", b"LIMIT");
    let length = params.close().unwrap();
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(text.contains("b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"));
}

#[test]
fn every_hmac_vector_of_the_shared_file() {
    let data = std::env::var_os("ALTHING_DATA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into(),
        PathBuf::from,
    );
    let path = data.join("signing/vectors.json");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {} is missing; set ALTHING_DATA", path.display());
        return;
    };
    let vectors: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let entries = vectors["hmac_sha256_hex"].as_array().unwrap();
    assert!(entries.len() >= 5);
    for entry in entries {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let (secret, payload, wanted) = (text("secret"), text("payload"), text("signature"));
        let signer = Signer::new("key", secret).unwrap();
        let seen = String::from_utf8(signer.sign(payload.as_bytes()).to_vec()).unwrap();
        assert_eq!(seen, wanted, "{}", entry["name"]);
    }
}

#[test]
fn prints_no_secret() {
    let text = format!("{:?}", signer());
    assert!(!text.contains(SECRET) && !text.contains(KEY), "{text}");
    assert!(text.contains("redacted"));
    assert_eq!(signer().api_key(), KEY);
}

#[test]
fn refuses_keys_that_would_break_a_request() {
    for (key, secret) in
        [("", "s"), ("k", ""), ("a\"b", "s"), ("a\\", "s"), ("ключ", "s"), ("a b", "s")]
    {
        assert!(Signer::new(key, secret).is_err(), "{key}");
    }
    assert!(Signer::new("test-key", "test-secret").is_ok());
}

proptest! {
    #[test]
    fn prop_equals_the_other_library(secret in "[!-~]{1,200}", payload in prop::collection::vec(any::<u8>(), 0..300)) {
        let signer = Signer::new("k", &secret).unwrap();
        let seen = String::from_utf8(signer.sign(&payload).to_vec()).unwrap();
        prop_assert_eq!(seen, twin(&secret, &payload));
    }
}
