use keymoor_core::{AccountId, OrganizationId, RoleId, TeamId};
use serde_json::json;

use super::{
    driver::{DbConnection, Handle},
    members,
    writing::Told,
};
use crate::{ChangeKind, Stamp, StoreError, sql, text::parse};

/// Somebody in a team.
pub(super) struct Seated {
    pub(super) team: TeamId,
    pub(super) organization: OrganizationId,
    pub(super) account: AccountId,
}

impl Handle {
    pub(super) async fn insert_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let organization = organization(writing.connection(), team).await?;
        members::check_membership(writing.connection(), organization, account).await?;
        let seated = Seated { team, organization, account };
        if !seated.sit_down(writing.connection(), stamp).await? {
            return Err(StoreError::Conflict("the member belongs to the team already"));
        }
        seated.give(writing.connection(), roles).await?;
        writing.finish(told(ChangeKind::TeamMemberAdded, team, account, roles), stamp).await
    }

    pub(super) async fn replace_team_roles(
        &self,
        team: TeamId,
        account: AccountId,
        roles: &[RoleId],
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let organization = organization(writing.connection(), team).await?;
        check_in_team(writing.connection(), team, account).await?;
        by_both(writing.connection(), sql::TAKE_TEAM_ROLES, team, account).await?;
        let seated = Seated { team, organization, account };
        seated.give(writing.connection(), roles).await?;
        writing.finish(told(ChangeKind::TeamMemberChanged, team, account, roles), stamp).await
    }

    pub(super) async fn erase_team_member(
        &self,
        team: TeamId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_in_team(writing.connection(), team, account).await?;
        for statement in [sql::TAKE_TEAM_ROLES, sql::DELETE_TEAM_MEMBER] {
            by_both(writing.connection(), statement, team, account).await?;
        }
        writing.finish(told(ChangeKind::TeamMemberRemoved, team, account, &[]), stamp).await
    }
}

impl Seated {
    /// Makes the member one of the team; whether it was not before.
    pub(super) async fn sit_down(
        &self,
        connection: &mut DbConnection,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let inserted = sqlx::query(sql::INSERT_TEAM_MEMBER)
            .bind(self.team.to_string())
            .bind(self.organization.to_string())
            .bind(self.account.to_string())
            .bind(stamp.at.seconds())
            .execute(connection)
            .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Gives roles of the organization; another one's is not found.
    pub(super) async fn give(
        &self,
        connection: &mut DbConnection,
        roles: &[RoleId],
    ) -> Result<(), StoreError> {
        for role in roles {
            let given = sqlx::query(sql::GIVE_TEAM_ROLE)
                .bind(self.team.to_string())
                .bind(self.account.to_string())
                .bind(role.to_string())
                .bind(self.organization.to_string())
                .execute(&mut *connection)
                .await?;
            if given.rows_affected() == 0 {
                return Err(StoreError::NotFound("role"));
            }
        }
        Ok(())
    }
}

fn told(kind: ChangeKind, team: TeamId, account: AccountId, roles: &[RoleId]) -> Told {
    Told { kind, subject: format!("{team}/{account}"), detail: json!({ "roles": roles }) }
}

/// Whose the team is.
pub(super) async fn organization(
    connection: &mut DbConnection,
    team: TeamId,
) -> Result<OrganizationId, StoreError> {
    let query = sqlx::query_scalar(sql::TEAM_ORGANIZATION).bind(team.to_string());
    let found: Option<String> = query.fetch_optional(connection).await?;
    parse(&found.ok_or(StoreError::NotFound("team"))?, "organization")
}

async fn check_in_team(
    connection: &mut DbConnection,
    team: TeamId,
    account: AccountId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::TEAM_MEMBER_EXISTS).bind(team.to_string());
    let count: i64 = query.bind(account.to_string()).fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("team member")) }
}

async fn by_both(
    connection: &mut DbConnection,
    statement: &'static str,
    team: TeamId,
    account: AccountId,
) -> Result<(), StoreError> {
    let query = sqlx::query(statement).bind(team.to_string()).bind(account.to_string());
    query.execute(connection).await?;
    Ok(())
}
