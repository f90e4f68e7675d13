use async_trait::async_trait;
use keymoor_core::{AccountId, UnixTime, seal::Sealed};
use serde_json::json;

use super::{
    activity::{self, Happened},
    driver::{DbConnection, Handle},
    rows,
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, ChangeKind, Factors, Passkey, SecondFactors, Stamp, StoreError, Totp,
    error::taken, sql, text::encode,
};

/// What the activity calls the app that makes codes.
const APP: &str = "authenticator app";

#[async_trait]
impl Factors for Handle {
    async fn second_factors(&self, account: AccountId) -> Result<SecondFactors, StoreError> {
        let mut reading = self.begin_reading().await?;
        factors(&mut reading, account).await
    }

    async fn totp(&self, account: AccountId) -> Result<Option<Totp>, StoreError> {
        one!(self, sqlx::query(sql::TOTP).bind(account.to_string()), rows::totp)
    }

    async fn add_totp(
        &self,
        account: AccountId,
        sealed: &Sealed,
        step: i64,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add codes", async {
            let mut writing = self.change_factors(account).await?;
            sqlx::query(sql::INSERT_TOTP)
                .bind(account.to_string())
                .bind(encode(&sealed.0))
                .bind(step)
                .bind(stamp.at.seconds())
                .execute(writing.connection())
                .await
                .map_err(taken("an authenticator app is set up already: remove it first"))?;
            finish(writing, account, ADDED, APP, stamp).await
        })
    }

    async fn use_totp_step(&self, account: AccountId, step: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::USE_TOTP_STEP).bind(step).bind(account.to_string());
        Ok(alone!(self, query) == 1)
    }

    async fn remove_totp(&self, account: AccountId, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("remove codes", async {
            let mut writing = self.change_factors(account).await?;
            let query = sqlx::query(sql::DELETE_TOTP).bind(account.to_string());
            if query.execute(writing.connection()).await?.rows_affected() == 0 {
                return Err(StoreError::NotFound("authenticator app"));
            }
            forget_useless_codes(&mut writing, account).await?;
            finish(writing, account, REMOVED, APP, stamp).await
        })
    }

    async fn passkeys(&self, account: AccountId) -> Result<Vec<Passkey>, StoreError> {
        all!(self, sqlx::query(sql::PASSKEYS).bind(account.to_string()), rows::passkey)
    }

    async fn add_passkey(
        &self,
        account: AccountId,
        passkey: &Passkey,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add passkey", async {
            let mut writing = self.change_factors(account).await?;
            sqlx::query(sql::INSERT_PASSKEY)
                .bind(&passkey.id)
                .bind(account.to_string())
                .bind(passkey.label.as_str())
                .bind(&passkey.credential)
                .bind(stamp.at.seconds())
                .execute(writing.connection())
                .await
                .map_err(taken("this passkey is registered already"))?;
            finish(writing, account, ADDED, passkey.label.as_str(), stamp).await
        })
    }

    async fn use_passkey(
        &self,
        id: &str,
        credential: &str,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(sql::UPDATE_PASSKEY).bind(credential).bind(now.seconds());
        alone!(self, query.bind(id));
        Ok(())
    }

    async fn remove_passkey(
        &self,
        account: AccountId,
        id: &str,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove passkey", async {
            let mut writing = self.change_factors(account).await?;
            let query = sqlx::query_scalar(sql::DELETE_PASSKEY).bind(account.to_string()).bind(id);
            let label: Option<String> = query.fetch_optional(writing.connection()).await?;
            let label = label.ok_or(StoreError::NotFound("passkey"))?;
            forget_useless_codes(&mut writing, account).await?;
            finish(writing, account, REMOVED, &label, stamp).await
        })
    }

    async fn set_recovery_codes(
        &self,
        account: AccountId,
        digests: &[String],
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("set recovery codes", async {
            let mut writing = self.change_factors(account).await?;
            let account_text = account.to_string();
            let query = sqlx::query(sql::DELETE_RECOVERY_CODES).bind(&account_text);
            query.execute(writing.connection()).await?;
            for digest in digests {
                let query = sqlx::query(sql::INSERT_RECOVERY_CODE).bind(&account_text).bind(digest);
                query.execute(writing.connection()).await?;
            }
            let kinds = (ChangeKind::RecoveryCodesMade, ActivityKind::RecoveryCodesMade);
            finish(writing, account, kinds, "", stamp).await
        })
    }

    async fn spend_recovery_code(
        &self,
        account: AccountId,
        digest: &str,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("spend recovery code", async {
            let mut transaction = self.begin_writing().await?;
            let query = sqlx::query(sql::SPEND_RECOVERY_CODE).bind(account.to_string());
            let spent = query.bind(digest).execute(&mut *transaction).await?.rows_affected() == 1;
            if spent {
                let happened = Happened::to(account, ActivityKind::RecoveryCodeUsed);
                activity::note(&mut transaction, &happened, stamp).await?;
            }
            transaction.commit().await?;
            Ok(spent)
        })
    }

    async fn reset_second_factors(
        &self,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("reset second factors", async {
            let mut writing = self.change_factors(account).await?;
            if !factors(writing.connection(), account).await?.is_any() {
                return Err(StoreError::Conflict("the account has no second factor"));
            }
            let statements = [
                sql::DELETE_TOTP,
                sql::DELETE_PASSKEYS,
                sql::DELETE_RECOVERY_CODES,
                sql::END_CEREMONIES_OF,
            ];
            for statement in statements {
                let query = sqlx::query(statement).bind(account.to_string());
                query.execute(writing.connection()).await?;
            }
            let query = sqlx::query(sql::END_SESSIONS).bind(account.to_string()).bind("");
            query.execute(writing.connection()).await?;
            finish(writing, account, REMOVED, "every second factor", stamp).await
        })
    }
}

impl Handle {
    /// Begins to change second factors. First of all, what was decided by those of before counts no
    /// more: a sign-in that is under way then starts no session.
    async fn change_factors(&self, account: AccountId) -> Result<Writing, StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query(sql::RAISE_CREDENTIALS).bind(account.to_string());
        match query.execute(writing.connection()).await?.rows_affected() {
            0 => Err(StoreError::NotFound("account")),
            _ => Ok(writing),
        }
    }
}

const ADDED: (ChangeKind, ActivityKind) =
    (ChangeKind::SecondFactorAdded, ActivityKind::SecondFactorAdded);
const REMOVED: (ChangeKind, ActivityKind) =
    (ChangeKind::SecondFactorRemoved, ActivityKind::SecondFactorRemoved);

async fn finish(
    mut writing: Writing,
    account: AccountId,
    (kind, activity): (ChangeKind, ActivityKind),
    label: &str,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let happened = Happened { account, kind: activity, subject: String::new(), label };
    activity::note(writing.connection(), &happened, stamp).await?;
    let detail = json!({ "what": label });
    writing.finish(Told { kind, subject: account.to_string(), detail }, stamp).await
}

async fn factors(
    connection: &mut DbConnection,
    account: AccountId,
) -> Result<SecondFactors, StoreError> {
    let account = account.to_string();
    let totp = sqlx::query(sql::TOTP).bind(&account).fetch_optional(&mut *connection).await?;
    let passkeys = sqlx::query(sql::PASSKEYS).bind(&account).fetch_all(&mut *connection).await?;
    let codes = sqlx::query_scalar(sql::RECOVERY_CODES_COUNT).bind(&account);
    Ok(SecondFactors {
        totp: totp.is_some(),
        passkeys: i64::try_from(passkeys.len()).unwrap_or(i64::MAX),
        recovery_codes: codes.fetch_one(connection).await?,
    })
}

/// Without a second factor there is nothing that recovery codes stand in for.
async fn forget_useless_codes(writing: &mut Writing, account: AccountId) -> Result<(), StoreError> {
    if !factors(writing.connection(), account).await?.is_any() {
        let query = sqlx::query(sql::DELETE_RECOVERY_CODES).bind(account.to_string());
        query.execute(writing.connection()).await?;
    }
    Ok(())
}
