//! The `Authorization` header of an API call (RFC 6750 §2.1): one Bearer token, nowhere else.

use http::{HeaderMap, Uri, header::AUTHORIZATION};

use super::is_hmac;
use crate::refusal::Refusal;

/// The access token of a request, or why it carries none that counts. HMAC is recognised before
/// anything else, beside a Bearer token too.
pub fn bearer_token<'h>(headers: &'h HeaderMap, uri: &Uri) -> Result<&'h str, Refusal> {
    if is_hmac(headers) {
        return Err(Refusal::Hmac);
    }
    if uri.query().is_some_and(names_access_token) {
        return Err(Refusal::TokenInUrl);
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    if values.next().is_some() {
        return Err(Refusal::SeveralTokens);
    }
    value.to_str().ok().and_then(parse_bearer).ok_or(Refusal::NotBearer)
}

fn names_access_token(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

/// Which bytes a `b64token` is made of (RFC 6750 §2.1), its `=` left out: looked up, since every byte
/// of every call's token is.
const TOKEN: [bool; 256] = {
    let characters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let mut table = [false; 256];
    let mut at = 0;
    while at < characters.len() {
        table[characters[at] as usize] = true;
        at += 1;
    }
    table
};

/// The scheme in any case, blanks, then a token of the `b64token` grammar.
fn parse_bearer(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    let token = rest.trim_start_matches(' ');
    let plain = token.trim_end_matches('=');
    let fits = |byte: u8| TOKEN[usize::from(byte)];
    (scheme.eq_ignore_ascii_case("Bearer") && !plain.is_empty() && plain.bytes().all(fits))
        .then_some(token)
}
