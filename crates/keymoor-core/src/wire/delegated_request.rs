//! Requests by applications, in the name of whoever let them: for tokens (RFC 6749 §4.1.3 and §6, RFC
//! 8628 §3.4), for a device code (RFC 8628 §3.1), and to revoke (RFC 7009 §2.1).

use std::fmt;

use zeroize::Zeroizing;

use super::{
    InvalidClient, InvalidRequest, OAuthError, Proof, RequestHead, client::Client,
    parameters::Parameters, token_request::scope,
};
use crate::{id::ApiKey, scope::Scopes, secret::PresentedSecret};

/// The `grant_type` of a device code (RFC 8628 §3.4).
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Whether what is asked for is one of these grants.
pub(super) fn is_delegated(parameters: &Parameters) -> bool {
    let grant = parameters.grant_type.as_deref().map(String::as_str);
    matches!(grant, Some("authorization_code" | "refresh_token" | DEVICE_CODE))
}

/// The same, told to an application: it has no API Key to send.
pub(super) fn to_application(error: OAuthError) -> OAuthError {
    match error {
        OAuthError::InvalidClient(InvalidClient::Missing) => {
            OAuthError::InvalidClient(InvalidClient::OfApplication(Proof::Unnamed))
        }
        other => other,
    }
}

/// The application that asks. Whether it has to have a secret, only the store knows.
#[derive(Debug)]
pub struct DelegatedClient {
    /// Its `client_id`; `None` for a text that no application can have.
    pub id: Option<ApiKey>,
    /// The secret as presented, if one was.
    pub secret: Option<PresentedSecret>,
}

/// What is exchanged.
pub enum DelegatedGrant {
    /// A code that a browser brought (RFC 6749 §4.1.3).
    AuthorizationCode {
        /// The code.
        code: Zeroizing<String>,
        /// The redirect URI of the request that it answered.
        redirect_uri: Zeroizing<String>,
        /// What the challenge of that request was made of (RFC 7636 §4.5).
        code_verifier: Zeroizing<String>,
    },
    /// A refresh token (RFC 6749 §6).
    RefreshToken {
        /// The token.
        token: Zeroizing<String>,
        /// What the access token is to be for; everything that the grant holds if it is `None`.
        scope: Option<Scopes>,
    },
    /// The code of a device that somebody lets in, or not yet (RFC 8628 §3.4).
    DeviceCode {
        /// The code.
        code: Zeroizing<String>,
    },
}

impl fmt::Debug for DelegatedGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizationCode { .. } => "AuthorizationCode([redacted])",
            Self::RefreshToken { .. } => "RefreshToken([redacted])",
            Self::DeviceCode { .. } => "DeviceCode([redacted])",
        })
    }
}

/// A well-formed request for tokens in somebody's name.
#[derive(Debug)]
pub struct DelegatedRequest {
    /// Who asks.
    pub client: DelegatedClient,
    /// What is exchanged.
    pub grant: DelegatedGrant,
    /// The API that the access token is to be for (RFC 8707 §2.2): the one of the grant, if it is
    /// named at all.
    pub resource: Option<Zeroizing<String>>,
}

impl DelegatedClient {
    fn of(client: Client) -> Self {
        Self { id: ApiKey::parse(&client.client_id).ok(), secret: client.secret }
    }
}

impl DelegatedRequest {
    /// The request, if its grant is one of these.
    pub(super) fn of(
        parameters: &mut Parameters,
        client: Client,
    ) -> Result<Result<Self, Client>, OAuthError> {
        let grant = match parameters.grant_type.as_deref().map(String::as_str) {
            Some("authorization_code") => DelegatedGrant::AuthorizationCode {
                code: needed(parameters.code.take(), "code")?,
                redirect_uri: needed(parameters.redirect_uri.take(), "redirect_uri")?,
                code_verifier: needed(parameters.code_verifier.take(), "code_verifier")?,
            },
            Some("refresh_token") => {
                let token = needed(parameters.refresh_token.take(), "refresh_token")?;
                let asked = parameters.scope.is_some();
                let scope = Some(scope(parameters)?).filter(|_| asked);
                DelegatedGrant::RefreshToken { token, scope }
            }
            Some(DEVICE_CODE) => DelegatedGrant::DeviceCode {
                code: needed(parameters.device_code.take(), "device_code")?,
            },
            _ => return Ok(Err(client)),
        };
        let (client, resource) = (DelegatedClient::of(client), parameters.resource.take());
        Ok(Ok(Self { client, grant, resource }))
    }
}

fn needed(
    value: Option<Zeroizing<String>>,
    name: &'static str,
) -> Result<Zeroizing<String>, OAuthError> {
    value.ok_or(OAuthError::InvalidRequest(InvalidRequest::Missing(name)))
}

/// A well-formed request for a device code (RFC 8628 §3.1).
#[derive(Debug)]
pub struct DeviceAuthorizationRequest {
    /// Who asks.
    pub client: DelegatedClient,
    /// What for.
    pub scope: Scopes,
    /// The API that tokens are to be for.
    pub resource: Option<Zeroizing<String>>,
}

impl DeviceAuthorizationRequest {
    /// Reads a request; what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        let (parameters, client) = head.read(body).map_err(to_application)?;
        let scope = scope(&parameters)?;
        Ok(Self { client: DelegatedClient::of(client), scope, resource: parameters.resource })
    }
}

/// A well-formed request to revoke a token, of an API token or of an application.
/// `token_type_hint` is ignored: the types look different.
pub struct RevocationRequest {
    /// Who asks.
    pub client: DelegatedClient,
    /// What it is about, as it was sent.
    pub token: Zeroizing<String>,
}

impl RevocationRequest {
    /// Reads a request; what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        let (parameters, client) = head.read(body)?;
        let missing = OAuthError::InvalidRequest(InvalidRequest::NoToken);
        let token = parameters.token.ok_or(missing)?;
        Ok(Self { client: DelegatedClient::of(client), token })
    }
}

impl fmt::Debug for RevocationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationRequest").field("client", &self.client).finish_non_exhaustive()
    }
}
