use async_trait::async_trait;
use keymoor_core::{AccountId, ApplicationId, refresh::GrantDigest};

use super::{
    super::{activity, driver::Handle, rows as common},
    facts,
    making::Spending,
    rows,
};
use crate::{
    ActivityKind, AuthorizationCode, Codes, FirstTokens, HeldCode, Redemption, Stamp, StoreError,
    sql,
};

/// Seconds for which it is known of a code that it was spent: one that comes again after that is
/// unknown.
pub(super) const KNOWN_AFTER: i64 = 3600;

const CODE: Spending = Spending { spend: sql::SPEND_CODE, brought: sql::CODE_BROUGHT };

#[async_trait]
impl Codes for Handle {
    async fn add_code(
        &self,
        digest: &GrantDigest,
        code: &AuthorizationCode,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add code", self.insert_code(digest, code, stamp))
    }

    async fn note_denied(
        &self,
        application: ApplicationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("note denial", self.write_denied(application, account, stamp))
    }

    async fn held_code(
        &self,
        client: ApplicationId,
        digest: &GrantDigest,
    ) -> Result<Option<HeldCode>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let query = sqlx::query(sql::CODE).bind(digest.as_str()).bind(client.to_string());
        let Some(row) = query.fetch_optional(&mut *reading).await? else { return Ok(None) };
        let consent = rows::consent(&row)?;
        let facts = facts::existing(&mut reading, consent.application, consent.account).await?;
        let code = AuthorizationCode {
            consent,
            redirect_uri: common::text(&row, "redirect_uri")?,
            challenge: common::text(&row, "challenge")?,
            expires_at: common::time(&row, "expires_at")?,
        };
        let spent = common::optional_time(&row, "spent_at")?.is_some();
        Ok(Some(HeldCode { code, spent, facts }))
    }

    async fn redeem_code(
        &self,
        client: ApplicationId,
        digest: &GrantDigest,
        first: &FirstTokens,
        stamp: Stamp,
    ) -> Result<Redemption, StoreError> {
        transaction!("redeem code", self.redeem(&CODE, client, digest, first, stamp))
    }
}

impl Handle {
    async fn insert_code(
        &self,
        digest: &GrantDigest,
        code: &AuthorizationCode,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let consent = &code.consent;
        let limits =
            serde_json::to_string(&consent.limits).map_err(|_| StoreError::Corrupt("limits"))?;
        let mut transaction = self.begin_writing().await?;
        let forget = sqlx::query(sql::FORGET_CODES).bind(stamp.at.plus(-KNOWN_AFTER).seconds());
        forget.execute(&mut *transaction).await?;
        sqlx::query(sql::INSERT_CODE)
            .bind(digest.as_str())
            .bind(consent.application.to_string())
            .bind(consent.account.to_string())
            .bind(consent.scopes.to_string())
            .bind(&consent.audience)
            .bind(limits)
            .bind(&code.redirect_uri)
            .bind(&code.challenge)
            .bind(code.expires_at.seconds())
            .execute(&mut *transaction)
            .await?;
        let concerned = (consent.application, consent.account);
        let kind = ActivityKind::GrantAllowed;
        activity::note_of_application(&mut transaction, concerned, kind, stamp).await?;
        Ok(transaction.commit().await?)
    }

    async fn write_denied(
        &self,
        application: ApplicationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_writing().await?;
        let (concerned, kind) = ((application, account), ActivityKind::GrantDenied);
        activity::note_of_application(&mut transaction, concerned, kind, stamp).await?;
        Ok(transaction.commit().await?)
    }
}
