use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::{Algorithm, low_s};
use crate::{claims::Claims, jwks::Jwks, time::UnixTime};

/// Bytes beyond which a text is no access token of ours.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not three parts of canonical base64url with the header and claims of an access token.
    #[error("not an access token")]
    Malformed,
    /// Signed, it says, with a key that is not in the set.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("wrong signature")]
    Signature,
    /// Of another issuer.
    #[error("wrong issuer")]
    Issuer,
    /// For another API.
    #[error("wrong audience")]
    Audience,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not yet valid")]
    NotYetValid,
}

/// A public key with its id and its one algorithm.
#[derive(Clone, Debug)]
pub struct VerificationKey {
    kid: Box<str>,
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl VerificationKey {
    pub(crate) fn new(kid: &str, algorithm: Algorithm, key: ParsedPublicKey) -> Self {
        Self { kid: kid.into(), algorithm, key }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), TokenFault> {
        if self.algorithm == Algorithm::Es256 && !low_s::is_low(signature) {
            return Err(TokenFault::Signature);
        }
        self.key.verify_sig(message, signature).map_err(|_| TokenFault::Signature)
    }
}

/// The keys that count at the moment.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<VerificationKey>);

impl KeySet {
    /// The usable keys of a published set; keys of unknown kinds are passed over (RFC 7517 §5).
    pub fn from_jwks(jwks: &Jwks) -> Self {
        jwks.keys.iter().filter_map(|jwk| jwk.verification_key().ok()).collect()
    }

    /// Whether there is a key of that id.
    pub fn contains(&self, kid: &str) -> bool {
        self.find(kid).is_some()
    }

    /// The id of each key.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| &*key.kid)
    }

    /// The keys whose id `keep` takes.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        self.0.iter().filter(|key| keep(&key.kid)).cloned().collect()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, kid: &str) -> Option<&VerificationKey> {
        self.0.iter().find(|key| *key.kid == *kid)
    }
}

impl FromIterator<VerificationKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerificationKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// What a token has to say to be for this guard.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The exact `iss`.
    pub issuer: Arc<str>,
    /// The exact `aud`.
    pub audience: Arc<str>,
    /// Seconds by which clocks may differ: 0 in the server's own process, 5 elsewhere.
    pub leeway: u32,
}

impl Expectation {
    /// Whether `claims` are within their time at `now`.
    pub fn check_time(&self, claims: &Claims, now: UnixTime) -> Result<(), TokenFault> {
        let leeway = i64::from(self.leeway);
        if claims.exp.plus(leeway) <= now {
            return Err(TokenFault::Expired);
        }
        if claims.nbf.unwrap_or(claims.iat).max(claims.iat) > now.plus(leeway) {
            return Err(TokenFault::NotYetValid);
        }
        Ok(())
    }

    fn check(&self, claims: &Claims, now: UnixTime) -> Result<(), TokenFault> {
        if claims.iss != self.issuer {
            return Err(TokenFault::Issuer);
        }
        if claims.aud != self.audience {
            return Err(TokenFault::Audience);
        }
        self.check_time(claims, now)
    }
}

/// A token that held when it was looked at; only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    claims: Claims,
    kid: Box<str>,
}

impl VerifiedToken {
    /// What it says.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The id of the key it is signed with.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// The header of an access token: these members, each once, and no other. `crit`, `jku`, `jwk`
/// or `x5u` make it another kind of token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'t> {
    alg: &'t str,
    kid: &'t str,
    typ: &'t str,
}

/// Verifies an access token: form, key, signature, issuer, audience, time, in that order.
///
/// The algorithm is the key's, never the token's choice; base64 must be canonical; an ECDSA
/// signature must be the low one. So each token has one spelling.
pub fn verify(
    token: &str,
    keys: &KeySet,
    expectation: &Expectation,
    now: UnixTime,
) -> Result<VerifiedToken, TokenFault> {
    examine(token, keys, expectation, now).map_err(|rejected| rejected.fault)
}

/// A token that does not hold.
#[derive(Clone, Debug)]
pub struct RejectedToken {
    /// Why.
    pub fault: TokenFault,
    /// What it says, if the signature held: to explain the refusal, never to open anything.
    pub claims: Option<Box<Claims>>,
}

/// The same as [`verify`], and what a token says that is ours and does not hold.
pub fn examine(
    token: &str,
    keys: &KeySet,
    expectation: &Expectation,
    now: UnixTime,
) -> Result<VerifiedToken, RejectedToken> {
    let (claims, key) =
        signed(token, keys).map_err(|fault| RejectedToken { fault, claims: None })?;
    match expectation.check(&claims, now) {
        Ok(()) => Ok(VerifiedToken { claims, kid: key.kid.clone() }),
        Err(fault) => Err(RejectedToken { fault, claims: Some(Box::new(claims)) }),
    }
}

/// What a token says that one of `keys` signed, whatever it is for and whether or not its time is
/// over: for an issuer that is asked about a token of its own. Opens nothing.
pub fn signed_claims(token: &str, keys: &KeySet) -> Result<Claims, TokenFault> {
    signed(token, keys).map(|(claims, _)| claims)
}

fn signed<'k>(token: &str, keys: &'k KeySet) -> Result<(Claims, &'k VerificationKey), TokenFault> {
    let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(TokenFault::Malformed);
    }
    let key = select_key(header, keys)?;
    key.verify(message.as_bytes(), &decode(signature)?)?;
    Ok((parse_claims(payload)?, key))
}

fn select_key<'k>(header: &str, keys: &'k KeySet) -> Result<&'k VerificationKey, TokenFault> {
    let bytes = decode(header)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)?;
    let key = keys.find(header.kid).ok_or(TokenFault::UnknownKey)?;
    if header.typ == "at+jwt" && header.alg == key.algorithm.name() {
        Ok(key)
    } else {
        Err(TokenFault::Malformed)
    }
}

fn parse_claims(payload: &str) -> Result<Claims, TokenFault> {
    let claims: Claims =
        serde_json::from_slice(&decode(payload)?).map_err(|_| TokenFault::Malformed)?;
    let times = [Some(claims.exp), Some(claims.iat), claims.nbf];
    if times.into_iter().flatten().all(UnixTime::is_plausible) {
        Ok(claims)
    } else {
        Err(TokenFault::Malformed)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)
}
