//! What happens to every request, whatever its route: an id, the refusal of HMAC, a time limit,
//! and a net under panics.

use std::{
    any::Any,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header::X_CONTENT_TYPE_OPTIONS};
use keymoor_core::{
    refusal::Refusal,
    wire::{hmac_key_id, is_hmac},
};

use crate::{App, failure::Failure, forward_auth::is_asked_at, random};

/// The longest that a request may take, from its head to its answer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static PROCESS: LazyLock<u64> = LazyLock::new(|| u64::from_le_bytes(random()));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// An id that no other request of this or another process has.
fn request_id() -> String {
    format!("{:016x}{:08x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Outermost: every response has `X-Request-Id`, and what is logged on its way has it too.
pub(crate) async fn identify(request: Request, next: Next) -> Response {
    let id = request_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id = id, %method, path, status, "request failed");
    } else if response.status().is_server_error() {
        // Whoever could not serve it has said why; a flood is told to come later by the thousand.
        tracing::info!(request_id = id, %method, path, status, "request not served");
    } else {
        tracing::debug!(request_id = id, %method, path, status, "request");
    }
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(&id).expect("hexadecimal digits are a header value");
    headers.insert(X_REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Refuses HMAC before routing, so that it gets the same answer at every URL.
pub(crate) async fn refuse_hmac(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if is_hmac(request.headers()) && !is_asked_at(request.uri().path()) {
        app.metrics.hmac(hmac_key_id(request.headers()));
        return Failure::Refused(Refusal::Hmac).into_response();
    }
    next.run(request).await
}

/// Refuses what names another host than ours, or our own port where it goes without saying. A proxy
/// that asks for a verdict names the host of the request that it asks about.
pub(crate) async fn check_host(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let judged = app.settings.authorities.as_ref().filter(|_| !is_asked_at(request.uri().path()));
    match judged.map_or(Ok(()), |authorities| authorities.check_request(&request)) {
        Ok(()) => next.run(request).await,
        Err(fault) => Failure::Refused(Refusal::Host(fault)).into_response(),
    }
}

/// Gives up on a request that takes longer than [`TIME_LIMIT`].
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(TIME_LIMIT, next.run(request));
    answer.await.unwrap_or_else(|_| Failure::Timeout.into_response())
}

/// What a panic in a handler becomes. Its message may hold anything, so it is not logged here.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Failure::Internal.into_response()
}
