//! The decision for a proxy that asks before it lets a request through: nginx `auth_request`, Caddy
//! `forward_auth`, Traefik `ForwardAuth`, Envoy `ext_authz`.

use std::net::IpAddr;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE, HOST, WWW_AUTHENTICATE},
    uri::PathAndQuery,
};
use keymoor_core::{
    explain::Refused,
    refusal::Refusal,
    wire::{Authorities, discovery::paths::VERIFY, identity},
};
use serde_json::json;

use crate::{Guard, LookUp, Routes, response::refusal_response};

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The status that the client is to get, for proxies that know 401 and 403 alone.
const STATUS: HeaderName = HeaderName::from_static("x-keymoor-status");
/// The body that the client is to get, for proxies that drop bodies.
const BODY: HeaderName = HeaderName::from_static("x-keymoor-body");
/// `WWW-Authenticate` once more, for proxies that drop it.
const CHALLENGE: HeaderName = HeaderName::from_static("x-keymoor-challenge");

/// What decides.
pub struct ForwardAuth<'a> {
    /// About tokens.
    pub guard: &'a Guard,
    /// About paths.
    pub routes: &'a Routes,
    /// About resources whose organization has to be asked for.
    pub look_up: &'a dyn LookUp,
    /// About hosts, by `http` and by `https`.
    pub authorities: &'a [Authorities; 2],
}

/// The answer to a proxy.
pub struct Verified {
    /// What the proxy gets.
    pub response: Response<Bytes>,
    /// What it asked about, if that was refused.
    pub refused: Option<RefusedRequest>,
}

/// A request that a proxy asked about and that may not pass.
#[derive(Clone, Debug)]
pub struct RefusedRequest {
    /// Why not.
    pub refused: Box<Refused>,
    /// The method that the client used.
    pub method: Method,
    /// The path that it called.
    pub path: String,
    /// Where it came from, as the proxy saw it: the last word of `X-Forwarded-For`.
    pub address: Option<IpAddr>,
}

/// What a client asked of the proxy, as the proxy tells it.
struct Original {
    method: Method,
    uri: Uri,
    host: String,
    https: bool,
    /// Whether the proxy hands every status and body on.
    exact: bool,
}

impl ForwardAuth<'_> {
    /// Answers a proxy that is listed: 200 with identity headers, or the refusal as 401 or 403, with
    /// its status, body and challenge repeated in headers. A proxy that hands on every answer asks
    /// with `?status=exact` and gets the refusal itself, and so does one that appends the client's
    /// path to ours, as Envoy does.
    pub async fn verify(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Verified {
        let Some(original) = Original::of(method, uri, headers) else {
            return Verified { response: not_told(), refused: None };
        };
        match self.judge(&original, headers).await {
            Ok(response) => Verified { response, refused: None },
            Err(refused) => {
                let exact = refusal_response::<Bytes>(&refused.refusal, self.guard.pointers());
                let response = if original.exact { exact } else { in_headers(exact) };
                let Original { method, uri, .. } = original;
                let path = uri.path().to_owned();
                let address = nearest(headers);
                let refused = RefusedRequest { refused, method, path, address };
                Verified { response, refused: Some(refused) }
            }
        }
    }

    async fn judge(
        &self,
        original: &Original,
        headers: &HeaderMap,
    ) -> Result<Response<Bytes>, Box<Refused>> {
        let authorities = &self.authorities[usize::from(original.https)];
        let host = authorities.check(&original.host);
        host.map_err(|fault| Refused::stranger(Refusal::Host(fault)))?;
        let Original { method, uri, .. } = original;
        let judged = self.routes.judge(self.guard, self.look_up, method, uri, headers).await?;
        let mut response = Response::new(Bytes::new());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let headers = response.headers_mut();
        if let Some(access) = &judged.access {
            identity::put(headers, access);
        }
        // A proxy that copies a header which is not there may leave another in its place, or even the
        // name of its own variable: what is not known is said to be empty.
        for name in identity::ALL {
            headers.entry(name).or_insert(HeaderValue::from_static(""));
        }
        Ok(response)
    }
}

impl Original {
    fn of(method: &Method, asked: &Uri, headers: &HeaderMap) -> Option<Self> {
        let rest = asked.path().strip_prefix(VERIFY)?;
        let https = single(headers, &PROTO).is_some_and(|proto| proto == "https");
        if rest.is_empty() {
            let host = single(headers, &FORWARDED_HOST).or_else(|| single(headers, &HOST))?;
            let method = Method::from_bytes(single(headers, &METHOD)?.as_bytes()).ok()?;
            let uri = origin_form(single(headers, &URI)?)?;
            let exact = asked.query() == Some("status=exact");
            return Some(Self { method, uri, host: host.to_owned(), https, exact });
        }
        let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
        let uri = origin_form(&format!("{rest}{query}"))?;
        let host = single(headers, &HOST)?.to_owned();
        Some(Self { method: method.clone(), uri, host, https, exact: true })
    }
}

/// A path and a query. What follows a `#` would be dropped in silence, and not by everybody.
fn origin_form(text: &str) -> Option<Uri> {
    let whole = text.starts_with('/') && !text.contains('#');
    let parsed = whole.then(|| PathAndQuery::try_from(text))?.ok()?;
    Some(Uri::from(parsed))
}

/// The value of a header that stands there once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Some(value) }
}

/// Whom the proxy that asks was called by.
fn nearest(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// The proxy does not say what it was asked, or says it twice.
fn not_told() -> Response<Bytes> {
    in_headers(denial(
        "The proxy has to say once what it was asked: X-Forwarded-Method, \
        X-Forwarded-Uri and X-Forwarded-Host.",
    ))
}

/// A refusal in what every proxy hands on: 401 or 403, and the rest in headers.
fn in_headers(exact: Response<Bytes>) -> Response<Bytes> {
    let (mut parts, body) = exact.into_parts();
    let status = HeaderValue::from(parts.status.as_u16());
    parts.headers.insert(STATUS, status);
    if let Ok(text) = HeaderValue::from_bytes(&body) {
        parts.headers.insert(BODY, text);
    }
    if let Some(challenge) = parts.headers.get(WWW_AUTHENTICATE).cloned() {
        parts.headers.insert(CHALLENGE, challenge);
    }
    if parts.status != StatusCode::UNAUTHORIZED {
        parts.status = StatusCode::FORBIDDEN;
    }
    Response::from_parts(parts, body)
}

/// The answer to whoever may not ask: only proxies that the operator lists may.
pub fn not_a_listed_proxy() -> Response<Bytes> {
    in_headers(denial("Only a proxy that the operator lists may ask here."))
}

fn denial(message: &str) -> Response<Bytes> {
    let body = json!({ "error": "forbidden", "message": message }).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
