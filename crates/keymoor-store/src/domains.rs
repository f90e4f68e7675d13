use async_trait::async_trait;
use keymoor_core::{AccountId, IdentityProviderId, OrganizationId, UnixTime, domain::Domain};

use crate::{NewAccount, Stamp, StoreError};

/// The most domains of an organization.
pub const MAX_DOMAINS: usize = 50;
/// The most accounts of one day (of UTC) for newcomers to an organization whom provisioning did not tell
/// of.
pub const MAX_NEWCOMERS: i64 = 1_000;
/// What [`StoreError::Conflict`] says beyond that.
pub const TOO_MANY_NEWCOMERS: &str = "the organization has got 1000 accounts for newcomers today, the \
    most there can be";

/// Who says that a domain is an organization's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifiedBy {
    /// A record in the domain itself.
    Record,
    /// The operator.
    Operator,
}

/// A domain that an organization says is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationDomain {
    /// Whose it is said to be.
    pub organization: OrganizationId,
    /// The domain.
    pub name: Domain,
    /// What its record has to hold; no secret.
    pub token: String,
    /// When it was added.
    pub created_at: UnixTime,
    /// When it was found to be theirs, and by what.
    pub verified: Option<(UnixTime, VerifiedBy)>,
}

/// Somebody who comes through a provider and gets an account.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The provider, which has to be enabled.
    pub provider: IdentityProviderId,
    /// Its name for the person, linked to nobody.
    pub subject: String,
    /// The account, whose address lies in a verified domain of the provider's organization.
    pub account: NewAccount,
}

/// Domains of organizations, and what a verified one is good for.
#[async_trait]
pub trait Domains: Send + Sync {
    /// The domains of an organization, by name.
    async fn domains(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<OrganizationDomain>, StoreError>;

    /// Adds a domain; [`StoreError::Conflict`] if it is there, or beyond [`MAX_DOMAINS`].
    async fn add_domain(&self, new: &OrganizationDomain, stamp: Stamp) -> Result<(), StoreError>;

    /// Says that a domain is the organization's; adds it first where it is missing and the operator
    /// says so. The operator takes it from another organization that it is verified for, and so does a
    /// record from one that is disabled. [`StoreError::NotFound`] if it is missing,
    /// [`StoreError::Conflict`] if it is verified already, for this organization or another one.
    async fn verify_domain(
        &self,
        found: &OrganizationDomain,
        by: VerifiedBy,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Removes a domain; [`StoreError::NotFound`] if there is none.
    async fn remove_domain(
        &self,
        organization: OrganizationId,
        name: &Domain,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The organization that a domain is verified for, unless that is disabled.
    async fn organization_of_domain(
        &self,
        name: &Domain,
    ) -> Result<Option<OrganizationId>, StoreError>;

    /// Whether newcomers of an organization get an account.
    async fn makes_accounts(&self, organization: OrganizationId) -> Result<bool, StoreError>;

    /// Says so; [`StoreError::Conflict`] if it is so already.
    async fn set_makes_accounts(
        &self,
        organization: OrganizationId,
        makes: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Makes the account of a newcomer: linked, and a member. [`StoreError::NotFound`] if its domain is
    /// not verified, the provider not enabled, or the organization neither makes accounts nor was told
    /// of the person by provisioning; [`StoreError::Conflict`] if the address or the person has an
    /// account, provisioning has ended the membership, or there were [`MAX_NEWCOMERS`] today.
    async fn welcome_newcomer(&self, new: &Newcomer, stamp: Stamp) -> Result<(), StoreError>;

    /// Makes a linked account the member that provisioning says it is; whether it became one.
    /// [`StoreError::NotFound`] if the provider or the organization is disabled,
    /// [`StoreError::Conflict`] if provisioning says that it is none.
    async fn take_up(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        email: Option<&str>,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;
}
