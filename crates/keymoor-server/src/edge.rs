//! What happens to every request, whatever its route: an id, the refusal of HMAC, a time limit,
//! and a net under panics.

use std::{any::Any, cell::Cell, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header::X_CONTENT_TYPE_OPTIONS};
use keymoor_core::{
    explain::{RequestId, shown_path},
    refusal::Refusal,
    wire::{hmac_key_id, is_hmac},
};

use keymoor_guard::{RefusalLog, X_REQUEST_ID, next_request_id, request_id_value};

use crate::{
    App,
    client_address::client_address,
    explain::{Noted, Sent},
    failure::Failure,
    forward_auth::is_asked_at,
};

/// The longest that a request may take, from its head to its answer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Outermost: every response has `X-Request-Id`, and what is logged on its way has it too.
/// A refusal is noted under that id, so that it can be explained.
pub(crate) async fn identify(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let id = next_request_id();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let address = client_address(request.extensions(), request.headers(), &app);
    let mut response = next.run(request).await;
    let status = response.status();
    if let Some(noted) = response.extensions_mut().remove::<Noted>() {
        let sent = Sent { method: &method, uri: &uri, status, address };
        app.refusals.note(noted.call(id, app.now(), &sent));
    }
    log(id, &method, &shown_path(uri.path()), status);
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, request_id_value(id));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn log(request_id: RequestId, method: &Method, path: &str, status: StatusCode) {
    let code = status.as_u16();
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%request_id, %method, path, status = code, "request failed");
    } else if status.is_server_error() {
        // Whoever could not serve it has said why; a flood is told to come later by the thousand.
        tracing::info!(%request_id, %method, path, status = code, "request not served");
    } else {
        tracing::debug!(%request_id, %method, path, status = code, "request");
    }
}

/// Refuses HMAC before routing, so that it gets the same answer at every URL.
pub(crate) async fn refuse_hmac(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if is_hmac(request.headers()) && !is_asked_at(request.uri().path()) {
        app.metrics.hmac(hmac_key_id(request.headers()));
        return Failure::from(Refusal::Hmac).into_response();
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
        Err(fault) => Failure::from(Refusal::Host(fault)).into_response(),
    }
}

tokio::task_local! {
    /// Whether a change was begun on behalf of the request.
    static CHANGES: Cell<bool>;
}

/// From now on nobody may say that the request has changed nothing.
pub(crate) fn change_begins() {
    // What the server does by itself is no request.
    let _ = CHANGES.try_with(|changes| changes.set(true));
}

/// Gives up on a request that takes longer than [`TIME_LIMIT`]. To try again is no good advice then if
/// something may have been changed.
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    let answered = async {
        let answer = tokio::time::timeout(TIME_LIMIT, next.run(request)).await;
        let changes = CHANGES.with(Cell::get);
        let late = if changes { Failure::InDoubt } else { Failure::Timeout };
        answer.unwrap_or_else(|_| late.into_response())
    };
    CHANGES.scope(Cell::new(false), answered).await
}

/// What a panic in a handler becomes. Its message may hold anything, so it is not logged here.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Failure::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::post};
    use tower::ServiceExt;

    use super::*;

    /// What is said of a request that hangs, after it began to change something or not.
    async fn told(changes: bool) -> Failure {
        let hang = async move || {
            if changes {
                change_begins();
            }
            std::future::pending::<()>().await;
        };
        let router = Router::new().route("/", post(hang)).layer(from_fn(limit_time));
        let answer = router.oneshot(Request::post("/").body(Body::empty()).unwrap()).await;
        answer.unwrap().extensions_mut().remove().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_may_have_changed_something_is_not_told_to_try_again() {
        assert!(matches!(told(false).await, Failure::Timeout));
        assert!(matches!(told(true).await, Failure::InDoubt));
    }
}
