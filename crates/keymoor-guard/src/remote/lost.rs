//! What a guard does while the removal feed is lost.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use keymoor_core::{Clock, jwt::VerifiedToken, refusal::Refusal, wire::discovery::paths};
use moka::future::Cache;
use reqwest::Client;
use serde::Deserialize;

use super::{credentials::FeedCredentials, heard::Heard};
use crate::{Confirmation, verdicts::Verdicts};

/// What a guard does while it hears nothing of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenLost {
    /// Goes by what it heard last. A token of a removed API token is refused when it expires, 305
    /// seconds later at most; from then on every organization counts as federated and the keys
    /// have to be confirmed by a fetch. Nothing stops working when the server does.
    #[default]
    Ride,
    /// Asks the server about every token, at most every 3 seconds about the same one, and counts
    /// every organization as federated, since the server says nothing of those. Denies what cannot
    /// be asked. What changed is in effect within 10 seconds.
    Introspect,
    /// Denies everything, within 10 seconds of the loss.
    Deny,
}

/// How long the server's answer about a token is believed.
const BELIEVED: Duration = Duration::from_secs(3);
/// How many answers are kept.
const CAPACITY: u64 = 10_000;

/// Denies while the feed is lost.
pub(super) struct Deny(pub(super) Arc<Heard>);

#[async_trait]
impl Confirmation for Deny {
    fn is_wanted(&self) -> bool {
        self.0.is_lost()
    }

    async fn confirm(&self, _: &str, _: &VerifiedToken) -> Result<(), Refusal> {
        Err(Refusal::Unavailable)
    }
}

/// Asks the server while the feed is lost.
pub(super) struct Introspect {
    heard: Arc<Heard>,
    client: Client,
    url: String,
    credentials: Arc<FeedCredentials>,
    /// Whether a token is active, by its SHA-256 and the time of asking in units of [`BELIEVED`].
    answers: Cache<([u8; 32], u128), bool>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Answer {
    active: bool,
}

impl Introspect {
    pub(super) fn new(
        heard: Arc<Heard>,
        client: Client,
        issuer: &str,
        credentials: Arc<FeedCredentials>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let answers = Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build();
        let url = format!("{issuer}{}", paths::INTROSPECTION);
        Self { heard, client, url, credentials, answers, clock }
    }

    async fn ask(&self, token: &str) -> Result<bool, reqwest::Error> {
        let request = self
            .client
            .post(&self.url)
            .basic_auth(self.credentials.id(), Some(self.credentials.secret()))
            .form(&[("token", token)]);
        let answer: Answer = request.send().await?.error_for_status()?.json().await?;
        Ok(answer.active)
    }
}

#[async_trait]
impl Confirmation for Introspect {
    fn is_wanted(&self) -> bool {
        self.heard.is_lost()
    }

    async fn confirm(&self, token: &str, _: &VerifiedToken) -> Result<(), Refusal> {
        let unit = self.clock.monotonic().as_millis() / BELIEVED.as_millis();
        let answer =
            self.answers.try_get_with((Verdicts::name(token), unit), self.ask(token)).await;
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Removed),
            Err(_) => Err(Refusal::Unavailable),
        }
    }
}
