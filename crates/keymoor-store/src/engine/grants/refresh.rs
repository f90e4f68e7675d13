use keymoor_core::{
    ApplicationId, GrantId, UnixTime,
    delegation::{Freshness, KEPT_EVERY},
    refresh::GrantDigest,
};

use sqlx::query::Query;

use super::super::{
    driver::{Database, DbConnection, DbRow, Handle},
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

/// What there is to know before a rotation.
struct State {
    grant: GrantId,
    generation: i64,
    rotation: Rotation,
    ended: bool,
}

impl Handle {
    /// What became of it, and of which grant it is unless that has ended. Of many at once the first locks the grant's row,
    /// and who comes when it is done need not wait for that. No change that guards or an audit hear
    /// of: only the grant's end is.
    pub(super) async fn rotate(
        &self,
        rotate: &Rotate<'_>,
        now: UnixTime,
    ) -> Result<(Rotation, Option<GrantId>), StoreError> {
        let found = rotate.query().fetch_optional(&self.readers).await?;
        let Some(row) = found else { return Ok((Rotation::Unknown, None)) };
        let seen = state(&row, now)?;
        if seen.rotation != Rotation::Rotated {
            return Ok((seen.rotation, seen.living()));
        }
        let mut transaction = self.begin_writing().await?;
        let hold = sqlx::query(sql::HOLD_GRANT).bind(seen.grant.to_string());
        hold.execute(&mut *transaction).await?;
        let found = rotate.query().fetch_optional(&mut *transaction).await?;
        let Some(row) = found else { return Ok((Rotation::Unknown, None)) };
        // Whoever waited for others has its time from now on.
        let now = self.clock.now(now);
        let state = state(&row, now)?;
        if state.rotation == Rotation::Rotated {
            put_in_place(&mut transaction, rotate, &state, now).await?;
            transaction.commit().await?;
        }
        Ok((state.rotation, state.living()))
    }
}

impl State {
    /// The grant, if it has not ended.
    fn living(&self) -> Option<GrantId> {
        (!self.ended).then_some(self.grant)
    }
}

impl Rotate<'_> {
    fn query(&self) -> Query<'static, Database, <Database as sqlx::Database>::Arguments> {
        let query = sqlx::query(sql::REFRESH_TOKEN).bind(self.token.as_str().to_owned());
        query.bind(self.client.to_string())
    }
}

/// What is to become of a refresh token; [`Rotation::Rotated`] if it counts.
fn state(row: &DbRow, now: UnixTime) -> Result<State, StoreError> {
    let (generation, current) =
        (rows::integer(row, "token_generation")?, rows::integer(row, "generation")?);
    let used_at = rows::optional_time(row, "used_at")?;
    let ended = rows::optional_time(row, "ended_at")?.is_some();
    let rotation = match Freshness::of(generation, used_at, current, now) {
        Freshness::Stale => Rotation::Reused,
        _ if ended => Rotation::Ended,
        Freshness::JustUsed => Rotation::Again,
        Freshness::Current => Rotation::Rotated,
    };
    Ok(State { grant: rows::id(row, "id")?, generation, rotation, ended })
}

async fn put_in_place(
    connection: &mut DbConnection,
    rotate: &Rotate<'_>,
    state: &State,
    now: UnixTime,
) -> Result<(), StoreError> {
    let (before, next) = (state.generation - 1, state.generation + 1);
    if before > 0 && before % KEPT_EVERY != 0 {
        sqlx::query(sql::FORGET_REFRESH_TOKEN)
            .bind(state.grant.to_string())
            .bind(before)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(sql::USE_REFRESH_TOKEN)
        .bind(now.seconds())
        .bind(rotate.token.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query(sql::INSERT_REFRESH_TOKEN)
        .bind(rotate.successor.as_str())
        .bind(state.grant.to_string())
        .bind(next)
        .execute(&mut *connection)
        .await?;
    sqlx::query(sql::USE_GRANT)
        .bind(next)
        .bind(rotate.used.at.seconds())
        .bind(rotate.used.address.to_string())
        .bind(state.grant.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
