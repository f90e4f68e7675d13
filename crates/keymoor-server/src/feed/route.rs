use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response, Sse},
};
use http::{HeaderMap, HeaderValue, header::CACHE_CONTROL};
use keymoor_core::wire::{InvalidClient, OAuthError, basic_client};

use super::stream;
use crate::{
    App,
    failure::{Answer, Failure, UsedBasic},
};

/// `GET /api/auth/removals`: the feed, for resource servers, by Basic authentication.
pub(crate) async fn removals(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let refused = |error| Failure::OAuth(error, UsedBasic(true));
    let (id, secret) = basic_client(&headers).map_err(refused)?;
    let server = app.resource_servers.authenticate(id, &secret, &app.pepper);
    let wrong = || OAuthError::InvalidClient(InvalidClient::of(&secret));
    let server = server.ok_or_else(wrong).map_err(refused)?.server.id;
    let place = app.feed.place(server).filter(|_| app.is_following());
    let place = place.ok_or(Failure::Unavailable)?;
    let stream = stream::events(app.clone(), server, last_event_id(&headers), place);
    // It hears from here on if the resource server is removed; it may have been meanwhile.
    if !app.resource_servers.contains(server) {
        return Err(refused(wrong()));
    }
    Ok(uncached(Sse::new(stream).into_response()))
}

/// What the listener heard last, if it says so.
fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// No cache keeps it, and no proxy holds it back (nginx reads the second header).
fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
