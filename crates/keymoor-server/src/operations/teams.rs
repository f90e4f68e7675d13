use std::sync::Arc;

use keymoor_core::{
    AccountId, RoleId, TeamId,
    name::Label,
    permission::{Action, Permissions},
};
use keymoor_store::{NewTeam, Seat, StoreError, Team, TeamMember};

use super::{Author, OperationError};
use crate::{App, random};

impl App {
    /// Makes a team of nobody.
    pub async fn create_team(
        self: &Arc<Self>,
        seat: &Seat,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<TeamId, OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let name = Label::parse(name).map_err(|e| OperationError::invalid("name", &e))?;
        let (id, organization) = (TeamId::from_random(random()), seat.organization.id);
        let new = NewTeam { id, organization, name };
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.create_team(&new, stamp).await },
        )
        .await?;
        Ok(id)
    }

    /// Gives a team another name.
    pub async fn rename_team(
        self: &Arc<Self>,
        seat: &Seat,
        team: &Team,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let name = Label::parse(name).map_err(|e| OperationError::invalid("name", &e))?;
        let id = team.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.rename_team(id, &name, stamp).await
        })
        .await
    }

    /// Deletes a team: its members lose the roles that it gave.
    pub async fn delete_team(
        self: &Arc<Self>,
        seat: &Seat,
        team: &Team,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let members = self.store.team_members(team.id).await?;
        let lost = self.permissions_of(seat, &roles_of(&members)).await?;
        seat.standing.may(Action::ManageTeams(&lost))?;
        let id = team.id;
        self.carry_out(by, move |app, stamp| async move { app.store.delete_team(id, stamp).await })
            .await
    }

    /// Adds a member to a team, with those roles.
    pub async fn add_team_member(
        self: &Arc<Self>,
        seat: &Seat,
        team: &Team,
        account: AccountId,
        roles: Vec<RoleId>,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let given = self.permissions_of(seat, &roles).await?;
        seat.standing.may(Action::ManageTeams(&given))?;
        let team = team.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_team_member(team, account, &roles, stamp).await
        })
        .await
    }

    /// Says which roles a member has in a team, and no others.
    pub async fn set_team_roles(
        self: &Arc<Self>,
        seat: &Seat,
        team: &Team,
        account: AccountId,
        roles: Vec<RoleId>,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let before = self.roles_in_team(team, account).await?;
        let (gone, new) = (minus(&before, &roles), minus(&roles, &before));
        let touched = self.permissions_of(seat, &[gone, new].concat()).await?;
        seat.standing.may(Action::ManageTeams(&touched))?;
        let team = team.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_team_roles(team, account, &roles, stamp).await
        })
        .await
    }

    /// Takes a member out of a team.
    pub async fn remove_team_member(
        self: &Arc<Self>,
        seat: &Seat,
        team: &Team,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
        let lost = self.roles_in_team(team, account).await?;
        let lost = self.permissions_of(seat, &lost).await?;
        seat.standing.may(Action::ManageTeams(&lost))?;
        let team = team.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_team_member(team, account, stamp).await
        })
        .await
    }

    async fn roles_in_team(
        &self,
        team: &Team,
        account: AccountId,
    ) -> Result<Vec<RoleId>, OperationError> {
        let members = self.store.team_members(team.id).await?;
        let found = members.into_iter().find(|one| one.member.account == account);
        Ok(roles_of(&[found.ok_or(StoreError::NotFound("team member"))?]))
    }
}

fn roles_of(members: &[TeamMember]) -> Vec<RoleId> {
    members.iter().flat_map(|member| member.roles.iter().map(|role| role.id)).collect()
}

fn minus(roles: &[RoleId], others: &[RoleId]) -> Vec<RoleId> {
    roles.iter().filter(|role| !others.contains(role)).copied().collect()
}
