//! The answer of introspection (RFC 7662 §2.2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    claims::Claims,
    id::{AccountId, ApiKey, OrganizationId, TokenId},
    scope::Scopes,
    time::UnixTime,
};

/// What is said of a token that is not active: that, and nothing else.
pub const INACTIVE: &str = r#"{"active":false}"#;

/// What is said of an active one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of RFC 7662 §2.2 and of the claims")]
pub struct ActiveToken {
    pub active: bool,
    pub token_type: String,
    pub iss: Arc<str>,
    pub sub: AccountId,
    pub client_id: ApiKey,
    pub aud: Arc<str>,
    pub exp: UnixTime,
    pub iat: UnixTime,
    pub jti: TokenId,
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<OrganizationId>>,
}

impl ActiveToken {
    /// The answer about a token that says `claims`.
    pub fn new(claims: &Claims) -> Self {
        Self {
            active: true,
            token_type: "Bearer".to_owned(),
            iss: claims.iss.clone(),
            sub: claims.sub,
            client_id: claims.client_id,
            aud: claims.aud.clone(),
            exp: claims.exp,
            iat: claims.iat,
            jti: claims.jti,
            scope: claims.scope.clone(),
            organizations: claims.organizations.clone(),
        }
    }
}
