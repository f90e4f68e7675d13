use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use keymoor_core::wire::{InvalidRequest, MAX_BODY_LENGTH, OAuthError, RequestHead};

/// The part of a request that the core reads.
pub(super) fn head(parts: &Parts) -> RequestHead<'_> {
    RequestHead { method: &parts.method, uri: &parts.uri, headers: &parts.headers }
}

/// The whole body, if it is no larger than a request here may be.
pub(super) async fn read(body: Body) -> Result<Bytes, OAuthError> {
    let whole = Limited::new(body, MAX_BODY_LENGTH).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            OAuthError::TooLarge
        } else {
            OAuthError::InvalidRequest(InvalidRequest::Incomplete)
        }
    })
}
