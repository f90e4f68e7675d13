//! A request that may pass, on its way to the API and back.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{CONNECTION, CONTENT_TYPE, COOKIE, HOST, UPGRADE},
    request::Parts,
};
use http_body_util::{Either, Empty};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::Error;
use keymoor_core::Clock;

use crate::{
    client::{Outgoing, path_and_query},
    config::HostMode,
    head::end_hop,
    held::{Held, PIECE},
    idle::Timely,
    live::Live,
    reply::{Body, Broken},
    still::Still,
    tunnel::Upgrade,
    upload::Upload,
    upstream::{Address, Upstream},
    visit::{Open, Visit},
};

/// A request in parts, without what is about the client's connection.
pub(crate) struct Passing {
    pub(crate) headers: HeaderMap,
    method: Method,
    uri: Uri,
    version: Version,
    body: Option<Incoming>,
    upgrade: Option<Upgrade>,
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
        let Parts { headers, method, uri, version, .. } = parts;
        Ok(Self { headers, method, uri, version, body, upgrade })
    }

    /// Whether it may be sent again although it may have arrived: nothing depends on how often.
    fn is_safe(&self) -> bool {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&self.method);
        safe && self.upgrade.is_none()
    }

    /// The request for one address. A body is taken, so it is sent once; so is the head for the last.
    fn request(
        &mut self,
        address: &Address,
        live: &Live,
        (h2c, last): (bool, bool),
    ) -> Option<Request<Outgoing>> {
        let body = match self.body.take() {
            Some(body) => Either::Left(Upload::new(body, live.idle, live.stripped.clone())),
            None => Either::Right(Empty::new()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = address.uri(path_and_query(&self.uri))?;
        *request.headers_mut() =
            if last { std::mem::take(&mut self.headers) } else { self.headers.clone() };
        let headers = request.headers_mut();
        if h2c {
            // It has the host in its URI, and both have to be the same (RFC 9113 §8.3.1).
            headers.remove(HOST);
        } else if live.host == HostMode::Upstream {
            headers.insert(HOST, HeaderValue::from_str(address.authority.as_str()).ok()?);
        }
        if let Some(upgrade) = &self.upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, upgrade.protocol.clone());
        }
        Some(request)
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

/// What an answer needs on its way back.
pub(crate) struct Way<'w> {
    pub(crate) clock: &'w dyn Clock,
    pub(crate) live: &'w Live,
    pub(crate) visit: &'w Arc<Visit>,
    pub(crate) still: Option<Still>,
    pub(crate) open: Open,
}

/// Sends it to the first address that takes it.
pub(crate) async fn forward(
    way: Way<'_>,
    upstream: &Upstream,
    mut passing: Passing,
) -> Result<Response<Body>, Broken> {
    let whole = passing.body.is_none();
    let h2c = upstream.h2c && passing.upgrade.is_none();
    let repeatable = whole && passing.is_safe();
    let mut failed = Broken::Unreachable;
    let now = way.clock.now();
    let mut candidates = upstream.candidates(now, repeatable).peekable();
    while let Some(address) = candidates.next() {
        let last = !whole || candidates.peek().is_none();
        let request = passing.request(address, way.live, (h2c, last)).ok_or(Broken::Head)?;
        failed = match send(&way, request, h2c).await {
            Ok(response) => return Ok(back(response, passing, way)),
            Err(failure) => failure.note(address, way.clock),
        };
        let again = match failed {
            Broken::Unreachable => whole && !upstream.is_alone(),
            Broken::BrokeOff => repeatable,
            _ => false,
        };
        if !again {
            break;
        }
    }
    Err(failed)
}

/// Why no answer came.
enum Failure {
    /// The client did not send its body.
    Client(Broken),
    Slow,
    Error(Error),
}

/// The time for an answer begins when the API has the whole request.
async fn send(
    way: &Way<'_>,
    request: Request<Outgoing>,
    h2c: bool,
) -> Result<Response<Incoming>, Failure> {
    let progress = match request.body() {
        Either::Left(upload) => Some(upload.progress()),
        Either::Right(_) => None,
    };
    let slow = async {
        match &progress {
            Some(progress) => progress.slow(way.live.answer).await,
            None => tokio::time::sleep(way.live.answer).await,
        }
    };
    let sent = tokio::select! {
        sent = way.visit.seat.client.send(request, h2c) => sent,
        () = slow => return Err(Failure::Slow),
    };
    sent.map_err(|error| match progress.and_then(|progress| progress.fault()) {
        Some(fault) => Failure::Client(fault),
        None => Failure::Error(error),
    })
}

impl Failure {
    /// Says it to the operator, and passes the address over for a while if it is to blame.
    fn note(self, address: &Address, clock: &dyn Clock) -> Broken {
        let at = address.authority.as_str();
        match self {
            Self::Client(fault) => fault,
            Self::Slow => {
                address.failed(clock.now());
                tracing::warn!(address = at, "an address of the API did not answer in time");
                Broken::Slow
            }
            Self::Error(error) if error.is_connect() => {
                address.failed(clock.now());
                tracing::warn!(address = at, "an address of the API cannot be reached");
                Broken::Unreachable
            }
            Self::Error(error) => {
                let why = std::error::Error::source(&error).map(ToString::to_string);
                tracing::info!(address = at, why = why.unwrap_or_default(), "the API broke off");
                Broken::BrokeOff
            }
        }
    }
}

/// The answer on its way back.
fn back(mut response: Response<Incoming>, passing: Passing, way: Way<'_>) -> Response<Body> {
    let Way { live, visit, still, open, .. } = way;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return match passing.upgrade {
            Some(upgrade) => upgrade.switch(response, live, visit.clone(), still),
            None => Broken::BrokeOff.response(),
        };
    }
    end_hop(response.headers_mut());
    // Whatever else is long ends by itself, and may go on for longer than a token lives.
    let still = still.filter(|_| is_event_stream(&response));
    let http2 = passing.version == Version::HTTP_2;
    response.map(|body| {
        if !http2 && still.is_none() {
            return Either::Right(Either::Left(Timely::keeping(open, body, live.pause)));
        }
        let piece = if http2 { PIECE } else { usize::MAX };
        let held = Held::new(Timely::keeping(open, body, live.pause), still, piece);
        visit.look_after(held.slot());
        Either::Right(Either::Right(held))
    })
}

fn is_event_stream(response: &Response<Incoming>) -> bool {
    let told = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = told.unwrap_or_default().split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
}
