//! `keymoor proxy`: for clients that cannot get tokens.

mod forward;
mod judge;

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::{
    arguments::Proxy,
    failure::Failure,
    output,
    session::{Session, block_on},
};
use forward::Forward;

/// Listens until it is interrupted.
pub(crate) fn run(options: &Proxy) -> Result<(), Failure> {
    if !options.listen.ip().is_loopback() {
        let hint = "Whoever can connect calls the API as you: listen on 127.0.0.1 or [::1].";
        return Err(Failure::usage("the proxy listens on loopback only").hint(hint));
    }
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    block_on(async {
        let forward = Arc::new(Forward::new(&session)?);
        let listener = TcpListener::bind(options.listen).await.map_err(|error| {
            Failure::other(format!("{} cannot be listened on: {error}", options.listen))
        })?;
        let address = listener.local_addr()?;
        let api = session.endpoints.api_base();
        output::print(&format!("http://{address} passes calls on to {api}\n"))?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, forward.clone()))),
                // Of one connection, or of too many open files: both pass.
                Err(error) => {
                    tell!("keymoor: a connection is not accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    })
}

/// A connection that breaks is its client's trouble.
async fn serve(stream: TcpStream, forward: Arc<Forward>) {
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let forward = forward.clone();
        async move { Ok::<_, Infallible>(forward.answer(request).await) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}
