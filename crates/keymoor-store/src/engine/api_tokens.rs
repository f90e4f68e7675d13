use keymoor_core::{AccountId, ApiKey, UnixTime, name::Label, network::network_of};
use serde_json::json;

use super::{
    accounts, activity, api_secrets,
    driver::{DbConnection, Handle},
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, Actor, ChangeKind, NewApiToken, Removal, Stamp, StoreError, Use, error::taken,
    sql,
};

impl Handle {
    pub(super) async fn insert_api_token(
        &self,
        new: &NewApiToken,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), new.account).await?;
        if let Some(parent) = new.parent {
            check_active(writing.connection(), parent).await?;
        }
        insert(&mut writing, new, stamp).await?;
        api_secrets::insert(&mut writing, new.api_key, new.secret, &new.digest, stamp).await?;
        note(&mut writing, new.api_key, ActivityKind::ApiTokenCreated, stamp).await?;
        let told = Told {
            kind: ChangeKind::ApiTokenCreated,
            subject: new.api_key.to_string(),
            detail: json!({ "account": new.account, "label": new.label, "parent": new.parent }),
        };
        writing.finish(told, stamp).await
    }

    pub(super) async fn mark_removed(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        let mut writing = self.begin().await?;
        if removed_at(writing.connection(), account, key).await?.is_some() {
            return Err(StoreError::Conflict("the API token was removed before"));
        }
        let reason = reason.map(str::to_owned);
        let removal = Removal { at: stamp.at, by: stamp.by.to_string(), reason };
        sqlx::query(sql::REMOVE_API_TOKEN)
            .bind(removal.at.seconds())
            .bind(&removal.by)
            .bind(&removal.reason)
            .bind(key.to_string())
            .execute(writing.connection())
            .await?;
        note(&mut writing, key, ActivityKind::ApiTokenRemoved, stamp).await?;
        let detail = json!({ "account": account, "reason": removal.reason });
        let told = Told { kind: ChangeKind::ApiTokenRemoved, subject: key.to_string(), detail };
        writing.finish(told, stamp).await?;
        Ok(removal)
    }

    pub(super) async fn set_label(
        &self,
        account: AccountId,
        key: ApiKey,
        label: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let renamed = sqlx::query(sql::RENAME_API_TOKEN)
            .bind(label.as_str())
            .bind(searched(label))
            .bind(account.to_string())
            .bind(key.to_string())
            .execute(writing.connection())
            .await?;
        if renamed.rows_affected() == 0 {
            return Err(StoreError::NotFound("API token"));
        }
        note(&mut writing, key, ActivityKind::ApiTokenRenamed, stamp).await?;
        let detail = json!({ "account": account, "label": label });
        let told = Told { kind: ChangeKind::ApiTokenRenamed, subject: key.to_string(), detail };
        writing.finish(told, stamp).await
    }

    /// Not a change anybody made: no audit row, no number. It yields to a removal.
    pub(super) async fn write_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        let mut transaction = self.begin_yielding().await?;
        for used in uses {
            let (key, secret) = (used.api_key.to_string(), used.secret.to_string());
            for (statement, id) in [(sql::RECORD_TOKEN_USE, key), (sql::RECORD_SECRET_USE, secret)]
            {
                sqlx::query(statement)
                    .bind(used.last.at.seconds())
                    .bind(used.last.address.to_string())
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        // Last, as in a change: it locks the counter of activities.
        for used in uses {
            note_network(&mut transaction, used).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// The most uses that one transaction records: whoever removes an API token may wait for it.
pub(super) const USES: usize = 100;

/// In the order of their keys, so that two servers that write uses at once wait for each other
/// and go on.
pub(super) fn in_order(uses: &[Use]) -> Vec<Use> {
    let mut uses = uses.to_vec();
    uses.sort_by_key(|used| (used.api_key, used.secret));
    uses
}

/// Networks of one API token beyond which a new one tells nobody anything, and is not kept:
/// whoever calls from so many places has none.
const KEPT_NETWORKS: i64 = 20;

/// Notes where the API token was used, and tells of it unless it is the first place.
async fn note_network(connection: &mut DbConnection, used: &Use) -> Result<(), StoreError> {
    let key = used.api_key.to_string();
    let inserted = sqlx::query(sql::INSERT_NETWORK)
        .bind(&key)
        .bind(network_of(used.last.address).to_string())
        .bind(used.last.at.seconds())
        .bind(KEPT_NETWORKS)
        .execute(&mut *connection)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(());
    }
    let query = sqlx::query_scalar(sql::NETWORKS_COUNT).bind(&key);
    let count: i64 = query.fetch_one(&mut *connection).await?;
    if count < 2 {
        return Ok(());
    }
    let (by, from) = (Actor::ApiToken(used.api_key), Some(used.last.address));
    let stamp = Stamp { at: used.last.at, by, from };
    activity::note_of_token(connection, used.api_key, ActivityKind::NewNetwork, stamp).await
}

async fn note(
    writing: &mut Writing,
    key: ApiKey,
    kind: ActivityKind,
    stamp: Stamp,
) -> Result<(), StoreError> {
    activity::note_of_token(writing.connection(), key, kind, stamp).await
}

/// What a search for the label looks at.
fn searched(label: &Label) -> String {
    label.as_str().to_lowercase()
}

async fn insert(writing: &mut Writing, new: &NewApiToken, stamp: Stamp) -> Result<(), StoreError> {
    let limits = serde_json::to_string(&new.limits).map_err(|_| StoreError::Corrupt("limits"))?;
    sqlx::query(sql::INSERT_API_TOKEN)
        .bind(new.api_key.to_string())
        .bind(new.account.to_string())
        .bind(new.label.as_str())
        .bind(searched(&new.label))
        .bind(limits)
        .bind(new.parent.map(|key| key.to_string()))
        .bind(writing.number)
        .bind(stamp.at.seconds())
        .bind(new.limits.expires_at.map(UnixTime::seconds))
        .execute(writing.connection())
        .await
        .map_err(taken("an API token with this key exists already"))?;
    Ok(())
}

/// When the token was removed; not found if it is not the account's.
async fn removed_at(
    connection: &mut DbConnection,
    account: AccountId,
    key: ApiKey,
) -> Result<Option<i64>, StoreError> {
    let query = sqlx::query_scalar(sql::API_TOKEN_REMOVED_AT)
        .bind(account.to_string())
        .bind(key.to_string());
    let found: Option<Option<i64>> = query.fetch_optional(connection).await?;
    found.ok_or(StoreError::NotFound("API token"))
}

async fn check_active(connection: &mut DbConnection, parent: ApiKey) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::API_TOKEN_STATE).bind(parent.to_string());
    let found: Option<Option<i64>> = query.fetch_optional(connection).await?;
    match found.ok_or(StoreError::NotFound("API token"))? {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict("the API token that asks was removed")),
    }
}
