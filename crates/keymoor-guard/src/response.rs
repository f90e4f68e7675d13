use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use keymoor_core::refusal::{Pointers, Refusal};

/// The answer that tells a refusal: the core's table as HTTP, the same in front of every API.
pub fn refusal_response<B: From<Bytes>>(refusal: &Refusal, pointers: &Pointers) -> Response<B> {
    let body = Bytes::from(refusal.body(pointers).to_string());
    let mut response = Response::new(B::from(body));
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let challenge = refusal.challenge(pointers).map(HeaderValue::try_from);
    if let Some(Ok(challenge)) = challenge {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
