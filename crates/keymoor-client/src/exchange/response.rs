use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, header};
use keymoor_core::{Scopes, UnixTime};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::tidy;
use crate::{
    credentials::{ClientSecret, Credentials},
    error::Error,
};

/// The life of a token whose answer says none: what the Cloud Platform's tokens have.
const USUAL_LIFE: u64 = 300;
/// The longest that a token is kept, whatever the answer says.
const LONGEST_LIFE: u64 = 24 * 60 * 60;

/// Why an answer with status 200 is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Not JSON, or without `access_token`.
    #[error("it is not a JSON object with an access_token")]
    NoToken,
    /// What `access_token` holds cannot stand in an `Authorization` field.
    #[error("its access_token holds characters that no token has")]
    Characters,
    /// Another kind of token than a bearer token.
    #[error("its token_type is not Bearer")]
    Type,
    /// What `refresh_token` holds is none that can be kept.
    #[error("its refresh_token is no text of 10 to 1024 visible characters")]
    RefreshToken,
    /// A life of no length.
    #[error("its expires_in is no positive number")]
    Life,
}

/// What a token endpoint answered.
pub(crate) struct Incoming<'i> {
    pub(crate) host: &'i str,
    pub(crate) status: u16,
    pub(crate) headers: &'i HeaderMap,
    pub(crate) body: &'i [u8],
    /// When it came, by the calendar.
    pub(crate) now: UnixTime,
}

/// A token that was granted.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) text: Zeroizing<String>,
    pub(crate) life: Duration,
    pub(crate) scopes: Scopes,
    pub(crate) skew: Option<i64>,
    /// The refresh token that is to be used the next time (RFC 6749 §6).
    pub(crate) refresh_token: Option<ClientSecret>,
}

#[derive(Deserialize)]
struct Success {
    access_token: Zeroizing<String>,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    refresh_token: Option<Zeroizing<String>>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_description: Value,
    #[serde(default)]
    error_uri: Value,
}

/// What the answer to a request for `asked` means.
pub(crate) fn read(
    incoming: &Incoming<'_>,
    credentials: &Credentials,
    asked: &Scopes,
) -> Result<Granted, Error> {
    match incoming.status {
        200 => success(incoming, asked),
        status => Err(refusal(incoming, status, credentials, asked)),
    }
}

fn success(incoming: &Incoming<'_>, asked: &Scopes) -> Result<Granted, Error> {
    let success: Success = serde_json::from_slice(incoming.body).map_err(|_| Malformed::NoToken)?;
    let bearer = |kind: &String| kind.eq_ignore_ascii_case("bearer");
    if !success.token_type.as_ref().is_none_or(bearer) {
        return Err(Malformed::Type.into());
    }
    if !is_token_text(&success.access_token) {
        return Err(Malformed::Characters.into());
    }
    check_granted(success.scope.as_deref(), asked)?;
    let refresh_token = success.refresh_token.map(|text| ClientSecret::parse(&text));
    Ok(Granted {
        refresh_token: refresh_token.transpose().map_err(|_| Malformed::RefreshToken)?,
        text: success.access_token,
        life: life(&success.expires_in)?,
        scopes: asked.clone(),
        skew: skew(incoming),
    })
}

/// Nothing that was asked for may be missing. No `scope` means all of it (RFC 6749 §5.1).
fn check_granted(granted: Option<&str>, asked: &Scopes) -> Result<(), Error> {
    let Some(granted) = granted else { return Ok(()) };
    let has = |wanted: &str| granted.split(' ').any(|scope| scope == wanted);
    let missing = asked.iter().filter(|scope| !has(&scope.to_string()));
    let missing: Scopes = missing.cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::ScopeRefused { scopes: missing, description: None, uri: None })
}

/// Whether the text can stand after `Bearer` (RFC 6750 §2.1).
pub(crate) fn is_token_text(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

fn life(expires_in: &Value) -> Result<Duration, Malformed> {
    let seconds = match expires_in {
        Value::Null => Some(USUAL_LIFE),
        // Some servers send a text.
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    match seconds {
        None | Some(0) => Err(Malformed::Life),
        Some(seconds) => Ok(Duration::from_secs(seconds.min(LONGEST_LIFE))),
    }
}

fn skew(incoming: &Incoming<'_>) -> Option<i64> {
    let date = date(incoming.headers.get(header::DATE)?.to_str().ok()?)?;
    Some(date.since(incoming.now))
}

fn date(text: &str) -> Option<UnixTime> {
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(UnixTime::from_seconds(i64::try_from(date.as_secs()).ok()?))
}

/// How long a server says to wait (RFC 9110 §10.2.3): seconds, or a date by its own clock.
pub(crate) fn retry_after(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let clock = headers.get(header::DATE).and_then(|value| date(value.to_str().ok()?));
    let wait = date(text)?.since(clock.unwrap_or(now));
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or_default()))
}

fn refusal(
    incoming: &Incoming<'_>,
    status: u16,
    credentials: &Credentials,
    asked: &Scopes,
) -> Error {
    let refusal: Refusal = serde_json::from_slice(incoming.body).unwrap_or_default();
    let words = |value: &Value| {
        let text = value.as_str().map(|text| text.replace(credentials.secret.expose(), "…"));
        text.map(|text| tidy(&text)).filter(|text| !text.is_empty())
    };
    let (description, uri) = (words(&refusal.error_description), words(&refusal.error_uri));
    let error = words(&refusal.error).unwrap_or_else(|| format!("status {status}"));
    if status == 429 || status >= 500 {
        let retry_after = retry_after(incoming.headers, incoming.now);
        let host = incoming.host.to_owned();
        return Error::Unavailable { host, status, retry_after, description, answer: None };
    }
    match error.as_str() {
        "invalid_grant" | "invalid_client" if credentials.login.is_some() => {
            Error::LoginEnded { description }
        }
        "invalid_client" => {
            Error::InvalidClient { description, damage: credentials.secret.damage() }
        }
        "invalid_scope" => Error::ScopeRefused { scopes: asked.clone(), description, uri },
        _ => Error::TokenRefused { status, error, description, uri },
    }
}
