//! ECDSA has two signatures for one: (r, s) and (r, n − s). Keymoor makes and takes only the one
//! with the smaller s, so that no byte of a token can be changed without breaking it.

/// The order n of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3), big-endian.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// n / 2, rounded down.
const HALF: [u8; 32] = [
    0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xDE, 0x73, 0x7D, 0x56, 0xD3, 0x8B, 0xCF, 0x42, 0x79, 0xDC, 0xE5, 0x61, 0x7E, 0x31, 0x92, 0xA8,
];

/// Whether the s of `signature` (r then s, 32 bytes each) is the smaller one.
pub(super) fn is_low(signature: &[u8]) -> bool {
    signature.get(32..64).is_some_and(|s| *s <= HALF[..])
}

/// Turns `signature` into the one of the two with the smaller s. Nothing here is secret.
pub(super) fn make_low(signature: &mut [u8; 64]) {
    if is_low(signature) {
        return;
    }
    let mut borrow = 0;
    for (digit, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let value = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(value < 0);
        *digit = value.rem_euclid(256).to_le_bytes()[0];
    }
}
