//! Encryption at rest: signing keys and the pepper under the master key.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use zeroize::Zeroizing;

/// Bytes of the nonce that [`MasterKey::seal`] wants: fresh from a CSPRNG each time.
pub const SEAL_NONCE_LENGTH: usize = NONCE_LEN;

/// What is sealed. Each purpose has a key of its own, derived from the master key, so that one
/// ciphertext cannot stand in for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The private part of a token-signing key.
    SigningKey,
    /// The key under which API Secrets are hashed.
    Pepper,
    /// The secret of an account's time-based codes.
    Totp,
    /// The secret by which the server authenticates to an identity provider.
    ProviderSecret,
    /// What the server remembers of a sign-in that goes through an identity provider.
    SignOn,
    /// The portal's own: what proves that a form is ours, and what recovery codes are hashed under.
    Portal,
    /// What a refresh token's successor is made by.
    RefreshSuccessor,
    /// The key under which codes and refresh tokens are hashed.
    GrantDigest,
    /// A backup of everything.
    Backup,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::SigningKey => b"keymoor signing key",
            Self::Pepper => b"keymoor pepper",
            Self::Totp => b"keymoor totp",
            Self::ProviderSecret => b"keymoor provider secret",
            Self::SignOn => b"keymoor sign-on",
            Self::Portal => b"keymoor portal",
            Self::RefreshSuccessor => b"keymoor refresh successor",
            Self::GrantDigest => b"keymoor grant digest",
            Self::Backup => b"keymoor backup",
        }
    }
}

/// Sealed bytes: nonce, AES-256-GCM ciphertext, tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// The ciphertext does not open: another master key, another name, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be opened: wrong master key, or damaged")]
pub struct CannotOpen;

/// The key under which the others are kept. Redacted in `Debug`, wiped when dropped.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The master key from 32 bytes of a CSPRNG.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Seals `plain` for `purpose` under `name` (a key's id), which [`MasterKey::open`] must get
    /// again.
    pub fn seal(
        &self,
        purpose: Purpose,
        name: &str,
        nonce: [u8; SEAL_NONCE_LENGTH],
        plain: &[u8],
    ) -> Sealed {
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        let mut text = plain.to_vec();
        self.key(purpose)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.as_bytes()),
                &mut text,
            )
            .expect("AES-256-GCM seals any text shorter than 64 GiB");
        sealed.append(&mut text);
        Sealed(sealed)
    }

    /// Opens what [`MasterKey::seal`] made.
    pub fn open(
        &self,
        purpose: Purpose,
        name: &str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (nonce, text) = sealed.0.split_first_chunk::<NONCE_LEN>().ok_or(CannotOpen)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .key(purpose)
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(name.as_bytes()),
                &mut text,
            )
            .map_err(|_| CannotOpen)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    fn key(&self, purpose: Purpose) -> LessSafeKey {
        let key = self.derive(purpose);
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("AES-256 takes 32 bytes");
        LessSafeKey::new(key)
    }

    /// The 32 bytes of the key of `purpose`, for something other than sealing.
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, b"keymoor")
            .extract(self.0.as_slice())
            .expand(&[purpose.info()], HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
            .expect("HKDF-SHA-256 gives 32 bytes");
        key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}
