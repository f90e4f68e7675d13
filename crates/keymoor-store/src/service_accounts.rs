//! Accounts that belong to an organization, for what runs without people; and what vouches for
//! whom in an organization that demands single sign-on.

use async_trait::async_trait;
use keymoor_core::{
    AccountId, OrganizationId, TeamId, UnixTime,
    name::{Email, Label},
};

use crate::{Named, Stamp, StoreError};

/// A service account with what its administrators have to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its account.
    pub id: AccountId,
    /// Whose it is, and the one organization that it is a member of.
    pub organization: OrganizationId,
    /// What it is called; one of its organization has that name.
    pub name: Label,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was disabled, if it is.
    pub disabled_at: Option<UnixTime>,
    /// Whether it was disabled by somebody else than its organization, which then does not enable
    /// it again.
    pub disabled_by_operator: bool,
    /// Who vouches for it, if anybody.
    pub vouching: Option<Vouching>,
    /// How many of its API tokens are not removed.
    pub api_tokens: i64,
    /// The teams that it belongs to, by name.
    pub teams: Vec<Named<TeamId>>,
}

impl ServiceAccount {
    /// The most that an organization may have.
    pub const MOST: i64 = 500;
}

/// An administrator's sign-in through the organization's provider counts for a service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouching {
    /// The administrator, who may have left meanwhile.
    pub by: AccountId,
    /// The administrator's address.
    pub email: Email,
    /// When the administrator vouched.
    pub at: UnixTime,
    /// The sign-in from which it counts.
    pub signed_in_at: UnixTime,
    /// Until when it counts, by the organization's maximum age of sign-ins.
    pub until: UnixTime,
    /// Whether the provider is enabled: else it does not count meanwhile.
    pub provider_enabled: bool,
}

/// A service account to be made.
#[derive(Clone, Debug)]
pub struct NewServiceAccount {
    /// A fresh id.
    pub id: AccountId,
    /// Whose it will be.
    pub organization: OrganizationId,
    /// Refused if another one of the organization has it.
    pub name: Label,
    /// The administrator who makes it, and vouches for it.
    pub by: AccountId,
}

/// What the operator said of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Who said so, as [`Actor`](crate::Actor) writes it.
    pub by: String,
    /// Why.
    pub reason: Label,
    /// Until when it counts.
    pub until: UnixTime,
}

/// What counts for a member of an organization that demands single sign-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSignIn {
    /// Who.
    pub account: AccountId,
    /// The last sign-in through the provider, and until when it counts while that is enabled.
    pub through_provider: Option<(UnixTime, Option<UnixTime>)>,
    /// What an operator vouched for, while it counts.
    pub vouched: Option<Vouched>,
}

/// Service accounts of organizations. Whatever names one that is not the organization's is
/// [`StoreError::NotFound`].
#[async_trait]
pub trait ServiceAccounts: Send + Sync {
    /// Those of an organization, by name.
    async fn service_accounts(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<ServiceAccount>, StoreError>;

    /// The service account of that id, whosever it is.
    async fn service_account(&self, id: AccountId) -> Result<Option<ServiceAccount>, StoreError>;

    /// Makes one, a member of its organization, for which the administrator vouches as in
    /// [`renew_service_account`](Self::renew_service_account). In an organization that is not
    /// federated, it is made without that too.
    async fn create_service_account(
        &self,
        new: &NewServiceAccount,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Gives it another name; [`StoreError::Conflict`] if another one has it.
    async fn rename_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Lets the last sign-in of the administrator `by` through the provider count for it;
    /// [`StoreError::Conflict`] if that does not count any more, or is not later than what counts.
    async fn renew_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        by: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Disables it or enables it again; [`StoreError::Conflict`] if it is so already, or an
    /// operator disabled it.
    async fn set_service_account_disabled(
        &self,
        organization: OrganizationId,
        id: AccountId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Deletes it, with its API tokens and its membership.
    async fn delete_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Notes, for the owner and the administrators, the service accounts of federated organizations
    /// for which nobody vouches any more in `days` days, and of which they were not told so yet.
    /// How many.
    async fn note_renewals(&self, days: u16, now: UnixTime) -> Result<usize, StoreError>;

    /// What counts for the members of an organization, or for one of them, at `now`; nothing for whom
    /// nothing does.
    async fn members_sign_ins(
        &self,
        organization: OrganizationId,
        of_one: Option<AccountId>,
        now: UnixTime,
    ) -> Result<Vec<MemberSignIn>, StoreError>;
}
