use std::sync::Arc;

use keymoor_core::{AccountId, OrganizationId, UnixTime, name::Label};
use keymoor_store::{Attestation, NewOrganization};

use super::{Author, OperationError};
use crate::{App, random};

/// The most hours for which an operator may vouch for a sign-in.
const MAX_ATTESTED_HOURS: u32 = 24;

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct OrganizationOrder {
    /// Its name.
    pub name: String,
    /// The account that owns it and becomes its first member.
    pub owner: AccountId,
    /// Whether it enforces single sign-on.
    pub federated: bool,
}

/// A sign-in that the operator vouches for.
#[derive(Clone, Debug)]
pub struct AttestationOrder {
    /// The organization.
    pub organization: OrganizationId,
    /// A member of it.
    pub account: AccountId,
    /// Why; goes to the audit.
    pub reason: String,
    /// For how long from now, 1 to 24.
    pub hours: u32,
}

impl App {
    /// Makes an organization.
    pub async fn create_organization(
        self: &Arc<Self>,
        order: OrganizationOrder,
        by: impl Into<Author>,
    ) -> Result<OrganizationId, OperationError> {
        let name = Label::parse(&order.name).map_err(|e| OperationError::invalid("name", &e))?;
        let id = OrganizationId::from_random(random());
        let (owner, federated) = (order.owner, order.federated);
        let new = NewOrganization { id, name, owner, federated };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_organization(&new, stamp).await
        })
        .await?;
        Ok(id)
    }

    /// Disables an organization: its resources open to nobody, and tokens with its scope die. Or
    /// enables it again.
    pub async fn set_organization_disabled(
        self: &Arc<Self>,
        organization: OrganizationId,
        disabled: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_organization_disabled(organization, disabled, stamp).await
        })
        .await
    }

    /// Says whether an organization enforces single sign-on, for the tokens that live too.
    pub async fn set_organization_federated(
        self: &Arc<Self>,
        organization: OrganizationId,
        federated: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_organization_federated(organization, federated, stamp).await
        })
        .await
    }

    /// Ends a membership: tokens of the account with the organization's scope die.
    pub async fn remove_member(
        self: &Arc<Self>,
        organization: OrganizationId,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_member(organization, account, stamp).await
        })
        .await
    }

    /// Makes an account a member of an organization.
    pub async fn add_member(
        self: &Arc<Self>,
        organization: OrganizationId,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_member(organization, account, stamp).await
        })
        .await
    }

    /// Lets the operator vouch that a member signed in through the organization; returns until
    /// when that counts.
    pub async fn attest_sign_in(
        self: &Arc<Self>,
        order: AttestationOrder,
        by: impl Into<Author>,
    ) -> Result<UnixTime, OperationError> {
        if !(1..=MAX_ATTESTED_HOURS).contains(&order.hours) {
            return Err(OperationError::invalid("hours", &"must be 1 to 24"));
        }
        let reason =
            Label::parse(&order.reason).map_err(|e| OperationError::invalid("reason", &e))?;
        let until = self.now().plus(i64::from(order.hours) * 3600);
        let (organization, account) = (order.organization, order.account);
        let attestation = Attestation { organization, account, until, reason };
        self.carry_out(by, move |app, stamp| async move {
            app.store.attest_sign_in(&attestation, stamp).await
        })
        .await?;
        Ok(until)
    }
}
