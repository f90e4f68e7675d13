//! The public listener: plain or TLS, with time limits on slow clients and an orderly end.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use axum::Router;
use axum_server::{
    Handle, Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use rustls::crypto::aws_lc_rs;
use tokio::task::JoinHandle;

use crate::alive::end_dead;

/// The longest that a client may take to send a request's head.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// The most KiB of a request's head.
const HEAD_KIB: u32 = 32;
const HEAD_BYTES: usize = HEAD_KIB as usize * 1024;
/// The longest that running requests may take to finish once the server is to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// How often certificate and key are looked at.
const LOOKED_AT: Duration = Duration::from_secs(5);

/// Certificate chain and private key, PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The chain, the server's certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Tls {
    /// When the files were written last.
    fn written(&self) -> [Option<SystemTime>; 2] {
        let time = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
        [time(&self.certificate), time(&self.key)]
    }
}

/// The certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the TLS certificate {certificate} and key {key} cannot be used: {cause}")]
pub struct TlsError {
    certificate: PathBuf,
    key: PathBuf,
    cause: io::Error,
}

/// A listener that answers until it is told to stop.
pub struct Running {
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
    watching: Option<JoinHandle<()>>,
}

impl Running {
    /// Takes no more requests, lets running ones finish, and returns.
    pub async fn stop(self) -> io::Result<()> {
        if let Some(watching) = &self.watching {
            watching.abort();
        }
        self.handle.graceful_shutdown(Some(DRAIN));
        self.task.await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
    }
}

/// Serves `router` on `listener`, which is bound already.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    tls: Option<&Tls>,
) -> Result<Running, TlsError> {
    let handle = Handle::new();
    if let Err(error) = end_dead(&listener) {
        tracing::warn!(%error, "connections whose other end is gone will stay for long");
    }
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp(listener)
        .expect("a bound listener can be handed over")
        .handle(handle.clone());
    let server = limited(server, HEAD_LIMIT);
    let (task, watching) = match tls {
        None => (tokio::spawn(server.serve(service)), None),
        Some(tls) => {
            let config = load(tls).await?;
            let acceptor = RustlsAcceptor::new(config.clone());
            let watching = tokio::spawn(watch(tls.clone(), config));
            (tokio::spawn(server.acceptor(acceptor).serve(service)), Some(watching))
        }
    };
    Ok(Running { handle, task, watching })
}

/// Gives clients the time of `head` for a head. Before it is known which HTTP a client speaks, hyper
/// has no limit of its own: that of the first request is for those that say nothing.
fn limited<A>(server: Server<SocketAddr, A>, head: Duration) -> Server<SocketAddr, A> {
    let mut server = server.first_request_timeout(head);
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES);
    http.http2().timer(TokioTimer::new()).max_header_list_size(HEAD_KIB * 1024);
    server
}

/// Takes certificate and key anew whenever their files have changed. What cannot be used changes
/// nothing, and is tried again when the files change once more.
async fn watch(tls: Tls, config: RustlsConfig) {
    let mut seen = tls.written();
    let mut turn = tokio::time::interval(LOOKED_AT);
    loop {
        turn.tick().await;
        let now = tls.written();
        if now == seen {
            continue;
        }
        seen = now;
        match config.reload_from_pem_file(&tls.certificate, &tls.key).await {
            Ok(()) => tracing::info!("the TLS certificate was taken anew"),
            Err(error) => tracing::error!(%error, "the TLS certificate stays the old one"),
        }
    }
}

/// TLS 1.2 and 1.3 by the one crypto library of the house.
async fn load(tls: &Tls) -> Result<RustlsConfig, TlsError> {
    // Fails only if it is installed already.
    let _ = aws_lc_rs::default_provider().install_default();
    RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(|cause| TlsError {
        certificate: tls.certificate.clone(),
        key: tls.key.clone(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

    #[tokio::test]
    async fn s99_a_connection_that_asks_nothing_is_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = limited(axum_server::from_tcp(listener).unwrap(), Duration::from_millis(50));
        let service = Router::new().into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(server.serve(service));
        for said in [&b""[..], b"PRI * HTTP/2.0", b"GET /", PREFACE] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said).await.unwrap();
            let mut answer = Vec::new();
            let ended = stream.read_to_end(&mut answer);
            let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
            assert!(ended.is_ok(), "{said:?}");
        }
        serving.abort();
    }
}
