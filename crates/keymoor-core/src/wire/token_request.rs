//! A token request (RFC 6749 §4.4.2), from whatever form a client gave it.

use http::{HeaderMap, Method, Uri, header::AUTHORIZATION};

use super::{
    InvalidRequest, OAuthError, ScopeRefusal,
    client::Client,
    media::Media,
    parameters::{self, Parameters},
};
use zeroize::Zeroizing;

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
    /// Refuses a wrong method and parameters in the URL, before the body is read.
    pub fn check(&self) -> Result<(), OAuthError> {
        if self.method != Method::POST {
            return Err(OAuthError::Method);
        }
        if self.uri.query().is_some_and(parameters::names_one) {
            return Err(OAuthError::InvalidRequest(InvalidRequest::InUrl));
        }
        Ok(())
    }

    /// The parameters and who sends them.
    pub(super) fn read(&self, body: &[u8]) -> Result<(Parameters, Client), OAuthError> {
        self.check()?;
        let media = Media::of(self.headers)?;
        if body.len() > MAX_BODY_LENGTH {
            return Err(OAuthError::TooLarge);
        }
        let parameters = Parameters::parse(media, body)?;
        let client = Client::of(self.headers, &parameters)?;
        Ok((parameters, client))
    }

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
    /// The identifier of the API that the token is to be for (RFC 8707 §2), as it was sent.
    pub resource: Option<Zeroizing<String>>,
}

impl TokenRequest {
    /// Reads a request. Nothing of the store is known here: what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        let (parameters, client) = head.read(body)?;
        check_grant_type(&parameters)?;
        let scope = scope(&parameters)?;
        let api_key = ApiKey::parse(&client.client_id).ok();
        let client = ClientAuthentication { api_key, secret: client.secret };
        Ok(Self { client, scope, resource: parameters.resource })
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
    let parse = |text: &Zeroizing<String>| Scopes::parse(text).map_err(unknown);
    Ok(parameters.scope.as_ref().map(parse).transpose()?.unwrap_or_default())
}
