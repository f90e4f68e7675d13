use std::sync::Arc;

use keymoor_core::{jwt::Algorithm, name::Email, seal::MasterKey};
use keymoor_server::{App, Settings, StartError};
use keymoor_testkit::{NOW, SteppedClock};
use zeroize::Zeroizing;

use super::app::{TOKEN, TestApp, URL, form};

#[tokio::test]
async fn s53_a_fresh_server_has_no_account() {
    let app = TestApp::start().await;
    let changes = app.store.changes_after(0, 100).await.unwrap();
    let kinds: Vec<_> = changes.iter().map(|change| change.kind.name()).collect();
    assert_eq!(kinds, ["pepper.added", "signing_key.added"]);
    for email in ["admin@example.com", "root@localhost", "admin@localhost"] {
        let email = Email::parse(email).unwrap();
        assert_eq!(app.store.account_by_email(&email).await.unwrap(), None);
    }
    for secret in ["admin", "password", "secret", "keymoor"] {
        let body = format!("grant_type=client_credentials&client_id=admin&client_secret={secret}");
        assert_eq!(app.send(form(TOKEN, &body)).await.status, 401);
    }
}

#[tokio::test]
async fn s31_another_master_key_does_not_start_and_makes_nothing() {
    let app = TestApp::start().await;
    let before = app.store.changes_after(0, 100).await.unwrap();
    let other = MasterKey::new(Zeroizing::new([43; 32]));
    let clock = Arc::new(SteppedClock::new(NOW));
    let outcome = App::start(Settings::new(URL), app.store.clone(), other, clock).await;
    let error = outcome.err().unwrap();
    assert!(matches!(error, StartError::WrongMasterKey), "{error}");
    assert_eq!(app.store.changes_after(0, 100).await.unwrap(), before);
}

#[tokio::test]
async fn s31_no_private_key_is_stored_in_the_clear() {
    for algorithm in Algorithm::ALL {
        let app = TestApp::with(|settings| settings.algorithm = algorithm).await;
        let bytes = app.place.bytes();
        // How a PKCS#8 key of any of the three begins, as DER and in base64.
        for begin in [&b"0\x81\x87\x02\x01\x00"[..], b"MIGHAgEA", b"MIIE", b"MC4CAQAw", b"PRIVATE"]
        {
            assert!(!bytes.windows(begin.len()).any(|window| window == begin), "{algorithm}");
        }
        let kid = app.store.signing_keys().await.unwrap().remove(0).kid;
        assert!(bytes.windows(43).any(|part| part == kid.as_bytes()), "the key was looked at");
    }
}

#[tokio::test]
async fn s31_a_restart_signs_with_the_same_key() {
    let app = TestApp::start().await;
    let before = app.call("GET", "/.well-known/jwks.json", "").await.text;
    let app = app.restart().await;
    assert_eq!(app.call("GET", "/.well-known/jwks.json", "").await.text, before);
}
