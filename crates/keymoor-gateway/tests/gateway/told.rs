//! What is told of a request: in the access log, and where refusals are explained.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, LazyLock, Mutex},
};

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{Echo, World, bearer, read_message, soon};

/// What this process logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

/// There is one for all threads: callsites remember whether anybody listens.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let written = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(written).unwrap();
    log
});

impl Log {
    /// The line of a request to `path`, once it is there.
    async fn line(&self, path: &str) -> serde_json::Value {
        soon(async {
            loop {
                let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
                let line = text.lines().find(|line| line.contains(&format!("\"path\":\"{path}\"")));
                if let Some(line) = line {
                    let whole: serde_json::Value = serde_json::from_str(line).unwrap();
                    return whole["fields"].clone();
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn s102_a_client_that_goes_before_its_answer_is_a_line_too() {
    let silent = Echo::by(|mut stream, requests| async move {
        let mut buffer = Vec::new();
        while read_message(&mut stream, &mut buffer).await.is_some() {
            requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let log = &*LOG;
    let world = World::before(silent.await, "").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!("GET /gone HTTP/1.1\r\nHost: a\r\n{}\r\n", bearer(&world.bare()));
    stream.write_all(request.as_bytes()).await.unwrap();
    soon(async {
        while world.echo.count() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(stream);
    assert_eq!(log.line("/gone").await["status"], 499);
}

#[tokio::test]
async fn s102_a_panic_is_a_line_too() {
    let log = &*LOG;
    let world = World::new().await;
    world.directory.faulty.store(true, std::sync::atomic::Ordering::SeqCst);
    let request = format!("GET /fault HTTP/1.1\r\nHost: a\r\n{}\r\n", bearer(&world.bare()));
    world.raw(request.as_bytes()).await;
    assert_eq!(log.line("/fault").await["status"], 500);
}

/// Where a refused call is said to have come from.
async fn address(behind: &str, forwarded: &str) -> IpAddr {
    let world = World::with(&format!("behind-proxy = [{behind}]")).await;
    assert_eq!(world.get("/x", forwarded).await.status, 401);
    world.noted.last().address.unwrap()
}

#[tokio::test]
async fn a_refusal_tells_of_the_client_behind_the_listed_proxies() {
    let both = "\"127.0.0.0/8\", \"10.0.0.0/8\"";
    let cases = [
        ("", "X-Forwarded-For: 203.0.113.9\r\n", "127.0.0.1"),
        (both, "", "127.0.0.1"),
        (both, "X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"),
        // What stands before the first that is not listed may be invented.
        (both, "X-Forwarded-For: 192.0.2.1, 203.0.113.9, 10.1.1.1\r\n", "203.0.113.9"),
        (both, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"),
        (both, "X-Forwarded-For: 203.0.113.9:4711, 10.1.1.1\r\n", "203.0.113.9"),
        (both, "X-Forwarded-For: [2001:db8::1]:4711\r\n", "2001:db8::1"),
        (both, "X-Forwarded-For: 203.0.113.9, unknown, 10.1.1.1\r\n", "10.1.1.1"),
        (both, "X-Forwarded-For: 10.2.2.2, 10.1.1.1\r\n", "10.2.2.2"),
    ];
    for (behind, lines, expected) in cases {
        let told = address(behind, lines).await;
        assert_eq!(told, expected.parse::<IpAddr>().unwrap(), "{lines}");
    }
}

#[tokio::test]
async fn so_does_one_of_a_request_that_a_proxy_asked_about() {
    for (lines, expected) in [("X-Forwarded-For: 203.0.113.9\r\n", Some("203.0.113.9")), ("", None)]
    {
        let world = World::of(Echo::start().await, "behind-proxy = [\"127.0.0.0/8\"]").await;
        let told = format!("X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /x\r\n{lines}");
        assert_eq!(world.get("/api/auth/verify", &told).await.status, 401);
        let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!(world.noted.last().address, expected);
    }
}

#[tokio::test]
async fn request_ids_tell_nothing_of_one_another() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(world.get("/x", "").await.header("x-request-id").unwrap().to_owned());
    }
    assert_ne!(ids[0][..8], ids[1][..8]);
    assert_ne!(ids[0][8..16], ids[1][8..16]);
}
