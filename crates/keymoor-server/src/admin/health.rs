use std::sync::{Arc, atomic::Ordering};

use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header::CONTENT_TYPE};

use crate::App;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can serve, which needs the store, and to be in step with the other servers on it; and
/// it is not about to stop (s93).
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    if app.leaving.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the server is about to stop\n".to_owned());
    }
    if let Err(error) = app.store.ping().await {
        tracing::warn!(%error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".to_owned());
    }
    match app.check_in_step() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

/// `GET /metrics`: numbers for Prometheus.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, media)], app.metrics_text().await)
}
