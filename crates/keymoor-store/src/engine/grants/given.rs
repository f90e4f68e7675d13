use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, UnixTime,
    delegation::{Freshness, GRANT_IDLE, GrantFacts},
    refresh::GrantDigest,
};

use super::{
    super::{driver::Handle, rows as common},
    ending::{self, End},
    refresh::Rotate,
    rows,
};
use crate::{Grant, Grants, LastUse, Presented, Rotation, Stamp, StoreError, sql};

#[async_trait]
impl Grants for Handle {
    async fn grants_of(&self, account: AccountId, now: UnixTime) -> Result<Vec<Grant>, StoreError> {
        let query = sqlx::query(sql::GRANTS_OF)
            .bind(account.to_string())
            .bind(now.seconds())
            .bind(now.plus(-i64::from(GRANT_IDLE)).seconds());
        all!(self, query, rows::grant)
    }

    async fn end_grant(
        &self,
        account: AccountId,
        id: GrantId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("end grant", self.take_back(account, id, stamp))
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
            self.end_reused(found.facts.id, stamp).await?;
            return Ok(Presented::Reused);
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

    async fn grant_of_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
    ) -> Result<Option<GrantFacts>, StoreError> {
        let found = self.read_presented(client, token).await?;
        Ok(found.filter(super::facts::Found::is_current).map(|found| found.facts))
    }

    async fn revoke_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let Some(found) = self.read_presented(client, token).await? else { return Ok(false) };
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

    async fn take_back(
        &self,
        account: AccountId,
        id: GrantId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query(sql::GRANT_STATE).bind(id.to_string());
        let row = query.fetch_optional(writing.connection()).await?;
        let row = row.ok_or(StoreError::NotFound("grant"))?;
        if common::id::<AccountId>(&row, "account")? != account {
            return Err(StoreError::NotFound("grant"));
        }
        if ending::end(writing, id, End::TAKEN_BACK, stamp).await? {
            Ok(())
        } else {
            Err(StoreError::Conflict("the grant was ended before"))
        }
    }
}
