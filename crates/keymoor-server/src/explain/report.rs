use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL, request::Parts};
use http_body_util::{BodyExt, Limited};
use keymoor_core::{
    UnixTime,
    explain::{Cause, MAX_REPORTED, RefusalReport, RefusedCall},
    wire::{InvalidClient, OAuthError, basic_client, is_hmac_key_id},
};
use keymoor_store::{NewRefusedCall, ResourceServer};

use crate::{
    App,
    failure::{Answer, Failure, UsedBasic},
};

/// The most bytes of a report.
const MAX_LENGTH: usize = 512 * 1024;
/// Seconds by which a call may be older than its report: the server may have been away.
const OLDEST: i64 = 3600;

/// `POST /api/auth/refusals`: the guard of a resource server tells of calls that it refused. What it
/// says of an API token is shown to its owner as that resource server's word.
pub(crate) async fn report(State(app): State<Arc<App>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let reporter = authenticate(&app, &parts)?;
    let whole = Limited::new(body, MAX_LENGTH).collect().await;
    let bytes = whole.map_err(|_| Failure::TooLarge)?.to_bytes();
    let report = read(&bytes)?;
    let now = app.now();
    let clock_ahead = report.sent_at.since(now);
    let issuer = app.issuer();
    let new = |call: RefusedCall| {
        let at = within(call.at.plus(-clock_ahead), now);
        let cause = call.cause.clone().reported(&issuer.url, reporter.audience.as_str());
        let call = RefusedCall { at, cause, ..call }.bounded();
        NewRefusedCall { reporter: Some(reporter.id), clock_ahead, call }
    };
    let calls: Vec<_> = report.calls.into_iter().map(new).collect();
    app.store.note_refused_calls(&calls).await?;
    count_hmac(&app, &calls);
    if report.dropped > 0 {
        tracing::warn!(reporter = %reporter.id, dropped = report.dropped, "a guard could not tell of every refused call");
    }
    Ok(taken())
}

/// Operators see who still sends HMAC, wherever it was refused.
fn count_hmac(app: &App, calls: &[NewRefusedCall]) {
    for new in calls {
        if let Cause::Hmac { key_id } = &new.call.cause {
            app.metrics.hmac(key_id.as_deref().filter(|id| is_hmac_key_id(id)));
        }
    }
}

fn authenticate(app: &App, parts: &Parts) -> Result<ResourceServer, Failure> {
    let refused = |error| Failure::OAuth(error, UsedBasic(true));
    let (id, secret) = basic_client(&parts.headers).map_err(refused)?;
    let server = app.resource_servers.authenticate(id, &secret, &app.pepper);
    let wrong = || refused(OAuthError::InvalidClient(InvalidClient::of(&secret)));
    Ok(server.ok_or_else(wrong)?.server.clone())
}

fn read(bytes: &Bytes) -> Result<RefusalReport, Failure> {
    let report: RefusalReport = serde_json::from_slice(bytes)
        .map_err(|error| Failure::Validation("report", error.to_string()))?;
    if report.calls.len() > MAX_REPORTED || !report.sent_at.is_plausible() {
        let problem = format!("tells of at most {MAX_REPORTED} calls, and when it was sent");
        return Err(Failure::Validation("report", problem));
    }
    Ok(report)
}

/// The time of a call by the server's clock, as far as it can be true.
fn within(at: UnixTime, now: UnixTime) -> UnixTime {
    at.clamp(now.plus(-OLDEST), now)
}

fn taken() -> Response {
    let mut response = (StatusCode::NO_CONTENT, Body::empty()).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
