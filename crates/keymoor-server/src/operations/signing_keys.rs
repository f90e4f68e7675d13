use std::sync::Arc;

use keymoor_core::{
    UnixTime,
    rotation::{KeyTimes, PUBLISHED_BEFORE, Schedule, schedule},
};
use keymoor_store::{Actor, StoreError, StoredSigningKey};

use super::{Author, OperationError};
use crate::{App, keys::make_signing_key};

/// A signing key as an operator sees it.
#[derive(Clone, Debug)]
pub struct SigningKeyState {
    /// The key.
    pub key: StoredSigningKey,
    /// `waiting`, `signing`, `retiring`, `retired` or `withdrawn`.
    pub state: &'static str,
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
        let turn = self.now().plus(i64::from(PUBLISHED_BEFORE));
        self.add_signing_key(turn, by).await
    }

    /// Makes a signing key whose turn comes at `signs_from`.
    async fn add_signing_key(
        self: &Arc<Self>,
        signs_from: UnixTime,
        by: impl Into<Author>,
    ) -> Result<(String, UnixTime), OperationError> {
        let new = make_signing_key(&self.master, self.settings.algorithm, self.now(), signs_from);
        let kid = new.kid.clone();
        self.carry_out(by, move |app, stamp| async move {
            let stored = app.store.signing_keys().await?;
            let youngest = stored.last().map(|key| key.kid.as_str());
            app.store.add_signing_key(&new, youngest, stamp).await
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
            self.add_signing_key(now, by).await?;
        }
        let kid = kid.to_owned();
        self.carry_out(by, move |app, stamp| async move {
            app.store.withdraw_signing_key(&kid, stamp).await
        })
        .await
    }

    /// Makes the next signing key if the last one has signed for long enough or is of another
    /// algorithm than the operator chose. A failure is logged and tried again a minute later.
    pub async fn rotate_if_due(self: &Arc<Self>) {
        let outcome = match self.is_rotation_due().await {
            Ok(true) => self.rotate_signing_key(Actor::Operator).await.map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(None) | Err(OperationError::Store(StoreError::Conflict(_))) => {}
            Ok(Some((kid, _))) => tracing::info!(kid, "made the next signing key"),
            Err(error) => tracing::error!(%error, "the next signing key could not be made"),
        }
    }

    async fn is_rotation_due(&self) -> Result<bool, StoreError> {
        let stored = self.store.signing_keys().await?;
        let youngest = stored.iter().rfind(|key| key.withdrawn_at.is_none());
        let life = i64::from(self.settings.signing_key_life);
        Ok(youngest.is_none_or(|key| {
            key.algorithm != self.settings.algorithm || key.signs_from.plus(life) <= self.now()
        }))
    }
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
