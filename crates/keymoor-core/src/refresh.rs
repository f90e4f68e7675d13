//! Refresh tokens (RFC 6749 §1.5), and what is stored of them and of the codes that lead to them.
//!
//! Each refresh token but the first is made from the one before, so that a client which lost an
//! answer gets the same one again though no text is stored.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    delegation::KEPT_EVERY,
    seal::{MasterKey, Purpose},
    secret::{REFRESH, damage, generate},
    ticket::Ticket,
};

/// A refresh token: `kmr_`, 43 base62 digits of 256 bits, and a 6-digit checksum, as an API Secret
/// under a prefix of its own. It is no JWT, so that nothing takes it for an access token.
///
/// Redacted in `Debug`, no `Display`, wiped when dropped; stored only as a [`GrantDigest`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken(String);

impl RefreshToken {
    /// The first of a grant, from 32 bytes of a CSPRNG.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(generate(REFRESH, random))
    }

    /// What a client sent, if it can be a refresh token at all.
    pub fn parse(text: &str) -> Option<Self> {
        damage(text, REFRESH).is_none().then(|| Self(text.to_owned()))
    }

    /// The text, for the client that it is made for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken([redacted])")
    }
}

/// The keys of grants, each for one purpose, derived from the master key: every server of a
/// database has the same.
pub struct GrantKeys {
    successor: hmac::Key,
    digest: hmac::Key,
}

impl GrantKeys {
    /// The keys under that master key.
    pub fn new(master: &MasterKey) -> Self {
        let key = |purpose| hmac::Key::new(hmac::HMAC_SHA256, master.derive(purpose).as_slice());
        Self { successor: key(Purpose::RefreshSuccessor), digest: key(Purpose::GrantDigest) }
    }

    /// The refresh token that takes the place of `token`: HMAC-SHA-256 of it, so the same each time,
    /// and known to nobody without the key.
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let tag = Zeroizing::new(mac(&self.successor, token.expose().as_bytes()));
        RefreshToken::generate(*tag)
    }

    /// What is stored of a refresh token.
    pub fn refresh_token(&self, token: &RefreshToken) -> GrantDigest {
        self.digest("refresh token", token.expose())
    }

    /// What is stored of those that came after `token`, if it ever was one: at least of one of these
    /// [`KEPT_EVERY`] something is.
    pub fn later(&self, token: &RefreshToken) -> Vec<GrantDigest> {
        let mut last = token.clone();
        let next = |_| {
            last = self.successor(&last);
            self.refresh_token(&last)
        };
        (0..KEPT_EVERY).map(next).collect()
    }

    /// What is stored of an authorization code (RFC 6749 §4.1.2).
    pub fn code(&self, code: &Ticket) -> GrantDigest {
        self.digest("code", code.expose())
    }

    /// What is stored of a device code (RFC 8628 §3.2).
    pub fn device_code(&self, code: &Ticket) -> GrantDigest {
        self.digest("device code", code.expose())
    }

    /// What is stored of a user code (RFC 8628 §3.2): `code` is its one canonical text.
    pub fn user_code(&self, code: &str) -> GrantDigest {
        self.digest("user code", code)
    }

    /// The kind stands before the text, so that no digest of one kind is one of another.
    fn digest(&self, kind: &str, text: &str) -> GrantDigest {
        let named = Zeroizing::new(format!("{kind}\n{text}"));
        GrantDigest(URL_SAFE_NO_PAD.encode(mac(&self.digest, named.as_bytes())))
    }
}

impl fmt::Debug for GrantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantKeys([redacted])")
    }
}

fn mac(key: &hmac::Key, text: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hmac::sign(key, text).as_ref());
    bytes
}

/// A keyed hash of a code or a refresh token in base64url: all that is stored of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GrantDigest(String);

impl GrantDigest {
    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
