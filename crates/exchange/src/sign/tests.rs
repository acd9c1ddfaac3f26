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
