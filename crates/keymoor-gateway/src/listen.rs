//! The gateway's listener: bounded in connections, heads and time, and ended in good order.

use std::{
    convert::Infallible, future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration,
};

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{Gateway, Tls, idle::Taken};

/// The longest that a client may take to send a request's head, or to agree on TLS.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of a request's head.
const HEAD_BYTES: u32 = 32 * 1024;
const STREAMS: u32 = 128;
/// The longest that a client may leave untaken what it is sent.
const TAKEN: Duration = Duration::from_mins(1);
/// The longest that running requests may take to finish once the gateway is to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// The pause after a connection could not be taken, since no file descriptor was left.
const PAUSE: Duration = Duration::from_millis(50);
const CONNECTIONS: u32 = 10_000;

/// Where a gateway listens.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<Arc<Tls>>,
    places: Arc<Semaphore>,
    http: Builder<TokioExecutor>,
}

impl Listener {
    /// Takes at most `connections` at once from a listener that is bound already.
    pub fn new(tcp: TcpListener, tls: Option<Arc<Tls>>, connections: Option<u32>) -> Self {
        let places = Semaphore::new(connections.unwrap_or(CONNECTIONS) as usize);
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .max_buf_size(HEAD_BYTES as usize);
        http.http2()
            .timer(TokioTimer::new())
            .max_header_list_size(HEAD_BYTES)
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(Some(Duration::from_secs(30)));
        Self { tcp, tls, places: Arc::new(places), http }
    }

    /// Serves until `stop`, then lets running requests finish.
    pub async fn serve(self, gateway: Arc<Gateway>, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            let place = self.places.clone();
            let taken = async {
                let place = place.acquire_owned().await;
                (self.tcp.accept().await, place)
            };
            tokio::select! {
                () = &mut stop => break,
                (accepted, place) = taken => match (accepted, place) {
                    (Ok((stream, peer)), Ok(place)) => {
                        self.take(stream, peer, place, gateway.clone(), &graceful);
                    }
                    _ => tokio::time::sleep(PAUSE).await,
                },
            }
        }
        drop(self.tcp);
        let drained = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
        if drained.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
    }

    fn take(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
        gateway: Arc<Gateway>,
        graceful: &GracefulShutdown,
    ) {
        // A socket that is gone already says so at its first read.
        let _ = stream.set_nodelay(true);
        let stream = Taken::new(stream, TAKEN);
        let watcher = graceful.watcher();
        let http = self.http.clone();
        let tls = self.tls.as_ref().map(|tls| tls.acceptor());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => serve(http, stream, peer, false, gateway, watcher).await,
                Some(acceptor) => {
                    let agreed = tokio::time::timeout(HEAD_LIMIT, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        serve(http, stream, peer, true, gateway, watcher).await;
                    }
                }
            }
        });
    }
}

async fn serve<S>(
    http: Builder<TokioExecutor>,
    stream: S,
    peer: SocketAddr,
    tls: bool,
    gateway: Arc<Gateway>,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(gateway.answer(request, peer, tls).await) }
    });
    let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
    // A client that breaks off, or speaks something else than HTTP, has had its answer.
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended");
    }
}
