//! API Secrets as they are stored: a keyed hash. 256 random bits need no slow hash.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use zeroize::Zeroizing;

use crate::{
    facts::StoredSecret,
    id::SecretId,
    secret::{ApiSecret, PresentedSecret, ProvisioningSecret},
};

/// The server's key for hashing API Secrets. Digests name it by `id`, so that it can be replaced.
pub struct Pepper {
    id: i64,
    key: hmac::Key,
    /// What an unknown API Key is compared with. No pepper has its id, so nothing ever matches.
    decoy: Vec<StoredSecret>,
}

impl Pepper {
    /// The pepper numbered `id` from 32 bytes of a CSPRNG.
    pub fn new(id: i64, bytes: &Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
        let digest = SecretDigest::from_parts(i64::MIN, [0; 32]);
        Self { id, key, decoy: vec![StoredSecret { id: SecretId::NIL, digest }] }
    }

    pub(crate) fn decoy(&self) -> &Vec<StoredSecret> {
        &self.decoy
    }

    /// What is stored of `secret`.
    pub fn digest(&self, secret: &ApiSecret) -> SecretDigest {
        self.digest_bytes(secret.expose().as_bytes())
    }

    /// What is stored of a provisioning client's secret. The prefixes differ, so that no digest is one
    /// of an API Secret too.
    pub fn digest_provisioning(&self, secret: &ProvisioningSecret) -> SecretDigest {
        self.digest_bytes(secret.expose().as_bytes())
    }

    /// The digest that `presented` has to equal.
    pub fn digest_presented(&self, presented: &PresentedSecret) -> SecretDigest {
        self.digest_bytes(presented.bytes())
    }

    fn digest_bytes(&self, bytes: &[u8]) -> SecretDigest {
        let tag = hmac::sign(&self.key, bytes);
        let mut mac = [0; 32];
        mac.copy_from_slice(tag.as_ref());
        SecretDigest { pepper: self.id, mac }
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pepper").field("id", &self.id).finish_non_exhaustive()
    }
}

/// HMAC-SHA-256(pepper, secret) with the pepper's id: all that is stored of an API Secret.
#[derive(Clone, Copy)]
pub struct SecretDigest {
    pepper: i64,
    mac: [u8; 32],
}

impl SecretDigest {
    /// The digest as a store read it.
    pub const fn from_parts(pepper: i64, mac: [u8; 32]) -> Self {
        Self { pepper, mac }
    }

    /// The pepper's id and the 32 bytes, for a store to write.
    pub const fn parts(&self) -> (i64, &[u8; 32]) {
        (self.pepper, &self.mac)
    }

    /// Whether both were made from the same secret with the same pepper, in constant time.
    pub fn equals(&self, other: &Self) -> bool {
        let same_secret = constant_time::verify_slices_are_equal(&self.mac, &other.mac).is_ok();
        same_secret && self.pepper == other.pepper
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretDigest").field("pepper", &self.pepper).finish_non_exhaustive()
    }
}
