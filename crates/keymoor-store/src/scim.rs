use async_trait::async_trait;
use keymoor_core::{
    AccountId, IdentityProviderId, OrganizationId, ScimUserId, UnixTime,
    facts::StoredSecret,
    name::Label,
    scim::{Filter, User},
};

use crate::{LastUse, Page, Stamp, StoreError};

/// The most secrets of an organization's provisioning clients: enough for one to replace another.
pub const MAX_SCIM_SECRETS: usize = 4;
/// The most people that an organization's provider tells of.
pub const MAX_SCIM_USERS: i64 = 200_000;

/// What [`StoreError::Conflict`] says of the owner, whose membership provisioning cannot end.
pub const OWNER_IS_NOT_PROVISIONED: &str = "the person owns the organization and stays a member; hand \
    the organization over first";
/// What it says of somebody whose membership provisioning has ended.
pub const ENDED: &str = "provisioning has ended the membership";

/// The secret of a provisioning client, as stored.
#[derive(Clone, Debug)]
pub struct ScimSecret {
    /// Its id and digest.
    pub secret: StoredSecret,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What administrators call it.
    pub label: Label,
    /// When it was made.
    pub created_at: UnixTime,
    /// When and from where it was last used.
    pub last_use: Option<LastUse>,
}

/// A person as the provider says, and whom it turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUser {
    /// Its id.
    pub id: ScimUserId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What the provider says.
    pub user: User,
    /// The account that took it up.
    pub account: Option<AccountId>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// People that a provider provisions.
#[async_trait]
pub trait Provisioning: Send + Sync {
    /// The secrets of an organization's provisioning clients, oldest first; none while it is disabled.
    async fn scim_secrets(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<ScimSecret>, StoreError>;

    /// Adds a secret; [`StoreError::Conflict`] if its id is taken, or beyond [`MAX_SCIM_SECRETS`].
    async fn add_scim_secret(&self, new: &ScimSecret, stamp: Stamp) -> Result<(), StoreError>;

    /// Removes a secret; [`StoreError::NotFound`] if there is none.
    async fn remove_scim_secret(
        &self,
        organization: OrganizationId,
        id: keymoor_core::SecretId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The secret was used.
    async fn touch_scim_secret(
        &self,
        id: keymoor_core::SecretId,
        last: LastUse,
    ) -> Result<(), StoreError>;

    /// The people that the filter takes, oldest first, and how many those are.
    async fn scim_users(
        &self,
        organization: OrganizationId,
        filter: &Filter,
        page: Page,
    ) -> Result<(Vec<ScimUser>, i64), StoreError>;

    /// How many active people no account has taken up.
    async fn scim_users_unbound(&self, organization: OrganizationId) -> Result<i64, StoreError>;

    /// One of them.
    async fn scim_user(
        &self,
        organization: OrganizationId,
        id: ScimUserId,
    ) -> Result<Option<ScimUser>, StoreError>;

    /// Who a person of the provider is by provisioning: whose account it is, else whose `externalId` or
    /// else whose address the provider names. By the address, only whom no account has taken up, and
    /// rather somebody active.
    async fn provisioned(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        email: Option<&str>,
    ) -> Result<Option<ScimUser>, StoreError>;

    /// Makes a person. If the provider's name for somebody who is linked is the `externalId`, it is that
    /// member from now on, and one who is not active is none any more. [`StoreError::Conflict`] if the
    /// user name, the `externalId` or the member is taken, or for the owner.
    async fn create_scim_user(&self, new: &ScimUser, stamp: Stamp) -> Result<(), StoreError>;

    /// Changes what is said of a person from `before`: who is not active any more loses the membership,
    /// and gets back what provisioning took. `false`, and nothing is changed, if something else than
    /// `before` is said by now: whoever read that decides anew. [`StoreError::NotFound`] if there is
    /// none, [`StoreError::Conflict`] as above.
    async fn change_scim_user(
        &self,
        before: &User,
        changed: &ScimUser,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;

    /// Forgets a person, who loses the membership; [`StoreError::NotFound`] if there is none,
    /// [`StoreError::Conflict`] for the owner.
    async fn delete_scim_user(
        &self,
        organization: OrganizationId,
        id: ScimUserId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;
}
