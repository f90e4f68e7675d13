//! The ceiling of the token endpoint: a bare hyper server that parses a token request, compares
//! the secret, signs an access token, and does nothing else. What Keymoor adds to that work shows
//! as the ratio of the two rates. It is no authorization server: it grants any scope, forgets
//! everything when it stops, and listens on loopback only.

mod clients;
mod endpoint;
mod request;
mod signer;
#[cfg(test)]
mod tests;

use std::{io, net::Ipv4Addr, sync::Arc};

use clients::{Clients, NewClient};
use endpoint::Endpoint;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use signer::{Jwk, Signer};
use tokio::net::{TcpListener, TcpStream};

/// The one line of JSON on standard output: where the server is, and how to get a token from it.
#[derive(Serialize)]
struct Started<'a> {
    /// The URL of its only resource, the token endpoint. The path does not matter to it.
    token_endpoint: String,
    /// The OAuth `client_id` of the one client.
    api_key: &'a str,
    /// Its `client_secret`, in the clear: whoever starts the server must have it from somewhere.
    api_secret: &'a str,
    /// The public key, to check a token with (RFC 7517).
    jwk: &'a Jwk,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let signer = Signer::generate();
    let (clients, new) = Clients::with_one();
    print(&issuer, &new, signer.jwk())?;
    let endpoint = Arc::new(Endpoint::new(issuer, clients, signer));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, endpoint.clone()));
    }
}

fn print(issuer: &str, new: &NewClient, jwk: &Jwk) -> io::Result<()> {
    let started = Started {
        token_endpoint: format!("{issuer}/api/auth/oauth/token"),
        api_key: &new.api_key,
        api_secret: &new.api_secret,
        jwk,
    };
    println!("{}", serde_json::to_string(&started)?);
    Ok(())
}

/// Answers the requests of one connection until the client closes it.
async fn serve(stream: TcpStream, endpoint: Arc<Endpoint>) {
    // As Keymoor does; matters little here, since each answer is one write.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| endpoint.answer(request));
    // An error is a client that left or sent no HTTP: the end of this connection, and no more.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
