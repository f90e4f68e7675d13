//! The answer to a token request (RFC 6749 §5.1).

use serde::Serialize;

use crate::{delegation::Delegated, refresh::RefreshToken, scope::Scopes, token::Issued};

/// The JSON body. Client credentials give no refresh token (RFC 6749 §4.4.3), and where there is none,
/// there is no such member: a `null` breaks clients.
#[derive(Serialize)]
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
    /// What brings the next access token, where an application may have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<&'t str>,
}

impl<'t> TokenResponse<'t> {
    /// The answer that carries `access_token`, the signed form of `issued`.
    pub fn new(access_token: &'t str, issued: &'t Issued) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: issued.expires_in(),
            scope: &issued.claims.scope,
            refresh_token: None,
        }
    }

    /// The same for an application, with a refresh token if it may have one.
    pub fn delegated(
        access_token: &'t str,
        issued: &'t Delegated,
        refresh_token: Option<&'t RefreshToken>,
    ) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: issued.expires_in(),
            scope: &issued.claims.scope,
            refresh_token: refresh_token.map(RefreshToken::expose),
        }
    }
}
