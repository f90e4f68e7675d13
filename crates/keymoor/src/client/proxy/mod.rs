//! `keymoor proxy`: for clients that cannot get tokens.

mod forward;
mod judge;
mod listen;
mod socket;

use std::{convert::Infallible, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

use super::{
    arguments::Proxy,
    failure::Failure,
    output,
    session::{Session, block_on},
};
use forward::Forward;
pub(crate) use listen::Listen;

/// Listens until it is interrupted.
pub(crate) fn run(options: &Proxy) -> Result<(), Failure> {
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    block_on(async {
        match &options.listen {
            Listen::Port(address) => on_port(&session, *address).await,
            Listen::Socket(path) => on_socket(&session, path).await,
        }
    })
}

async fn on_port(session: &Session, address: SocketAddr) -> Result<(), Failure> {
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| Failure::other(format!("{address} cannot be listened on: {error}")))?;
    let address = listener.local_addr()?;
    let forward = Arc::new(Forward::new(session, Some(address))?);
    tell!(
        "keymoor: every user of this machine can call through it; --listen unix:PATH is yours alone"
    );
    begun(session, &format!("http://{address}"))?;
    loop {
        taken(listener.accept().await, &forward).await;
    }
}

#[cfg(unix)]
async fn on_socket(session: &Session, path: &Path) -> Result<(), Failure> {
    let forward = Arc::new(Forward::new(session, None)?);
    let socket = socket::Socket::bind(path)?;
    begun(session, &format!("unix:{}", path.display()))?;
    loop {
        taken(socket.listener.accept().await, &forward).await;
    }
}

#[cfg(not(unix))]
async fn on_socket(_: &Session, path: &Path) -> Result<(), Failure> {
    Err(socket::unsupported(path))
}

fn begun(session: &Session, place: &str) -> Result<(), Failure> {
    let api = session.endpoints.api_base();
    output::print(&format!("{place} passes calls on to {api}\n"))
}

async fn taken<I, A>(accepted: io::Result<(I, A)>, forward: &Arc<Forward>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match accepted {
        Ok((stream, _)) => drop(tokio::spawn(serve(stream, forward.clone()))),
        // Of one connection, or of too many open files: both pass.
        Err(error) => {
            tell!("keymoor: a connection is not accepted: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A connection that breaks is its client's trouble.
async fn serve<I>(stream: I, forward: Arc<Forward>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let forward = forward.clone();
        async move { Ok::<_, Infallible>(forward.answer(request).await) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}
