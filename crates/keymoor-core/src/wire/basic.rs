//! Client credentials in `Authorization: Basic` (RFC 7617, RFC 6749 §2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

use super::{InvalidClient, InvalidRequest, OAuthError};

/// Key and secret as the header carried them, percent-decoded.
pub(super) struct BasicCredentials {
    pub(super) client_id: Zeroizing<String>,
    pub(super) client_secret: Zeroizing<String>,
}

impl BasicCredentials {
    /// The credentials in the header, `None` without an `Authorization` header.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, OAuthError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(OAuthError::InvalidRequest(InvalidRequest::SeveralMethods));
        }
        let (scheme, encoded) = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .ok_or(OAuthError::InvalidRequest(InvalidRequest::NotBasic))?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return Err(OAuthError::InvalidRequest(InvalidRequest::NotBasic));
        }
        Self::decode(encoded).map(Some).ok_or(OAuthError::InvalidClient(InvalidClient::BasicForm))
    }

    /// Strict base64, UTF-8, one colon between key and secret.
    fn decode(encoded: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(encoded.trim_start_matches(' ')).ok()?);
        let text = std::str::from_utf8(&bytes).ok()?;
        let (client_id, client_secret) = text.split_once(':')?;
        Some(Self { client_id: form_decode(client_id), client_secret: form_decode(client_secret) })
    }
}

/// Undoes the form encoding that RFC 6749 asks for and that half of all clients leave out.
///
/// One reading serves both kinds of client: keys and secrets that Keymoor issues hold only
/// letters, digits, `-` and `_`, so a raw one has nothing to decode and reads as itself, and a
/// text that decoding changes could not have matched raw. A `%` that starts no escape stays.
fn form_decode(text: &str) -> Zeroizing<String> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    Zeroizing::new(percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}
