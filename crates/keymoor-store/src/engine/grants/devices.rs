use async_trait::async_trait;
use keymoor_core::{
    ApplicationId, UnixTime,
    delegation::{Consent, DEVICE_INTERVAL},
    refresh::GrantDigest,
};

use super::{
    super::{
        activity,
        driver::{DbConnection, DbRow, Handle},
        rows as common,
    },
    codes::KNOWN_AFTER,
    facts,
    making::Spending,
    rows,
};
use crate::{
    ActivityKind, DeviceAnswer, Devices, FirstTokens, NewDevice, PendingDevice, Polled, Redemption,
    Stamp, StoreError, error::taken, sql,
};

const DEVICE: Spending = Spending { spend: sql::SPEND_DEVICE, brought: sql::DEVICE_BROUGHT };

#[async_trait]
impl Devices for Handle {
    async fn add_device(&self, new: &NewDevice, now: UnixTime) -> Result<(), StoreError> {
        transaction!("add device", self.insert_device(new, now))
    }

    async fn pending_device(
        &self,
        user_code: &GrantDigest,
        now: UnixTime,
    ) -> Result<Option<PendingDevice>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let query = sqlx::query(sql::PENDING_DEVICE).bind(user_code.as_str()).bind(now.seconds());
        let Some(row) = query.fetch_optional(&mut *reading).await? else { return Ok(None) };
        let query = sqlx::query(sql::APPLICATION).bind(common::text(&row, "application")?);
        let application = query.fetch_one(&mut *reading).await?;
        Ok(Some(PendingDevice {
            application: rows::application(&application)?,
            scopes: rows::scopes(&row)?,
            audience: common::text(&row, "audience")?,
            address: common::id(&row, "address")?,
            asked_at: common::time(&row, "asked_at")?,
        }))
    }

    async fn answer_device(
        &self,
        user_code: &GrantDigest,
        answer: &DeviceAnswer,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("answer device", self.answer(user_code, answer, stamp))
    }

    async fn poll_device(
        &self,
        client: ApplicationId,
        device_code: &GrantDigest,
        now: UnixTime,
    ) -> Result<Polled, StoreError> {
        transaction!("poll device", self.poll(client, device_code, now))
    }

    async fn redeem_device(
        &self,
        client: ApplicationId,
        device_code: &GrantDigest,
        first: &FirstTokens,
        stamp: Stamp,
    ) -> Result<Redemption, StoreError> {
        transaction!("redeem device code", self.redeem(&DEVICE, client, device_code, first, stamp))
    }
}

impl Handle {
    async fn insert_device(&self, new: &NewDevice, now: UnixTime) -> Result<(), StoreError> {
        let mut transaction = self.begin_writing().await?;
        let forget = sqlx::query(sql::FORGET_DEVICES).bind(now.plus(-KNOWN_AFTER).seconds());
        forget.execute(&mut *transaction).await?;
        sqlx::query(sql::INSERT_DEVICE)
            .bind(new.device_code.as_str())
            .bind(new.user_code.as_str())
            .bind(new.application.to_string())
            .bind(new.scopes.to_string())
            .bind(&new.audience)
            .bind(new.address.to_string())
            .bind(now.seconds())
            .bind(new.expires_at.seconds())
            .bind(i64::from(DEVICE_INTERVAL))
            .execute(&mut *transaction)
            .await
            .map_err(taken("another device has this code"))?;
        Ok(transaction.commit().await?)
    }

    async fn answer(
        &self,
        user_code: &GrantDigest,
        answer: &DeviceAnswer,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let (answered, kind) = match answer {
            DeviceAnswer::Allow(consent) => {
                let allowed = allow(&mut transaction, user_code, consent, stamp.at).await?;
                let concerned = (consent.application, consent.account);
                (Some(concerned).filter(|_| allowed), ActivityKind::DeviceAllowed)
            }
            DeviceAnswer::Deny(account) => {
                let query = sqlx::query(sql::DENY_DEVICE).bind(stamp.at.seconds());
                let query = query.bind(user_code.as_str());
                let row = query.fetch_optional(&mut *transaction).await?;
                let application = row.map(|row| common::id(&row, "application")).transpose()?;
                (application.map(|id| (id, *account)), ActivityKind::DeviceDenied)
            }
        };
        let Some(concerned) = answered else { return Ok(false) };
        activity::note_of_application(&mut transaction, concerned, kind, stamp).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Locks the device's row, so that of two who ask at once the second sees the first.
    async fn poll(
        &self,
        client: ApplicationId,
        device_code: &GrantDigest,
        now: UnixTime,
    ) -> Result<Polled, StoreError> {
        if DEVICE.brought(client, device_code).fetch_optional(&self.readers).await?.is_some() {
            return Ok(Polled::Spent);
        }
        let mut transaction = self.begin_writing().await?;
        let query = sqlx::query(sql::HOLD_DEVICE).bind(device_code.as_str());
        let found = query.bind(client.to_string()).fetch_optional(&mut *transaction).await?;
        let Some(row) = found else { return Ok(Polled::Unknown) };
        let (polled, pause) = match settled(&row, &mut transaction, now).await? {
            Some(polled) => return Ok(polled),
            None => waits(&row, now)?,
        };
        sqlx::query(sql::POLLED_DEVICE)
            .bind(now.seconds())
            .bind(pause)
            .bind(device_code.as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(polled)
    }
}

async fn allow(
    connection: &mut DbConnection,
    user_code: &GrantDigest,
    consent: &Consent,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let limits =
        serde_json::to_string(&consent.limits).map_err(|_| StoreError::Corrupt("limits"))?;
    let query = sqlx::query(sql::ALLOW_DEVICE)
        .bind(now.seconds())
        .bind(consent.account.to_string())
        .bind(consent.scopes.to_string())
        .bind(&consent.audience)
        .bind(limits)
        .bind(user_code.as_str())
        .bind(consent.application.to_string());
    Ok(query.execute(connection).await?.rows_affected() == 1)
}

/// What a device hears for good, if there is such a thing already.
async fn settled(
    row: &DbRow,
    connection: &mut DbConnection,
    now: UnixTime,
) -> Result<Option<Polled>, StoreError> {
    let is = |column| Ok::<_, StoreError>(common::optional_time(row, column)?.is_some());
    let answered = is("answered_at")?;
    if is("spent_at")? {
        return Ok(Some(Polled::Spent));
    }
    if answered && common::optional_text(row, "account")?.is_none() {
        return Ok(Some(Polled::Denied));
    }
    if common::time(row, "expires_at")? <= now {
        return Ok(Some(Polled::Expired));
    }
    if !answered {
        return Ok(None);
    }
    let consent = rows::consent(row)?;
    let facts = facts::existing(connection, consent.application, consent.account).await?;
    Ok(Some(Polled::Allowed(Box::new((consent, facts)))))
}

/// Whether it asks too often, and for how long it has to wait from now on.
fn waits(row: &DbRow, now: UnixTime) -> Result<(Polled, i64), StoreError> {
    let (pause, polled_at) =
        (common::integer(row, "pause")?, common::optional_time(row, "polled_at")?);
    Ok(match polled_at {
        Some(before) if now < before.plus(pause) => {
            (Polled::SlowDown, pause + i64::from(DEVICE_INTERVAL))
        }
        _ => (Polled::Pending, pause),
    })
}
