//! A token request, from whatever form a client gave it: by client credentials (RFC 6749 §4.4.2), or
//! one of the delegated grants.

use http::{HeaderMap, Method, Uri, header::AUTHORIZATION};

use super::{
    InvalidRequest, OAuthError, ScopeRefusal,
    client::Client,
    delegated_request::{DelegatedRequest, is_delegated, to_application},
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
        let client = Client::of(self.headers, &parameters);
        let client =
            if is_delegated(&parameters) { client.map_err(to_application)? } else { client? };
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

/// A request at the token endpoint, by what is exchanged.
#[derive(Debug)]
pub enum GrantRequest {
    /// API Key and API Secret (RFC 6749 §4.4).
    ClientCredentials(TokenRequest),
    /// What somebody let an application have.
    Delegated(DelegatedRequest),
}

impl GrantRequest {
    /// Reads a request. Nothing of the store is known here: what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        let (mut parameters, client) = head.read(body)?;
        match DelegatedRequest::of(&mut parameters, client)? {
            Ok(delegated) => Ok(Self::Delegated(delegated)),
            Err(client) => TokenRequest::of(parameters, client).map(Self::ClientCredentials),
        }
    }
}

impl TokenRequest {
    /// Reads a request, if it is one by client credentials.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        match GrantRequest::parse(head, body)? {
            GrantRequest::ClientCredentials(request) => Ok(request),
            GrantRequest::Delegated(_) => Err(OAuthError::UnsupportedGrantType),
        }
    }

    fn of(parameters: Parameters, client: Client) -> Result<Self, OAuthError> {
        let (client_id, secret) = client.secret()?;
        check_grant_type(&parameters)?;
        let scope = scope(&parameters)?;
        let api_key = ApiKey::parse(&client_id).ok();
        let client = ClientAuthentication { api_key, secret };
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

pub(super) fn scope(parameters: &Parameters) -> Result<Scopes, OAuthError> {
    let unknown = |_| OAuthError::InvalidScope(ScopeRefusal::Unknown);
    let parse = |text: &Zeroizing<String>| Scopes::parse(text).map_err(unknown);
    Ok(parameters.scope.as_ref().map(parse).transpose()?.unwrap_or_default())
}
