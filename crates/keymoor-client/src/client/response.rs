use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{error::Error, exchange::tidy, transport::Received};

/// An API's answer, read to its end.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    url: Url,
    body: Bytes,
}

impl Response {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Where it came from, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The body's bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::NotJson(error.to_string()))
    }

    /// The `error` of an error's body.
    pub fn error(&self) -> Option<String> {
        Some(tidy(self.json::<Value>().ok()?.get("error")?.as_str()?))
    }

    /// What an error's body says: `message`, be it a text, an object or a list, else
    /// `error_description`, else `error`.
    pub fn message(&self) -> Option<String> {
        let body: Value = self.json().ok()?;
        let field = ["message", "error_description", "error"];
        let found =
            field.iter().find_map(|name| body.get(name).filter(|value| !value.is_null()))?;
        Some(tidy(&words(found))).filter(|text| !text.is_empty())
    }
}

/// Without what it holds: a body may be a new secret, a field a cookie.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Response");
        shown.field("status", &self.status).field("path", &self.url.path());
        shown.field("body_length", &self.body.len()).finish_non_exhaustive()
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, value)| format!("{name}: {}", words(value)));
            each.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

impl From<Received> for Response {
    fn from(received: Received) -> Self {
        let Received { status, headers, url, body } = received;
        Self { status, headers, url, body }
    }
}

impl From<Response> for reqwest::Response {
    fn from(response: Response) -> Self {
        use reqwest::ResponseBuilderExt;

        let mut built = http::Response::builder().status(response.status).url(response.url);
        if let Some(headers) = built.headers_mut() {
            headers.extend(response.headers);
        }
        // Status and URL came from a response, so that they make one.
        built.body(response.body).unwrap_or_default().into()
    }
}
