//! The claims of an ID Token (`OpenID` Connect Core §2, §3.1.3.7).

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::UnixTime;
use serde_json::Value;

use super::{
    Algorithm, Begun, Provider, TokenFault,
    claims::{self, audiences, name, time},
    jwt::SKEW,
    members::Members,
    shown::{bounded, is_hidden},
};
use crate::{Claim, Identity};

/// The most bytes of an address or a display name.
const MAX_TOLD: usize = 320;
/// The most characters of one claim that are kept to be shown.
const MAX_SHOWN: usize = 1000;

/// What an ID Token has to fit.
pub(super) struct Expected<'e> {
    pub(super) provider: &'e Provider,
    pub(super) begun: &'e Begun,
    pub(super) access_token: &'e str,
    pub(super) algorithm: Algorithm,
    pub(super) now: UnixTime,
}

/// Who the claims of a verified ID Token say it is.
pub(super) fn identity(claims: &Members, expected: &Expected) -> Result<Identity, TokenFault> {
    let times = claims::check(claims, expected.provider, expected.now)?;
    check_party(claims, expected.provider)?;
    check_nonce(claims, expected.begun)?;
    check_access_token(claims, expected)?;
    if claims.get("events").is_some() {
        return Err(TokenFault::Forbidden("events"));
    }
    Ok(Identity {
        subject: name(claims, "sub")?.ok_or(TokenFault::Claim("sub"))?.to_owned(),
        email: told(claims, "email"),
        name: told(claims, "name"),
        authenticated_at: authenticated_at(claims, expected, times.iat)?,
        proved_at: time(claims, "auth_time")?.map(|told| told.min(expected.now)),
        session: name(claims, "sid")?.map(str::to_owned),
        claims: claims.iter().map(|(name, value)| claim(name, value)).collect(),
    })
}

/// `azp`: must be us where it is there, and has to be there beside several audiences (§3.1.3.7
/// steps 3 to 5), for any of them could hold the token.
fn check_party(claims: &Members, provider: &Provider) -> Result<(), TokenFault> {
    let party = claims.text("azp")?;
    let alone = audiences(claims)?.len() == 1;
    match party {
        Some(party) if party == provider.client_id => Ok(()),
        None if alone => Ok(()),
        _ => Err(TokenFault::AuthorizedParty),
    }
}

fn check_nonce(claims: &Members, begun: &Begun) -> Result<(), TokenFault> {
    let nonce = claims.text("nonce")?.ok_or(TokenFault::Nonce)?;
    verify_slices_are_equal(nonce.as_bytes(), begun.nonce.as_bytes()).map_err(|_| TokenFault::Nonce)
}

/// `at_hash`: the left half of the access token's hash (§3.1.3.6), where it is there.
fn check_access_token(claims: &Members, expected: &Expected) -> Result<(), TokenFault> {
    let Some(hash) = claims.text("at_hash")? else { return Ok(()) };
    let whole = digest::digest(expected.algorithm.digest(), expected.access_token.as_bytes());
    let half = &whole.as_ref()[..whole.as_ref().len() / 2];
    if URL_SAFE_NO_PAD.encode(half) == hash { Ok(()) } else { Err(TokenFault::AccessToken) }
}

/// `auth_time`; without it the time of the token, which is all that the provider then says. If a
/// new proof was asked for it has to be there, and not from before.
fn authenticated_at(
    claims: &Members,
    expected: &Expected,
    iat: UnixTime,
) -> Result<UnixTime, TokenFault> {
    let told = time(claims, "auth_time")?;
    if expected.begun.force {
        let told = told.ok_or(TokenFault::Claim("auth_time"))?;
        if told.plus(SKEW) < expected.begun.at {
            return Err(TokenFault::NotAnew);
        }
    }
    if told.is_some_and(|told| told > expected.now.plus(SKEW)) {
        return Err(TokenFault::NotYetValid);
    }
    Ok(told.unwrap_or(iat).min(expected.now))
}

/// A claim that is only told: left out if it is not a text that can be shown.
pub(super) fn told(claims: &Members, name: &'static str) -> Option<String> {
    let text = claims.text(name).ok()??;
    let fit = !text.is_empty() && text.len() <= MAX_TOLD && !text.chars().any(is_hidden);
    fit.then(|| text.to_owned())
}

/// A claim as it is shown.
pub(super) fn claim(name: &str, value: &Value) -> Claim {
    let values = match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => vec![text(one)],
    };
    Claim { name: bounded(name, MAX_SHOWN), values }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => bounded(text, MAX_SHOWN),
        other => bounded(&other.to_string(), MAX_SHOWN),
    }
}
