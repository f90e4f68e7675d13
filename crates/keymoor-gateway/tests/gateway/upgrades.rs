use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{Echo, World, bearer, read_message};

/// An API that changes every connection to WebSocket and then tells back what it hears.
async fn changing() -> Echo {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                read_message(&mut stream, &mut buffer).await.unwrap();
                let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\
                            Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
                stream.write_all(head.as_bytes()).await.unwrap();
                let mut bytes = [0; 64];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    stream.write_all(&bytes[..read]).await.unwrap();
                }
            });
        }
    });
    Echo { address, requests: std::sync::Arc::default() }
}

#[tokio::test]
async fn a_websocket_passes_both_ways() {
    let world = World::before(changing().await, "").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!(
        "GET /x HTTP/1.1\r\nHost: a\r\n{}Connection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        bearer(&world.bare())
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = Vec::new();
    let head = read_message(&mut stream, &mut buffer).await.unwrap();
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket"), "{head}");
    for text in ["hello", "again"] {
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut echoed = [0; 5];
        stream.read_exact(&mut echoed).await.unwrap();
        assert_eq!(echoed, text.as_bytes());
    }
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
