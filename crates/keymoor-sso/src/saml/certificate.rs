//! A certificate of an identity provider: a public key with a period, pinned by whoever configures
//! the provider. Its chain and its names mean nothing here.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::UnparsedPublicKey,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use keymoor_core::UnixTime;
use thiserror::Error;
use x509_parser::{
    certificate::X509Certificate,
    prelude::FromDer,
    public_key::{PublicKey, RSAPublicKey},
    x509::SubjectPublicKeyInfo,
};

use super::algorithm::{KeyKind, SignatureMethod, verifier};

/// How long a newly configured certificate must be valid still, in seconds: 90 days.
const NEW_FOR: i64 = 90 * 86_400;

/// The longest certificate that is read, in bytes of text.
const MAX_TEXT: usize = 64 * 1024;

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";

/// A signing certificate (X.509, RFC 5280).
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    not_before: UnixTime,
    not_after: UnixTime,
    fingerprint: [u8; 32],
    kind: KeyKind,
    key: Vec<u8>,
}

/// What is wrong with a certificate, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// It cannot be read, or its key is neither RSA of 2048 to 8192 bits nor of P-256 or P-384.
    #[error("The certificate is invalid.")]
    Invalid,
    /// It begins later than now.
    #[error("The certificate is not yet active.")]
    NotYetActive,
    /// It ended before now.
    #[error("The certificate is expired.")]
    Expired,
    /// It is new and ends too soon.
    #[error("The certificate is expiring. Certificates must be valid for at least 90 days.")]
    Expiring,
}

impl Certificate {
    /// Reads one certificate: PEM, or the base64 alone, with any white space.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        if text.len() > MAX_TEXT {
            return Err(CertificateError::Invalid);
        }
        let bare = armoured(text).ok_or(CertificateError::Invalid)?;
        let compact: String = bare.split_ascii_whitespace().collect();
        let der = BASE64_STANDARD.decode(compact).map_err(|_| CertificateError::Invalid)?;
        Self::from_der(der).ok_or(CertificateError::Invalid)
    }

    fn from_der(der: Vec<u8>) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(&der).ok()?;
        let (kind, key) = key(&parsed.tbs_certificate.subject_pki)?;
        let period = parsed.validity();
        let not_before = UnixTime::from_seconds(period.not_before.timestamp());
        let not_after = UnixTime::from_seconds(period.not_after.timestamp());
        let fingerprint = digest(&SHA256, &der).as_ref().try_into().ok()?;
        let whole = rest.is_empty();
        whole.then_some(Self { der, not_before, not_after, fingerprint, kind, key })
    }

    /// Whether it may be used at `now`; a new one must be good for 90 more days.
    pub fn check(&self, now: UnixTime, is_new: bool) -> Result<(), CertificateError> {
        if now < self.not_before {
            return Err(CertificateError::NotYetActive);
        }
        match self.not_after.since(now) {
            left if left < 0 => Err(CertificateError::Expired),
            left if is_new && left < NEW_FOR => Err(CertificateError::Expiring),
            _ => Ok(()),
        }
    }

    /// The certificate's bytes (DER).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM (RFC 7468 §5).
    pub fn pem(&self) -> String {
        let base64 = BASE64_STANDARD.encode(&self.der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for (at, character) in base64.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n-----END CERTIFICATE-----\n"
    }

    /// The first second at which it is valid.
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second at which it is valid.
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// SHA-256 of its DER: what administrators compare.
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Whether its key made `signature` over `message` by `method`.
    pub(crate) fn made(&self, method: SignatureMethod, message: &[u8], signature: &[u8]) -> bool {
        let Some(algorithm) = verifier(method, self.kind) else { return false };
        UnparsedPublicKey::new(algorithm, &self.key).verify(message, signature).is_ok()
    }
}

/// What is between the lines of a PEM, or all of a text without such lines.
fn armoured(text: &str) -> Option<&str> {
    let text = text.trim();
    if !text.contains("-----") {
        return Some(text);
    }
    let inner = text.strip_prefix("-----BEGIN CERTIFICATE-----")?;
    inner.strip_suffix("-----END CERTIFICATE-----")
}

/// The kind of a key and its bits, if it is one that may sign.
fn key(info: &SubjectPublicKeyInfo<'_>) -> Option<(KeyKind, Vec<u8>)> {
    let kind = match info.algorithm.algorithm.to_id_string().as_str() {
        RSA => rsa(&info.parsed().ok()?)?,
        EC => curve(info)?,
        _ => return None,
    };
    Some((kind, info.subject_public_key.data.to_vec()))
}

fn rsa(key: &PublicKey<'_>) -> Option<KeyKind> {
    let PublicKey::RSA(RSAPublicKey { modulus, .. }) = key else { return None };
    let leading = modulus.iter().take_while(|&&byte| byte == 0).count();
    let first = modulus.get(leading)?;
    let bits = (modulus.len() - leading) * 8 - usize::try_from(first.leading_zeros()).ok()?;
    (2048..=8192).contains(&bits).then_some(KeyKind::Rsa)
}

fn curve(info: &SubjectPublicKeyInfo<'_>) -> Option<KeyKind> {
    let curve = info.algorithm.parameters.as_ref()?.as_oid().ok()?;
    match curve.to_id_string().as_str() {
        P256 => Some(KeyKind::P256),
        P384 => Some(KeyKind::P384),
        _ => None,
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate ")?;
        self.fingerprint.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
