//! The gateway's listener: bounded in connections, heads and time, and ended in good order.

use std::{
    convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration,
};

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    Config, Gateway, Limits, Tls,
    idle::Taken,
    places::{Place, Places},
    visit::Visit,
    workers::Workers,
};

/// The most bytes of a request's head.
const HEAD_BYTES: u32 = 32 * 1024;
const STREAMS: u32 = 128;
/// The most bytes of an answer over HTTP/2 that wait to be sent.
const WAITING: usize = 64 * 1024;
/// The pause after a connection could not be taken, since no file descriptor was left.
const PAUSE: Duration = Duration::from_millis(50);
const CONNECTIONS: u32 = 10_000;

/// Where a gateway listens.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<Arc<Tls>>,
    places: Arc<Places>,
    limits: Limits,
    http: Builder<TokioExecutor>,
    gateway: Arc<Gateway>,
    workers: Workers,
}

impl Listener {
    /// Takes connections to `gateway` from a listener that is bound already, as many at once as
    /// `config` says. Fails if no threads can be started.
    pub fn new(
        tcp: TcpListener,
        tls: Option<Arc<Tls>>,
        config: &Config,
        gateway: Arc<Gateway>,
    ) -> io::Result<Self> {
        let all = config.connections.unwrap_or(CONNECTIONS);
        let each = config.connections_per_address.unwrap_or(all.div_ceil(2));
        let limits = Limits::default();
        let (places, http) = (Places::new(all, each), http(limits));
        let workers = Workers::start(gateway.client())?;
        Ok(Self { tcp, tls, places, limits, http, gateway, workers })
    }

    /// Gives clients other times than usual.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, http: http(limits), ..self }
    }

    /// Serves until `stop`, then lets running requests finish.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (told, stopping) = watch::channel(false);
        let mut stop = pin!(stop);
        loop {
            let taken = async { (self.places.free().await, self.tcp.accept().await) };
            tokio::select! {
                () = &mut stop => break,
                taken = taken => match taken {
                    (Some(one), Ok((stream, peer))) => {
                        let for_many = self.gateway.is_listed(peer.ip());
                        if let Some(place) = self.places.give(one, peer.ip(), for_many) {
                            self.take(stream, peer, stopping.clone(), place);
                        } else {
                            tracing::debug!(%peer, "one address has too many connections");
                        }
                    }
                    _ => tokio::time::sleep(PAUSE).await,
                },
            }
        }
        drop((self.tcp, stopping));
        let _ = told.send(true);
        if tokio::time::timeout(self.limits.drain, told.closed()).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
    }

    fn take(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        stopping: watch::Receiver<bool>,
        place: Place,
    ) {
        // A socket that is gone already says so at its first read.
        let _ = stream.set_nodelay(true);
        let Some(stream) = kept(stream.into_std()) else { return };
        let (limits, http, gateway) = (self.limits, self.http.clone(), self.gateway.clone());
        let tls = self.tls.as_ref().map(|tls| tls.acceptor());
        self.workers.spawn(move |seat| async move {
            let Some(stream) = kept(TcpStream::from_std(stream)) else { return };
            let stream = Taken::new(stream, limits.taken);
            let visit = |tls| Visit::new((peer, tls), limits, stopping, place, seat);
            match tls {
                None => serve(http, stream, visit(false), gateway).await,
                Some(acceptor) => {
                    let agreed = tokio::time::timeout(limits.head, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        serve(http, stream, visit(true), gateway).await;
                    }
                }
            }
        });
    }
}

/// A connection on its way from thread to thread, which needs something of the system.
fn kept<S>(stream: io::Result<S>) -> Option<S> {
    stream.inspect_err(|error| tracing::warn!(%error, "a connection is lost")).ok()
}

fn http(limits: Limits) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES as usize);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES)
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(WAITING)
        .keep_alive_interval(Some(Duration::from_secs(30)));
    http
}

async fn serve<S>(http: Builder<TokioExecutor>, stream: S, visit: Arc<Visit>, gateway: Arc<Gateway>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = visit.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (gateway, visit) = (gateway.clone(), asked.clone());
        async move { Ok::<_, Infallible>(gateway.answer(request, &visit).await) }
    });
    let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = visit.over() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = visit.left() => Ok(()),
            }
        }
    };
    // A client that breaks off, or speaks something else than HTTP, has had its answer.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
