use std::sync::atomic::Ordering;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Echo, World, bearer, read_message, soon};

/// An API that says something, and says nothing more while its listener stays.
async fn saying(kind: &'static str) -> Echo {
    Echo::by(move |mut stream, listening| async move {
        read_message(&mut stream, &mut Vec::new()).await.unwrap();
        listening.fetch_add(1, Ordering::SeqCst);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n\
             9\r\ndata: a\n\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let _ = stream.read(&mut [0; 1]).await;
        listening.fetch_sub(1, Ordering::SeqCst);
    })
    .await
}

const EVENTS: &str = "text/event-stream; charset=utf-8";

/// Listens, and has heard the first event.
async fn listening(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!("GET /events HTTP/1.1\r\nHost: a\r\n{}\r\n", bearer(&world.bare()));
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"data: a\n\n\r\n") {
        assert!(soon(stream.read_buf(&mut heard)).await.unwrap() > 0);
    }
    stream
}

#[tokio::test]
async fn an_event_arrives_when_it_is_sent() {
    let world = World::before(saying(EVENTS).await, "").await;
    listening(&world).await;
}

#[tokio::test]
async fn a_stream_of_events_goes_on_for_longer_than_an_answer_may_lie_untaken() {
    let world = World::hasty(saying(EVENTS).await, "").await;
    let mut stream = listening(&world).await;
    let more = tokio::time::timeout(World::HASTY.taken * 3, stream.read_u8()).await;
    assert!(more.is_err(), "{more:?}");
    assert_eq!(world.echo.count(), 1);
}

#[tokio::test]
async fn a_stream_of_events_ends_when_its_token_is_removed() {
    let world = World::hasty(saying(EVENTS).await, "").await;
    let mut stream = listening(&world).await;
    world.directory.removed.store(true, Ordering::SeqCst);
    let _ = soon(stream.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_token() {
    let world = World::hasty(saying(EVENTS).await, "").await;
    let mut stream = listening(&world).await;
    world.clock.step(400);
    let _ = soon(stream.read_to_end(&mut Vec::new())).await;
}

#[tokio::test]
async fn what_ends_by_itself_may_take_longer_than_a_token_lives() {
    let world = World::hasty(saying("application/zip").await, "").await;
    let mut stream = listening(&world).await;
    world.clock.step(400);
    let more = tokio::time::timeout(World::HASTY.look * 5, stream.read_u8()).await;
    assert!(more.is_err(), "{more:?}");
}
