//! Tickets: what a browser holds for a session, a one-time link or a half-done sign-in.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Characters of every ticket: base64url of 32 bytes.
const LENGTH: usize = 43;

/// 256 random bits as text. Only its [`TicketDigest`] is stored, so that whoever reads the database
/// cannot act for anybody. Redacted in `Debug`, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Ticket(String);

impl Ticket {
    /// A ticket from 32 bytes of a CSPRNG.
    pub fn generate(mut random: [u8; 32]) -> Self {
        let ticket = Self(URL_SAFE_NO_PAD.encode(random));
        random.zeroize();
        ticket
    }

    /// What a browser sent, if it can be a ticket at all.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = text.len() == LENGTH && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text, for the browser that it is made for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it. 256 random bits need no slow hash.
    pub fn digest(&self) -> TicketDigest {
        TicketDigest(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes())))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket([redacted])")
    }
}

/// SHA-256 of a ticket in base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketDigest(String);

impl TicketDigest {
    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
