//! The HTTP client: time-outs, certificates, and why there is no answer.

mod cause;

use std::{sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::{Certificate, Client, ClientBuilder, Request, Response, redirect::Policy};
use url::Url;

pub use cause::{Cause, Unreachable};

use crate::error::Error;

/// How long to wait, each counted from the beginning of what it bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOuts {
    /// For the whole token call: 10 seconds. Acquia advises 20 to 25 where that is often too short.
    pub token: Duration,
    /// For a connection, TLS included: 5 seconds.
    pub connect: Duration,
    /// For a whole API call: 60 seconds.
    pub api: Duration,
}

impl Default for TimeOuts {
    fn default() -> Self {
        let [token, connect, api] = [10, 5, 60].map(Duration::from_secs);
        Self { token, connect, api }
    }
}

/// The HTTP client, set up when it is first needed: a token from the cache needs none.
#[derive(Debug)]
pub(crate) struct Transport {
    client: OnceLock<Client>,
    /// For plain http, which only goes to this machine: through no proxy, which would read it.
    direct: OnceLock<Client>,
    connect: Duration,
    roots: Vec<Certificate>,
    agent: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Url,
    pub(crate) body: Bytes,
}

impl Transport {
    /// `roots` are PEM texts of certificates to trust beside the system's.
    pub(crate) fn new(connect: Duration, roots: &[Vec<u8>], agent: &str) -> Result<Self, Error> {
        let bundles = roots.iter().map(|pem| Certificate::from_pem_bundle(pem));
        let roots: Vec<Vec<_>> =
            bundles.collect::<Result<_, _>>().map_err(|error| not_pem(&error))?;
        let roots = roots.into_iter().flatten().collect();
        let agent = agent.to_owned();
        Ok(Self { client: OnceLock::new(), direct: OnceLock::new(), connect, roots, agent })
    }

    fn client(&self, url: &Url) -> Result<&Client, Error> {
        let plain = url.scheme() == "http";
        let place = if plain { &self.direct } else { &self.client };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let builder = if plain { self.builder().no_proxy() } else { self.builder() };
        let client = builder.build().map_err(|error| {
            Error::Setup(format!("TLS cannot be set up: {}", cause::deepest(&error)))
        })?;
        Ok(place.get_or_init(|| client))
    }

    /// Redirects are judged by whoever calls, never followed here.
    fn builder(&self) -> ClientBuilder {
        Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .user_agent(&self.agent)
            .connect_timeout(self.connect)
            .tls_certs_merge(self.roots.iter().cloned())
    }

    /// Sends it, and returns with the head of the answer. The request's own time-out bounds all of
    /// it, the body included.
    pub(crate) async fn open(&self, request: Request) -> Result<Response, Error> {
        let (host, bound) = (host(request.url()), request.timeout().copied());
        let sent = self.client(request.url())?.execute(request).await;
        Ok(sent.map_err(|error| Unreachable::of(&host, bound, self.connect, &error))?)
    }

    /// Sends it and reads the answer, up to `limit` bytes.
    pub(crate) async fn send(&self, request: Request, limit: usize) -> Result<Received, Error> {
        let bound = request.timeout().copied();
        let response = self.open(request).await?;
        self.receive(response, limit, bound).await
    }

    pub(crate) async fn receive(
        &self,
        mut response: Response,
        limit: usize,
        bound: Option<Duration>,
    ) -> Result<Received, Error> {
        let (status, url) = (response.status(), response.url().clone());
        let (headers, host) = (response.headers().clone(), host(&url));
        let mut body = BytesMut::new();
        let failed = |error: &_| Unreachable::of(&host, bound, self.connect, error);
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLong { host, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { status, headers, url, body: body.freeze() })
    }
}

fn not_pem(error: &reqwest::Error) -> Error {
    Error::Setup(format!("a root certificate is not PEM: {}", cause::deepest(error)))
}

pub(crate) fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
