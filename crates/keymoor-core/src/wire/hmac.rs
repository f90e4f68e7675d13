//! Requests signed by HMAC, which ended for this API on 2020-07-01: recognised, never verified.

use http::{HeaderMap, header::AUTHORIZATION};

/// Schemes of the HMAC clients that still ship: version 2.0, version 1.0, and generic ones.
const SCHEMES: [&str; 2] = ["acquia-http-hmac", "acquia"];

/// Whether any `Authorization` header is of an HMAC form.
pub fn is_hmac(headers: &HeaderMap) -> bool {
    headers.get_all(AUTHORIZATION).iter().any(|value| is_hmac_value(value.as_bytes()))
}

/// Looks at each comma-separated part, since a proxy may have joined two headers into one.
fn is_hmac_value(value: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|part| {
        let part = part.trim_ascii_start();
        let end = part.iter().position(u8::is_ascii_whitespace).unwrap_or(part.len());
        is_hmac_scheme(&part[..end])
    })
}

fn is_hmac_scheme(scheme: &[u8]) -> bool {
    let named = SCHEMES.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
    named || scheme.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"hmac"))
}
