use keymoor_core::AccountId;
use serde_json::json;

use super::{
    activity::{self, Happened},
    driver::{DbConnection, Handle},
    writing::{Told, Writing},
};
use crate::{
    AccountKind, ActivityKind, ChangeKind, NewAccount, Stamp, StoreError, error::taken, sql,
};

impl Handle {
    pub(super) async fn insert_account(
        &self,
        new: &NewAccount,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        insert(&mut writing, new, stamp).await?;
        let happened = Happened::to(new.id, ActivityKind::AccountCreated);
        activity::note(writing.connection(), &happened, stamp).await?;
        let told = Told {
            kind: ChangeKind::AccountCreated,
            subject: new.id.to_string(),
            detail: json!({ "email": new.email, "kind": kind_name(new.kind) }),
        };
        writing.finish(told, stamp).await
    }
}

pub(super) async fn insert(
    writing: &mut Writing,
    new: &NewAccount,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let number = writing.next_number("accounts").await?;
    sqlx::query(sql::INSERT_ACCOUNT)
        .bind(new.id.to_string())
        .bind(number)
        .bind(kind_name(new.kind))
        .bind(new.email.as_str())
        .bind(&new.password_hash)
        .bind(new.operator)
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
