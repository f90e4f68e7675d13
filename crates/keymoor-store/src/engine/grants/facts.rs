use keymoor_core::{
    AccountId, ApplicationId, UnixTime,
    delegation::{DelegationFacts, Freshness, GrantFacts},
    refresh::GrantDigest,
};

use super::{
    super::{
        driver::{DbConnection, DbRow, Handle},
        facts::membership,
        rows as common,
    },
    rows,
};
use crate::{StoreError, sql};

/// What is known of a refresh token.
pub(super) struct Found {
    pub(super) facts: GrantFacts,
    generation: i64,
    used_at: Option<UnixTime>,
    current: i64,
}

impl Found {
    pub(super) fn freshness(&self, now: UnixTime) -> Freshness {
        Freshness::of(self.generation, self.used_at, self.current, now)
    }
}

impl Handle {
    pub(super) async fn read_delegation(
        &self,
        application: ApplicationId,
        account: AccountId,
    ) -> Result<Option<DelegationFacts>, StoreError> {
        let mut reading = self.begin_reading().await?;
        delegation(&mut reading, application, account).await
    }

    pub(super) async fn read_presented(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
    ) -> Result<Option<Found>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let query = sqlx::query(sql::PRESENTED_REFRESH_TOKEN).bind(token.as_str());
        let found = query.bind(client.to_string()).fetch_optional(&mut *reading).await?;
        let Some(row) = found else { return Ok(None) };
        found_grant(&row, &mut reading).await.map(Some)
    }
}

async fn found_grant(row: &DbRow, reading: &mut DbConnection) -> Result<Found, StoreError> {
    let consent = rows::consent(row)?;
    let facts = existing(reading, consent.application, consent.account).await?;
    let facts = GrantFacts {
        id: common::id(row, "id")?,
        consent,
        ended_at: common::optional_time(row, "ended_at")?,
        expires_at: common::time(row, "expires_at")?,
        last_used_at: common::time(row, "last_used_at")?,
        facts,
    };
    Ok(Found {
        facts,
        generation: common::integer(row, "token_generation")?,
        used_at: common::optional_time(row, "used_at")?,
        current: common::integer(row, "generation")?,
    })
}

/// As [`delegation`], where both are referred to.
pub(super) async fn existing(
    reading: &mut DbConnection,
    application: ApplicationId,
    account: AccountId,
) -> Result<DelegationFacts, StoreError> {
    let found = delegation(reading, application, account).await?;
    found.ok_or(StoreError::Corrupt("reference to an application"))
}

/// What issuing to the application in the name of the account depends on.
async fn delegation(
    reading: &mut DbConnection,
    application: ApplicationId,
    account: AccountId,
) -> Result<Option<DelegationFacts>, StoreError> {
    let query = sqlx::query(sql::APPLICATION).bind(application.to_string());
    let Some(row) = query.fetch_optional(&mut *reading).await? else { return Ok(None) };
    let query = sqlx::query(sql::ACCOUNT_DISABLED_AT).bind(account.to_string());
    let Some(state) = query.fetch_optional(&mut *reading).await? else { return Ok(None) };
    let query = sqlx::query(sql::FACTS_MEMBERSHIPS).bind(account.to_string());
    let memberships = query.fetch_all(&mut *reading).await?;
    Ok(Some(DelegationFacts {
        application: rows::application(&row)?.facts,
        account,
        account_disabled_at: common::optional_time(&state, "disabled_at")?,
        memberships: memberships.iter().map(membership).collect::<Result<_, _>>()?,
    }))
}
