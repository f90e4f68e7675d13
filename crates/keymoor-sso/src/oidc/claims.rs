//! Checks that ID Tokens and logout tokens share.

use keymoor_core::UnixTime;
use serde_json::Value;

use super::{Provider, TokenFault, jwt::SKEW, members::Members};

/// Seconds after which a token is no answer any more to what was just asked.
pub(super) const MAX_AGE: i64 = 600;
/// The most bytes of a name that a provider gives to something (`OpenID` Connect Core §2 `sub`).
const MAX_NAME: usize = 255;

/// When the token was made and until when it holds.
pub(super) struct Times {
    pub(super) iat: UnixTime,
    pub(super) exp: UnixTime,
}

/// Issuer, audience and time (`OpenID` Connect Core §3.1.3.7, Back-Channel Logout 1.0 §2.6).
pub(super) fn check(
    claims: &Members,
    provider: &Provider,
    now: UnixTime,
) -> Result<Times, TokenFault> {
    if claims.text("iss")? != Some(&provider.issuer) {
        return Err(TokenFault::Issuer);
    }
    if !audiences(claims)?.contains(&provider.client_id.as_str()) {
        return Err(TokenFault::Audience);
    }
    check_times(claims, now)
}

fn check_times(claims: &Members, now: UnixTime) -> Result<Times, TokenFault> {
    let exp = time(claims, "exp")?.ok_or(TokenFault::Claim("exp"))?;
    let iat = time(claims, "iat")?.ok_or(TokenFault::Claim("iat"))?;
    let begins = time(claims, "nbf")?.unwrap_or(iat).max(iat);
    if exp.plus(SKEW) <= now {
        return Err(TokenFault::Expired);
    }
    if begins > now.plus(SKEW) {
        return Err(TokenFault::NotYetValid);
    }
    if iat.plus(MAX_AGE) < now {
        return Err(TokenFault::Old);
    }
    if exp <= iat { Err(TokenFault::Claim("exp")) } else { Ok(Times { iat, exp }) }
}

/// Whom the token is for: one text, or a list of at least one.
pub(super) fn audiences(claims: &Members) -> Result<Vec<&str>, TokenFault> {
    match claims.get("aud") {
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(_)) => Ok(claims.texts("aud")?.unwrap_or_default()),
        _ => Err(TokenFault::Claim("aud")),
    }
}

/// A time: a whole number of seconds between the epoch and the year 9999, never a text or a
/// fraction (RFC 7519 §2 allows fractions; nobody sends them, and rounding is a decision).
pub(super) fn time(claims: &Members, name: &'static str) -> Result<Option<UnixTime>, TokenFault> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let time = value.as_i64().map(UnixTime::from_seconds).filter(|time| time.is_plausible());
    time.map(Some).ok_or(TokenFault::Claim(name))
}

/// A name that the provider gives to something: 1 to 255 bytes of printable ASCII.
pub(super) fn name<'c>(
    claims: &'c Members,
    name: &'static str,
) -> Result<Option<&'c str>, TokenFault> {
    let Some(text) = claims.text(name)? else { return Ok(None) };
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if text.is_empty() || text.len() > MAX_NAME || !printable {
        return Err(TokenFault::Claim(name));
    }
    Ok(Some(text))
}
