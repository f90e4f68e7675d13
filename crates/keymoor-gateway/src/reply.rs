//! What the gateway answers by itself.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_body_util::{Either, Full};
use serde_json::json;

use crate::{held::Held, idle::Timely, visit::Open};

/// The body of an answer: the gateway's own, or the API's. One over HTTP/1.1 that ends by itself needs
/// nobody to take it away: as soon as its client does not take it the connection waits, and is let go
/// (see [`crate::idle::Taken`]).
pub(crate) type Body = Either<Full<Bytes>, Either<Timely<Open>, Held>>;

/// What goes wrong between a request that may pass and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The head says what cannot be handed on.
    Head,
    /// A protocol that connections here do not change to.
    Upgrade,
    /// No address of the API can be reached.
    Unreachable,
    /// The API broke off before it answered.
    BrokeOff,
    /// The API did not begin to answer in time.
    Slow,
    /// The client paused for too long in its body.
    Stalled,
    /// The client's body broke off, or is none.
    HalfBody,
}

impl Broken {
    fn told(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Head => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The head of the request cannot be handed on: no URL can be built of it.",
            ),
            Self::Upgrade => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Connections do not change to this protocol here.",
            ),
            Self::Unreachable => (
                StatusCode::BAD_GATEWAY,
                "bad_gateway",
                "The API cannot be reached at the moment. Try again shortly.",
            ),
            Self::BrokeOff => (
                StatusCode::BAD_GATEWAY,
                "bad_gateway",
                "The API broke off before it answered. It may have done what was asked.",
            ),
            Self::Slow => (
                StatusCode::GATEWAY_TIMEOUT,
                "gateway_timeout",
                "The API did not answer in time. It may have done what was asked.",
            ),
            Self::Stalled => (
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body of the request did not come in time.",
            ),
            Self::HalfBody => {
                (StatusCode::BAD_REQUEST, "invalid_request", "The body of the request broke off.")
            }
        }
    }

    pub(crate) fn response(self) -> Response<Body> {
        let (status, error, message) = self.told();
        let body = json!({ "error": error, "message": message }).to_string();
        let mut response = Response::new(full(body.into()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

pub(crate) fn full(bytes: Bytes) -> Body {
    Either::Left(Full::new(bytes))
}
