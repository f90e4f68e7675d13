//! The answer to a token request (RFC 6749 §5.1).

use serde::Serialize;

use crate::{scope::Scopes, token::Issued};

/// The JSON body. There is never a `refresh_token` member: client credentials give none
/// (RFC 6749 §4.4.3), and a `null` breaks clients.
#[derive(Debug, Serialize)]
pub struct TokenResponse<'t> {
    /// The access token.
    pub access_token: &'t str,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What was granted; absent if nothing was asked for.
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    pub scope: &'t Scopes,
}

impl<'t> TokenResponse<'t> {
    /// The answer that carries `access_token`, the signed form of `issued`.
    pub fn new(access_token: &'t str, issued: &'t Issued) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: issued.expires_in(),
            scope: &issued.claims.scope,
        }
    }
}
