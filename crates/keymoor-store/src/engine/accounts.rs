use keymoor_core::AccountId;
use serde_json::json;

use super::{
    driver::{DbConnection, Handle},
    writing::{Told, Writing},
};
use crate::{AccountKind, ChangeKind, NewAccount, Stamp, StoreError, error::taken, sql};

impl Handle {
    pub(super) async fn insert_account(
        &self,
        new: &NewAccount,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        insert(&mut writing, new, stamp).await?;
        let told = Told {
            kind: ChangeKind::AccountCreated,
            subject: new.id.to_string(),
            detail: json!({ "email": new.email, "kind": kind_name(new.kind) }),
        };
        writing.finish(told, stamp).await
    }
}

impl Handle {
    pub(super) async fn mark_account(
        &self,
        account: AccountId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::ACCOUNT_DISABLED_AT).bind(account.to_string());
        let found: Option<Option<i64>> = query.fetch_optional(writing.connection()).await?;
        let before = found.ok_or(StoreError::NotFound("account"))?.is_some();
        let kind = match (before, disabled) {
            (false, true) => ChangeKind::AccountDisabled,
            (true, false) => ChangeKind::AccountEnabled,
            (true, true) => return Err(StoreError::Conflict("the account is disabled already")),
            (false, false) => return Err(StoreError::Conflict("the account is not disabled")),
        };
        sqlx::query(sql::SET_ACCOUNT_DISABLED_AT)
            .bind(disabled.then_some(stamp.at.seconds()))
            .bind(account.to_string())
            .execute(writing.connection())
            .await?;
        let told = Told { kind, subject: account.to_string(), detail: json!({}) };
        writing.finish(told, stamp).await
    }
}

async fn insert(writing: &mut Writing, new: &NewAccount, stamp: Stamp) -> Result<(), StoreError> {
    let number = writing.next_number("accounts").await?;
    sqlx::query(sql::INSERT_ACCOUNT)
        .bind(new.id.to_string())
        .bind(number)
        .bind(kind_name(new.kind))
        .bind(new.email.as_str())
        .bind(&new.password_hash)
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an account with this e-mail address exists already"))?;
    Ok(())
}

fn kind_name(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Person => "person",
        AccountKind::Service => "service",
    }
}

pub(super) async fn check_exists(
    connection: &mut DbConnection,
    account: AccountId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ACCOUNT_EXISTS).bind(account.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("account")) }
}
