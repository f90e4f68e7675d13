use async_trait::async_trait;
use keymoor_core::{
    AccountId, InvitationId, OrganizationId, RoleId, TeamId, UnixTime, name::Email,
};

use super::Named;
use crate::{Stamp, StoreError};

/// An invitation that nobody has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To what.
    pub organization: Named<OrganizationId>,
    /// To whom: the account of this address may accept it.
    pub email: Email,
    /// Whether who accepts it becomes an administrator.
    pub admin: bool,
    /// The team that who accepts it will belong to.
    pub team: Option<Named<TeamId>>,
    /// The roles in that team, by name.
    pub roles: Vec<Named<RoleId>>,
    /// Who invited.
    pub author: AccountId,
    /// The address of who invited.
    pub author_email: Email,
    /// When it was made.
    pub created_at: UnixTime,
    /// From when on it is as gone.
    pub expires_at: UnixTime,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// A fresh id.
    pub id: InvitationId,
    /// To what.
    pub organization: OrganizationId,
    /// To whom.
    pub email: Email,
    /// Whether who accepts it becomes an administrator.
    pub admin: bool,
    /// The team that who accepts it will belong to.
    pub team: Option<TeamId>,
    /// The roles in that team; none without one.
    pub roles: Vec<RoleId>,
    /// Who invites.
    pub author: AccountId,
    /// From when on it is as gone.
    pub expires_at: UnixTime,
}

/// Invitations to organizations. One whose time is over is [`StoreError::NotFound`] like one that
/// never was.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// The invitations to an organization that count at `now`, oldest first.
    async fn invitations(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<Invitation>, StoreError>;

    /// Those to an address, oldest first.
    async fn invitations_to(
        &self,
        email: &Email,
        now: UnixTime,
    ) -> Result<Vec<Invitation>, StoreError>;

    /// The invitation of that id.
    async fn invitation(
        &self,
        id: InvitationId,
        now: UnixTime,
    ) -> Result<Option<Invitation>, StoreError>;

    /// Makes an invitation; [`StoreError::Conflict`] if the address has one to the organization, or
    /// if its account is a member already and there is no team to invite it to,
    /// [`StoreError::NotFound`] if organization, team or a role does not exist.
    async fn create_invitation(&self, new: &NewInvitation, stamp: Stamp) -> Result<(), StoreError>;

    /// Lets an invitation count until `expires_at`.
    async fn renew_invitation(
        &self,
        id: InvitationId,
        expires_at: UnixTime,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Takes an invitation back.
    async fn withdraw_invitation(&self, id: InvitationId, stamp: Stamp) -> Result<(), StoreError>;

    /// Turns an invitation down, for the account that it is to.
    async fn decline_invitation(
        &self,
        id: InvitationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Makes the account a member as the invitation says, and spends it. Whose address it is not
    /// to finds none. Of two at once, one is done.
    async fn accept_invitation(
        &self,
        id: InvitationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;
}
