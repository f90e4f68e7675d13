use async_trait::async_trait;
use keymoor_core::{
    AccountId, OrganizationId, RoleId, TeamId, UnixTime, name::Label, permission::Permissions,
};

use super::Member;
use crate::{Stamp, StoreError};

/// What something is called by programs and by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<I> {
    /// Its id.
    pub id: I,
    /// Its name.
    pub name: Label,
}

/// A role: a name for what some members may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name, unique in the organization.
    pub name: Label,
    /// What it is for; empty, or one line.
    pub description: String,
    /// What it gives.
    pub permissions: Permissions,
    /// When it was last changed.
    pub edited_at: UnixTime,
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// A fresh id.
    pub id: RoleId,
    /// Whose it will be.
    pub organization: OrganizationId,
    /// What it will be.
    pub role: RoleChange,
}

/// What a role is to be from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChange {
    /// Its name.
    pub name: Label,
    /// What it is for.
    pub description: String,
    /// What it gives.
    pub permissions: Permissions,
}

/// A team: members who have roles together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name, unique in the organization.
    pub name: Label,
    /// How many belong to it.
    pub members: i64,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last renamed.
    pub updated_at: UnixTime,
}

/// A team to be made.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// A fresh id.
    pub id: TeamId,
    /// Whose it will be.
    pub organization: OrganizationId,
    /// Its name.
    pub name: Label,
}

/// Somebody who belongs to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// Who.
    pub member: Member,
    /// The roles in this team, by name.
    pub roles: Vec<Named<RoleId>>,
}

/// Teams and roles. A name that another one of the organization has is a
/// [`StoreError::Conflict`]; what does not exist is [`StoreError::NotFound`].
#[async_trait]
pub trait Teams: Send + Sync {
    /// The roles of an organization by name.
    async fn roles(&self, organization: OrganizationId) -> Result<Vec<Role>, StoreError>;

    /// The role of that id.
    async fn role(&self, id: RoleId) -> Result<Option<Role>, StoreError>;

    /// Makes a role.
    async fn create_role(&self, new: &NewRole, stamp: Stamp) -> Result<(), StoreError>;

    /// Changes a role, for those who have it too.
    async fn change_role(
        &self,
        id: RoleId,
        change: &RoleChange,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Deletes a role; nobody has it any more.
    async fn delete_role(&self, id: RoleId, stamp: Stamp) -> Result<(), StoreError>;

    /// The teams of an organization by name.
    async fn teams(&self, organization: OrganizationId) -> Result<Vec<Team>, StoreError>;

    /// The team of that id.
    async fn team(&self, id: TeamId) -> Result<Option<Team>, StoreError>;

    /// Makes a team of nobody.
    async fn create_team(&self, new: &NewTeam, stamp: Stamp) -> Result<(), StoreError>;

    /// Gives a team another name.
    async fn rename_team(&self, id: TeamId, name: &Label, stamp: Stamp) -> Result<(), StoreError>;

    /// Deletes a team, with the invitations to it. Its members stay members of the organization.
    async fn delete_team(&self, id: TeamId, stamp: Stamp) -> Result<(), StoreError>;

    /// Who belongs to a team, by address.
    async fn team_members(&self, id: TeamId) -> Result<Vec<TeamMember>, StoreError>;

    /// Adds a member of the organization to a team with those of its roles;
    /// [`StoreError::Conflict`] if the member belongs to it already.
    async fn add_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Says which roles somebody has in a team, and no others.
    async fn set_team_roles(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Takes somebody out of a team, with the roles that it gave.
    async fn remove_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;
}
