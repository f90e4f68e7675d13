use sqlx::Row;

use super::super::driver::{DbRow, Handle};
use crate::{Lineage, Shut, StoreError, error::in_doubt, sql};

impl Handle {
    pub(super) async fn read_lineage(&self, number: i64) -> Result<Lineage, StoreError> {
        let mut reading = self.begin_reading().await?;
        let pepper = sqlx::query_scalar(sql::FIRST_PEPPER).fetch_optional(&mut *reading).await?;
        let last = sqlx::query_scalar(sql::LAST_CHANGE).fetch_optional(&mut *reading).await?;
        let change = sqlx::query(sql::CHANGE).bind(number).fetch_optional(&mut *reading).await?;
        Ok(Lineage { pepper, last, change: change.as_ref().map(change_of).transpose()? })
    }

    pub(super) async fn mark_moved(&self, to: &str, number: i64) -> Result<(), StoreError> {
        let mut writing = self.begin_writing().await?;
        let (mark, _) = Shut::Moved { to: to.to_owned(), number }.row();
        let query = sqlx::query(sql::MOVE_AWAY).bind(mark).bind(number);
        if query.execute(&mut *writing).await?.rows_affected() == 0 {
            return Err(StoreError::Conflict("something has changed in the database meanwhile"));
        }
        writing.commit().await.map_err(in_doubt)
    }

    pub(super) async fn unmark(&self) -> Result<(), StoreError> {
        let mut writing = self.begin_writing().await?;
        sqlx::query(sql::TAKE_BACK).execute(&mut *writing).await?;
        sqlx::query(sql::REOPEN).execute(&mut *writing).await?;
        writing.commit().await.map_err(in_doubt)
    }
}

fn change_of(row: &DbRow) -> Result<(String, String, i64), StoreError> {
    Ok((row.try_get("kind")?, row.try_get("subject")?, row.try_get("at")?))
}
