use async_trait::async_trait;
use keymoor_core::{
    AccountId, OrganizationId, TeamId, UnixTime,
    name::{Email, Label},
    permission::Standing,
};

use super::Named;
use crate::{Organization, Page, Stamp, StoreError};

/// Somebody's seat in an organization: proof of membership, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The organization.
    pub organization: Organization,
    /// Whose seat it is.
    pub account: AccountId,
    /// What it allows.
    pub standing: Standing,
}

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// The member's address.
    pub email: Email,
    /// What it is called, if it is a service account.
    pub service_name: Option<Label>,
    /// Since when.
    pub since: UnixTime,
    /// When the account was made.
    pub created_at: UnixTime,
    /// When the account was disabled, if it is.
    pub disabled_at: Option<UnixTime>,
    /// When somebody last signed in to it.
    pub signed_in_at: Option<UnixTime>,
    /// Whether the organization is the member's.
    pub owner: bool,
    /// Whether the member was made an administrator; the owner may do the same without.
    pub admin: bool,
    /// The teams that the member belongs to, by name.
    pub teams: Vec<Named<TeamId>>,
}

/// Organizations and their members.
#[async_trait]
pub trait Organizations: Send + Sync {
    /// The seat of `account`; `None` for strangers, and in disabled and deleted organizations.
    async fn seat(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<Seat>, StoreError>;

    /// The members of an organization by address.
    async fn members(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Member>, StoreError>;

    /// One member of an organization.
    async fn member(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<Member>, StoreError>;

    /// Gives an organization another name; [`StoreError::NotFound`] if there is none.
    async fn rename_organization(
        &self,
        organization: OrganizationId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Deletes an organization for everybody and for good, with its teams, roles and invitations;
    /// [`StoreError::NotFound`] if there is none.
    async fn delete_organization(
        &self,
        organization: OrganizationId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Makes a member the owner; who was it stays an administrator. [`StoreError::NotFound`] for
    /// non-members, [`StoreError::Conflict`] if the member is the owner or cannot sign in.
    async fn set_owner(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Makes a member an administrator, or no more; [`StoreError::NotFound`] for non-members,
    /// [`StoreError::Conflict`] for the owner, and if it is so already.
    async fn set_administrator(
        &self,
        organization: OrganizationId,
        account: AccountId,
        admin: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;
}
