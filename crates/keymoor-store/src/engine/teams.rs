use async_trait::async_trait;
use keymoor_core::{AccountId, OrganizationId, RoleId, TeamId, name::Label};
use serde_json::json;
use sqlx::Row;

use super::{
    driver::{DbRow, Handle},
    organizations,
    roles::{erase, role},
    rows, seats,
    writing::Told,
};
use crate::{
    ChangeKind, NewRole, NewTeam, Role, RoleChange, Stamp, StoreError, Team, TeamMember, Teams,
    error::taken, sql,
};

const TAKEN: &str = "the organization has a team of this name already";

#[async_trait]
impl Teams for Handle {
    async fn roles(&self, organization: OrganizationId) -> Result<Vec<Role>, StoreError> {
        all!(self, sqlx::query(sql::ROLES).bind(organization.to_string()), role)
    }

    async fn role(&self, id: RoleId) -> Result<Option<Role>, StoreError> {
        one!(self, sqlx::query(sql::ROLE).bind(id.to_string()), role)
    }

    async fn create_role(&self, new: &NewRole, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create role", self.insert_role(new, stamp))
    }

    async fn change_role(
        &self,
        id: RoleId,
        change: &RoleChange,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("change role", self.update_role(id, change, stamp))
    }

    async fn delete_role(&self, id: RoleId, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("delete role", self.erase_role(id, stamp))
    }

    async fn teams(&self, organization: OrganizationId) -> Result<Vec<Team>, StoreError> {
        all!(self, sqlx::query(sql::TEAMS).bind(organization.to_string()), team)
    }

    async fn team(&self, id: TeamId) -> Result<Option<Team>, StoreError> {
        one!(self, sqlx::query(sql::TEAM).bind(id.to_string()), team)
    }

    async fn create_team(&self, new: &NewTeam, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create team", self.insert_team(new, stamp))
    }

    async fn rename_team(&self, id: TeamId, name: &Label, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("rename team", self.write_team_name(id, name, stamp))
    }

    async fn delete_team(&self, id: TeamId, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("delete team", self.erase_team(id, stamp))
    }

    async fn team_members(&self, id: TeamId) -> Result<Vec<TeamMember>, StoreError> {
        let query = sqlx::query(sql::TEAM_MEMBERS).bind(id.to_string());
        let members: Vec<_> = all!(self, query, seats::member)?;
        let roles = sqlx::query(sql::ROLES_OF_TEAM_MEMBERS).bind(id.to_string());
        let mut theirs = seats::by_account(all!(self, roles, seats::of_account)?);
        let with_roles = members.into_iter().map(|member| {
            let roles = theirs.remove(&member.account).unwrap_or_default();
            TeamMember { member, roles }
        });
        Ok(with_roles.collect())
    }

    async fn add_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("add team member", self.insert_team_member(team, account, roles, stamp))
    }

    async fn set_team_roles(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("set team roles", self.replace_team_roles(team, account, roles, stamp))
    }

    async fn remove_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove team member", self.erase_team_member(team, account, stamp))
    }
}

/// What hangs on a team, in the order in which it can go.
const FORGET: [&str; 4] = [
    sql::EMPTY_INVITATIONS_OF_TEAM,
    sql::DELETE_INVITATIONS_OF_TEAM,
    sql::TAKE_ROLES_OF_TEAM,
    sql::EMPTY_TEAM,
];

impl Handle {
    async fn insert_team(&self, new: &NewTeam, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        sqlx::query(sql::INSERT_TEAM)
            .bind(new.id.to_string())
            .bind(new.organization.to_string())
            .bind(new.name.as_str())
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken(TAKEN))?;
        let subject = format!("{}/{}", new.organization, new.id);
        let (kind, detail) = (ChangeKind::TeamCreated, json!({ "name": new.name }));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn write_team_name(
        &self,
        id: TeamId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::RENAME_TEAM).bind(name.as_str());
        let query = query.bind(stamp.at.seconds()).bind(id.to_string());
        let found: Option<String> =
            query.fetch_optional(writing.connection()).await.map_err(taken(TAKEN))?;
        let organization = found.ok_or(StoreError::NotFound("team"))?;
        let (kind, detail) = (ChangeKind::TeamRenamed, json!({ "name": name }));
        writing.finish(Told { kind, subject: format!("{organization}/{id}"), detail }, stamp).await
    }

    async fn erase_team(&self, id: TeamId, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        for statement in FORGET {
            sqlx::query(statement).bind(id.to_string()).execute(writing.connection()).await?;
        }
        let organization = erase(&mut writing, sql::DELETE_TEAM, id.to_string(), "team").await?;
        let (kind, detail) = (ChangeKind::TeamDeleted, json!({}));
        writing.finish(Told { kind, subject: format!("{organization}/{id}"), detail }, stamp).await
    }
}

fn team(row: &DbRow) -> Result<Team, StoreError> {
    Ok(Team {
        id: rows::id(row, "id")?,
        organization: rows::id(row, "organization")?,
        name: rows::label(row, "name")?,
        members: row.try_get("members")?,
        created_at: rows::time(row, "created_at")?,
        updated_at: rows::time(row, "updated_at")?,
    })
}
