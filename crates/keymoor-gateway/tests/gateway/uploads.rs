use std::{sync::atomic::Ordering, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Answer, Echo, World, bearer, read_message, soon};

/// An API that answers when it has read everything, and says how much that was.
async fn counting() -> Echo {
    Echo::by(|mut stream, requests| async move {
        let mut buffer = Vec::new();
        while let Some(request) = read_message(&mut stream, &mut buffer).await {
            requests.fetch_add(1, Ordering::SeqCst);
            let said = request.len().to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{said}", said.len());
            stream.write_all(head.as_bytes()).await.unwrap();
        }
    })
    .await
}

/// The head of an upload of `length` bytes.
fn head(world: &World, length: usize) -> String {
    let token = bearer(&world.bare());
    format!("POST /upload HTTP/1.1\r\nHost: a\r\n{token}Content-Length: {length}\r\n\r\n")
}

async fn answer(stream: &mut TcpStream) -> Answer {
    let read = soon(read_message(stream, &mut Vec::new())).await;
    Answer::parse(&read.unwrap()).unwrap()
}

#[tokio::test]
async fn megabytes_pass_both_ways() {
    const LENGTH: usize = 8 * 1024 * 1024;
    let world = World::new().await;
    let body: Vec<u8> = (0..LENGTH).map(|at| b'a' + u8::try_from(at % 23).unwrap()).collect();
    let request = [head(&world, LENGTH).as_bytes(), &body].concat();
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let sending = tokio::spawn(async move {
        to.write_all(&request).await.unwrap();
        to
    });
    let mut back = Vec::new();
    while !back.ends_with(&body) {
        assert!(soon(from.read_buf(&mut back)).await.unwrap() > 0);
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn the_time_for_an_answer_begins_when_the_body_has_come() {
    let text = "answer-seconds = 1\nidle-seconds = 5";
    let world = World::before(counting().await, text).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head(&world, 8).as_bytes()).await.unwrap();
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stream.write_all(b"x").await.unwrap();
    }
    assert_eq!(answer(&mut stream).await.status, 200);
}

#[tokio::test]
async fn an_api_that_does_not_answer_the_whole_of_a_body_is_a_504() {
    let silent = Echo::by(|mut stream, _| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let world = World::before(silent.await, "answer-seconds = 1").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(format!("{}ab", head(&world, 2)).as_bytes()).await.unwrap();
    let answer = answer(&mut stream).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (504, Some("gateway_timeout")));
}

#[tokio::test]
async fn s99_an_api_that_takes_no_body_is_a_504() {
    let deaf = Echo::by(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let world = World::before(deaf.await, "answer-seconds = 1").await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let head = head(&world, 1 << 30);
    let sending = tokio::spawn(async move {
        let _ = to.write_all(head.as_bytes()).await;
        let some = vec![b'x'; 65_536];
        while to.write_all(&some).await.is_ok() {}
    });
    let mut back = vec![0; 12];
    soon(from.read_exact(&mut back)).await.unwrap();
    assert_eq!(back, b"HTTP/1.1 504");
    sending.abort();
}

#[tokio::test]
async fn s99_a_client_that_stalls_its_own_body_is_told_so() {
    let world = World::before(counting().await, "idle-seconds = 1").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(format!("{}abc", head(&world, 9)).as_bytes()).await.unwrap();
    let answer = answer(&mut stream).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (408, Some("request_timeout")));
    assert_eq!(world.echo.count(), 0);
}

#[tokio::test]
async fn a_body_that_is_none_is_the_clients_fault() {
    let world = World::before(counting().await, "").await;
    let request = format!(
        "POST /x HTTP/1.1\r\nHost: a\r\n{}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno length\r\n",
        bearer(&world.bare())
    );
    let answer = world.raw(request.as_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")));
}
