use std::collections::BTreeSet;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, UnixTime,
    explain::{RefusedCall, RequestId},
};

use super::{
    driver::{DbConnection, DbRow, Handle},
    rows,
};
use crate::{
    KeptRefusedCall, MAX_REFUSED, MAX_REFUSED_OF_KEY, MAX_REFUSED_STRANGERS, NewRefusedCall,
    RefusedCalls, Removal, StoreError, sql, text::parse,
};

/// The most calls that one transaction notes.
const BATCH: usize = 100;

#[async_trait]
impl RefusedCalls for Handle {
    async fn note_refused_calls(&self, calls: &[NewRefusedCall]) -> Result<(), StoreError> {
        for batch in calls.chunks(BATCH) {
            transaction!("note refused calls", self.write_refused_calls(batch))?;
        }
        Ok(())
    }

    async fn refused_calls_of(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<KeptRefusedCall>, StoreError> {
        let query = sqlx::query(sql::REFUSED_CALLS_OF).bind(account.to_string());
        all!(self, query.bind(i64::from(limit)), kept)
    }

    async fn refused_call(&self, id: RequestId) -> Result<Vec<KeptRefusedCall>, StoreError> {
        all!(self, sqlx::query(sql::REFUSED_CALL).bind(id.to_string()), kept)
    }

    async fn forget_refused_calls(&self, before: UnixTime) -> Result<(), StoreError> {
        transaction!("forget refused calls", self.delete_refused_calls(before))
    }
}

impl Handle {
    async fn write_refused_calls(&self, calls: &[NewRefusedCall]) -> Result<(), StoreError> {
        let mut transaction = self.begin_yielding().await?;
        let (mut keys, mut reporters) = (BTreeSet::new(), BTreeSet::new());
        for new in calls {
            insert(&mut transaction, new).await?;
            match new.call.who.api_key() {
                Some((key, true)) => keys.insert((reporter(new), key.to_string())),
                _ => reporters.insert(reporter(new)),
            };
        }
        // Strangers may be as many as they like at any time.
        for reporter in reporters {
            forget_beyond(&mut transaction, &reporter, false, MAX_REFUSED_STRANGERS).await?;
        }
        for (reporter, key) in keys {
            sqlx::query(sql::FORGET_REFUSED_OF_KEY)
                .bind(key)
                .bind(reporter)
                .bind(i64::from(MAX_REFUSED_OF_KEY))
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn delete_refused_calls(&self, before: UnixTime) -> Result<(), StoreError> {
        while forget_before(self, before).await? == u64::from(FORGOTTEN) {}
        let mut transaction = self.begin_yielding().await?;
        let reporters: Vec<String> =
            sqlx::query_scalar(sql::REFUSAL_REPORTERS).fetch_all(&mut *transaction).await?;
        for reporter in reporters {
            for (proved, most) in [(true, MAX_REFUSED), (false, MAX_REFUSED_STRANGERS)] {
                forget_beyond(&mut transaction, &reporter, proved, most).await?;
            }
        }
        Ok(transaction.commit().await?)
    }
}

/// How many old ones are forgotten at once: nobody is to wait for it.
const FORGOTTEN: u32 = 5000;

async fn forget_before(store: &Handle, before: UnixTime) -> Result<u64, StoreError> {
    let mut transaction = store.begin_yielding().await?;
    let old = sqlx::query(sql::FORGET_REFUSED_BEFORE).bind(before.seconds());
    let forgotten = old.bind(i64::from(FORGOTTEN)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(forgotten.rows_affected())
}

async fn forget_beyond(
    connection: &mut DbConnection,
    reporter: &str,
    proved: bool,
    most: u32,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql::FORGET_REFUSED_BEYOND).bind(reporter).bind(proved);
    query.bind(i64::from(most)).execute(connection).await?;
    Ok(())
}

fn reporter(new: &NewRefusedCall) -> String {
    new.reporter.map(|id| id.to_string()).unwrap_or_default()
}

async fn insert(connection: &mut DbConnection, new: &NewRefusedCall) -> Result<(), StoreError> {
    let named = new.call.who.api_key();
    let detail =
        serde_json::to_string(&new.call).map_err(|_| StoreError::Corrupt("refused call"))?;
    sqlx::query(sql::INSERT_REFUSED_CALL)
        .bind(reporter(new))
        .bind(new.call.id.to_string())
        .bind(new.call.at.seconds())
        .bind(named.map(|(key, _)| key.to_string()))
        .bind(named.is_some_and(|(_, proved)| proved))
        .bind(new.clock_ahead)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

fn kept(row: &DbRow) -> Result<KeptRefusedCall, StoreError> {
    let detail = rows::text(row, "detail")?;
    let call: RefusedCall =
        serde_json::from_str(&detail).map_err(|_| StoreError::Corrupt("refused call"))?;
    let reporter = rows::text(row, "reporter")?;
    let account = rows::optional_text(row, "account")?;
    let removed_at = rows::optional_time(row, "removed_at")?;
    let by = rows::optional_text(row, "removed_by")?.unwrap_or_default();
    let reason = rows::optional_text(row, "removed_reason")?;
    Ok(KeptRefusedCall {
        reporter: Some(reporter)
            .filter(|id| !id.is_empty())
            .map(|id| parse(&id, "reporter"))
            .transpose()?,
        audience: rows::optional_text(row, "audience")?,
        clock_ahead: rows::integer(row, "clock_ahead")?,
        call,
        account: account.map(|id| parse(&id, "account")).transpose()?,
        label: rows::optional_text(row, "label")?,
        removal: removed_at.map(|at| Removal { at, by, reason }),
    })
}
