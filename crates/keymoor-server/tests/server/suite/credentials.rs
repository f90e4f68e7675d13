use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use keymoor_core::{ApiKey, facts::CredentialFacts};
use keymoor_server::{Credentials, FactsSource};
use keymoor_store::{Actor::Operator, StoreError};
use keymoor_testkit::{Fixture, NOW};
use tokio::sync::{Mutex, Notify};

use super::app::TestApp;

/// A source that waits, once it has read, until it is let go on.
#[derive(Default)]
struct Source {
    stored: Mutex<Option<CredentialFacts>>,
    loads: AtomicU32,
    has_read: Notify,
    go_on: Option<Notify>,
}

/// A source that the test can look at while the cache has it.
struct Shared(Arc<Source>);

#[async_trait]
impl FactsSource for Shared {
    async fn load(&self, _: ApiKey) -> Result<Option<CredentialFacts>, StoreError> {
        let read = self.0.stored.lock().await.clone();
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        self.0.has_read.notify_one();
        if let Some(go_on) = &self.0.go_on {
            go_on.notified().await;
        }
        Ok(read)
    }
}

fn source(facts: &CredentialFacts, paused: bool) -> (Arc<Source>, Arc<Credentials>) {
    let go_on = paused.then(Notify::new);
    let source =
        Arc::new(Source { stored: Mutex::new(Some(facts.clone())), go_on, ..Source::default() });
    (source.clone(), Arc::new(Credentials::new(Box::new(Shared(source)), 1000)))
}

#[tokio::test]
async fn facts_are_loaded_once() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, false);
    for _ in 0..10 {
        assert!(credentials.known(Some(facts.api_key)).await.unwrap().facts.is_some());
    }
    assert_eq!(source.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unknown_key_is_remembered_too() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, false);
    *source.stored.lock().await = None;
    for _ in 0..10 {
        assert!(credentials.known(Some(facts.api_key)).await.unwrap().facts.is_none());
    }
    assert_eq!(source.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_more_keys_are_kept_than_was_said() {
    let (_, credentials) = source(&Fixture::new(1).facts, false);
    for number in 0_u32..3000 {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        credentials.known(Some(ApiKey::from_random(bytes))).await.unwrap();
    }
    assert!(credentials.entries().await <= 1000);
}

#[tokio::test]
async fn many_who_ask_at_once_share_one_load() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, true);
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let (credentials, key) = (credentials.clone(), facts.api_key);
            tokio::spawn(async move { credentials.known(Some(key)).await.unwrap().facts.is_some() })
        })
        .collect();
    source.has_read.notified().await;
    source.go_on.as_ref().unwrap().notify_one();
    for task in asked {
        assert!(task.await.unwrap());
    }
    assert_eq!(source.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_a_load_read_before_a_removal_is_neither_used_nor_kept_after_it() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, true);
    let asking = {
        let (credentials, key) = (credentials.clone(), facts.api_key);
        tokio::spawn(async move { credentials.known(Some(key)).await.unwrap() })
    };
    source.has_read.notified().await;
    // The removal commits and is acknowledged while the load still holds what it read.
    source.stored.lock().await.as_mut().unwrap().removed_at = Some(NOW);
    credentials.key_changed(facts.api_key);
    source.go_on.as_ref().unwrap().notify_one();
    let stale = asking.await.unwrap();
    assert!(!credentials.still_holds(&stale), "a token signed by it would not be sent");
    source.go_on.as_ref().unwrap().notify_one();
    let fresh = credentials.known(Some(facts.api_key)).await.unwrap();
    assert_eq!(fresh.facts.as_ref().unwrap().removed_at, Some(NOW), "and it was not cached");
    assert!(credentials.still_holds(&fresh));
}

#[tokio::test]
async fn a_change_of_anything_makes_every_key_load_again() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, false);
    let before = credentials.known(Some(facts.api_key)).await.unwrap();
    credentials.anything_changed();
    assert!(!credentials.still_holds(&before));
    credentials.known(Some(facts.api_key)).await.unwrap();
    assert_eq!(source.loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_change_of_an_account_makes_its_keys_load_again_and_no_others() {
    let (facts, other) = (Fixture::new(1).facts, Fixture::new(2).facts);
    let (source, credentials) = source(&facts, false);
    let before = credentials.known(Some(facts.api_key)).await.unwrap();
    credentials.account_changed(other.account);
    assert!(credentials.still_holds(&before));
    credentials.known(Some(facts.api_key)).await.unwrap();
    assert_eq!(source.loads.load(Ordering::SeqCst), 1, "another's change empties nothing");
    credentials.account_changed(facts.account);
    assert!(!credentials.still_holds(&before));
    let after = credentials.known(Some(facts.api_key)).await.unwrap();
    assert!(credentials.still_holds(&after));
    assert_eq!(source.loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_a_load_read_before_its_account_changed_is_neither_used_nor_kept_after_it() {
    let facts = Fixture::new(1).facts;
    let (source, credentials) = source(&facts, true);
    let asking = {
        let (credentials, key) = (credentials.clone(), facts.api_key);
        tokio::spawn(async move { credentials.known(Some(key)).await.unwrap() })
    };
    source.has_read.notified().await;
    source.stored.lock().await.as_mut().unwrap().account_disabled_at = Some(NOW);
    credentials.account_changed(facts.account);
    source.go_on.as_ref().unwrap().notify_one();
    let stale = asking.await.unwrap();
    assert!(!credentials.still_holds(&stale), "a token signed by it would not be sent");
    source.go_on.as_ref().unwrap().notify_one();
    let fresh = credentials.known(Some(facts.api_key)).await.unwrap();
    assert_eq!(fresh.facts.as_ref().unwrap().account_disabled_at, Some(NOW));
    assert!(credentials.still_holds(&fresh));
}

#[tokio::test]
async fn what_happens_to_one_account_makes_no_credentials_of_another_load_again() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let other = app.account("b@example.com").await;
    let organization = app.organization(account, false).await;
    app.bearer(&token, "").await;
    app.app.add_member(organization, other, Operator).await.unwrap();
    app.sign_in(organization, other).await;
    app.app.remove_member(organization, other, Operator).await.unwrap();
    app.app.set_account_disabled(other, true, Operator).await.unwrap();
    app.app.set_account_disabled(other, false, Operator).await.unwrap();
    app.bearer(&token, "").await;
    let text = app.app.metrics_text().await;
    assert!(text.contains("keymoor_credential_loads_total 1\n"), "{text}");
}
