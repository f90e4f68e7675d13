//! The connections to the API: kept, pooled, HTTP/1.1 or HTTP/2.

use std::time::Duration;

use bytes::Bytes;
use http::{
    Request, Response,
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
    uri::Uri,
};
use http_body_util::{BodyExt, Either, Empty, combinators::MapFrame};
use hyper::body::{Frame, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, Error, ResponseFuture, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use keymoor_core::wire::identity;

use crate::{config::InvalidConfig, idle::Timely};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
const KEPT: usize = 256;

/// What is sent on: the client's body, or none.
pub(crate) type Outgoing = Either<Passed, Empty<Bytes>>;
/// A client's body that may not pause for too long, and whose trailers claim nothing.
type Passed = MapFrame<Timely, fn(Frame<Bytes>) -> Frame<Bytes>>;

/// The body of a client, to be sent on.
pub(crate) fn passed(body: Incoming, idle: Duration) -> Outgoing {
    Either::Left(Timely::new(body, idle).map_frame(without_claims))
}

/// Trailers are headers to an API that merges them.
fn without_claims(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        identity::strip(trailers);
        for name in [AUTHORIZATION, HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
            trailers.remove(name);
        }
    }
    frame
}

/// The pools. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    usual: Pool<HttpsConnector<HttpConnector>, Outgoing>,
    h2c: Pool<HttpsConnector<HttpConnector>, Outgoing>,
}

impl Client {
    pub(crate) fn new() -> Result<Self, InvalidConfig> {
        let connector = connector()?;
        let mut builder = Pool::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(KEPT);
        let usual = builder.build(connector.clone());
        let h2c = builder.http2_only(true).build(connector);
        Ok(Self { usual, h2c })
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

fn connector() -> Result<HttpsConnector<HttpConnector>, InvalidConfig> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    let roots = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
        .map_err(|error| InvalidConfig(format!("no certificates of authorities: {error}")))?;
    Ok(roots.https_or_http().enable_all_versions().wrap_connector(http))
}

/// The path and query of a request, as they are handed on.
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}
