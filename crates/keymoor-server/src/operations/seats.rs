//! What people do in an organization that they have a seat in. Each asks [`Standing::may`] first.

use std::sync::Arc;

use keymoor_core::{AccountId, name::Label, permission::Action};
use keymoor_store::{Seat, StoreError};

use super::{Author, OperationError};
use crate::App;

impl App {
    /// Gives the organization another name.
    pub async fn rename_organization(
        self: &Arc<Self>,
        seat: &Seat,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::Rename)?;
        let name = Label::parse(name).map_err(|e| OperationError::invalid("name", &e))?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.rename_organization(organization, &name, stamp).await
        })
        .await
    }

    /// Deletes the organization for everybody and for good; tokens with its scope die.
    pub async fn delete_organization(
        self: &Arc<Self>,
        seat: &Seat,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::Delete)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.delete_organization(organization, stamp).await
        })
        .await
    }

    /// Makes another member the owner.
    pub async fn change_owner(
        self: &Arc<Self>,
        seat: &Seat,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ChangeOwner)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_owner(organization, account, stamp).await
        })
        .await
    }

    /// Gives the seat up.
    pub async fn leave_organization(
        self: &Arc<Self>,
        seat: &Seat,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::Leave)?;
        self.remove_member(seat.organization.id, seat.account, by).await
    }

    /// Ends the membership of somebody else.
    pub async fn expel_member(
        self: &Arc<Self>,
        seat: &Seat,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        // Whoever may not remove plain members learns nothing of who is one.
        seat.standing.may(Action::RemoveMember(&PLAIN))?;
        let theirs = self.store.seat(seat.organization.id, account).await?;
        let theirs = theirs.ok_or(StoreError::NotFound("member"))?;
        seat.standing.may(Action::RemoveMember(&theirs.standing))?;
        self.remove_member(seat.organization.id, account, by).await
    }

    /// Makes a member an administrator, or no more.
    pub async fn set_administrator(
        self: &Arc<Self>,
        seat: &Seat,
        account: AccountId,
        admin: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::SetAdministrator)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_administrator(organization, account, admin, stamp).await
        })
        .await
    }
}

/// A member without any role.
const PLAIN: keymoor_core::permission::Standing =
    keymoor_core::permission::Standing::Member(keymoor_core::permission::Permissions::new());
