use keymoor_core::{
    ApplicationId, GrantId,
    delegation::{Consent, GRANT_IDLE},
    refresh::GrantDigest,
};
use serde_json::json;
use sqlx::query::Query;

use super::{
    super::{
        activity::{self, Happened},
        driver::{Database, Handle},
        rows as common,
        writing::{Told, Writing},
    },
    ending::{self, End},
    rows,
};
use crate::{ActivityKind, ChangeKind, FirstTokens, Redemption, Stamp, StoreError, sql};

/// Seconds for which it is known of a grant that is over that it was one.
const FORGET_AFTER: i64 = 7 * 86_400;

/// What is redeemed, by its two statements.
pub(super) struct Spending {
    pub(super) spend: &'static str,
    pub(super) brought: &'static str,
}

impl Spending {
    /// Asks for what it brought, if it was spent.
    pub(super) fn brought(
        &self,
        client: ApplicationId,
        digest: &GrantDigest,
    ) -> Query<'static, Database, <Database as sqlx::Database>::Arguments> {
        sqlx::query(self.brought).bind(digest.as_str().to_owned()).bind(client.to_string())
    }
}

impl Handle {
    /// Spends what `what` speaks of and makes a grant of it, or ends the grant that it brought before.
    pub(super) async fn redeem(
        &self,
        what: &Spending,
        client: ApplicationId,
        digest: &GrantDigest,
        first: &FirstTokens,
        stamp: Stamp,
    ) -> Result<Redemption, StoreError> {
        // Whoever replays what has ended makes nobody wait.
        let before = what.brought(client, digest).fetch_optional(&self.readers).await?;
        let ended = before.map(|row| common::optional_time(&row, "ended_at")).transpose()?;
        if ended.flatten().is_some() {
            return Ok(Redemption::Spent);
        }
        let mut writing = self.begin().await?;
        let spent = sqlx::query(what.spend)
            .bind(stamp.at.seconds())
            .bind(first.grant.to_string())
            .bind(digest.as_str())
            .bind(client.to_string())
            .fetch_optional(writing.connection())
            .await?;
        if let Some(row) = spent {
            make(writing, &rows::consent(&row)?, first, stamp).await?;
            return Ok(Redemption::Made);
        }
        let query = what.brought(client, digest);
        let row = query.fetch_optional(writing.connection()).await?;
        let Some(row) = row else { return Ok(Redemption::Unknown) };
        let brought: GrantId = common::id(&row, "grant_id")?;
        ending::end(writing, brought, End::CODE_REUSED, stamp).await?;
        Ok(Redemption::Spent)
    }
}

async fn make(
    mut writing: Writing,
    consent: &Consent,
    first: &FirstTokens,
    stamp: Stamp,
) -> Result<(), StoreError> {
    forget(&mut writing, stamp).await?;
    insert(&mut writing, consent, first, stamp).await?;
    if consent.is_offline() {
        sqlx::query(sql::INSERT_REFRESH_TOKEN)
            .bind(first.refresh.as_str())
            .bind(first.grant.to_string())
            .bind(0_i64)
            .execute(writing.connection())
            .await?;
    }
    let query = sqlx::query(sql::APPLICATION).bind(consent.application.to_string());
    let application = rows::application(&query.fetch_one(writing.connection()).await?)?;
    let happened = Happened {
        account: consent.account,
        kind: ActivityKind::GrantMade,
        subject: first.grant.to_string(),
        label: application.name.as_str(),
    };
    activity::note(writing.connection(), &happened, stamp).await?;
    let detail = json!({
        "account": consent.account,
        "application": consent.application,
        "scopes": consent.scopes,
        "audience": consent.audience,
    });
    let (kind, subject) = (ChangeKind::GrantMade, first.grant.to_string());
    writing.finish(Told { kind, subject, detail }, stamp).await
}

async fn insert(
    writing: &mut Writing,
    consent: &Consent,
    first: &FirstTokens,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let limits =
        serde_json::to_string(&consent.limits).map_err(|_| StoreError::Corrupt("limits"))?;
    sqlx::query(sql::INSERT_GRANT)
        .bind(first.grant.to_string())
        .bind(consent.application.to_string())
        .bind(consent.account.to_string())
        .bind(consent.scopes.to_string())
        .bind(&consent.audience)
        .bind(limits)
        .bind(stamp.at.seconds())
        .bind(first.address.to_string())
        .bind(consent.lasts_until(stamp.at).seconds())
        .execute(writing.connection())
        .await?;
    Ok(())
}

/// Forgets some of what has long been over.
async fn forget(writing: &mut Writing, stamp: Stamp) -> Result<(), StoreError> {
    let over = stamp.at.plus(-FORGET_AFTER);
    for statement in [sql::FORGET_REFRESH_TOKENS, sql::FORGET_GRANTS] {
        sqlx::query(statement)
            .bind(over.seconds())
            .bind(over.plus(-i64::from(GRANT_IDLE)).seconds())
            .execute(writing.connection())
            .await?;
    }
    Ok(())
}
