//! The connections to the API: kept and pooled, of HTTP/1.1 unless HTTP/2 is asked for.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, uri::Uri};
use http_body_util::{Either, Empty};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, Error, ResponseFuture, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{config::InvalidConfig, upload::Upload};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
/// How many of these to an address, of all threads together.
const KEPT: usize = 256;

/// Over HTTP/2 all requests to an address share a connection. What some clients do not take must not
/// stop the others, so each answer has a window of its own, and the connection's is no bound.
const STREAM: u32 = 256 * 1024;
const CONNECTION: u32 = (1 << 31) - 1;
/// How often a connection of HTTP/2 is asked whether it is there, and how long that may take.
const ASKED: Duration = Duration::from_secs(20);
const TOLD: Duration = Duration::from_secs(10);

/// What is sent on: the client's body, or none.
pub(crate) type Outgoing = Either<Upload, Empty<Bytes>>;

/// The pools. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http1: Connector,
    http2: Connector,
    /// HTTP/1.1: a connection for each request, so that none waits for another's answer.
    usual: Pool<Connector, Outgoing>,
    h2c: Pool<Connector, Outgoing>,
}

type Connector = HttpsConnector<HttpConnector>;

impl Client {
    /// Trusts the certificates of `roots`, or those of the machine.
    pub(crate) fn new(roots: Option<&Path>) -> Result<Self, InvalidConfig> {
        Ok(Self::over(connector(roots, false)?, connector(roots, true)?, KEPT))
    }

    /// The same with connections of its own, one of `parts`. One belongs to the runtime that first asked
    /// for it.
    pub(crate) fn anew(&self, parts: usize) -> Self {
        Self::over(self.http1.clone(), self.http2.clone(), KEPT.div_ceil(parts))
    }

    fn over(http1: Connector, http2: Connector, kept: usize) -> Self {
        let mut builder = Pool::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(kept);
        let usual = builder.build(http1.clone());
        builder
            .http2_only(true)
            .http2_initial_stream_window_size(STREAM)
            .http2_initial_connection_window_size(CONNECTION)
            .http2_keep_alive_interval(ASKED)
            .http2_keep_alive_timeout(TOLD);
        let h2c = builder.build(http2.clone());
        Self { http1, http2, usual, h2c }
    }

    pub(crate) fn request(&self, request: Request<Outgoing>) -> ResponseFuture {
        self.usual.request(request)
    }

    pub(crate) async fn send(
        &self,
        request: Request<Outgoing>,
        h2c: bool,
    ) -> Result<Response<Incoming>, Error> {
        let pool = if h2c { &self.h2c } else { &self.usual };
        pool.request(request).await
    }
}

fn connector(roots: Option<&Path>, h2: bool) -> Result<Connector, InvalidConfig> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    let builder = HttpsConnectorBuilder::new();
    let any = match roots {
        Some(file) => builder.with_tls_config(trusting(file)?),
        None => builder
            .with_provider_and_native_roots(aws_lc_rs::default_provider())
            .map_err(|error| InvalidConfig(format!("no certificates of authorities: {error}")))?,
    }
    .https_or_http();
    Ok(if h2 {
        any.enable_http2().wrap_connector(http)
    } else {
        any.enable_http1().wrap_connector(http)
    })
}

fn trusting(file: &Path) -> Result<ClientConfig, InvalidConfig> {
    let fault = |why: &dyn std::fmt::Display| InvalidConfig(format!("{}: {why}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| fault(&error))? {
        let certificate = certificate.map_err(|error| fault(&error))?;
        roots.add(certificate).map_err(|error| fault(&error))?;
    }
    if roots.is_empty() {
        return Err(fault(&"no certificate stands in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The path and query of a request, as they are handed on.
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}
