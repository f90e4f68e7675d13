use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, OrganizationId, UnixTime,
    delegation::{ApplicationFacts, DelegationFacts, Rights},
    facts::StoredSecret,
    name::{Email, Label},
};

use crate::{Removal, Stamp, StoreError};

/// The most applications of one account that are not removed.
pub const MAX_APPLICATIONS: usize = 100;

/// An application as stored.
#[derive(Clone, Debug)]
pub struct Application {
    /// What issuing depends on.
    pub facts: ApplicationFacts,
    /// The account that registered it.
    pub owner: AccountId,
    /// That account's address.
    pub owner_email: Email,
    /// What people call it.
    pub name: Label,
    /// Where browsers may be sent back to, each as it was registered.
    pub redirect_uris: Vec<String>,
    /// When it was registered.
    pub created_at: UnixTime,
    /// Its removal, if it was removed.
    pub removal: Option<Removal>,
}

/// What its owner can change of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationChange {
    /// What people call it.
    pub name: Label,
    /// Where browsers may be sent back to.
    pub redirect_uris: Vec<String>,
    /// What it may do.
    pub rights: Rights,
    /// The only organizations that it may reach.
    pub organizations: Option<Vec<OrganizationId>>,
}

/// An application to be registered.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// A fresh id.
    pub id: ApplicationId,
    /// An existing account.
    pub owner: AccountId,
    /// The rest that can be changed later.
    pub settings: ApplicationChange,
    /// What is kept of its secret, for a confidential client; never changes to none or from none.
    pub secret: Option<StoredSecret>,
}

/// The applications that people register.
#[async_trait]
pub trait Applications: Send + Sync {
    /// Registers an application; [`StoreError::NotFound`] if the owner does not exist,
    /// [`StoreError::Conflict`] if the owner has [`MAX_APPLICATIONS`] or the id is taken.
    async fn create_application(
        &self,
        new: &NewApplication,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The application of that id, a removed one included.
    async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError>;

    /// Every application, newest first; removed ones left out.
    async fn applications(&self) -> Result<Vec<Application>, StoreError>;

    /// The applications of that owner, newest first; removed ones left out.
    async fn applications_of(&self, owner: AccountId) -> Result<Vec<Application>, StoreError>;

    /// All that issuing to the application in the name of the account depends on, in one consistent
    /// read; `None` if there is none of either.
    async fn delegation_facts(
        &self,
        application: ApplicationId,
        account: AccountId,
    ) -> Result<Option<DelegationFacts>, StoreError>;

    /// Changes an application; [`StoreError::NotFound`] if the owner has none of that id, or it was
    /// removed. If a right or an organization is taken away, its access tokens end.
    async fn change_application(
        &self,
        owner: AccountId,
        id: ApplicationId,
        change: &ApplicationChange,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Gives a confidential application another secret; the one before works no more, nor do the
    /// access tokens that it brought. [`StoreError::NotFound`] as above, [`StoreError::Conflict`] if
    /// it is a public one.
    async fn replace_application_secret(
        &self,
        owner: AccountId,
        id: ApplicationId,
        secret: &StoredSecret,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Removes an application with everything that people allowed it; [`StoreError::NotFound`] if the
    /// owner has none of that id, [`StoreError::Conflict`] if it was removed before, whose evidence
    /// then stays.
    async fn remove_application(
        &self,
        owner: AccountId,
        id: ApplicationId,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError>;
}
