use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::Incoming,
    header::{
        AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderName,
        TRANSFER_ENCODING,
    },
};
use keymoor_client::{Client, Endpoints, Error, Kind};
use serde_json::json;

use super::judge;
use crate::client::{failure::Failure, session::Session};

/// The most bytes of a call's body: it is held, so that it can be sent again after a 401.
const MOST: usize = 64 * 1024 * 1024;

/// What belongs to one connection (RFC 9110 §7.6.1), or is ours to say.
const OURS: [HeaderName; 8] = [
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    COOKIE,
    HOST,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

pub(super) type Body = UnsyncBoxBody<Bytes, reqwest::Error>;

/// Passes calls on, each with an access token.
pub(super) struct Forward {
    client: Client,
    endpoints: Endpoints,
    /// Where it listens; none if that is a socket in a folder.
    address: Option<SocketAddr>,
}

impl Forward {
    pub(super) fn new(session: &Session, address: Option<SocketAddr>) -> Result<Self, Failure> {
        Ok(Self { client: session.client()?, endpoints: session.endpoints.clone(), address })
    }

    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        if let Some(why) = judge::refusal(request.headers(), self.address) {
            return told(StatusCode::FORBIDDEN, "refused", why);
        }
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MOST).collect().await else {
            return told(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.");
        };
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        match self.pass(head.method, target, &head.headers, body.to_bytes()).await {
            Ok(response) => passed_back(response),
            Err(error) => failed(&error),
        }
    }

    async fn pass(
        &self,
        method: hyper::Method,
        target: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<reqwest::Response, Error> {
        let mut request = reqwest::Request::new(method, self.endpoints.resolve(target)?);
        *request.headers_mut() = carried(headers);
        if !body.is_empty() {
            *request.body_mut() = Some(body.into());
        }
        self.client.execute(request).await
    }
}

/// The fields that go on: neither those of the connection nor those that it names.
fn carried(headers: &HeaderMap) -> HeaderMap {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        named.flat_map(|text| text.split(',')).map(|name| name.trim().to_lowercase()).collect();
    let mut carried = headers.clone();
    for name in OURS.iter().map(HeaderName::as_str).chain(named.iter().map(String::as_str)) {
        carried.remove(name);
    }
    carried
}

fn passed_back(response: reqwest::Response) -> Response<Body> {
    let headers = carried(response.headers());
    let mut answer = Response::<reqwest::Body>::from(response).map(BodyExt::boxed_unsync);
    *answer.headers_mut() = headers;
    answer
}

/// The API's own answer, if there is one; else what went wrong here.
fn failed(error: &Error) -> Response<Body> {
    if let Some(known) = error.answer() {
        let status = StatusCode::from_u16(known.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut answer = whole(status, known.body().clone());
        *answer.headers_mut() = carried(known.headers());
        return answer;
    }
    let status = match error.kind() {
        Kind::Usage => StatusCode::BAD_REQUEST,
        Kind::Unreachable => StatusCode::GATEWAY_TIMEOUT,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    };
    told(status, "proxy_error", &format!("{error}. {}", error.hint()))
}

fn told(status: StatusCode, error: &str, message: &str) -> Response<Body> {
    let body = json!({ "error": error, "message": message }).to_string();
    let mut answer = whole(status, body.into());
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

fn whole(status: StatusCode, body: Bytes) -> Response<Body> {
    let body = Full::new(body).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = status;
    answer
}
