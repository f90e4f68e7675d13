//! The one place where an error becomes a response.
//!
//! A handler returns a [`Failure`]; it travels in the response's extensions to [`render`], which
//! knows the server's URLs. What a caller may not know is logged, not sent.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
};
use keymoor_core::{refusal::Refusal, wire::OAuthError};
use keymoor_guard::refusal_response;
use keymoor_store::StoreError;
use serde_json::{Value, json};

use crate::{App, operations::OperationError};

/// Whatever can go wrong with a request.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The token endpoint's error table; Basic is named if the client used it.
    OAuth(OAuthError, UsedBasic),
    /// The guard's table.
    Refused(Refusal),
    /// 404.
    NotFound,
    /// 405; the router adds `Allow`.
    Method,
    /// 409, and why.
    Conflict(String),
    /// 403: allowed to nobody like the caller.
    Forbidden(&'static str),
    /// 400: a field and what is wrong with it.
    Validation(&'static str, String),
    /// 413.
    TooLarge,
    /// 503: the store cannot be used.
    Unavailable,
    /// 408: the request took too long to arrive or to answer.
    Timeout,
    /// 500, with a request id for the operator and nothing else.
    Internal,
}

/// Whether credentials came in the `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedBasic(pub bool);

/// The result of a handler.
pub type Answer = Result<Response, Failure>;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict(why) => Self::Conflict(why.to_owned()),
            StoreError::Unavailable(_) | StoreError::InDoubt(_) | StoreError::Contended => {
                tracing::error!(%error, "the store is unavailable");
                Self::Unavailable
            }
            StoreError::Corrupt(_) => {
                tracing::error!(%error, "the store is damaged");
                Self::Internal
            }
        }
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error.into(),
            OperationError::Invalid { field, problem } => Self::Validation(field, problem),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a [`Failure`] that comes up the stack into its response.
pub(crate) async fn render(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else {
        return response;
    };
    let allow = response.headers_mut().remove(ALLOW);
    let mut rendered = failure.response(&app);
    if let Some(allow) = allow {
        rendered.headers_mut().insert(ALLOW, allow);
    }
    rendered
}

impl Failure {
    fn response(&self, app: &App) -> Response {
        match self {
            Self::OAuth(error, used_basic) => oauth_response(app, error, *used_basic),
            Self::Refused(refusal) => refusal_response(refusal, app.guard.pointers()),
            other => other.api_response(),
        }
    }

    fn api_response(&self) -> Response {
        let (status, error, message) = self.row();
        let body = json!({ "error": error, "message": message });
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    /// Status, `error` and `message` of everything that is neither OAuth's nor the guard's.
    fn row(&self) -> (StatusCode, &'static str, Value) {
        let (status, error, message) = match self {
            Self::Conflict(why) => (StatusCode::CONFLICT, "conflict", why.as_str()),
            Self::Validation(field, problem) => {
                let message = json!({ *field: problem });
                return (StatusCode::BAD_REQUEST, "validation_failed", message);
            }
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, "forbidden", *why),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "The resource was not found."),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The resource does not take this method. See the Allow header.",
            ),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.")
            }
            Self::Timeout => {
                (StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long. Try again.")
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "system",
                "The service is unavailable at the moment. Try again shortly.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong here. Tell the operator the X-Request-Id of this answer.",
            ),
        };
        (status, error, Value::from(message))
    }
}

fn oauth_response(app: &App, error: &OAuthError, used_basic: UsedBasic) -> Response {
    let mut body = json!({ "error": error.code(), "error_description": error.description() });
    if let Some(path) = error.help_path() {
        body["error_uri"] = Value::from(app.url(&path));
    }
    let mut response = (error.status(), Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if error.status() == StatusCode::UNAUTHORIZED && used_basic.0 {
        let basic = HeaderValue::from_static("Basic realm=\"keymoor\", charset=\"UTF-8\"");
        headers.insert(WWW_AUTHENTICATE, basic);
    }
    if error.status() == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
