//! Asking a provider for something, by whoever can. The server brings the means.

use std::{fmt, future::Future, pin::Pin};

/// A request to a provider. It is sent as it is: no redirect is followed. Neither header fields nor
/// body show in `Debug`.
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Absolute, `https` unless the operator allows the host without.
    pub url: String,
    /// Header fields to add; a value may be secret.
    pub headers: Vec<(String, String)>,
    /// The body of a POST; may hold a secret.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What a [`Request`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Post,
}

/// What came back. The body does not show in `Debug`: it may hold tokens.
#[derive(Clone)]
pub struct Fetched {
    /// The status code.
    pub status: u16,
    /// The media type, without its parameters, lower case; empty if there was none.
    pub media_type: String,
    /// The body, at most as long as the fetcher allows.
    pub body: Vec<u8>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("status", &self.status)
            .field("media_type", &self.media_type)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why nothing came back. Told to the administrator who configures the provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is none, or of a scheme that is not allowed.
    #[error("{0} is not a URL that may be asked: it must begin with https://")]
    Url(String),
    /// The name leads to an address that is not public and not listed by the operator.
    #[error("{0} is at a private address. The operator can allow it with --identity-provider-host")]
    Private(String),
    /// More came than is taken.
    #[error("{0} sent more than {1} bytes")]
    TooLong(String, usize),
    /// Nobody answered, or not in time, or TLS failed.
    #[error("{0} could not be asked: {1}")]
    Unreachable(String, String),
}

/// Sends requests to providers: bounded in time and size, without redirects, and not to private
/// addresses unless the operator lists them.
pub trait Fetch: Send + Sync {
    /// Sends `request` and gives what came back, whatever its status.
    fn fetch<'f>(
        &'f self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'f>>;
}
