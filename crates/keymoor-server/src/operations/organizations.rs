use keymoor_core::{AccountId, OrganizationId, UnixTime, name::Label};
use keymoor_store::{Actor, Attestation, NewOrganization};

use super::OperationError;
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
        &self,
        order: OrganizationOrder,
        by: Actor,
    ) -> Result<OrganizationId, OperationError> {
        let name = Label::parse(&order.name).map_err(|e| OperationError::invalid("name", &e))?;
        let id = OrganizationId::from_random(random());
        let (owner, federated) = (order.owner, order.federated);
        let new = NewOrganization { id, name, owner, federated };
        let outcome = self.store.create_organization(&new, self.stamp(by)).await;
        self.credentials.anything_changed();
        outcome?;
        if federated {
            self.directory.federated(id);
        }
        Ok(id)
    }

    /// Makes an account a member of an organization.
    pub async fn add_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        by: Actor,
    ) -> Result<(), OperationError> {
        let outcome = self.store.add_member(organization, account, self.stamp(by)).await;
        self.credentials.anything_changed();
        Ok(outcome?)
    }

    /// Lets the operator vouch that a member signed in through the organization; returns until
    /// when that counts.
    pub async fn attest_sign_in(
        &self,
        order: AttestationOrder,
        by: Actor,
    ) -> Result<UnixTime, OperationError> {
        if !(1..=MAX_ATTESTED_HOURS).contains(&order.hours) {
            return Err(OperationError::invalid("hours", &"must be 1 to 24"));
        }
        let reason =
            Label::parse(&order.reason).map_err(|e| OperationError::invalid("reason", &e))?;
        let stamp = self.stamp(by);
        let until = stamp.at.plus(i64::from(order.hours) * 3600);
        let (organization, account) = (order.organization, order.account);
        let attestation = Attestation { organization, account, until, reason };
        let outcome = self.store.attest_sign_in(&attestation, stamp).await;
        self.credentials.anything_changed();
        outcome?;
        Ok(until)
    }
}
