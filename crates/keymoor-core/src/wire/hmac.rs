//! Requests signed by HMAC, which ended for this API on 2020-07-01: recognised, never verified.

use http::{HeaderMap, header::AUTHORIZATION};

/// Schemes of the HMAC clients that still ship: version 2.0, version 1.0, and generic ones.
const SCHEMES: [&str; 2] = ["acquia-http-hmac", "acquia"];

/// Whether any `Authorization` header is of an HMAC form.
pub fn is_hmac(headers: &HeaderMap) -> bool {
    headers.get_all(AUTHORIZATION).iter().any(|value| is_hmac_value(value.as_bytes()))
}

/// The longest key id that is told.
const KEY_ID_LENGTH: usize = 64;

/// Which key an HMAC request says it is signed with (`id="…"`), so that operators see who still sends
/// them: at most 64 letters, digits and `-._`, never verified.
pub fn hmac_key_id(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(AUTHORIZATION).iter().filter_map(|value| value.to_str().ok());
    let mut ids = values.filter_map(|value| value.split("id=\"").nth(1)?.split('"').next());
    ids.next().filter(|id| is_hmac_key_id(id))
}

/// Whether `id` is one that [`hmac_key_id`] gives.
pub fn is_hmac_key_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !id.is_empty() && id.len() <= KEY_ID_LENGTH && id.bytes().all(fits)
}

/// Looks at each comma-separated part, since a proxy may have joined two headers into one.
fn is_hmac_value(value: &[u8]) -> bool {
    // Nearly every value is one part, and finding no comma is faster than looking for each.
    if value.contains(&b',') {
        value.split(|&byte| byte == b',').any(is_hmac_part)
    } else {
        is_hmac_part(value)
    }
}

fn is_hmac_part(part: &[u8]) -> bool {
    let part = part.trim_ascii_start();
    let end = part.iter().position(u8::is_ascii_whitespace).unwrap_or(part.len());
    is_hmac_scheme(&part[..end])
}

fn is_hmac_scheme(scheme: &[u8]) -> bool {
    let named = SCHEMES.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
    named || scheme.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"hmac"))
}
