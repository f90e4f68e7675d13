//! API Secrets in the clear: made, presented, and what damage can be told offline.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// `km_`: lets scanners find leaked secrets. Never changes once released.
const PREFIX: &str = "km_";
/// `ks_`: the same of what provisions an organization's members, which must never be mistaken for an
/// API Secret.
const PROVISIONING: &str = "ks_";
/// `kmr_`: the same of refresh tokens.
pub(crate) const REFRESH: &str = "kmr_";
/// 62^43 > 2^256, so 43 digits hold 32 bytes.
const DIGITS: usize = 43;
/// 62^6 > 2^32, so 6 digits hold a CRC-32.
const CHECKSUM: usize = 6;
const BODY: usize = PREFIX.len() + DIGITS;
/// The length of every API Secret, in bytes.
pub const SECRET_LENGTH: usize = BODY + CHECKSUM;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API Secret, the OAuth `client_secret`: `km_`, 43 base62 digits of 256 random bits, and a
/// 6-digit checksum. Only letters, digits and `_`, so that no encoding changes it.
///
/// Redacted in `Debug`, no `Display`, wiped when dropped; stored only as a
/// [`SecretDigest`](crate::digest::SecretDigest).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ApiSecret(String);

impl ApiSecret {
    /// A secret from 32 bytes of a CSPRNG.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(generate(PREFIX, random))
    }

    /// The text, to show once to whoever created it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret([redacted])")
    }
}

/// The secret by which a provisioning client opens an organization's SCIM resources, and nothing else:
/// shaped like an API Secret under a prefix of its own, and kept like one.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ProvisioningSecret(String);

impl ProvisioningSecret {
    /// A secret from 32 bytes of a CSPRNG.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(generate(PROVISIONING, random))
    }

    /// The text, to show once to whoever created it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProvisioningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvisioningSecret([redacted])")
    }
}

pub(crate) fn generate(prefix: &str, mut random: [u8; 32]) -> String {
    // Never grown: what it had grown out of would not be wiped.
    let mut text = String::with_capacity(prefix.len() + DIGITS + CHECKSUM);
    text.push_str(prefix);
    push_base62(&mut text, &mut random, DIGITS);
    let mut sum = crc32fast::hash(text.as_bytes()).to_be_bytes();
    push_base62(&mut text, &mut sum, CHECKSUM);
    text
}

/// Appends the big-endian `number` as `digits` base62 digits, wiping it on the way: each digit is
/// the remainder of one long division by 62.
fn push_base62(text: &mut String, number: &mut [u8], digits: usize) {
    let mut reversed = Zeroizing::new([0; DIGITS]);
    for digit in reversed.iter_mut().take(digits) {
        let mut remainder = 0;
        for byte in number.iter_mut() {
            let value = remainder * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    text.extend(reversed.iter().take(digits).rev().map(|&digit| char::from(digit)));
}

/// What can be seen of a presented secret without knowing any stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It holds characters that no API Secret has, as after wrong or missing URL encoding.
    Encoding,
    /// It is shorter or longer than an API Secret, or does not start as one.
    Shape,
    /// Its checksum does not fit: mistyped, or cut and pasted from two places.
    Checksum,
}

/// A secret as a client presented it: any text, held in the room of a well-formed one so that
/// checking it costs the same whatever its length. Redacted in `Debug`, wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct PresentedSecret {
    bytes: [u8; SECRET_LENGTH],
    #[zeroize(skip)]
    damage: Option<Damage>,
}

impl PresentedSecret {
    /// Takes the text that a request carried.
    pub fn new(text: &str) -> Self {
        Self::with_prefix(text, PREFIX)
    }

    /// The same where a [`ProvisioningSecret`] is expected.
    pub fn provisioning(text: &str) -> Self {
        Self::with_prefix(text, PROVISIONING)
    }

    fn with_prefix(text: &str, prefix: &str) -> Self {
        let mut bytes = [0; SECRET_LENGTH];
        let length = text.len().min(SECRET_LENGTH);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        Self { bytes, damage: damage(text, prefix) }
    }

    /// The bytes to hash: cut or padded with zeros to [`SECRET_LENGTH`].
    pub(crate) fn bytes(&self) -> &[u8; SECRET_LENGTH] {
        &self.bytes
    }

    /// What is visibly wrong with it; a secret with damage never matches.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }
}

impl fmt::Debug for PresentedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedSecret([redacted])")
    }
}

pub(crate) fn damage(text: &str, prefix: &str) -> Option<Damage> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Some(Damage::Encoding)
    } else if text.len() != prefix.len() + DIGITS + CHECKSUM || !text.starts_with(prefix) {
        Some(Damage::Shape)
    } else if !checksum_fits(text) {
        Some(Damage::Checksum)
    } else {
        None
    }
}

fn checksum_fits(text: &str) -> bool {
    let (body, found) = text.split_at(text.len() - CHECKSUM);
    let mut expected = String::with_capacity(CHECKSUM);
    let mut sum = crc32fast::hash(body.as_bytes()).to_be_bytes();
    push_base62(&mut expected, &mut sum, CHECKSUM);
    found == expected
}
