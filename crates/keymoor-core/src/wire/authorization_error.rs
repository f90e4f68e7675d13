//! The error table of the authorization endpoint (RFC 6749 §4.1.2.1): code and words for each
//! cause. What is in it is told to the client, through the browser.

use super::ScopeRefusal;

/// Why there is no authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationError {
    /// `invalid_request`: a parameter that stands twice.
    Repeated(&'static str),
    /// `invalid_request`: no `response_type`.
    NoResponseType,
    /// `unsupported_response_type`.
    ResponseType,
    /// `invalid_request`: the answer is to come in another way than in the query.
    ResponseMode,
    /// `invalid_request`: no `code_challenge`.
    NoChallenge,
    /// `invalid_request`: another `code_challenge_method` than S256, or none.
    ChallengeMethod,
    /// `invalid_request`: a `code_challenge` that is no SHA-256.
    Challenge,
    /// `unauthorized_client`: the application's owner has not enabled this grant.
    NotEnabled,
    /// `invalid_scope`.
    Scope(ScopeRefusal),
    /// `invalid_scope`: `offline_access`, where the application's owner has not enabled refresh
    /// tokens.
    NoRefreshTokens,
    /// `invalid_target` (RFC 8707 §2).
    Target,
    /// `access_denied`: who was asked said no.
    Denied,
}

impl AuthorizationError {
    /// The `error` of the answer.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Repeated(_)
            | Self::NoResponseType
            | Self::ResponseMode
            | Self::NoChallenge
            | Self::ChallengeMethod
            | Self::Challenge => "invalid_request",
            Self::ResponseType => "unsupported_response_type",
            Self::NotEnabled => "unauthorized_client",
            Self::Scope(_) | Self::NoRefreshTokens => "invalid_scope",
            Self::Target => "invalid_target",
            Self::Denied => "access_denied",
        }
    }

    /// The `error_description`: printable ASCII without quotes or backslashes.
    pub fn description(&self) -> String {
        match self {
            Self::Repeated(name) => format!("The parameter {name} stands more than once."),
            Self::Scope(refusal) => refusal.description(),
            other => other.fixed_description().to_owned(),
        }
    }

    const fn fixed_description(&self) -> &'static str {
        match self {
            Self::Repeated(_) | Self::Scope(_) => "",
            Self::NoResponseType => "The parameter response_type is missing: send code.",
            Self::ResponseType => "The response_type must be code.",
            Self::ResponseMode => "The response_mode must be query, or not be sent.",
            Self::NoChallenge => {
                "The parameter code_challenge is missing: every request needs PKCE with S256."
            }
            Self::ChallengeMethod => "The code_challenge_method must be S256.",
            Self::Challenge => {
                "The code_challenge must be base64url without padding of a SHA-256: 43 characters."
            }
            Self::NotEnabled => {
                "This application may not ask by authorization code: its owner can enable that in \
                 the portal."
            }
            Self::NoRefreshTokens => {
                "This application may not have refresh tokens, so it cannot ask for \
                 offline_access: its owner can enable them in the portal."
            }
            Self::Target => {
                "The resource is not one API that is registered here. Name one by its identifier, \
                 or none for the default API."
            }
            Self::Denied => "The request was denied.",
        }
    }
}
