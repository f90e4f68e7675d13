//! A token request (RFC 6749 §4.4.2), from whatever form a client gave it.

use http::{HeaderMap, Method, Uri, header::AUTHORIZATION};

use super::{
    InvalidClient, InvalidRequest, OAuthError, ScopeRefusal,
    basic::BasicCredentials,
    media::Media,
    parameters::{self, Parameters},
};
use crate::{id::ApiKey, scope::Scopes, secret::PresentedSecret};

/// Bytes beyond which a body is refused unread.
pub const MAX_BODY_LENGTH: usize = 16 * 1024;

/// The part of a request that comes before its body.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'r> {
    /// POST, or it is refused.
    pub method: &'r Method,
    /// Its query must name no parameter.
    pub uri: &'r Uri,
    /// `Content-Type`, `Content-Encoding` and `Authorization` are read.
    pub headers: &'r HeaderMap,
}

impl RequestHead<'_> {
    /// Whether the client used the header, so that a 401 has to name Basic (RFC 6749 §5.2).
    pub fn used_basic(&self) -> bool {
        self.headers.get_all(AUTHORIZATION).iter().any(|value| {
            let value = value.as_bytes();
            value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic"))
        })
    }
}

/// Who asks.
#[derive(Debug)]
pub struct ClientAuthentication {
    /// The API Key; `None` for a `client_id` that no API token can have, which is treated as an
    /// unknown key so that it costs and says the same.
    pub api_key: Option<ApiKey>,
    /// The API Secret as presented.
    pub secret: PresentedSecret,
}

/// A well-formed request for an access token by client credentials.
#[derive(Debug)]
pub struct TokenRequest {
    /// Who asks.
    pub client: ClientAuthentication,
    /// What for; empty if no scope was asked for.
    pub scope: Scopes,
}

impl TokenRequest {
    /// Reads a request. Nothing of the store is known here: what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        Self::check_head(head)?;
        let media = Media::of(head.headers)?;
        if body.len() > MAX_BODY_LENGTH {
            return Err(OAuthError::TooLarge);
        }
        let parameters = Parameters::parse(media, body)?;
        let client = client(head.headers, &parameters)?;
        check_grant_type(&parameters)?;
        Ok(Self { client, scope: scope(&parameters)? })
    }

    /// The part of [`TokenRequest::parse`] that can refuse before the body is read.
    pub fn check_head(head: RequestHead<'_>) -> Result<(), OAuthError> {
        if head.method != Method::POST {
            return Err(OAuthError::Method);
        }
        if head.uri.query().is_some_and(parameters::names_one) {
            return Err(OAuthError::InvalidRequest(InvalidRequest::InUrl));
        }
        Ok(())
    }
}

fn client(
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<ClientAuthentication, OAuthError> {
    let Some(basic) = BasicCredentials::of(headers)? else {
        let missing = OAuthError::InvalidClient(InvalidClient::Missing);
        let pair = parameters.client_id.as_ref().zip(parameters.client_secret.as_ref());
        let (id, secret) = pair.ok_or(missing)?;
        return Ok(authentication(id, secret));
    };
    if parameters.client_secret.is_some() {
        return Err(OAuthError::InvalidRequest(InvalidRequest::SeveralMethods));
    }
    if parameters.client_id.as_ref().is_some_and(|id| *id != basic.client_id) {
        return Err(OAuthError::InvalidRequest(InvalidRequest::OtherClient));
    }
    Ok(authentication(&basic.client_id, &basic.client_secret))
}

fn authentication(client_id: &str, client_secret: &str) -> ClientAuthentication {
    ClientAuthentication {
        api_key: ApiKey::parse(client_id).ok(),
        secret: PresentedSecret::new(client_secret),
    }
}

fn check_grant_type(parameters: &Parameters) -> Result<(), OAuthError> {
    match parameters.grant_type.as_deref().map(String::as_str) {
        Some("client_credentials") => Ok(()),
        Some(_) => Err(OAuthError::UnsupportedGrantType),
        None => Err(OAuthError::InvalidRequest(InvalidRequest::NoGrantType)),
    }
}

fn scope(parameters: &Parameters) -> Result<Scopes, OAuthError> {
    let unknown = |_| OAuthError::InvalidScope(ScopeRefusal::Unknown);
    let parse = |text: &zeroize::Zeroizing<String>| Scopes::parse(text).map_err(unknown);
    Ok(parameters.scope.as_ref().map(parse).transpose()?.unwrap_or_default())
}
