use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    h2::H2,
    support::{Echo, World, bearer, read_message, soon},
};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// An API that breaks off instead of the second answer on each connection.
async fn breaking() -> Echo {
    Echo::by(|mut stream, requests| async move {
        let mut buffer = Vec::new();
        read_message(&mut stream, &mut buffer).await.unwrap();
        requests.fetch_add(1, Ordering::SeqCst);
        stream.write_all(OK).await.unwrap();
        if read_message(&mut stream, &mut buffer).await.is_some() {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await
}

fn request(world: &World, method: &str) -> String {
    format!("{method} /x HTTP/1.1\r\nHost: a\r\n{}Content-Length: 0\r\n\r\n", bearer(&world.bare()))
}

#[tokio::test]
async fn a_safe_request_is_sent_again_when_a_kept_connection_breaks() {
    let world = World::before(breaking().await, "").await;
    let mut client = TcpStream::connect(world.address).await.unwrap();
    for sent in [1, 3] {
        let get = request(&world, "GET");
        let answer = World::over(&mut client, get.as_bytes()).await.unwrap();
        assert_eq!((answer.status, world.echo.count()), (200, sent));
    }
}

#[tokio::test]
async fn what_is_not_safe_is_sent_once() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let world = World::before(breaking().await, "").await;
        let mut client = TcpStream::connect(world.address).await.unwrap();
        let mut send = async |method| {
            World::over(&mut client, request(&world, method).as_bytes()).await.unwrap()
        };
        assert_eq!(send("GET").await.status, 200);
        let answer = send(method).await;
        assert_eq!((answer.status, world.echo.count()), (502, 2), "{method}");
    }
}

#[tokio::test]
async fn what_is_not_safe_goes_to_no_other_address_once_it_may_have_arrived() {
    let closing = || {
        Echo::by(|mut stream, requests| async move {
            if read_message(&mut stream, &mut Vec::new()).await.is_some() {
                requests.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let (one, other) = (closing().await, closing().await);
    let text = format!("upstream = [\"http://{}\", \"http://{}\"]", one.address, other.address);
    let world = World::of(one, &text).await;
    let answer = world.raw(request(&world, "POST").as_bytes()).await.unwrap();
    assert_eq!((answer.status, world.echo.count() + other.count()), (502, 1));
    // What is safe is tried at both.
    assert_eq!(world.get_with("/x", &world.bare()).await.status, 502);
    assert_eq!(world.echo.count() + other.count(), 3);
}

#[tokio::test]
async fn an_address_that_hangs_is_passed_over() {
    let hanging = Echo::by(|mut stream, requests| async move {
        let mut buffer = Vec::new();
        while read_message(&mut stream, &mut buffer).await.is_some() {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    let answering = Echo::start().await;
    let text = format!(
        "answer-seconds = 1\nupstream = [\"http://{}\", \"http://{}\"]",
        hanging.address, answering.address
    );
    let world = World::of(hanging, &text).await;
    let mut slow = 0;
    for _ in 0..6 {
        slow += usize::from(world.get_with("/x", &world.bare()).await.status == 504);
    }
    assert_eq!((slow, world.echo.count(), answering.count()), (1, 1, 5));
}

/// An API that can be told to be unfit: it then says so at `/fit`. Counts all other requests.
async fn healthy(fit: Arc<AtomicBool>, asked: Arc<AtomicUsize>) -> Echo {
    Echo::by(move |mut stream, requests| {
        let (fit, asked) = (fit.clone(), asked.clone());
        async move {
            let mut buffer = Vec::new();
            while let Some(request) = read_message(&mut stream, &mut buffer).await {
                let answer = if request.starts_with(b"GET /fit ") {
                    asked.fetch_add(1, Ordering::SeqCst);
                    let unfit = b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n";
                    if fit.load(Ordering::SeqCst) { OK } else { &unfit[..] }
                } else {
                    requests.fetch_add(1, Ordering::SeqCst);
                    OK
                };
                stream.write_all(answer).await.unwrap();
            }
        }
    })
    .await
}

/// Both ways of writing it: of `upstream`, and of one with a name.
#[tokio::test]
async fn an_address_that_says_it_is_unfit_is_passed_over() {
    for named in [false, true] {
        let (fit, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let unfit = healthy(fit, asked.clone()).await;
        let well = healthy(Arc::new(AtomicBool::new(true)), Arc::default()).await;
        let urls = format!("[\"http://{}\", \"http://{}\"]", unfit.address, well.address);
        let text = if named {
            format!(
                "upstream = \"http://127.0.0.1:9\"\n[upstreams.a]\nurl = {urls}\nhealth = \"/fit\"\n\
                 [[route]]\npath = \"/x\"\nupstream = \"a\"\n"
            )
        } else {
            format!("upstream = {urls}\nhealth = \"/fit\"\n")
        };
        let world = World::of(unfit, &text).await;
        soon(async {
            while asked.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        // What it said is known a moment later.
        while world.get_with("/x", &world.bare()).await.status == 200 && world.echo.count() > 0 {
            world.echo.requests.store(0, Ordering::SeqCst);
        }
        for _ in 0..6 {
            assert_eq!(world.get_with("/x", &world.bare()).await.status, 200);
        }
        assert_eq!(world.echo.count(), 0, "{named}");
        assert!(well.count() >= 6);
    }
}

/// An API of HTTP/2 without TLS: another gateway, before answers that are large.
async fn large_by_h2() -> World {
    let large = Echo::by(|mut stream, requests| async move {
        const LENGTH: usize = 16 * 1024 * 1024;
        let mut buffer = Vec::new();
        while let Some(request) = read_message(&mut stream, &mut buffer).await {
            requests.fetch_add(1, Ordering::SeqCst);
            let large = request.starts_with(b"GET /large ");
            let length = if large { LENGTH } else { 2 };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let whole = [head.as_bytes(), &vec![b'x'; length]].concat();
            if stream.write_all(&whole).await.is_err() {
                return;
            }
        }
    });
    World::before(large.await, "[[route]]\npath = \"/**\"\npublic = true\n").await
}

async fn slow_readers_stop_nobody(h2c: bool) {
    let behind = large_by_h2().await;
    let text = format!(
        "upstream = \"http://{}\"\nh2c = {h2c}\n[[route]]\npath = \"/**\"\npublic = true\n",
        behind.address
    );
    let world = World::of(Echo::start().await, &text).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let request = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        slow.push(stream);
    }
    soon(async {
        while behind.echo.count() < 8 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    // What they do not take has filled whatever holds it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.get("/small", "").await.status, 200);
}

#[tokio::test]
async fn s99_those_who_take_nothing_stop_nobody_else() {
    slow_readers_stop_nobody(false).await;
}

#[tokio::test]
async fn s99_those_who_take_nothing_stop_nobody_else_over_http_2_to_the_api() {
    slow_readers_stop_nobody(true).await;
}

#[tokio::test]
async fn a_request_of_http_2_reaches_an_api_of_http_1() {
    let world = World::new().await;
    let mut client = H2::open(world.address, &[]).await;
    assert!(client.ask(1, "/public/x", &[("x-a", "b")]).await);
    let body = client.until(crate::h2::DATA).await.unwrap().payload;
    let body = String::from_utf8(body).unwrap();
    assert!(body.starts_with("GET /public/x HTTP/1.1\r\n") && body.contains("x-a: b"), "{body}");
}
