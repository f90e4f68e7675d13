use std::sync::{Arc, atomic::Ordering};

use keymoor_core::{
    UnixTime,
    rotation::{KeyTimes, PUBLISHED_BEFORE, Schedule, schedule},
};
use keymoor_store::{Actor, StoreError, StoredSigningKey};

use super::{Author, OperationError};
use crate::{App, follower::in_time, keys::make_signing_key};

/// A signing key as an operator sees it.
#[derive(Clone, Debug)]
pub struct SigningKeyState {
    /// The key.
    pub key: StoredSigningKey,
    /// `waiting`, `signing`, `retiring`, `retired` or `withdrawn`.
    pub state: &'static str,
}

/// What was there when a signing key was found due.
#[derive(Debug)]
pub struct RotationDue {
    youngest: Option<String>,
}

impl App {
    /// The signing keys, oldest first.
    pub async fn signing_key_states(&self) -> Result<Vec<SigningKeyState>, OperationError> {
        let (stored, now) = (self.store.signing_keys().await?, self.now());
        let schedule = schedule_of(&stored, now);
        let state = |(place, key): (usize, StoredSigningKey)| {
            let state = state(place, &key, schedule.as_ref(), now);
            SigningKeyState { key, state }
        };
        Ok(stored.into_iter().enumerate().map(state).collect())
    }

    /// Makes a signing key that is published at once and signs once every guard can know it.
    /// Returns its `kid` and when its turn comes.
    pub async fn rotate_signing_key(
        self: &Arc<Self>,
        by: impl Into<Author>,
    ) -> Result<(String, UnixTime), OperationError> {
        let youngest = youngest(&self.store.signing_keys().await?);
        self.rotate_after(youngest, by).await
    }

    async fn rotate_after(
        self: &Arc<Self>,
        youngest: Option<String>,
        by: impl Into<Author>,
    ) -> Result<(String, UnixTime), OperationError> {
        let turn = self.now().plus(i64::from(PUBLISHED_BEFORE));
        self.add_signing_key(turn, youngest, by).await
    }

    /// Makes a signing key whose turn comes at `signs_from`, unless another one was made since
    /// `youngest` was the youngest.
    async fn add_signing_key(
        self: &Arc<Self>,
        signs_from: UnixTime,
        youngest: Option<String>,
        by: impl Into<Author>,
    ) -> Result<(String, UnixTime), OperationError> {
        let new = make_signing_key(&self.master, self.settings.algorithm, self.now(), signs_from);
        let kid = new.kid.clone();
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_signing_key(&new, youngest.as_deref(), stamp).await
        })
        .await?;
        Ok((kid, signs_from))
    }

    /// Withdraws a signing key at once, because somebody else may have it: every token signed with
    /// it is dead. If it is the one that signs, a new one takes its place first.
    pub async fn withdraw_signing_key(
        self: &Arc<Self>,
        kid: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let by = by.into();
        let (stored, now) = (self.store.signing_keys().await?, self.now());
        let signing =
            schedule_of(&stored, now).map(|schedule| stored[schedule.signing].kid.clone());
        if signing.as_deref() == Some(kid) {
            match self.add_signing_key(now, youngest(&stored), by).await {
                // Somebody made one meanwhile: it takes the place.
                Ok(_) | Err(OperationError::Store(StoreError::Conflict(_))) => {}
                Err(error) => return Err(error),
            }
        }
        let kid = kid.to_owned();
        self.carry_out(by, move |app, stamp| async move {
            app.store.withdraw_signing_key(&kid, stamp).await
        })
        .await
    }

    /// Makes the next signing key if the last one has signed for long enough or, once after a
    /// start, if it is of another algorithm than the operator chose. A failure is logged and tried
    /// again a minute later.
    pub async fn rotate_if_due(self: &Arc<Self>) {
        let outcome = match self.rotation_due().await {
            Ok(Some(due)) => self.rotate_as_due(due).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => self.follower.algorithm_settled.store(true, Ordering::SeqCst),
            // Another server came to the same decision.
            Err(OperationError::Store(StoreError::Conflict(_))) => {}
            Err(error) => tracing::error!(%error, "the next signing key could not be made"),
        }
    }

    /// Whether the next signing key is due.
    pub async fn rotation_due(&self) -> Result<Option<RotationDue>, OperationError> {
        let stored = in_time(self.store.signing_keys()).await?;
        let is_due = self.is_rotation_due(&stored);
        Ok(is_due.then(|| RotationDue { youngest: youngest(&stored) }))
    }

    /// Makes the signing key that was found due, unless another server has made one since.
    pub async fn rotate_as_due(self: &Arc<Self>, due: RotationDue) -> Result<(), OperationError> {
        let (kid, _) = self.rotate_after(due.youngest, Actor::Operator).await?;
        tracing::info!(kid, "made the next signing key");
        Ok(())
    }

    /// The algorithm is looked at once: two servers whose operators chose differently would make
    /// keys for ever.
    fn is_rotation_due(&self, stored: &[StoredSigningKey]) -> bool {
        let youngest = stored.iter().rfind(|key| key.withdrawn_at.is_none());
        let life = i64::from(self.settings.signing_key_life);
        let settled = self.follower.algorithm_settled.load(Ordering::SeqCst);
        youngest.is_none_or(|key| {
            let is_other = key.algorithm != self.settings.algorithm;
            (is_other && !settled) || key.signs_from.plus(life) <= self.now()
        })
    }
}

/// The `kid` of the key that was made last, withdrawn or not.
fn youngest(stored: &[StoredSigningKey]) -> Option<String> {
    stored.last().map(|key| key.kid.clone())
}

fn schedule_of(stored: &[StoredSigningKey], now: UnixTime) -> Option<Schedule> {
    let times = |key: &StoredSigningKey| KeyTimes {
        signs_from: key.signs_from,
        withdrawn_at: key.withdrawn_at,
    };
    schedule(&stored.iter().map(times).collect::<Vec<_>>(), now)
}

fn state(
    place: usize,
    key: &StoredSigningKey,
    schedule: Option<&Schedule>,
    now: UnixTime,
) -> &'static str {
    let is = |test: fn(&Schedule, usize) -> bool| schedule.is_some_and(|held| test(held, place));
    if key.withdrawn_at.is_some() {
        "withdrawn"
    } else if is(|held, place| held.signing == place) {
        "signing"
    } else if key.signs_from > now {
        "waiting"
    } else if is(|held, place| held.published.contains(&place)) {
        "retiring"
    } else {
        "retired"
    }
}
