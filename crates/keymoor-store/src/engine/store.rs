use std::sync::Arc;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, Clock, OrganizationId, ResourceServerId, SecretId, TokenId, UnixTime,
    facts::CredentialFacts,
    name::{Email, Label},
};

use super::{
    api_tokens::{USES, in_order},
    driver::{Handle, IS_SHARED, TIME},
    rows,
    switches::{ACCOUNT_DISABLED, ORGANIZATION_DISABLED, ORGANIZATION_FEDERATED},
};
use crate::{
    Account, ApiSecretRecord, ApiToken, Attestation, Change, NewAccount, NewApiSecret, NewApiToken,
    NewOrganization, Organization, Page, Removal, RemovalBasis, ResourceServer, Stamp, Store,
    StoreError, StoredPepper, StoredSigningKey, Use, sql,
};

#[async_trait]
impl Store for Handle {
    fn is_shared(&self) -> bool {
        IS_SHARED
    }

    async fn close(&self) {
        self.let_go().await;
    }

    async fn changed_elsewhere(&self) {
        self.hear_of_changes().await;
    }

    async fn database_time(&self) -> Result<Option<UnixTime>, StoreError> {
        let Some(query) = TIME else { return Ok(None) };
        let seconds = sqlx::query_scalar(query).fetch_one(&self.readers).await?;
        Ok(Some(UnixTime::from_seconds(seconds)))
    }

    fn set_clock(&self, clock: Arc<dyn Clock>) {
        self.clock.set(clock);
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query(sql::PING).execute(&self.readers).await?;
        Ok(())
    }

    async fn credential_facts(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError> {
        self.read_facts(key).await
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        for batch in in_order(uses).chunks(USES) {
            transaction!("record uses", self.write_uses(batch))?;
        }
        Ok(())
    }

    async fn create_account(&self, new: &NewAccount, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create account", self.insert_account(new, stamp))
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        one!(self, sqlx::query(sql::ACCOUNT).bind(id.to_string()), rows::account)
    }

    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        one!(self, sqlx::query(sql::ACCOUNT_BY_EMAIL).bind(email.as_str()), rows::account)
    }

    async fn set_account_disabled(
        &self,
        account: AccountId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = account.to_string();
        transaction!("disable account", self.turn(&ACCOUNT_DISABLED, id.clone(), disabled, stamp))
    }

    async fn create_organization(
        &self,
        new: &NewOrganization,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create organization", self.insert_organization(new, stamp))
    }

    async fn add_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add member", self.insert_member(organization, account, stamp))
    }

    async fn remove_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove member", self.delete_member(organization, account, stamp))
    }

    async fn set_organization_disabled(
        &self,
        organization: OrganizationId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = organization.to_string();
        transaction!(
            "disable organization",
            self.turn(&ORGANIZATION_DISABLED, id.clone(), disabled, stamp)
        )
    }

    async fn set_organization_federated(
        &self,
        organization: OrganizationId,
        federated: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = organization.to_string();
        transaction!(
            "federate organization",
            self.turn(&ORGANIZATION_FEDERATED, id.clone(), federated, stamp)
        )
    }

    async fn attest_sign_in(&self, new: &Attestation, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("attest sign-in", self.insert_sign_in(new, stamp))
    }

    async fn organizations_of(&self, account: AccountId) -> Result<Vec<Organization>, StoreError> {
        let query = sqlx::query(sql::ORGANIZATIONS_OF).bind(account.to_string());
        all!(self, query, rows::organization)
    }

    async fn create_api_token(&self, new: &NewApiToken, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create API token", self.insert_api_token(new, stamp))
    }

    async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiToken>, StoreError> {
        all!(self, sqlx::query(sql::API_TOKENS).bind(account.to_string()), rows::api_token)
    }

    async fn newest_api_tokens(
        &self,
        account: AccountId,
        page: Page,
    ) -> Result<(Vec<ApiToken>, i64), StoreError> {
        self.all_api_tokens(account, page).await
    }

    async fn api_token(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Option<ApiToken>, StoreError> {
        let query = sqlx::query(sql::API_TOKEN).bind(account.to_string()).bind(key.to_string());
        one!(self, query, rows::api_token)
    }

    async fn api_tokens_made_by(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Vec<ApiToken>, StoreError> {
        let query = sqlx::query(sql::API_TOKENS_MADE_BY).bind(key.to_string());
        all!(self, query.bind(account.to_string()), rows::api_token)
    }

    async fn find_api_tokens(
        &self,
        account: AccountId,
        text: &str,
        removed: bool,
        page: Page,
    ) -> Result<(Vec<ApiToken>, i64), StoreError> {
        if text.is_empty() {
            return self.api_tokens_by_state(account, removed, page).await;
        }
        self.search_api_tokens(account, text, removed, page).await
    }

    async fn rename_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        label: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("rename API token", self.set_label(account, key, label, stamp))
    }

    async fn remove_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        transaction!("remove API token", self.mark_removed(account, key, reason, stamp))
    }

    async fn api_secrets(&self, key: ApiKey) -> Result<Vec<ApiSecretRecord>, StoreError> {
        all!(self, sqlx::query(sql::API_SECRETS).bind(key.to_string()), rows::api_secret)
    }

    async fn add_api_secret(&self, new: &NewApiSecret, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("add API Secret", self.append_secret(new, stamp))
    }

    async fn close_api_secret(
        &self,
        key: ApiKey,
        secret: SecretId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("close API Secret", self.close_secret(key, secret, stamp))
    }

    async fn revoke_access_token(
        &self,
        key: ApiKey,
        token: TokenId,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("revoke access token", self.insert_revoked(key, token, stamp))
    }

    async fn create_resource_server(
        &self,
        new: &ResourceServer,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create resource server", self.insert_resource_server(new, stamp))
    }

    async fn resource_servers(&self) -> Result<Vec<ResourceServer>, StoreError> {
        all!(self, sqlx::query(sql::RESOURCE_SERVERS), rows::resource_server)
    }

    async fn remove_resource_server(
        &self,
        id: ResourceServerId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove resource server", self.mark_resource_server_removed(id, stamp))
    }

    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        all!(self, sqlx::query(sql::SIGNING_KEYS), rows::signing_key)
    }

    async fn add_signing_key(
        &self,
        key: &StoredSigningKey,
        youngest: Option<&str>,
        by: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add signing key", self.insert_signing_key(key, youngest, by))
    }

    async fn withdraw_signing_key(&self, kid: &str, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("withdraw signing key", self.mark_withdrawn(kid, stamp))
    }

    async fn pepper(&self) -> Result<Option<StoredPepper>, StoreError> {
        one!(self, sqlx::query(sql::PEPPER), rows::pepper)
    }

    async fn add_pepper(&self, pepper: &StoredPepper, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("add pepper", self.insert_pepper(pepper, stamp))
    }

    async fn removal_basis(&self, since: UnixTime) -> Result<RemovalBasis, StoreError> {
        self.read_basis(since).await
    }

    async fn changes_after(&self, number: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let query = sqlx::query(sql::CHANGES_AFTER).bind(number).bind(i64::from(limit));
        all!(self, query, rows::change)
    }
}
