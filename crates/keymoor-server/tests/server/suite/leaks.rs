use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use keymoor_store::Actor;
use tracing_subscriber::{fmt::MakeWriter, util::SubscriberInitExt};

use super::app::{TestApp, call, credentials, form};

/// Everything that is logged while it is installed.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes in everything from now on, until what is returned is dropped.
    pub(super) fn install(&self) -> tracing::subscriber::DefaultGuard {
        // With one dispatcher alone, what another thread logs first counts as of no interest to
        // anybody from then on: so there is always another one.
        static OTHER: std::sync::OnceLock<tracing::Dispatch> = std::sync::OnceLock::new();
        OTHER.get_or_init(|| tracing::Dispatch::new(tracing_subscriber::registry()));
        let everything = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(self.clone())
            .finish();
        everything.set_default()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

pub(super) fn assert_absent(place: &str, bytes: &[u8], canaries: &[String]) {
    for canary in canaries {
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{place} holds a secret");
    }
}

#[tokio::test]
async fn s101_no_secret_or_token_reaches_the_log_or_the_database() {
    let log = Log::default();
    let installed = log.install();
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let made = app.send(call("POST", "/api/account/tokens", &bearer, r#"{"label":"x"}"#)).await;
    let secret = made.json()["api_secret"].as_str().unwrap().to_owned();
    app.send(form("/api/token", &credentials(&token, "organization:x"))).await;
    app.send(form(&format!("/api/token?{}", credentials(&token, "")), "")).await;
    app.call("GET", &format!("/none?access_token={}", &bearer[7..]), &bearer).await;
    app.call("GET", "/api/account", &format!("{bearer}x")).await;
    let owner = app.account("owner@example.com").await;
    let id = app.organization(owner, false).await;
    let seat = app.store.seat(id, owner).await.unwrap().unwrap();
    let made = app.app.add_scim_secret(&seat, None, "Okta", Actor::Operator).await.unwrap();
    let provisioning = made.1.expose().to_owned();
    let users = format!("/api/scim/v2/{id}/Users");
    let body = r#"{"userName":"bob"}"#;
    let right = format!("Bearer {provisioning}");
    assert_eq!(app.send(call("POST", &users, &right, body)).await.status, 201);
    assert_eq!(app.send(call("POST", &users, &format!("{right}x"), body)).await.status, 401);
    app.app.flush_uses().await;
    drop(installed);
    let signature = bearer.rsplit('.').next().unwrap().to_owned();
    let canaries = [
        secret[3..40].to_owned(),
        token.secret.expose()[3..40].to_owned(),
        signature,
        provisioning[3..40].to_owned(),
    ];
    let logged = log.bytes();
    assert!(String::from_utf8_lossy(&logged).contains("token refused"), "the log was looked at");
    assert!(String::from_utf8_lossy(&logged).contains("provisioning client refused"));
    assert_absent("the log", &logged, &canaries);
    let stored = app.place.bytes();
    let key = token.api_key.to_string();
    assert!(stored.windows(36).any(|part| part == key.as_bytes()), "the database was looked at");
    assert_absent("the database", &stored, &canaries);
}
