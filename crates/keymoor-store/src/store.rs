use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, OrganizationId, UnixTime, facts::CredentialFacts, name::Email,
};

use crate::{
    Account, ApiToken, Attestation, Change, NewAccount, NewApiToken, NewOrganization, Organization,
    Removal, Stamp, StoreError, StoredPepper, StoredSigningKey, Use,
};

/// What every back end does. A method that takes a [`Stamp`] changes something: the change, its
/// audit row and its row in `changes` commit together, on disk before it returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// All that issuing depends on, in one consistent read; `None` for an unknown key. A removed
    /// token has facts that say so. Memberships of disabled organizations are left out.
    async fn credential_facts(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError>;

    /// Records uses in one transaction; one that is older than what is stored changes nothing.
    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError>;

    /// Makes an account; [`StoreError::Conflict`] if the e-mail address is taken.
    async fn create_account(&self, new: &NewAccount, stamp: Stamp) -> Result<(), StoreError>;

    /// The account of that id.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// The account of that address.
    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// Makes an organization; [`StoreError::NotFound`] if the owner does not exist.
    async fn create_organization(
        &self,
        new: &NewOrganization,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Makes `account` a member; [`StoreError::Conflict`] if it is one, [`StoreError::NotFound`]
    /// if either does not exist.
    async fn add_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Records that the operator vouches for a sign-in; [`StoreError::NotFound`] for non-members.
    async fn attest_sign_in(&self, new: &Attestation, stamp: Stamp) -> Result<(), StoreError>;

    /// The organizations that `account` is a member of, by name; disabled ones left out.
    async fn organizations_of(&self, account: AccountId) -> Result<Vec<Organization>, StoreError>;

    /// Makes an API token; [`StoreError::Conflict`] if its parent was removed.
    async fn create_api_token(&self, new: &NewApiToken, stamp: Stamp) -> Result<(), StoreError>;

    /// The API tokens of `account`, newest first, removed ones included.
    async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiToken>, StoreError>;

    /// The API token `key`, if it is one of `account`'s.
    async fn api_token(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Option<ApiToken>, StoreError>;

    /// Removes an API token of `account`; [`StoreError::NotFound`] if it has none of that key,
    /// [`StoreError::Conflict`] if it was removed before, whose evidence then stays.
    async fn remove_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError>;

    /// Every signing key, oldest first.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;

    /// Adds a signing key; [`StoreError::Conflict`] if one of that `kid` exists.
    async fn add_signing_key(&self, key: &StoredSigningKey, by: Stamp) -> Result<(), StoreError>;

    /// The pepper of the highest id.
    async fn pepper(&self) -> Result<Option<StoredPepper>, StoreError>;

    /// Adds a pepper; [`StoreError::Conflict`] if one of that id exists.
    async fn add_pepper(&self, pepper: &StoredPepper, stamp: Stamp) -> Result<(), StoreError>;

    /// The keys of API tokens removed at `since` or later.
    async fn removed_since(&self, since: UnixTime) -> Result<Vec<ApiKey>, StoreError>;

    /// Every organization that enforces single sign-on.
    async fn federated_organizations(&self) -> Result<Vec<OrganizationId>, StoreError>;

    /// At most `limit` changes numbered above `number`, in order.
    async fn changes_after(&self, number: i64, limit: u32) -> Result<Vec<Change>, StoreError>;
}
