//! Signatures against vectors that nobody here wrote (VENUES.md section 2.1).

use super::*;

const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

#[test]
fn rest_vector() {
    let query = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
    let expected = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    assert_eq!(hmac_hex(SECRET, query.as_bytes()), expected);
    for (query, body) in [
        (format!("{query}&signature=ff"), String::new()),
        (format!("signature=ff&{query}"), String::new()),
        (String::new(), format!("{query}&signature=ff")),
    ] {
        assert_eq!(hmac_hex(SECRET, rest_payload(&query, &body).as_bytes()), expected);
    }
}

#[test]
fn api_vectors() {
    let base = [
        ("timestamp", "1645423376532"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("apiKey", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"),
        ("signature", "ignored"),
    ];
    let ascii = [
        ("side", "SELL"),
        ("symbol", "BTCUSDT"),
        ("price", "52000.00"),
        ("quantity", "0.01000000"),
        ("recvWindow", "100"),
    ];
    let wide = [
        ("side", "BUY"),
        ("symbol", "１２３４５６"),
        ("price", "0.10000000"),
        ("quantity", "1.00000000"),
        ("recvWindow", "5000"),
    ];
    for (rest, expected) in [
        (ascii, "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"),
        (wide, "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"),
    ] {
        let pairs = base.iter().chain(&rest);
        let params: Vec<(String, String)> =
            pairs.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(hmac_hex(SECRET, api_payload(&params).as_bytes()), expected);
    }
}

/// The Ed25519 vector of the venue's FIX documentation (VENUES.md section 2.1).
#[test]
fn ed25519_vector() {
    let private = "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u";
    let seed: [u8; 32] = base64(private).unwrap()[16..].try_into().unwrap();
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    let mut der = SPKI_HEAD.to_vec();
    der.extend_from_slice(public.as_bytes());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", encode(&der));
    let key = Ed25519Key::parse("k", &pem).unwrap();
    assert_eq!(key, Ed25519Key::parse("k", &encode(public.as_bytes())).unwrap());
    let payload = "A\u{1}EXAMPLE\u{1}SPOT\u{1}1\u{1}20240627-11:17:25.223";
    let signature =
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==";
    assert!(key.verifies(payload.as_bytes(), signature));
    assert!(!key.verifies(payload.to_lowercase().as_bytes(), signature));
    for bad in ["", "=", "A", "????", &signature[4..]] {
        assert!(!key.verifies(payload.as_bytes(), bad), "{bad}");
        assert!(Ed25519Key::parse("k", bad).is_err());
    }
}

/// Base64, the other way, by the slow and obvious road.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |n: usize| bytes.get(n / 8).map_or(0, |byte| usize::from(byte >> (7 - n % 8) & 1));
    let letters =
        (0..bytes.len() * 8).step_by(6).map(|n| (0..6).fold(0, |v, k| v << 1 | bit(n + k)));
    let mut text: String = letters.map(|v| char::from(alphabet[v])).collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
