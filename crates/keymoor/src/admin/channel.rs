//! How a command reaches the data: through the running server, so that its caches see the change
//! before the command returns, or directly when no server runs.

use std::os::unix::net::UnixStream;

use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use keymoor_server::{
    Settings,
    admin::{COMMAND_PATH, Command},
};
use keymoor_store::Opening;
use serde_json::Value;

use crate::{data_dir::Hold, error::Error, options::ServeOptions, serve};

/// Carries `command` out and returns its answer.
pub(super) async fn send(place: &ServeOptions, command: Command) -> Result<Value, Error> {
    let data = serve::open_data(place.data.as_deref())?;
    match data.hold()? {
        Hold::Server(stream) => ask(stream, &command).await,
        Hold::Lock(_) if command.needs_server() => Err(Error::refused(
            "no server runs on this data, and only it knows the URL for the link. Start it first.",
        )),
        Hold::Lock(lock) => {
            // Nothing that a command answers holds a URL.
            let mut settings = Settings::new("http://localhost");
            settings.keeps_algorithm = true;
            let app = serve::open_app(&data, place, settings, Opening::Current, &lock).await?;
            command.run(&app).await.map_err(Error::refused)
        }
    }
}

async fn ask(stream: UnixStream, command: &Command) -> Result<Value, Error> {
    let (status, body) = exchange(stream, command)
        .await
        .map_err(|error| Error::unavailable(format!("the server did not answer: {error}")))?;
    let answer: Value = serde_json::from_slice(&body)
        .map_err(|_| Error::unavailable("the server's answer cannot be read"))?;
    match status {
        StatusCode::OK => Ok(answer),
        StatusCode::SERVICE_UNAVAILABLE => Err(Error::unavailable(message(&answer))),
        _ => Err(Error::refused(message(&answer))),
    }
}

fn message(answer: &Value) -> &str {
    answer["message"].as_str().unwrap_or("the server refused")
}

/// What the server answers at `path` of its admin socket.
pub(super) async fn get(
    stream: UnixStream,
    path: &'static str,
) -> Result<Response<Incoming>, Box<dyn std::error::Error>> {
    let request = Request::get(path).header(HOST, "localhost").body(Full::default())?;
    Ok(connect(stream).await?.send_request(request).await?)
}

async fn connect(
    stream: UnixStream,
) -> Result<http1::SendRequest<Full<Bytes>>, Box<dyn std::error::Error>> {
    stream.set_nonblocking(true)?;
    let stream = tokio::net::UnixStream::from_std(stream)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn exchange(
    stream: UnixStream,
    command: &Command,
) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error>> {
    let mut sender = connect(stream).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(COMMAND_PATH)
        .header(HOST, "localhost")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(serde_json::to_vec(command)?)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}
