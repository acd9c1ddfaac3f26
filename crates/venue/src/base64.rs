//! Base64 with padding (RFC 4648 section 4), for signatures and for keys in PEM.
//!
//! Used by the signer. Cold but for the 88 characters of an Ed25519 signature.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The 88 characters of 64 bytes.
pub(crate) fn encode64(bytes: &[u8; 64]) -> [u8; 88] {
    let mut text = [b'='; 88];
    for (quad, part) in text.as_chunks_mut::<4>().0.iter_mut().zip(bytes.chunks(3)) {
        let mut three = [0; 4];
        three[1..=part.len()].copy_from_slice(part);
        let bits = u32::from_be_bytes(three);
        // One character more than bytes; what is left of four stays padding.
        for (index, character) in quad.iter_mut().take(part.len() + 1).enumerate() {
            *character = ALPHABET[(bits >> (18 - 6 * index)) as usize & 63];
        }
    }
    text
}

/// The bytes of `text`, in which white space does not count; `None` when it is
/// not base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held, mut padding) = (0_u32, 0, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        if byte == b'=' {
            padding += 1;
            continue;
        }
        let value = ALPHABET.iter().position(|known| *known == byte).filter(|_| padding == 0)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0x3_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    // Whole bytes only, and padded to a multiple of four.
    let whole = bits & ((1 << held) - 1) == 0 && held < 6;
    (whole && padding == [0, 2, 1][bytes.len() % 3]).then_some(bytes)
}
