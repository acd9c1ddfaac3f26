//! Signatures against published vectors and against another library.

use crate::params::{Params, TEXT, param};
use crate::session::{Call, Request};
use crate::write::{Digits, hex8, id_digits};
use crate::{Signer, base64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha2::Sha256;
use std::fmt::Write as _;
use std::path::PathBuf;
use types::{ClientOrderId, Decimal};

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
    let text = request(["BTCUSDT", "52000.00", "0.01000000", "SELL"], 100);
    assert!(text.ends_with(&format!(r#","signature":"{signature}"}}}}"#)), "{text}");
    assert!(text.starts_with(r#"{"id":7,"method":"order.place","params":{"apiKey":"vmPU"#));
}

/// A request as web-socket-api.md shows it.
fn request([symbol, price, quantity, side]: [&str; 4], recv_window_ms: u32) -> String {
    let signer = signer();
    let request = Request { id: 7, timestamp_ms: 1_645_423_376_532 };
    let call = Call { signer: &signer, request, recv_window_ms, logged_on: false };
    let (mut buffer, mut text) = ([0; 1024], [0; TEXT]);
    let mut params = Params::<true>::open(&call, "order.place", &mut buffer, &mut text).unwrap();
    param!(params, "price", price.as_bytes());
    param!(params, "quantity", quantity.as_bytes());
    params.recv_window();
    param!(params, "side", side.as_bytes());
    param!(params, "symbol", symbol.as_bytes());
    param!(params, "timeInForce", b"GTC");
    params.timestamp();
    param!(params, "type", b"LIMIT");
    let length = params.close().unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn websocket_text_is_signed_raw() {
    let text = request(["１２３４５６", "0.10000000", "1.00000000", "BUY"], 5000);
    assert!(text.contains("b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"));
}

/// The Ed25519 vector of fix-api.md: the one key pair that the venue published
/// whole.
#[test]
fn ed25519_vector_of_the_fix_documents() {
    const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{PRIVATE}\n-----END PRIVATE KEY-----\n");
    for key in [PRIVATE, &pem] {
        let signer = Signer::ed25519("sBRXrJx2", key).unwrap();
        assert!(signer.can_log_on());
        let payload = "A\u{1}EXAMPLE\u{1}SPOT\u{1}1\u{1}20240627-11:17:25.223";
        let seen = String::from_utf8(signer.sign(payload.as_bytes()).to_vec()).unwrap();
        assert_eq!(
            seen,
            "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="
        );
        // In a query, Base64 must be escaped.
        let query = signer.rest_query(&[("timestamp", "1")]);
        assert!(query.ends_with("%3D%3D") && !query.contains('+'), "{query}");
        assert!(!format!("{signer:?}").contains("MC4C"));
    }
    for (key, word) in [("", "Base64"), ("!", "Base64"), ("AAAA", "Ed25519"), (SECRET, "Ed25519")] {
        let refused = Signer::ed25519("k", key).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
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

/// RFC 4648 section 10, and what is no Base64.
#[test]
fn base64_reads_the_published_vectors() {
    for (plain, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9v\nYmFy"),
    ] {
        assert_eq!(base64::decode(text).as_deref(), Some(plain.as_bytes()), "{text}");
    }
    for wrong in ["Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=v", "Zm9v=", "Zm9-", "=", "Zé=="] {
        assert_eq!(base64::decode(wrong), None, "{wrong}");
    }
    let bytes: [u8; 64] = std::array::from_fn(|index| (index * 37 + 200) as u8);
    let text = base64::encode64(&bytes);
    assert_eq!(base64::decode(std::str::from_utf8(&text).unwrap()).as_deref(), Some(&bytes[..]));
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

    #[test]
    fn prop_digits_equal_the_general_writer(value: i64, small in 0_i64..2000, places in 0_u8..=18) {
        for value in [value, small, -small] {
            let decimal = Decimal::new(value, places);
            let text = decimal.to_string();
            prop_assert_eq!(Digits::new().decimal(decimal).to_vec(), text.as_bytes());
            let text = value.to_string();
            prop_assert_eq!(Digits::new().integer(value).to_vec(), text.as_bytes());
        }
    }

    #[test]
    fn prop_hex_equals_the_general_writer(bits: u32, id: u128) {
        prop_assert_eq!(hex8(bits).to_vec(), format!("{bits:08x}").into_bytes());
        prop_assert_eq!(id_digits(ClientOrderId(id)), ClientOrderId(id).digits());
    }
}
