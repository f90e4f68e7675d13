use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION},
};
use reqwest::Request;
use url::Url;
use zeroize::Zeroizing;

use crate::{
    error::Error,
    exchange::Outgoing,
    transport::{Received, Transport},
};

/// The most bytes of an OAuth endpoint's answer.
const MOST: usize = 64 * 1024;

/// Sends it to an OAuth endpoint, and follows no redirect.
pub(crate) async fn post(
    transport: &Transport,
    url: &Url,
    outgoing: Outgoing,
    bound: Duration,
) -> Result<Received, Error> {
    let mut request = Request::new(Method::POST, url.clone());
    set(request.headers_mut(), CONTENT_TYPE, HeaderValue::from_static(outgoing.content_type));
    if let Some(text) = outgoing.authorization {
        set(request.headers_mut(), AUTHORIZATION, sensitive(&text)?);
    }
    *request.body_mut() = Some(Bytes::from_owner(outgoing.body).into());
    send(transport, request, bound).await
}

/// Asks an OAuth endpoint for JSON, and follows no redirect.
pub(crate) async fn get(
    transport: &Transport,
    url: &Url,
    bound: Duration,
) -> Result<Received, Error> {
    send(transport, Request::new(Method::GET, url.clone()), bound).await
}

async fn send(
    transport: &Transport,
    mut request: Request,
    bound: Duration,
) -> Result<Received, Error> {
    *request.timeout_mut() = Some(bound);
    set(request.headers_mut(), ACCEPT, HeaderValue::from_static("application/json"));
    let received = transport.send(request, MOST).await?;
    if received.status.is_redirection() {
        return Err(redirected(&received));
    }
    Ok(received)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.insert(name, value);
}

/// A value that does not show in `Debug`.
pub(crate) fn sensitive(text: &Zeroizing<String>) -> Result<HeaderValue, Error> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| Error::Setup("a secret fits no header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// No redirect is followed with a secret.
fn redirected(received: &Received) -> Error {
    let location = received.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|text| received.url.join(text).ok());
    let origin = |url: &Url| url.origin().ascii_serialization();
    let to = to.as_ref().map_or_else(|| "nowhere".to_owned(), origin);
    Error::Redirect { from: origin(&received.url), to }
}
