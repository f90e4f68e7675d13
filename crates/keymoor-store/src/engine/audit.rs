use async_trait::async_trait;
use keymoor_core::UnixTime;
use sqlx::Row;

use super::{
    driver::{DbRow, Handle},
    rows,
};
use crate::{AuditEvent, AuditLog, AuditPlace, AuditSpan, StoreError, sql, text::parse};

#[async_trait]
impl AuditLog for Handle {
    async fn audit(&self, span: AuditSpan) -> Result<Vec<AuditEvent>, StoreError> {
        let start = AuditPlace { at: UnixTime::from_seconds(i64::MIN), source: 0, number: 0 };
        let after = span.after.unwrap_or(start);
        let query = sqlx::query(sql::AUDIT)
            .bind(span.since.max(after.at).seconds())
            .bind(span.until.seconds())
            .bind(after.at.seconds())
            .bind(after.source)
            .bind(after.number)
            .bind(i64::from(span.limit));
        all!(self, query, event)
    }
}

fn event(row: &DbRow) -> Result<AuditEvent, StoreError> {
    let address: Option<&str> = row.try_get("address")?;
    Ok(AuditEvent {
        place: AuditPlace {
            at: rows::time(row, "at")?,
            source: row.try_get("source")?,
            number: row.try_get("number")?,
        },
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        subject: row.try_get("subject")?,
        account: row.try_get("account")?,
        address: address.map(|text| parse(text, "address")).transpose()?,
        times: row.try_get("times")?,
        detail: row.try_get("detail")?,
    })
}
