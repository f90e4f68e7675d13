//! What can go wrong, and for each what to do about it.

use std::time::Duration;

use keymoor_core::{OrganizationId, Scopes, secret::Damage};

use crate::{
    client::Response, credentials::CredentialsError, device::DeviceError, endpoints::EndpointError,
    exchange::Malformed, transport::Unreachable,
};

/// What became of a call that brought no answer, or one that is an error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL may not be called, and nothing was sent.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// There are no credentials to use, or they cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// `invalid_client` (RFC 6749 §5.2).
    #[error("the token endpoint refuses the API Key or the API Secret{}", told(.description.as_ref()))]
    InvalidClient {
        /// The server's words.
        description: Option<String>,
        /// What is visibly wrong with the secret, if it looks like one of Keymoor's.
        damage: Option<Damage>,
    },
    /// The refresh token of a login does not work any more: `invalid_grant` (RFC 6749 §5.2), or the
    /// application is gone.
    #[error("the server has ended this login{}", told(.description.as_ref()))]
    LoginEnded {
        /// The server's words.
        description: Option<String>,
    },
    /// A device was not let in (RFC 8628 §3.5).
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// `invalid_scope` (RFC 6749 §5.2), or fewer scopes granted than were asked for.
    #[error("the token endpoint does not grant {scopes}{}", told(.description.as_ref()))]
    ScopeRefused {
        /// What was asked for.
        scopes: Scopes,
        /// The server's words.
        description: Option<String>,
        /// Where it sends people, to sign in perhaps.
        uri: Option<String>,
    },
    /// Any other error of the token endpoint.
    #[error("the token endpoint answers {error}{}", told(.description.as_ref()))]
    TokenRefused {
        /// The HTTP status.
        status: u16,
        /// The code (RFC 6749 §5.2), or the status in words if there is none.
        error: String,
        /// The server's words.
        description: Option<String>,
        /// Where it sends people.
        uri: Option<String>,
    },
    /// The token endpoint answers something that is no token.
    #[error("the token endpoint's answer is no access token: {0}")]
    NotAToken(#[from] Malformed),
    /// No answer came.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// 429 or 5xx, also after the retries that were allowed.
    #[error("{host} answers {status}{}", told(.description.as_ref()))]
    Unavailable {
        /// Who answers.
        host: String,
        /// The HTTP status.
        status: u16,
        /// How long the server says to wait.
        retry_after: Option<Duration>,
        /// The server's words.
        description: Option<String>,
        /// The answer, if an API gave it.
        answer: Option<Box<Response>>,
    },
    /// The API wants the scope of an organization, and it could not be had.
    #[error("this resource requires additional authentication: an organization's scope")]
    OrganizationScopeNeeded {
        /// The organization, if it is known.
        organization: Option<OrganizationId>,
        /// Otherwise those that it can be, each with its name.
        candidates: Vec<(OrganizationId, String)>,
        /// The API's answer.
        answer: Box<Response>,
    },
    /// The API refuses a token that is new (401).
    #[error("the API refuses the access token{}", told(.0.message().as_ref()))]
    Unauthorized(Box<Response>),
    /// The API refuses the call (403).
    #[error("the API refuses this call{}", told(.0.message().as_ref()))]
    Forbidden(Box<Response>),
    /// Any other HTTP status of 400 or more.
    #[error("the API answers {}{}", .0.status(), told(.0.message().as_ref()))]
    Status(Box<Response>),
    /// A redirect that is not followed: it leads the secret or the token elsewhere, or in a circle.
    #[error("{from} redirects to {to}, and that is not followed")]
    Redirect {
        /// Who redirects: an origin.
        from: String,
        /// Where to: an origin.
        to: String,
    },
    /// An answer is longer than is read.
    #[error("{host} answers more than {limit} bytes")]
    TooLong {
        /// Who answers.
        host: String,
        /// The most bytes that are read.
        limit: usize,
    },
    /// A list that is no HAL list (`_embedded.items`), or that never ends.
    #[error("{path} is no list: {what}")]
    NotAList {
        /// Which.
        path: String,
        /// Why.
        what: &'static str,
    },
    /// The answer is not the JSON that was expected.
    #[error("the answer cannot be read: {0}")]
    NotJson(String),
    /// The client itself cannot be set up.
    #[error("{0}")]
    Setup(String),
}

/// What kind of trouble an [`Error`] is: one for each exit code of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The call is wrong in itself; nothing was sent.
    Usage,
    /// There are no credentials, or they are refused.
    Credentials,
    /// The credentials hold, and the call is not allowed.
    Forbidden,
    /// The scope of an organization is needed.
    OrganizationScope,
    /// Not reached: DNS, connection, TLS, time-out.
    Unreachable,
    /// Rate-limited, or the server cannot serve now.
    Unavailable,
    /// Another HTTP status of 400 or more.
    Status,
    /// Anything else.
    Other,
}

impl Error {
    /// What kind of trouble this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Endpoint(_) => Kind::Usage,
            Self::Credentials(_) | Self::InvalidClient { .. } | Self::Unauthorized(_) => {
                Kind::Credentials
            }
            Self::LoginEnded { .. } => Kind::Credentials,
            Self::Device(error) => error.kind(),
            Self::TokenRefused { error, .. } if error == "unauthorized_client" => Kind::Forbidden,
            Self::ScopeRefused { .. } | Self::Forbidden(_) => Kind::Forbidden,
            Self::OrganizationScopeNeeded { .. } => Kind::OrganizationScope,
            Self::Unreachable(_) => Kind::Unreachable,
            Self::Unavailable { .. } => Kind::Unavailable,
            Self::Status(_) => Kind::Status,
            _ => Kind::Other,
        }
    }

    /// What the user can do about it, in a sentence or two.
    pub fn hint(&self) -> String {
        crate::hint::hint(self)
    }

    /// The API's answer, if there was one.
    pub fn answer(&self) -> Option<&Response> {
        match self {
            Self::Unauthorized(answer) | Self::Forbidden(answer) | Self::Status(answer) => {
                Some(answer)
            }
            Self::OrganizationScopeNeeded { answer, .. } => Some(answer),
            Self::Unavailable { answer, .. } => answer.as_deref(),
            _ => None,
        }
    }
}

fn told(description: Option<&String>) -> String {
    description.map(|text| format!(": {text}")).unwrap_or_default()
}
