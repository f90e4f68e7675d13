use std::fmt;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use serde::Serialize;

use crate::{
    endpoints::{EndpointError, without_user},
    error::Error,
};

/// A call of an API, as data. Its body is in memory, so it can be sent again after a 401.
#[derive(Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// Without what it holds: a body may be a secret, and so may a header or a parameter.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        let length = self.body.as_ref().map(Bytes::len);
        let mut shown = f.debug_struct("Call");
        shown.field("method", &self.method).field("target", &without_user(path));
        shown.field("body_length", &length).finish_non_exhaustive()
    }
}

impl Call {
    /// A call of `target`: a path below the API's base such as `/account`, or a whole URL there.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        let (query, headers) = (Vec::new(), HeaderMap::new());
        Self { method, target: target.into(), query, headers, body: None }
    }

    /// A `GET` of `target`.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// A `POST` to `target`.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// A `DELETE` of `target`.
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path or URL, as it was given.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a header. `Authorization` and `Host` are the client's own.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = |why| Error::from(EndpointError::Malformed(name.to_owned(), why));
        let name = name.parse::<HeaderName>().map_err(|_| refused("no name of a header"))?;
        if [AUTHORIZATION, HOST].contains(&name) {
            return Err(refused("the client sets this header itself"));
        }
        let value = HeaderValue::from_str(value).map_err(|_| refused("no value of a header"))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sends `body` as it is.
    #[must_use]
    pub fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = Some(body.into());
        self
    }

    /// Sends `body` as JSON.
    pub fn json(self, body: &impl Serialize) -> Result<Self, Error> {
        let text = serde_json::to_vec(body).map_err(|error| Error::NotJson(error.to_string()))?;
        Ok(self.body(HeaderValue::from_static("application/json"), text))
    }
}
