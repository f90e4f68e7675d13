use async_trait::async_trait;
use keymoor_core::UnixTime;
use serde_json::{Map, Value};
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

/// The key under which a change's detail has from where it was made.
pub(super) const FROM: &str = "from";

fn event(row: &DbRow) -> Result<AuditEvent, StoreError> {
    let detail: &str = row.try_get("detail")?;
    match row.try_get("source")? {
        1_i64 => of_change(row, detail),
        _ => with(row, row.try_get("account")?, row.try_get("address")?, detail.to_owned()),
    }
}

/// What stands in the detail of a change stands in its own place.
fn of_change(row: &DbRow, detail: &str) -> Result<AuditEvent, StoreError> {
    let Ok(mut known) = serde_json::from_str::<Map<String, Value>>(detail) else {
        return with(row, None, None, detail.to_owned());
    };
    let address = known.remove(FROM);
    let account = known.get("account").and_then(Value::as_str).map(str::to_owned);
    let address = address.as_ref().and_then(Value::as_str);
    with(row, account, address, Value::Object(known).to_string())
}

fn with(
    row: &DbRow,
    account: Option<String>,
    address: Option<&str>,
    detail: String,
) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        place: AuditPlace {
            at: rows::time(row, "at")?,
            source: row.try_get("source")?,
            number: row.try_get("number")?,
        },
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        subject: row.try_get("subject")?,
        account,
        address: address.map(|text| parse(text, "address")).transpose()?,
        times: row.try_get("times")?,
        detail,
    })
}
