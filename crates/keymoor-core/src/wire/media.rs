//! Which bodies a token request may have.

use http::{HeaderMap, HeaderValue, header::CONTENT_ENCODING, header::CONTENT_TYPE};

use super::{InvalidRequest, OAuthError};

/// How the parameters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Form,
    Json,
}

impl Media {
    /// Reads `Content-Type`; an absent one is a form, the only type that RFC 6749 knows.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, OAuthError> {
        let encoded = headers.get(CONTENT_ENCODING).is_some_and(|value| value != "identity");
        if encoded {
            return Err(OAuthError::UnsupportedMedia(InvalidRequest::ContentEncoding));
        }
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let media = types.next().map_or(Some(Self::Form), Self::of_type);
        media
            .filter(|_| types.next().is_none())
            .ok_or(OAuthError::UnsupportedMedia(InvalidRequest::ContentType))
    }

    fn of_type(value: &HeaderValue) -> Option<Self> {
        let essence = value.to_str().ok()?.split(';').next()?.trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Some(Self::Form)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else {
            None
        }
    }
}
