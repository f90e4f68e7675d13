//! The ceiling of a token endpoint: a bare hyper server that parses the form, compares the secret
//! with its keyed hash, signs one ES256 JWT (RFC 9068) and answers. No framework, no middleware,
//! no store, one client. It prints its address, key and secret as one line of JSON.

mod endpoint;

use std::{error::Error, net::Ipv4Addr, sync::Arc};

use endpoint::Endpoint;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let endpoint = Arc::new(Endpoint::new(&url)?);
    println!("{}", endpoint.introduction());
    loop {
        let (stream, _) = listener.accept().await?;
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let endpoint = endpoint.clone();
                async move { endpoint.answer(request).await }
            });
            // A client that goes away is no error here.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}
