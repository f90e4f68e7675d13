use std::sync::Arc;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, Clock, OrganizationId, ResourceServerId, SecretId, TokenId, UnixTime,
    facts::CredentialFacts,
    name::{Email, Label},
};

use crate::{
    Account, ActivityLog, ApiSecretRecord, ApiToken, Applications, Attestation, AuditLog, Change,
    Codes, Copying, Devices, Domains, Factors, Grants, Invitations, NewAccount, NewApiSecret,
    NewApiToken, NewOrganization, Organization, Organizations, Page, People, Provisioning,
    RefusedCalls, Removal, RemovalBasis, ResourceServer, ServiceAccounts, SignIns, SignOn, Stamp,
    StoreError, StoredPepper, StoredSigningKey, Teams, Use,
};

/// The most open API Secrets of one API token: enough for one to replace another.
pub const MAX_SECRETS: usize = 2;

/// The most access tokens of one API token that can be ended before their time within the life of
/// a token: every guard has to remember each of them for so long.
pub const MAX_REVOKED: u32 = 1000;

/// What every back end does. A method that takes a [`Stamp`] changes something: the change, its
/// audit row and its row in `changes` commit together, on disk before it returns.
#[async_trait]
pub trait Store:
    People
    + SignIns
    + Factors
    + ActivityLog
    + AuditLog
    + Organizations
    + Teams
    + Invitations
    + SignOn
    + ServiceAccounts
    + Domains
    + Provisioning
    + Copying
    + RefusedCalls
    + Applications
    + Codes
    + Devices
    + Grants
{
    /// Whether other processes may change the database too, so that changes have to be looked for.
    fn is_shared(&self) -> bool;

    /// Lets go of the database, once nobody uses it any more here: SQLite takes its log into the database
    /// then, so that the next start finds none. Nothing can be read or written any more.
    async fn close(&self);

    /// Waits until another process may have changed something: it says so when it commits. Never
    /// ends where no other process can. Words are lost with their connection, so who relies on them
    /// looks now and then, too.
    async fn changed_elsewhere(&self);

    /// What the database's clock says; `None` where the database is a part of this process and has
    /// none of its own.
    async fn database_time(&self) -> Result<Option<UnixTime>, StoreError>;

    /// Takes the time at which changes are committed from `clock`: a change that waited for others
    /// is told as of the end of its wait, not of its [`Stamp`].
    fn set_clock(&self, clock: Arc<dyn Clock>);

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// All that issuing depends on, in one consistent read; `None` for an unknown key. A removed
    /// token has facts that say so. Memberships of disabled organizations are left out.
    async fn credential_facts(&self, key: ApiKey) -> Result<Option<CredentialFacts>, StoreError>;

    /// Records uses, some at a time, so that nobody waits long for their rows; one that is older
    /// than what is stored changes nothing. After an error some may be recorded.
    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError>;

    /// Makes an account; [`StoreError::Conflict`] if the e-mail address is taken.
    async fn create_account(&self, new: &NewAccount, stamp: Stamp) -> Result<(), StoreError>;

    /// The account of that id.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// The account of that address.
    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// Disables an account or enables it again; [`StoreError::NotFound`] if there is none,
    /// [`StoreError::Conflict`] if it is so already.
    async fn set_account_disabled(
        &self,
        account: AccountId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

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

    /// Ends a membership, with the sign-ins that counted for it; [`StoreError::NotFound`] for
    /// non-members, [`StoreError::Conflict`] for the owner.
    async fn remove_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Disables an organization or enables it again; [`StoreError::NotFound`] if there is none,
    /// [`StoreError::Conflict`] if it is so already.
    async fn set_organization_disabled(
        &self,
        organization: OrganizationId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Says whether an organization enforces single sign-on; errors as above.
    async fn set_organization_federated(
        &self,
        organization: OrganizationId,
        federated: bool,
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

    /// A part of the API tokens of `account`, newest first, removed ones included; and how many there
    /// are. Reads no more than that part.
    async fn newest_api_tokens(
        &self,
        account: AccountId,
        page: Page,
    ) -> Result<(Vec<ApiToken>, i64), StoreError>;

    /// The API token `key`, if it is one of `account`'s.
    async fn api_token(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Option<ApiToken>, StoreError>;

    /// The working API tokens of `account` that `key` made, and those that they made, oldest first.
    async fn api_tokens_made_by(
        &self,
        account: AccountId,
        key: ApiKey,
    ) -> Result<Vec<ApiToken>, StoreError>;

    /// The API tokens of `account` whose label or key holds `text`, newest first: those that work
    /// or those that were `removed`; and how many there are. An empty `text`, which all hold, reads no
    /// more than the part.
    async fn find_api_tokens(
        &self,
        account: AccountId,
        text: &str,
        removed: bool,
        page: Page,
    ) -> Result<(Vec<ApiToken>, i64), StoreError>;

    /// Gives an API token another label; [`StoreError::NotFound`] if the account has none of that
    /// key, or it was removed.
    async fn rename_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        label: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Removes an API token of `account`; [`StoreError::NotFound`] if it has none of that key,
    /// [`StoreError::Conflict`] if it was removed before, whose evidence then stays.
    async fn remove_api_token(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError>;

    /// The API Secrets of an API token, oldest first, closed ones included.
    async fn api_secrets(&self, key: ApiKey) -> Result<Vec<ApiSecretRecord>, StoreError>;

    /// Adds an API Secret beside the others; [`StoreError::NotFound`] if there is no such API
    /// token, [`StoreError::Conflict`] if it was removed or has
    /// [`MAX_SECRETS`](crate::MAX_SECRETS).
    async fn add_api_secret(&self, new: &NewApiSecret, stamp: Stamp) -> Result<(), StoreError>;

    /// Closes an API Secret; [`StoreError::NotFound`] if the API token has none of that id,
    /// [`StoreError::Conflict`] if it is closed already or the only one.
    async fn close_api_secret(
        &self,
        key: ApiKey,
        secret: SecretId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Ends one access token of `key` before its time. Whether it was not ended before: a second
    /// time changes nothing. [`StoreError::Conflict`] if [`MAX_REVOKED`](crate::MAX_REVOKED) were
    /// ended lately.
    async fn revoke_access_token(
        &self,
        key: ApiKey,
        token: TokenId,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;

    /// Makes a resource server; [`StoreError::Conflict`] if there is one for its audience.
    async fn create_resource_server(
        &self,
        new: &ResourceServer,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The resource servers, oldest first; removed ones left out.
    async fn resource_servers(&self) -> Result<Vec<ResourceServer>, StoreError>;

    /// Removes a resource server; [`StoreError::NotFound`] if there is none of that id.
    async fn remove_resource_server(
        &self,
        id: ResourceServerId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Every signing key, oldest first.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;

    /// Adds a signing key; [`StoreError::Conflict`] if one of that `kid` exists, or if the youngest
    /// is not the one that the caller last saw: two servers that come to the same decision make
    /// one key.
    async fn add_signing_key(
        &self,
        key: &StoredSigningKey,
        youngest: Option<&str>,
        by: Stamp,
    ) -> Result<(), StoreError>;

    /// Withdraws a signing key; [`StoreError::NotFound`] if there is none of that `kid`,
    /// [`StoreError::Conflict`] if it was withdrawn before.
    async fn withdraw_signing_key(&self, kid: &str, stamp: Stamp) -> Result<(), StoreError>;

    /// The pepper of the highest id.
    async fn pepper(&self) -> Result<Option<StoredPepper>, StoreError>;

    /// Adds a pepper; [`StoreError::Conflict`] if one of that id exists.
    async fn add_pepper(&self, pepper: &StoredPepper, stamp: Stamp) -> Result<(), StoreError>;

    /// What is federated and disabled now, and the changes made at `since` or later, in one
    /// consistent read.
    async fn removal_basis(&self, since: UnixTime) -> Result<RemovalBasis, StoreError>;

    /// At most `limit` changes numbered above `number`, in order.
    async fn changes_after(&self, number: i64, limit: u32) -> Result<Vec<Change>, StoreError>;
}
