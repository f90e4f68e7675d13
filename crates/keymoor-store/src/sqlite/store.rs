use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, OrganizationId, UnixTime, facts::CredentialFacts, name::Email,
};
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, rows};
use crate::{
    Account, ApiToken, Attestation, Change, NewAccount, NewApiToken, NewOrganization, Organization,
    Removal, Stamp, Store, StoreError, StoredPepper, StoredSigningKey, Use, sql, text::parse,
};

/// Reads every row of `query`, each by `read`.
macro_rules! all {
    ($store:expr, $query:expr, $read:expr) => {{
        let rows = $query.fetch_all(&$store.readers).await?;
        rows.iter().map($read).collect::<Result<_, StoreError>>()
    }};
}

/// Reads the one row of `query`, if there is one.
macro_rules! one {
    ($store:expr, $query:expr, $read:expr) => {{
        let row: Option<SqliteRow> = $query.fetch_optional(&$store.readers).await?;
        row.as_ref().map($read).transpose()
    }};
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query(sql::PING).execute(&self.readers).await?;
        Ok(())
    }

    async fn credential_facts(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError> {
        self.read_facts(key).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.write_uses(uses).await
    }

    async fn create_account(&self, new: &NewAccount, stamp: Stamp) -> Result<(), StoreError> {
        self.insert_account(new, stamp).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        one!(self, sqlx::query(sql::ACCOUNT).bind(id.to_string()), rows::account)
    }

    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        one!(self, sqlx::query(sql::ACCOUNT_BY_EMAIL).bind(email.as_str()), rows::account)
    }

    async fn create_organization(
        &self,
        new: &NewOrganization,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        self.insert_organization(new, stamp).await
    }

    async fn add_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        self.insert_member(organization, account, stamp).await
    }

    async fn attest_sign_in(&self, new: &Attestation, stamp: Stamp) -> Result<(), StoreError> {
        self.insert_sign_in(new, stamp).await
    }

    async fn organizations_of(&self, account: AccountId) -> Result<Vec<Organization>, StoreError> {
        let query = sqlx::query(sql::ORGANIZATIONS_OF).bind(account.to_string());
        all!(self, query, rows::organization)
    }

    async fn create_api_token(&self, new: &NewApiToken, stamp: Stamp) -> Result<(), StoreError> {
        self.insert_api_token(new, stamp).await
    }

    async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiToken>, StoreError> {
        all!(self, sqlx::query(sql::API_TOKENS).bind(account.to_string()), rows::api_token)
    }

    async fn api_token(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Option<ApiToken>, StoreError> {
        let query = sqlx::query(sql::API_TOKEN).bind(account.to_string()).bind(key.to_string());
        one!(self, query, rows::api_token)
    }

    async fn remove_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        self.mark_removed(account, key, reason, stamp).await
    }

    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        all!(self, sqlx::query(sql::SIGNING_KEYS), rows::signing_key)
    }

    async fn add_signing_key(&self, key: &StoredSigningKey, by: Stamp) -> Result<(), StoreError> {
        self.insert_signing_key(key, by).await
    }

    async fn pepper(&self) -> Result<Option<StoredPepper>, StoreError> {
        one!(self, sqlx::query(sql::PEPPER), rows::pepper)
    }

    async fn add_pepper(&self, pepper: &StoredPepper, stamp: Stamp) -> Result<(), StoreError> {
        self.insert_pepper(pepper, stamp).await
    }

    async fn removed_since(&self, since: UnixTime) -> Result<Vec<ApiKey>, StoreError> {
        let query = sqlx::query_scalar(sql::REMOVED_SINCE).bind(since.seconds());
        let keys: Vec<String> = query.fetch_all(&self.readers).await?;
        keys.iter().map(|key| parse(key, "API Key")).collect()
    }

    async fn federated_organizations(&self) -> Result<Vec<OrganizationId>, StoreError> {
        let query = sqlx::query_scalar(sql::FEDERATED_ORGANIZATIONS);
        let ids: Vec<String> = query.fetch_all(&self.readers).await?;
        ids.iter().map(|id| parse(id, "organization")).collect()
    }

    async fn changes_after(&self, number: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let query = sqlx::query(sql::CHANGES_AFTER).bind(number).bind(i64::from(limit));
        all!(self, query, rows::change)
    }
}
