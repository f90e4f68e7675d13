use keymoor_core::{AccountId, ApplicationId, GrantId};
use serde_json::json;

use super::super::{
    activity::{self, Happened},
    rows,
    writing::{Told, Writing},
};
use crate::{ActivityKind, ChangeKind, Stamp, StoreError, sql};

/// Why a grant ends before its time.
#[derive(Clone, Copy)]
pub(super) struct End {
    kind: ChangeKind,
    reason: &'static str,
    told: ActivityKind,
}

impl End {
    /// Whoever gave it took it back.
    pub(super) const TAKEN_BACK: Self = Self::new(ChangeKind::GrantEnded, "taken_back");
    /// An operator ended it.
    pub(super) const BY_OPERATOR: Self = Self::new(ChangeKind::GrantEnded, "by_operator");
    /// The application revoked a token of it.
    pub(super) const REVOKED: Self = Self::new(ChangeKind::GrantEnded, "revoked");
    /// A refresh token came that had been used long before.
    pub(super) const REFRESH_REUSED: Self = Self {
        told: ActivityKind::GrantReused,
        ..Self::new(ChangeKind::GrantRefreshReused, "refresh_reused")
    };
    /// A code came that had been redeemed before.
    pub(super) const CODE_REUSED: Self = Self {
        told: ActivityKind::GrantReused,
        ..Self::new(ChangeKind::GrantCodeReused, "code_reused")
    };

    const fn new(kind: ChangeKind, reason: &'static str) -> Self {
        Self { kind, reason, told: ActivityKind::GrantEnded }
    }
}

/// Ends a grant, whoever gave it. Whether it had not ended: else nothing changes.
pub(super) async fn end(
    mut writing: Writing,
    id: GrantId,
    end: End,
    stamp: Stamp,
) -> Result<bool, StoreError> {
    let query = sqlx::query(sql::GRANT_STATE).bind(id.to_string());
    let Some(row) = query.fetch_optional(writing.connection()).await? else { return Ok(false) };
    let account: AccountId = rows::id(&row, "account")?;
    let application: ApplicationId = rows::id(&row, "application")?;
    let ended = sqlx::query(sql::END_GRANT)
        .bind(stamp.at.seconds())
        .bind(stamp.by.to_string())
        .bind(end.reason)
        .bind(id.to_string())
        .execute(writing.connection())
        .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    let label = rows::text(&row, "name")?;
    let happened = Happened { account, kind: end.told, subject: id.to_string(), label: &label };
    activity::note(writing.connection(), &happened, stamp).await?;
    let detail = json!({
        "account": account,
        "application": application,
        "reason": end.reason,
    });
    writing.finish(Told { kind: end.kind, subject: id.to_string(), detail }, stamp).await?;
    Ok(true)
}
