use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, UnixTime,
    delegation::{Freshness, GRANT_IDLE, KEPT_EVERY},
    refresh::GrantDigest,
};

use super::{
    super::{
        driver::{DbRow, Handle},
        rows as common,
    },
    ending::{self, End},
    pending,
    refresh::Rotate,
    rows,
};
use crate::{
    Grant, GrantEnding, Grants, LastUse, OldGrant, Presented, Rotation, Stamp, StoreError, sql,
};

#[async_trait]
impl Grants for Handle {
    async fn grants_of(&self, account: AccountId, now: UnixTime) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query(sql::GRANTS_OF)
            .bind(now.seconds())
            .bind(now.plus(-i64::from(GRANT_IDLE)).seconds())
            .bind(account.to_string());
        all!(self, query, rows::grant)
    }

    async fn grants_to(
        &self,
        application: ApplicationId,
        now: UnixTime,
    ) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query(sql::GRANTS_TO)
            .bind(now.seconds())
            .bind(now.plus(-i64::from(GRANT_IDLE)).seconds())
            .bind(application.to_string());
        all!(self, query, rows::grant)
    }

    async fn end_grant(
        &self,
        id: GrantId,
        ending: GrantEnding,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("end grant", self.end_as(id, ending, stamp))
    }

    async fn withdraw(
        &self,
        account: Option<AccountId>,
        application: Option<ApplicationId>,
        stamp: Stamp,
    ) -> Result<usize, StoreError> {
        transaction!("withdraw", self.withdraw_alone(account, application, stamp))
    }

    async fn present_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        stamp: Stamp,
    ) -> Result<Presented, StoreError> {
        let Some(found) = self.read_presented(client, token).await? else {
            return Ok(Presented::Unknown);
        };
        if found.freshness(stamp.at) == Freshness::Stale {
            if found.facts.ended_at.is_none() {
                self.end_reused(found.facts.id, stamp).await?;
            }
            return Ok(Presented::Reused(found.facts.consent.account));
        }
        Ok(Presented::Held(Box::new(found.facts)))
    }

    async fn rotate_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        successor: &GrantDigest,
        used: &LastUse,
        stamp: Stamp,
    ) -> Result<Rotation, StoreError> {
        let rotate = Rotate { client, token, successor, used };
        let rotated = transaction!("rotate refresh token", self.rotate(&rotate, stamp.at))?;
        if let (Rotation::Reused, Some(grant)) = rotated {
            self.end_reused(grant, stamp).await?;
        }
        Ok(rotated.0)
    }

    async fn grant_of_later(
        &self,
        client: ApplicationId,
        later: &[GrantDigest],
    ) -> Result<Option<OldGrant>, StoreError> {
        let mut query = sqlx::query(sql::GRANT_OF_LATER).bind(client.to_string());
        let mut later = later.iter();
        for _ in 0..KEPT_EVERY {
            query = query.bind(later.next().map(GrantDigest::as_str));
        }
        let found = |row: &DbRow| {
            let ended = common::optional_time(row, "ended_at")?.is_some();
            Ok(OldGrant { id: common::id(row, "id")?, account: common::id(row, "account")?, ended })
        };
        one!(self, query, found)
    }

    async fn revoke_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let Some(found) = self.read_presented(client, token).await? else { return Ok(false) };
        if found.facts.ended_at.is_some() {
            return Ok(false);
        }
        let grant = found.facts.id;
        transaction!("revoke refresh token", self.end(grant, End::REVOKED, stamp))
    }
}

impl Handle {
    async fn end_reused(&self, grant: GrantId, stamp: Stamp) -> Result<bool, StoreError> {
        transaction!("end grant", self.end(grant, End::REFRESH_REUSED, stamp))
    }

    async fn end(&self, grant: GrantId, end: End, stamp: Stamp) -> Result<bool, StoreError> {
        ending::end(self.begin().await?, grant, end, stamp).await
    }

    async fn withdraw_alone(
        &self,
        account: Option<AccountId>,
        application: Option<ApplicationId>,
        stamp: Stamp,
    ) -> Result<usize, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let withdrawn = pending::withdraw(&mut transaction, account, application, stamp).await?;
        transaction.commit().await?;
        Ok(withdrawn)
    }

    async fn end_as(
        &self,
        id: GrantId,
        ending: GrantEnding,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query(sql::GRANT_STATE).bind(id.to_string());
        let row = query.fetch_optional(writing.connection()).await?;
        let row = row.ok_or(StoreError::NotFound("grant"))?;
        let (account, application) =
            (common::id(&row, "account")?, common::id(&row, "application")?);
        let (fits, end) = match ending {
            GrantEnding::TakenBack(by) => (by == account, End::TAKEN_BACK),
            GrantEnding::Revoked(by) => (by == application, End::REVOKED),
            GrantEnding::Reused(by) => (by == application, End::REFRESH_REUSED),
            GrantEnding::ByOperator => (true, End::BY_OPERATOR),
        };
        if !fits {
            return Err(StoreError::NotFound("grant"));
        }
        if matches!(ending, GrantEnding::TakenBack(_) | GrantEnding::ByOperator) {
            let (of, to) = (Some(account), Some(application));
            pending::withdraw(writing.connection(), of, to, stamp).await?;
        }
        if ending::end(writing, id, end, stamp).await? {
            Ok(())
        } else {
            Err(StoreError::Conflict("the grant was ended before"))
        }
    }
}
