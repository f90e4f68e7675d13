//! The body of a token request: a form (RFC 6749 §4.4.2, with the credentials of §2.3.1 in it).

use std::borrow::Cow;

use hyper::StatusCode;

/// Why no token is issued, in the words of RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A parameter is missing or repeated, or the method is not POST.
    InvalidRequest,
    /// The client is unknown or its secret is wrong.
    InvalidClient,
    /// The grant type is not `client_credentials`.
    UnsupportedGrantType,
}

impl Refusal {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest | Self::UnsupportedGrantType => StatusCode::BAD_REQUEST,
        }
    }
}

/// A token request for the grant `client_credentials`. Borrows from the body where no
/// percent-encoding had to be undone.
#[derive(Debug)]
pub(crate) struct TokenRequest<'b> {
    pub(crate) client_id: Cow<'b, str>,
    pub(crate) client_secret: Cow<'b, str>,
    /// Absent if empty.
    pub(crate) scope: Option<Cow<'b, str>>,
}

impl<'b> TokenRequest<'b> {
    /// Reads the form. Unknown parameters are ignored, repeated ones refused (RFC 6749 §3.2).
    pub(crate) fn parse(body: &'b [u8]) -> Result<Self, Refusal> {
        let (mut client_id, mut client_secret) = (None, None);
        let (mut grant_type, mut scope) = (None, None);
        for (name, value) in form_urlencoded::parse(body) {
            let place = match &*name {
                "client_id" => &mut client_id,
                "client_secret" => &mut client_secret,
                "grant_type" => &mut grant_type,
                "scope" => &mut scope,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Refusal::InvalidRequest);
            }
        }
        if grant_type.ok_or(Refusal::InvalidRequest)? != "client_credentials" {
            return Err(Refusal::UnsupportedGrantType);
        }
        Ok(Self {
            client_id: client_id.ok_or(Refusal::InvalidRequest)?,
            client_secret: client_secret.ok_or(Refusal::InvalidRequest)?,
            scope: scope.filter(|scope| !scope.is_empty()),
        })
    }
}
