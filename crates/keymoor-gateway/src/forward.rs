//! A request that may pass, on its way to the API and back.

use std::time::Duration;

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{CONNECTION, COOKIE, HOST, UPGRADE},
    request::Parts,
};
use http_body_util::{Either, Empty};
use hyper::{
    body::{Body as _, Incoming},
    upgrade::{OnUpgrade, on},
};
use hyper_util::{client::legacy::Error, rt::TokioIo};
use keymoor_core::Clock;

use crate::{
    client::{Client, Outgoing, passed, path_and_query},
    config::HostMode,
    head::end_hop,
    idle::{Timely, join},
    live::Live,
    reply::{Body, Broken},
    upstream::{Address, Upstream},
};

/// A request in parts, without what is about the client's connection.
pub(crate) struct Passing {
    pub(crate) headers: HeaderMap,
    method: Method,
    uri: Uri,
    body: Option<Incoming>,
    upgrade: Option<Upgrade>,
}

/// A connection that is to change to another protocol.
struct Upgrade {
    protocol: HeaderValue,
    client: OnUpgrade,
}

impl Passing {
    pub(crate) fn new(mut parts: Parts, body: Incoming, live: &Live) -> Result<Self, Broken> {
        let upgrade = Upgrade::of(&mut parts, live)?;
        // HTTP/2 has the host in its URI.
        if let (None, Some(authority)) = (parts.headers.get(HOST), parts.uri.authority()) {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Broken::Head)?;
            parts.headers.insert(HOST, host);
        }
        join_cookies(&mut parts.headers);
        let body = (!body.is_end_stream()).then_some(body);
        Ok(Self { headers: parts.headers, method: parts.method, uri: parts.uri, body, upgrade })
    }

    /// Whether it may be sent again although it may have arrived: nothing depends on how often.
    fn is_safe(&self) -> bool {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&self.method);
        safe && self.upgrade.is_none()
    }

    /// The request for one address. A body is taken, so it is sent once; so is the head for the last.
    fn request(&mut self, address: &Address, live: &Live, last: bool) -> Option<Request<Outgoing>> {
        let body = match self.body.take() {
            Some(body) => passed(body, live.idle),
            None => Either::Right(Empty::new()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = address.uri(path_and_query(&self.uri))?;
        *request.headers_mut() =
            if last { std::mem::take(&mut self.headers) } else { self.headers.clone() };
        let headers = request.headers_mut();
        if live.host == HostMode::Upstream {
            headers.insert(HOST, HeaderValue::from_str(address.authority.as_str()).ok()?);
        }
        if let Some(upgrade) = &self.upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, upgrade.protocol.clone());
        }
        Some(request)
    }
}

impl Upgrade {
    /// What HTTP/1.1 asks for by `Connection: upgrade`; `Upgrade` alone is passed over.
    fn of(parts: &mut Parts, live: &Live) -> Result<Option<Self>, Broken> {
        let listed = parts.headers.get_all(CONNECTION).iter().any(|value| {
            let names = value.to_str().unwrap_or_default().split(',');
            names.into_iter().any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        });
        let mut wanted = parts.headers.get_all(UPGRADE).iter();
        let Some(protocol) = wanted.next().filter(|_| listed && parts.version == Version::HTTP_11)
        else {
            return Ok(None);
        };
        let name = protocol.to_str().unwrap_or_default().to_ascii_lowercase();
        if wanted.next().is_some() || !live.upgrades.contains(&name) {
            return Err(Broken::Upgrade);
        }
        let protocol = protocol.clone();
        let client = parts.extensions.remove::<OnUpgrade>().ok_or(Broken::Upgrade)?;
        Ok(Some(Self { protocol, client }))
    }
}

/// HTTP/2 may send a cookie in parts, which HTTP/1.1 knows as one line (RFC 9113 §8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let parts: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if parts.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&parts.join(&b"; "[..]))
    {
        headers.insert(COOKIE, whole);
    }
}

/// Sends it to the first address that takes it.
pub(crate) async fn forward(
    client: &Client,
    clock: &dyn Clock,
    live: &Live,
    upstream: &Upstream,
    mut passing: Passing,
) -> Result<Response<Body>, Broken> {
    let whole = passing.body.is_none();
    let mut failed = Broken::Unreachable;
    let mut candidates = upstream.candidates(clock.now()).peekable();
    while let Some(address) = candidates.next() {
        let last = !whole || candidates.peek().is_none();
        let request = passing.request(address, live, last).ok_or(Broken::Head)?;
        let sent = tokio::time::timeout(live.answer, client.send(request, upstream.h2c));
        let error = match sent.await {
            Err(_) => return Err(Broken::Slow),
            Ok(Ok(response)) => return Ok(back(response, passing, live.pause)),
            Ok(Err(error)) => error,
        };
        failed = note(&error, address, clock);
        let again = whole && (failed == Broken::Unreachable || passing.is_safe());
        if !again {
            break;
        }
    }
    Err(failed)
}

fn note(error: &Error, address: &Address, clock: &dyn Clock) -> Broken {
    let at = address.authority.as_str();
    if error.is_connect() {
        address.failed(clock.now());
        tracing::warn!(address = at, "an address of the API cannot be reached");
        return Broken::Unreachable;
    }
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::info!(address = at, why, "the API broke off");
    Broken::BrokeOff
}

/// The answer on its way back.
fn back(mut response: Response<Incoming>, passing: Passing, pause: Duration) -> Response<Body> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switch(response, passing.upgrade, pause);
    }
    end_hop(response.headers_mut());
    response.map(|body| Either::Right(Timely::new(body, pause)))
}

/// Joins the two connections, once both have changed.
fn switch(
    mut response: Response<Incoming>,
    upgrade: Option<Upgrade>,
    pause: Duration,
) -> Response<Body> {
    let agreed = |upgrade: &Upgrade| {
        response.headers().get(UPGRADE).is_some_and(|answered| {
            answered.as_bytes().eq_ignore_ascii_case(upgrade.protocol.as_bytes())
        })
    };
    let Some(upgrade) = upgrade.filter(agreed) else {
        return Broken::BrokeOff.response();
    };
    let api = on(&mut response);
    tokio::spawn(async move {
        if let (Ok(client), Ok(api)) = (upgrade.client.await, api.await) {
            join(TokioIo::new(client), TokioIo::new(api), pause).await;
        }
    });
    let mut switched = Response::new(crate::reply::full(bytes::Bytes::new()));
    *switched.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let mut headers = response.headers().clone();
    end_hop(&mut headers);
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, upgrade.protocol);
    *switched.headers_mut() = headers;
    switched
}
