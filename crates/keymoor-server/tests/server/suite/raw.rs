//! Bytes on a real socket that no HTTP library would send.

use std::{net::TcpListener, time::Duration};

use keymoor_server::{Running, listen, routes};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::app::TestApp;

struct Raw {
    address: String,
    running: Running,
    _app: TestApp,
}

impl Raw {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = routes::router(app.app.clone());
        let running = listen(listener, router, None).await.unwrap();
        Self { address, running, _app: app }
    }

    /// What the server answers to `bytes` before it closes or falls silent.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(Ok(read)) = timeout(Duration::from_millis(300), stream.read(&mut buffer)).await
        {
            if read == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn lives(&self) -> bool {
        let answer = self
            .send(b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer.await.starts_with("HTTP/1.1 200")
    }
}

/// How many answers stand in `text`: more than one means that a body was read as a request.
fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn s100_a_request_in_a_request_is_never_answered() {
    let raw = Raw::start().await;
    let hidden = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
    let heads = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding:\tchunked\r\nTransfer-Encoding: x\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
    ];
    for head in heads {
        let request = format!("POST /api/token HTTP/1.1\r\nHost: x\r\n{head}\r\n0\r\n\r\n{hidden}");
        let answer = raw.send(request.as_bytes()).await;
        let first = answer.lines().next().unwrap_or_default().to_owned();
        assert!(!answer.contains("\"keys\""), "{head:?} let the hidden request through: {first}");
        assert!(answers(&answer) <= 1, "{head:?}: {first}");
    }
    assert!(raw.lives().await);
    raw.running.stop().await.unwrap();
}

#[tokio::test]
async fn s100_header_bombs_and_nonsense_do_not_stop_the_server() {
    let raw = Raw::start().await;
    let many = "X-Header: y\r\n".repeat(5000);
    let bombs = [
        format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(1_000_000)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1_000_000)),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0".to_owned(),
        "POST /api/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n".to_owned(),
    ];
    for bomb in &bombs {
        let answer = raw.send(bomb.as_bytes()).await;
        let begin: String = bomb.chars().take(30).collect();
        assert!(
            !answer.starts_with("HTTP/1.1 2") && !answer.contains(" 500 "),
            "{begin}: {answer}"
        );
        assert!(raw.lives().await, "{begin}");
    }
    raw.running.stop().await.unwrap();
}
