//! What an access token says (RFC 9068 §2.2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, ApiKey, GrantId, OrganizationId, SecretId, TokenId},
    scope::Scopes,
    time::UnixTime,
};

/// The claims of an access token. Reading them from JSON is strict: a missing claim, a time that
/// is a string or a fraction, a claim given twice and an id that is not canonical are errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the server's public URL.
    pub iss: Arc<str>,
    /// Subject: the account whose API token was used. A token acts as its owner, a known departure
    /// from RFC 9068 §2.2, which would have the client's id here.
    pub sub: AccountId,
    /// The API Key that the token was issued to, or the application
    /// ([`ApplicationId::as_client`](crate::ApplicationId::as_client)).
    pub client_id: ApiKey,
    /// Audience: the identifier of the API that the token is for.
    pub aud: Arc<str>,
    /// The first second at which the token is no longer valid.
    pub exp: UnixTime,
    /// When it was issued.
    pub iat: UnixTime,
    /// Its own id.
    pub jti: TokenId,
    /// The granted scopes; absent if none was asked for.
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    /// The only organizations it may reach, where its API token is limited to some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<OrganizationId>>,
    /// Which secret of the API token it was exchanged for, so that closing one secret ends what it
    /// brought and nothing else. A private claim (RFC 7519 §4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<SecretId>,
    /// What somebody allowed the application that it was issued to, so that ending that ends every
    /// token that came of it. A private claim; absent where an API token was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// Not valid before. Never issued, but honoured where it stands (RFC 7519 §4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<UnixTime>,
}
