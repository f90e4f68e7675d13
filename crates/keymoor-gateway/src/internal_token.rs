//! A short token of the gateway's own, for an API that wants proof that a request came through it.

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use keymoor_core::{
    UnixTime,
    access::{Access, Target},
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::config::InvalidConfig;

/// Seconds for which it counts.
const LIFE: i64 = 30;
/// Bytes that a key has at least (RFC 7518 §3.2).
const KEY_LENGTH: usize = 32;

/// Makes them: JWTs by HMAC-SHA-256 (`HS256`) under a key that the API knows too.
pub(crate) struct InternalTokens(Key);

impl InternalTokens {
    pub(crate) fn new(key: &Zeroizing<Vec<u8>>) -> Result<Self, InvalidConfig> {
        if key.len() < KEY_LENGTH {
            let why = "the internal key needs at least 32 bytes: openssl rand -base64 48 > FILE";
            return Err(InvalidConfig(why.to_owned()));
        }
        Ok(Self(Key::new(HMAC_SHA256, key)))
    }

    /// The `Authorization` header that tells who calls. It is typed (`typ: keymoor+jwt`), so that it
    /// is no access token to anybody.
    pub(crate) fn header(&self, access: &Access, now: UnixTime) -> Option<HeaderValue> {
        let claims = access.claims();
        let organization = match access.target() {
            Target::Organization(organization) => Some(organization),
            Target::General => None,
        };
        let head = json!({ "alg": "HS256", "typ": "keymoor+jwt" });
        let body = json!({
            "iss": "keymoor-gateway",
            "aud": claims.aud,
            "sub": claims.sub,
            "client_id": claims.client_id,
            "jti": claims.jti,
            "scope": claims.scope.to_string(),
            "organization": organization,
            "organizations": claims.organizations,
            "iat": now.seconds(),
            "exp": now.seconds() + LIFE,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(&body));
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed.as_bytes()));
        let mut value = HeaderValue::try_from(format!("Bearer {signed}.{tag}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}
