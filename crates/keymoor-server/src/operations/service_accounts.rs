//! Service accounts: what an organization's administrators do with them.

use std::sync::Arc;

use keymoor_core::{AccountId, ApiKey, name::Label, permission::Action};
use keymoor_store::{ApiToken, NewServiceAccount, Seat, ServiceAccount, StoreError};

use super::{Author, OperationError};
use crate::App;

impl App {
    /// The service account of that id, for who may look after it.
    pub async fn service_account(
        &self,
        seat: &Seat,
        id: AccountId,
    ) -> Result<ServiceAccount, OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let found = self.store.service_account(id).await?;
        let own = found.filter(|found| found.organization == seat.organization.id);
        Ok(own.ok_or(StoreError::NotFound("service account"))?)
    }

    /// Makes a service account. In a federated organization, the last sign-in of who makes it
    /// counts for it.
    pub async fn create_service_account(
        self: &Arc<Self>,
        seat: &Seat,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<AccountId, OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let name = Label::parse(name).map_err(|e| OperationError::invalid("name", &e))?;
        let (id, organization) = (self.new_account_id(), seat.organization.id);
        let new = NewServiceAccount { id, organization, name, by: seat.account };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_service_account(&new, stamp).await
        })
        .await?;
        Ok(id)
    }

    /// Gives a service account another name.
    pub async fn rename_service_account(
        self: &Arc<Self>,
        seat: &Seat,
        id: AccountId,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let name = Label::parse(name).map_err(|e| OperationError::invalid("name", &e))?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.rename_service_account(organization, id, &name, stamp).await
        })
        .await
    }

    /// Lets the last sign-in of who has the seat count for a service account.
    pub async fn renew_service_account(
        self: &Arc<Self>,
        seat: &Seat,
        id: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let (organization, vouching) = (seat.organization.id, seat.account);
        self.carry_out(by, move |app, stamp| async move {
            app.store.renew_service_account(organization, id, vouching, stamp).await
        })
        .await
    }

    /// Disables a service account, whose access tokens die with it, or enables it again.
    pub async fn set_service_account_disabled(
        self: &Arc<Self>,
        seat: &Seat,
        id: AccountId,
        disabled: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_service_account_disabled(organization, id, disabled, stamp).await
        })
        .await
    }

    /// Deletes a service account, with its API tokens.
    pub async fn delete_service_account(
        self: &Arc<Self>,
        seat: &Seat,
        id: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageServiceAccounts)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.delete_service_account(organization, id, stamp).await
        })
        .await
    }

    /// An API token of a service account.
    pub async fn service_token(
        &self,
        seat: &Seat,
        id: AccountId,
        key: ApiKey,
    ) -> Result<ApiToken, OperationError> {
        let owner = self.service_account(seat, id).await?.id;
        let found = self.store.api_token(owner, key).await?;
        Ok(found.ok_or(StoreError::NotFound("API token"))?)
    }
}
