//! Nothing of a secret shows.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use keymoor_client::Tokens;
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

use crate::support::{SECRET, Say, World, credentials, granted};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// The secret, as it is and as each style encodes it, and the token.
const TELLING: [&str; 3] = [SECRET, "a%2Bb%2Fc%3Dd%26e%2520f-secret", "the-token-itself"];

#[tokio::test]
async fn s95_no_log_holds_a_secret_even_at_its_most_talkative() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE);
    let subscriber = subscriber.with_writer(log.clone()).finish();
    // For the whole process: what other tests log meanwhile is looked at too.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::scripted(|seen| {
        if seen.is_for_a_token() { granted("the-token-itself", 300) } else { Say::status(401) }
    })
    .await;
    let client = world.builder().cache(world.disk()).build().unwrap();
    client.get("/x").await.unwrap_err();
    world.server.now_says(|_| Say::HangUp);
    client.get("/x").await.unwrap_err();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.lines().count() > 10, "the log was looked at:\n{text}");
    for telling in TELLING {
        assert!(!text.contains(telling), "{telling} in:\n{text}");
    }
}

#[tokio::test]
async fn s95_debug_shows_nothing_of_a_secret() {
    let world = World::scripted(|_| granted("the-token-itself", 300)).await;
    let source = world.process();
    let token = source.token(&keymoor_client::Scopes::default(), std::time::Duration::ZERO).await;
    let client = world.client();
    let texts = [
        format!("{:?}", credentials()),
        format!("{:?}", token.unwrap()),
        format!("{source:?} {client:?} {:?}", client.token().await),
    ];
    for text in texts {
        assert!(TELLING.iter().all(|telling| !text.contains(telling)), "{text}");
    }
}

#[test]
fn a_secret_equals_itself_only() {
    let other = keymoor_client::ClientSecret::parse("another-secret").unwrap();
    assert!(credentials().secret == credentials().secret);
    assert!(credentials().secret != other);
}

#[tokio::test]
async fn s95_debug_of_a_call_and_of_its_answer_shows_no_body() {
    let world = World::scripted(|seen| {
        if seen.is_for_a_token() { granted("t1", 300) } else { Say::json(201, r#"{"s":"canary"}"#) }
    })
    .await;
    let call = keymoor_client::Call::post("/x").query("q", "canary");
    let call = call.header("x-a", "canary").unwrap().json(&"canary").unwrap();
    let shown = format!("{call:?}");
    let answer = world.client().call(call).await.unwrap();
    assert!(String::from_utf8_lossy(answer.body()).contains("canary"));
    let shown = format!("{shown} {answer:?}");
    assert!(!shown.contains("canary") && shown.contains("body_length"), "{shown}");
}

#[test]
fn s95_an_error_repeats_no_user_name_of_a_url() {
    let ends = keymoor_client::Endpoints::at("https://k.example.com").unwrap();
    for target in ["https://u:canary@k.example.com:444/x", "https://u:canary@k.example.com/x#f"] {
        let error = ends.resolve(target).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    for url in ["https://u:canary@k.example.com/?q", "ftp://u:canary@h", "https://u:canary@[x"] {
        let error = keymoor_client::Endpoints::new(url, url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}
