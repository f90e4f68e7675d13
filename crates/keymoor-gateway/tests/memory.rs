//! What clients can make the gateway hold: alone in its process, so that it can be measured.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "gateway/h2.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod h2;
#[path = "gateway/support.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod support;

use std::sync::Arc;

use h2::{H2, HEADERS};
use support::{Echo, World, soon};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const PUBLIC: &str = "[[route]]\npath = \"/public/**\"\npublic = true\n";
const CONTINUATION: u8 = 9;

/// KiB that the process holds, and has held at most.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Sends a head of 2 MiB by HTTP/1.1, for as long as somebody takes it.
async fn endless_head(world: &World) {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let _ = stream.write_all(b"GET /public/x HTTP/1.1\r\nHost: a\r\n").await;
    let line = format!("X-Bomb: {}\r\n", "a".repeat(4_000));
    for _ in 0..512 {
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
    let _ = soon(stream.read_to_end(&mut Vec::new())).await;
}

/// The same by HTTP/2: a head that goes on in frame after frame.
async fn endless_continuation(world: &World) {
    let mut client = H2::open(world.address, &[]).await;
    let mut taken = client.send(HEADERS, 0, 1, &[0x82, 0x86]).await;
    // A literal of 4,000 bytes, by HPACK: 4000 = 127 + 3873.
    let value = [&[0, 1, b'x', 127, 0xa1, 0x1e][..], &[b'a'; 4_000]].concat();
    for _ in 0..512 {
        taken = taken && client.send(CONTINUATION, 0, 1, &value).await;
    }
    client.end().await;
}

/// A head of little that means much: one entry of 3,000 bytes, named 10,000 times (30 MB).
async fn hpack_bomb(world: &World) {
    let mut client = H2::open(world.address, &[]).await;
    // 3000 = 127 + 2873; 0x40 keeps it in the dynamic table, 0xbe names it.
    let entry = [&[0x40, 1, b'x', 127, 0xb9, 0x16][..], &[b'a'; 3_000]].concat();
    let block = [&[0x82, 0x86, 0x04, 9][..], b"/public/x", &[0x01, 1, b'a'], &entry].concat();
    let whole = [&block[..], &[0xbe; 10_000]].concat();
    let _ = client.send(HEADERS, 5, 1, &whole).await;
    if let Some(frame) = client.read().await {
        // Refused by its status, by a reset or by the end; never handed on.
        assert!(frame.kind != HEADERS || !frame.payload.starts_with(&[0x88]), "200");
    }
}

#[tokio::test]
async fn s100_heads_without_bound_take_little_memory() {
    let world = World::before(Echo::start().await, PUBLIC).await;
    assert_eq!(world.get("/public/x", "").await.status, 200);
    let before = held();
    let world = Arc::new(world);
    let mut bombs = JoinSet::new();
    for _ in 0..100 {
        let one = world.clone();
        bombs.spawn(async move { endless_head(&one).await });
        let one = world.clone();
        bombs.spawn(async move { endless_continuation(&one).await });
        let one = world.clone();
        bombs.spawn(async move { hpack_bomb(&one).await });
    }
    soon(bombs.join_all()).await;
    let grown = held() - before;
    assert!(grown < 64 * 1024, "{grown} KiB");
    assert_eq!(world.echo.count(), 1, "none of it reaches the API");
    assert_eq!(world.get("/public/x", "").await.status, 200);
}
