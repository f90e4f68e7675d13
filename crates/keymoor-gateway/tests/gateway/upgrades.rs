use std::sync::atomic::Ordering;

use keymoor_gateway::Limits;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    certificate::{Certificate, certificate},
    support::{Echo, World, bearer, soon},
};

/// An API that changes every connection to WebSocket and then tells back what it hears.
async fn changing() -> Echo {
    Echo::by(|stream, _| change(stream)).await
}

async fn change(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\
                Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = [0; 64];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        stream.write_all(&bytes[..read]).await.unwrap();
    }
}

/// Asks for a WebSocket and waits until it has changed.
async fn changed<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, lines: &str) -> S {
    let request = format!(
        "GET /x HTTP/1.1\r\nHost: a\r\n{lines}Connection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket"), "{head}");
    stream
}

/// Says `text` and hears it again.
async fn says<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut echoed = vec![0; text.len()];
    soon(stream.read_exact(&mut echoed)).await.unwrap();
    assert_eq!(echoed, text.as_bytes());
}

async fn connected(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.address).await.unwrap();
    changed(stream, &bearer(&world.bare())).await
}

/// Waits until the other end has gone.
async fn gone(stream: &mut TcpStream) {
    let _ = soon(stream.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn a_websocket_passes_both_ways() {
    let world = World::before(changing().await, "").await;
    let mut stream = connected(&world).await;
    says(&mut stream, "hello").await;
    says(&mut stream, "again").await;
}

#[tokio::test]
async fn a_websocket_passes_by_tls_on_both_sides() {
    let (ours, theirs) = (certificate(), certificate());
    let acceptor = theirs.acceptor();
    let echo = Echo::by(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            change(stream).await;
        }
    })
    .await;
    let text = format!(
        "upstream = \"https://{}\"\nupstream-ca = \"{}\"\n",
        echo.address,
        theirs.chain().display()
    );
    let world = World::set(echo, &text, Limits::default(), Some(ours.opened())).await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let stream = ours.connector().connect(Certificate::name(), stream).await.unwrap();
    let mut stream = changed(stream, &bearer(&world.bare())).await;
    says(&mut stream, "hello").await;
}

#[tokio::test]
async fn a_websocket_ends_when_its_token_is_removed() {
    let world = World::hasty(changing().await, "").await;
    let mut stream = connected(&world).await;
    says(&mut stream, "hello").await;
    world.directory.removed.store(true, Ordering::SeqCst);
    gone(&mut stream).await;
}

#[tokio::test]
async fn a_websocket_ends_with_its_token() {
    let world = World::hasty(changing().await, "").await;
    let mut stream = connected(&world).await;
    says(&mut stream, "hello").await;
    world.clock.step(400);
    gone(&mut stream).await;
}

#[tokio::test]
async fn s99_a_websocket_keeps_its_place() {
    let text = "connections = 1\n[[route]]\npath = \"/public\"\npublic = true\n";
    let world = World::before(changing().await, text).await;
    let stream = connected(&world).await;
    let mut next = TcpStream::connect(world.address).await.unwrap();
    next.write_all(b"GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    tokio::select! {
        _ = next.read_to_end(&mut answer) => panic!("there was a place beside the only one"),
        () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
    }
    drop(stream);
    soon(next.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 401 "));
}

#[tokio::test]
async fn s93_a_websocket_that_says_something_is_not_cut_when_the_gateway_stops() {
    let mut world = World::before(changing().await, "").await;
    let mut stream = connected(&world).await;
    says(&mut stream, "hello").await;
    world.stop();
    says(&mut stream, "again").await;
    // Once nobody says anything it ends, and nothing keeps the gateway.
    world.stopped().await;
    gone(&mut stream).await;
}

#[tokio::test]
async fn nothing_changes_without_a_token() {
    let world = World::before(changing().await, "").await;
    let lines = "Connection: upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(world.get("/x", lines).await.status, 401);
}

#[tokio::test]
async fn s100_no_connection_changes_to_http_2_past_the_gateway() {
    let world = World::new().await;
    for protocol in ["h2c", "H2C", "HTTP/2.0", "websocket, h2c", "TLS/1.0"] {
        let lines = format!(
            "{}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\n\
             HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
            bearer(&world.bare())
        );
        assert_eq!(world.get("/x", &lines).await.status, 400, "{protocol}");
    }
    assert_eq!(world.echo.count(), 0);
}

#[tokio::test]
async fn an_upgrade_that_connection_does_not_list_is_passed_over() {
    let world = World::new().await;
    let lines = format!("{}Upgrade: h2c\r\n", bearer(&world.bare()));
    let answer = world.get("/x", &lines).await;
    assert!(answer.status == 200 && !answer.body.contains("upgrade"), "{answer:?}");
}
