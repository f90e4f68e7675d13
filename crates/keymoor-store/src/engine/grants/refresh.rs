use keymoor_core::{ApplicationId, GrantId, UnixTime, delegation::Freshness, refresh::GrantDigest};

use super::super::{
    driver::{DbConnection, Handle},
    rows,
};
use crate::{LastUse, Rotation, StoreError, sql};

/// A refresh token and what is to take its place.
pub(super) struct Rotate<'r> {
    pub(super) client: ApplicationId,
    pub(super) token: &'r GrantDigest,
    pub(super) successor: &'r GrantDigest,
    pub(super) used: &'r LastUse,
}

impl Handle {
    /// What became of it, and of which grant it is. Locks the grant's row, so that of many at once
    /// each sees the one before. No change that guards or an audit hear of: only the grant's end is.
    pub(super) async fn rotate(
        &self,
        rotate: &Rotate<'_>,
        now: UnixTime,
    ) -> Result<(Rotation, Option<GrantId>), StoreError> {
        let mut transaction = self.begin_writing().await?;
        let query = sqlx::query(sql::HOLD_GRANT).bind(rotate.token.as_str());
        let query = query.bind(rotate.client.to_string());
        let Some(grant) = query.fetch_optional(&mut *transaction).await? else {
            return Ok((Rotation::Unknown, None));
        };
        let (id, current): (GrantId, _) =
            (rows::id(&grant, "id")?, rows::integer(&grant, "generation")?);
        let query = sqlx::query(sql::REFRESH_TOKEN).bind(rotate.token.as_str());
        let token = query.fetch_one(&mut *transaction).await?;
        let generation = rows::integer(&token, "generation")?;
        let used_at = rows::optional_time(&token, "used_at")?;
        let freshness = Freshness::of(generation, used_at, current, now);
        let rotation = match freshness {
            Freshness::Stale => Rotation::Reused,
            _ if rows::optional_time(&grant, "ended_at")?.is_some() => Rotation::Ended,
            Freshness::JustUsed => Rotation::Again,
            Freshness::Current => {
                put_in_place(&mut transaction, rotate, id, generation + 1, now).await?;
                transaction.commit().await?;
                Rotation::Rotated
            }
        };
        Ok((rotation, Some(id)))
    }
}

async fn put_in_place(
    connection: &mut DbConnection,
    rotate: &Rotate<'_>,
    grant: GrantId,
    generation: i64,
    now: UnixTime,
) -> Result<(), StoreError> {
    sqlx::query(sql::USE_REFRESH_TOKEN)
        .bind(now.seconds())
        .bind(rotate.token.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query(sql::INSERT_REFRESH_TOKEN)
        .bind(rotate.successor.as_str())
        .bind(grant.to_string())
        .bind(generation)
        .execute(&mut *connection)
        .await?;
    sqlx::query(sql::USE_GRANT)
        .bind(generation)
        .bind(rotate.used.at.seconds())
        .bind(rotate.used.address.to_string())
        .bind(grant.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
