//! Tells owners by mail what happened. What is to be told stands in the database, so nothing is
//! forgotten when the server stops; of several servers, one sends.

use std::{sync::Arc, time::Duration};

use keymoor_core::{AccountId, ApiKey};
use keymoor_store::{Account, Activity, ActivityKind, StoreError};

use super::{Letter, Mailer};
use crate::App;

/// How often it is looked whether something is to be told.
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked whether an API token expires soon.
const EXPIRY: Duration = Duration::from_mins(10);
/// The most letters at a time.
const BATCH: u32 = 20;
/// Seconds after which a letter that was not sent is tried again.
const AGAIN: i64 = 120;
/// Seconds after which news is no news: nobody is told of it any more.
const NEWS: i64 = 3 * 86_400;
/// How many days before something ends it is told. The shorter first: who is told of
/// that needs no other.
const WARNINGS: [u16; 2] = [3, 14];

impl App {
    /// Tells owners by mail what happened, until the server closes.
    pub async fn tell_owners(self: Arc<Self>) {
        let mut expiry = tokio::time::interval(EXPIRY);
        let mut pause = tokio::time::interval(PAUSE);
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                _ = expiry.tick() => self.note_expiring().await,
                _ = pause.tick() => {}
            }
            if let Err(error) = self.tell_due().await {
                tracing::warn!(%error, "owners cannot be told by mail at the moment");
            }
        }
    }

    /// Notes which API tokens expire soon, and which service accounts have to be renewed.
    pub async fn note_expiring(&self) {
        for days in WARNINGS {
            if let Err(error) = self.note_ends(days).await {
                tracing::warn!(%error, "it could not be looked what ends soon");
            }
        }
    }

    async fn note_ends(&self, days: u16) -> Result<(), StoreError> {
        while self.store.note_expiring(days, self.now()).await? > 0 {}
        while self.store.note_renewals(days, self.now()).await? > 0 {}
        Ok(())
    }

    /// Sends what is due.
    pub async fn tell_due(&self) -> Result<(), StoreError> {
        if self.mailer.is_none() {
            return Ok(());
        }
        for activity in self.store.due_mails(self.now(), BATCH).await? {
            self.tell(&activity).await?;
        }
        Ok(())
    }

    async fn tell(&self, activity: &Activity) -> Result<(), StoreError> {
        let (Some(due), Some(mailer)) = (activity.mail_due_at, &self.mailer) else {
            return Ok(());
        };
        let now = self.now();
        let again = now.plus(AGAIN);
        if !self.store.claim_mail(activity.number, due, again).await? {
            return Ok(());
        }
        let letter = self.letter(activity).await?;
        let is_news = now.since(activity.at) < NEWS;
        let (Some(letter), true) = (letter, is_news) else {
            return self.store.settle_mail(activity.number).await;
        };
        let account = self.store.account(activity.account).await?;
        let Some(account) = account.filter(Account::takes_mail) else {
            return self.store.settle_mail(activity.number).await;
        };
        self.send(mailer, &account, &letter, activity.number).await
    }

    /// The letter, if there still is something to tell.
    async fn letter(&self, activity: &Activity) -> Result<Option<Letter>, StoreError> {
        let server = self.public_url();
        if activity.kind == ActivityKind::RenewalSoon {
            return self.renewal_letter(activity).await;
        }
        if activity.kind != ActivityKind::ExpirySoon {
            return Ok(Letter::of(activity, server));
        }
        let Some((owner, key)) = token_of(activity) else {
            return Ok(None);
        };
        let token = self.store.api_token(owner, key).await?;
        let end = token.filter(|token| token.removal.is_none());
        let end = end.and_then(|token| token.limits.expires_at);
        Ok(end.map(|end| Letter::expiry(activity, end, self.now(), server)))
    }

    /// The letter about a service account, unless it was renewed meanwhile, or who would get it looks
    /// after the organization no more.
    async fn renewal_letter(&self, activity: &Activity) -> Result<Option<Letter>, StoreError> {
        let account = activity.subject.split_once('/').and_then(|(_, id)| id.parse().ok());
        let Some(account) = account else {
            return Ok(None);
        };
        let Some(found) = self.store.service_account(account).await? else {
            return Ok(None);
        };
        let seat = self.store.seat(found.organization, activity.account).await?;
        let seat = seat.filter(|seat| seat.standing.is_administrator());
        let now = self.now();
        let soon = now.plus(i64::from(WARNINGS[1]) * 86_400);
        let until = found.vouching.map(|vouching| vouching.until).filter(|until| *until <= soon);
        let (Some(seat), Some(until), None) = (seat, until, found.disabled_at) else {
            return Ok(None);
        };
        let name = seat.organization.name.as_str();
        Ok(Some(Letter::renewal(activity, name, until, now, self.public_url())))
    }

    async fn send(
        &self,
        mailer: &Mailer,
        account: &Account,
        letter: &Letter,
        number: i64,
    ) -> Result<(), StoreError> {
        match mailer.send(&account.email, letter).await {
            Ok(()) => self.store.settle_mail(number).await,
            Err(error) => {
                tracing::warn!(%error, number, "a mail could not be sent yet");
                Ok(())
            }
        }
    }
}

/// Whose API token it is about, and which: of who is told, or of a service account.
fn token_of(activity: &Activity) -> Option<(AccountId, ApiKey)> {
    let parts: Vec<_> = activity.subject.split('/').collect();
    match parts[..] {
        [key] => Some((activity.account, key.parse().ok()?)),
        [_, account, key] => Some((account.parse().ok()?, key.parse().ok()?)),
        _ => None,
    }
}
