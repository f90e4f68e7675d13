//! How a guard says no: one table of status, body and challenge for every API in front of which
//! it stands. Bodies always have `error` and `message`, which existing clients cannot do without.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    id::OrganizationId,
    jwt::TokenFault,
    scope::{Scope, ScopeName},
    wire::HostFault,
};

/// Why a request does not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No credentials at all.
    NoToken,
    /// An `Authorization` header that is not `Bearer` and a token.
    NotBearer,
    /// More than one `Authorization` header.
    SeveralTokens,
    /// A token in the URL, where logs would keep it.
    TokenInUrl,
    /// HMAC, which ended in 2020: refused before any work.
    Hmac,
    /// The token does not hold.
    InvalidToken(TokenFault),
    /// The token, its API token or its owner was removed.
    Removed,
    /// A federated organization and a token without its scope.
    AdditionalAuthentication(OrganizationId),
    /// A scope that the resource wants is not in the token: all that it wants.
    InsufficientScope(Vec<ScopeName>),
    /// The API token is limited to other organizations.
    OrganizationNotPermitted,
    /// The organization is disabled.
    OrganizationDisabled,
    /// The request names a host that is not the listener's.
    Host(HostFault),
    /// The path can be read in more than one way, so it is not judged.
    AmbiguousPath,
    /// The method can be read in more than one way, or is none that an API is called by.
    AmbiguousMethod,
    /// The path names no organization.
    NotFound,
    /// The guard cannot decide now, so it denies.
    Unavailable,
}

/// Addresses that refusals tell the caller about.
#[derive(Clone, Debug)]
pub struct Pointers {
    /// Where key and secret are exchanged for a token.
    pub token: String,
    /// Where it is documented.
    pub documentation: String,
    /// The protected-resource metadata (RFC 9728 §5.1).
    pub resource_metadata: String,
}

impl Refusal {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::Hmac | Self::InvalidToken(_) | Self::Removed => {
                StatusCode::UNAUTHORIZED
            }
            Self::Host(HostFault::Foreign) => StatusCode::MISDIRECTED_REQUEST,
            Self::NotBearer
            | Self::SeveralTokens
            | Self::TokenInUrl
            | Self::AmbiguousPath
            | Self::AmbiguousMethod
            | Self::Host(_) => StatusCode::BAD_REQUEST,
            Self::AdditionalAuthentication(_)
            | Self::InsufficientScope(_)
            | Self::OrganizationNotPermitted
            | Self::OrganizationDisabled => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `error` of the body: a word for programs.
    pub fn error(&self) -> &'static str {
        match self {
            Self::NoToken => "unauthorized",
            Self::Host(HostFault::Foreign) => "misdirected_request",
            Self::NotBearer
            | Self::SeveralTokens
            | Self::TokenInUrl
            | Self::AmbiguousPath
            | Self::AmbiguousMethod
            | Self::Host(_) => "invalid_request",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::Hmac => "unsupported_authentication_scheme",
            Self::InvalidToken(_) | Self::Removed => "invalid_token",
            Self::AdditionalAuthentication(_) => "additional_authentication_required",
            Self::OrganizationNotPermitted | Self::OrganizationDisabled => "forbidden",
            Self::NotFound => "not_found",
            Self::Unavailable => "system",
        }
    }

    /// The `message` of the body: a sentence for people, that says what to do.
    pub fn message(&self, pointers: &Pointers) -> String {
        match self {
            Self::NoToken => format!(
                "An access token is needed: exchange your API Key and API Secret for one at {} \
                 and send it as \"Authorization: Bearer <token>\".",
                pointers.token
            ),
            Self::Hmac => format!(
                "HMAC authentication is no longer supported. Use OAuth 2.0 client credentials: \
                 exchange your API Key and API Secret for a bearer token at {}.",
                pointers.token
            ),
            Self::Host(HostFault::DefaultPort { right }) => format!(
                "Do not name the port: it is the scheme's own. Call {right} without a port."
            ),
            Self::InsufficientScope(wanted) => format!(
                "This resource needs an access token with the scope \"{}\". Ask for it at {}.",
                joined(wanted),
                pointers.token
            ),
            other => other.fixed_message().to_owned(),
        }
    }

    fn fixed_message(&self) -> &'static str {
        match self {
            Self::NoToken
            | Self::Hmac
            | Self::InsufficientScope(_)
            | Self::Host(HostFault::DefaultPort { .. }) => "",
            Self::Host(HostFault::Malformed) => "Name exactly one host, in the Host header.",
            Self::Host(HostFault::Foreign) => {
                "Nothing is served under this host and port here. Check the URL that you call."
            }
            Self::NotBearer => {
                "The Authorization header must be \"Bearer\", one blank and an access token."
            }
            Self::SeveralTokens => "Send exactly one Authorization header.",
            Self::TokenInUrl => {
                "Send the access token in the Authorization header, never in the URL."
            }
            Self::InvalidToken(TokenFault::Expired) => {
                "The access token has expired. Request a new one and try again."
            }
            Self::InvalidToken(_) => {
                "The access token is not valid for this API. Request a new one and try again."
            }
            Self::Removed => {
                "The access token is no longer valid: its API token was removed or disabled."
            }
            Self::AdditionalAuthentication(_) => {
                "This resource requires additional authentication."
            }
            Self::OrganizationNotPermitted => {
                "The API token is limited to other organizations. Use one that includes this one."
            }
            Self::OrganizationDisabled => {
                "The organization is disabled. Its owner or the operator can say why."
            }
            Self::AmbiguousPath => {
                "The path can be read in more than one way. Send it without empty or dotted segments, \
                 semicolons, backslashes, and escapes of characters that need none."
            }
            Self::AmbiguousMethod => {
                "Send the request by the method that it is meant to have, and none to override it: \
                 no X-HTTP-Method-Override, no _method. CONNECT and TRACE are not served."
            }
            Self::NotFound => "The resource was not found.",
            Self::Unavailable => "The request cannot be checked at the moment. Try again shortly.",
        }
    }

    /// The JSON body.
    pub fn body(&self, pointers: &Pointers) -> Value {
        let mut body = json!({ "error": self.error(), "message": self.message(pointers) });
        if *self == Self::Hmac {
            body["documentation"] = json!(pointers.documentation);
        }
        body
    }

    /// The `WWW-Authenticate` value (RFC 6750 §3, RFC 9728 §5.1), if the answer has one. Ids and
    /// URLs hold no quote, so nothing needs escaping.
    pub fn challenge(&self, pointers: &Pointers) -> Option<String> {
        let metadata = format!("resource_metadata=\"{}\"", pointers.resource_metadata);
        let bearer = |error: &str| format!("Bearer error=\"{error}\", {metadata}");
        match self {
            Self::Hmac => Some("Bearer".to_owned()),
            Self::NoToken => Some(format!("Bearer {metadata}")),
            Self::NotBearer | Self::SeveralTokens | Self::TokenInUrl => {
                Some(bearer("invalid_request"))
            }
            Self::InvalidToken(_) | Self::Removed => Some(bearer("invalid_token")),
            Self::AdditionalAuthentication(organization) => Some(format!(
                "Bearer error=\"insufficient_scope\", scope=\"{}\", {metadata}",
                Scope::Organization(*organization)
            )),
            Self::InsufficientScope(wanted) => Some(format!(
                "Bearer error=\"insufficient_scope\", scope=\"{}\", {metadata}",
                joined(wanted)
            )),
            Self::OrganizationNotPermitted
            | Self::OrganizationDisabled
            | Self::AmbiguousPath
            | Self::AmbiguousMethod
            | Self::Host(_)
            | Self::NotFound
            | Self::Unavailable => None,
        }
    }

    /// Seconds after which trying again may help (`Retry-After`).
    pub fn retry_after(&self) -> Option<u32> {
        (*self == Self::Unavailable).then_some(1)
    }
}

fn joined(names: &[ScopeName]) -> String {
    names.iter().map(ScopeName::as_str).collect::<Vec<_>>().join(" ")
}
