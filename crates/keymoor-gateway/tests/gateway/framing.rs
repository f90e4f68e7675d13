use std::time::Duration;

use keymoor_testkit::bypass::FORGED;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{World, bearer};

/// Bodies whose length is told in a way that some reader takes otherwise. Each hides a second
/// request in what another reader counts as body.
fn smuggled(token: &str) -> Vec<String> {
    let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    let chunked = format!("0\r\n\r\n{hidden}");
    let length = chunked.len();
    let heads = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: xchunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding : chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding:\tchunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: \u{b}chunked\r\n"),
        format!("Content-Length: {length}\r\n Transfer-Encoding: chunked\r\n"),
        format!("Content-Length: {length}\r\nX: y\r\n\tTransfer-Encoding: chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding\r\n : chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: identity, chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked, identity\r\n"),
        format!(
            "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"
        ),
        format!(
            "Content-Length: {length}\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n"
        ),
        format!("Content-Length: {length}\r\nTransfer_Encoding: chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: \"chunked\"\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked;a=b\r\n"),
        format!("Content-Length: 5\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
        format!("Content-Length: 5, {length}\r\n"),
        format!("Content-Length: +{length}\r\n"),
        format!("Content-Length: 0x{length:x}\r\n"),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 5 5\r\n".to_owned(),
        "Content-Length: 99999999999999999999\r\n".to_owned(),
        format!("Content-Length: {length}\r\nConnection: Content-Length\r\n"),
        "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\nContent-Length: 5\r\n"
            .to_owned(),
        format!(
            "Content-Length: {length}\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n"
        ),
    ];
    let versions = ["HTTP/1.1", "HTTP/1.0"];
    let whole = |head: &String, version: &str| {
        format!("POST /seen {version}\r\nHost: a\r\n{token}{head}\r\n{chunked}")
    };
    heads.iter().flat_map(|head| versions.map(|version| whole(head, version))).collect()
}

#[tokio::test]
async fn s100_no_request_hides_in_the_body_of_another() {
    let world = World::new().await;
    let requests = smuggled(&bearer(&world.bare()));
    for request in &requests {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut all = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all));
        let _ = read.await.unwrap();
        let text = String::from_utf8_lossy(&all);
        // What the API took for one request is what the gateway judged as one.
        let framed = |marker: &str| text.matches(marker).count();
        assert!(
            framed("HTTP/1.1 200 OK") + framed("HTTP/1.0 200 OK") <= 1,
            "{request}\n--\n{text}"
        );
    }
    // The connection to the API is not left with half a request in it.
    let after = world.get_with("/after", &world.bare()).await;
    assert!(after.body.starts_with("GET /after "), "{after:?}");
}

/// RFC 9112 §6.1: the chunks count, the length goes no further, and the connection ends.
#[tokio::test]
async fn s100_a_length_beside_chunks_goes_no_further() {
    let world = World::new().await;
    let lines =
        format!("{}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", bearer(&world.bare()));
    let request = format!("POST /x HTTP/1.1\r\nHost: a\r\n{lines}\r\n3\r\nabc\r\n0\r\n\r\n");
    let answer = world.raw(request.as_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(!answer.body.to_lowercase().contains("content-length"), "{answer:?}");
}

#[tokio::test]
async fn s71_trailers_claim_nothing() {
    let world = World::with(
        "strip = [\"X-User\"]\n[[route]]\npath = \"/o/**\"\n\
         organization = { header = \"X-Organization\" }\n",
    )
    .await;
    let names = [
        "X-Keymoor-Account",
        "x_keymoor_account",
        "Authorization",
        "X-Organization",
        "x_organization",
        "X-User",
        "X-User-Name",
        "X-Auth-Request-Email",
        "X-Forwarded-For",
        "X-Forwarded-User",
        "X-Real-IP",
        "Forwarded",
        "X-Original-URL",
        "X-Request-Id",
        "X-HTTP-Method-Override",
        "X_Method_Override",
        "Host",
        "Cookie",
        "Connection",
        "Transfer-Encoding",
        "Content-Length",
    ];
    for name in names {
        let request = format!(
            "POST /x HTTP/1.1\r\nHost: a\r\n{}Transfer-Encoding: chunked\r\nTrailer: {name}, x-plain\r\n\
             \r\n3\r\nabc\r\n0\r\n{name}: {FORGED}\r\nx-plain: kept\r\n\r\n",
            bearer(&world.bare())
        );
        let answer = world.raw(request.as_bytes()).await.unwrap();
        assert!(answer.body.contains("x-plain: kept"), "trailers pass: {answer:?}");
        assert!(!answer.body.contains(FORGED), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn s100_a_head_without_end_is_not_read_to_its_end() {
    let world = World::new().await;
    let long = format!("GET /x HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET /x HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(5_000));
    for request in [long, many, "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(), "GET\r\n\r\n".to_owned()] {
        let answer = world.raw(request.as_bytes()).await;
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
    }
    assert_eq!(world.get("/public/x", "").await.status, 200);
}

#[tokio::test]
async fn s100_requests_in_a_row_are_each_judged() {
    let world = World::new().await;
    let first = format!("GET /a HTTP/1.1\r\nHost: a\r\n{}\r\n", bearer(&world.bare()));
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let second = "GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{first}{second}").as_bytes()).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.contains("HTTP/1.1 200 OK") && all.contains("HTTP/1.1 401 "), "{all}");
    assert_eq!(world.echo.count(), 1);
}
