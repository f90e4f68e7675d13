//! Whoever stalls is let go, and takes nothing from the others.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    certificate::{Certificate, certificate},
    h2::{DATA, GOAWAY, H2, HEADERS, INITIAL_WINDOW_SIZE, RST_STREAM, WINDOW_UPDATE},
    support::{Echo, World, bearer, read_message, soon},
};

const PUBLIC: &str = "[[route]]\npath = \"/public/**\"\npublic = true\n";

/// An API whose answers have no end; counts who listens.
async fn endless() -> Echo {
    Echo::by(|mut stream, listening| async move {
        let mut buffer = Vec::new();
        if read_message(&mut stream, &mut buffer).await.is_none() {
            return;
        }
        listening.fetch_add(1, Ordering::SeqCst);
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = [&b"10000\r\n"[..], &vec![b'x'; 0x10000], b"\r\n"].concat();
        let mut next = &head[..];
        while stream.write_all(next).await.is_ok() {
            next = &chunk;
        }
        listening.fetch_sub(1, Ordering::SeqCst);
    })
    .await
}

/// Waits until `count` is what is wanted, looking now and then.
async fn becomes(count: &AtomicUsize, wanted: usize) {
    soon(async {
        while count.load(Ordering::SeqCst) != wanted {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn s99_a_connection_that_asks_nothing_is_ended() {
    let world = World::hasty(Echo::start().await, PUBLIC).await;
    for said in ["", "PRI * HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /public/x HTTP/1.1"]
    {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let _ = soon(stream.read_to_end(&mut Vec::new())).await;
    }
}

#[tokio::test]
async fn s99_one_that_is_silent_after_tls_is_ended() {
    let ours = certificate();
    let (echo, limits) = (Echo::start().await, World::HASTY);
    let text = format!("upstream = \"http://{}\"", echo.address);
    let world = World::set(echo, &text, limits, Some(ours.opened())).await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let mut stream = ours.connector().connect(Certificate::name(), stream).await.unwrap();
    let _ = soon(stream.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn s99_silent_connections_make_place_for_others() {
    let text = format!("connections = 4\nconnections-per-address = 4\n{PUBLIC}");
    let world = World::hasty(Echo::start().await, &text).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    assert_eq!(world.get("/public/x", "").await.status, 200);
}

#[tokio::test]
async fn s99_one_address_does_not_take_every_place() {
    let text = format!("connections = 9\nconnections-per-address = 2\n{PUBLIC}");
    let world = World::before(Echo::start().await, &text).await;
    let request = b"GET /public/x HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        assert!(soon(read_message(&mut stream, &mut Vec::new())).await.is_some());
        kept.push(stream);
    }
    assert!(world.raw(request).await.is_none());
}

#[tokio::test]
async fn s99_answers_that_a_closed_window_holds_up_let_the_api_go() {
    let world = World::hasty(endless().await, PUBLIC).await;
    let mut client = H2::open(world.address, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    for stream in (1..100).step_by(2) {
        assert!(client.ask(stream, "/public/large", &[]).await);
    }
    becomes(&world.echo.requests, 50).await;
    becomes(&world.echo.requests, 0).await;
    // Streams that nobody takes keep no connection either.
    client.end().await;
}

#[tokio::test]
async fn s99_a_client_that_stops_reading_lets_the_api_go() {
    let world = World::hasty(endless().await, PUBLIC).await;
    let mut client = TcpStream::connect(world.address).await.unwrap();
    client.write_all(b"GET /public/large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    becomes(&world.echo.requests, 1).await;
    becomes(&world.echo.requests, 0).await;
}

#[tokio::test]
async fn who_takes_slowly_but_takes_is_served() {
    let world = World::hasty(endless().await, PUBLIC).await;
    let mut client = H2::open(world.address, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    assert!(client.ask(1, "/public/large", &[]).await);
    let mut took = 0;
    // For twice as long as an answer may lie untaken.
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < World::HASTY.taken * 2 {
        for stream in [0, 1] {
            assert!(client.send(WINDOW_UPDATE, 0, stream, &20_000_u32.to_be_bytes()).await);
        }
        took += client.until(DATA).await.unwrap().payload.len();
    }
    assert!(took > 0 && world.echo.count() == 1);
}

#[tokio::test]
async fn s99_an_idle_connection_of_http_2_is_ended_in_good_order() {
    let world = World::hasty(Echo::start().await, PUBLIC).await;
    let mut client = H2::open(world.address, &[]).await;
    assert!(client.ask(1, "/public/x", &[]).await);
    assert_eq!(client.until(HEADERS).await.unwrap().stream, 1);
    // It is told before the end, and PING is answered all the while.
    assert!(client.end().await.iter().any(|frame| frame.kind == GOAWAY));
}

#[tokio::test]
async fn s99_empty_data_without_end_is_a_pause() {
    let world = World::hasty(Echo::start().await, "idle-seconds = 1").await;
    let mut client = H2::open(world.address, &[]).await;
    let token = format!("Bearer {}", world.bare());
    assert!(client.post(1, "/x", &[("authorization", &token)]).await);
    let flood = async {
        while client.send(DATA, 0, 1, &[]).await {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    soon(flood).await;
    assert_eq!(world.get_with("/x", &world.bare()).await.status, 200);
}

#[tokio::test]
async fn s99_streams_that_are_reset_at_once_end_the_connection_and_harm_nobody() {
    let world = World::hasty(Echo::start().await, PUBLIC).await;
    let mut client = H2::open(world.address, &[]).await;
    let mut stream = 1;
    let flood = async {
        while client.ask(stream, "/public/x", &[]).await
            && client.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).await
        {
            stream += 2;
            assert!(stream < 2_000_000, "nobody minds");
        }
    };
    soon(flood).await;
    assert_eq!(world.get("/public/x", "").await.status, 200);
}

#[tokio::test]
async fn s100_a_panic_ends_one_request_and_keeps_no_place() {
    let text = format!("connections = 2\nconnections-per-address = 2\n{PUBLIC}");
    let world = World::before(Echo::start().await, &text).await;
    world.directory.faulty.store(true, Ordering::SeqCst);
    let request = format!("GET /x HTTP/1.1\r\nHost: a\r\n{}\r\n", bearer(&world.bare()));
    for _ in 0..5 {
        let answer = world.raw(request.as_bytes()).await;
        assert!(answer.is_none_or(|answer| answer.status == 500));
    }
    assert_eq!(world.get("/public/x", "").await.status, 200);
    world.directory.faulty.store(false, Ordering::SeqCst);
    assert_eq!(world.get_with("/x", &world.bare()).await.status, 200);
}
