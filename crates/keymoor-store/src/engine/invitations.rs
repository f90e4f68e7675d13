use async_trait::async_trait;
use keymoor_core::{AccountId, InvitationId, OrganizationId, UnixTime, name::Email};
use serde_json::json;
use sqlx::Row;

use super::{
    driver::{DbConnection, DbRow, Handle},
    members, organizations, rows, seats,
    team_members::{self, Seated},
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, ChangeKind, Invitation, Invitations, Named, NewInvitation, Stamp, StoreError,
    error::taken, sql, text::parse,
};

const GONE: StoreError = StoreError::NotFound("invitation");

#[async_trait]
impl Invitations for Handle {
    async fn invitations(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<Invitation>, StoreError> {
        self.find_invitations(sql::INVITATIONS, organization.to_string(), now).await
    }

    async fn invitations_to(
        &self,
        email: &Email,
        now: UnixTime,
    ) -> Result<Vec<Invitation>, StoreError> {
        self.find_invitations(sql::INVITATIONS_TO, email.to_string(), now).await
    }

    async fn invitation(
        &self,
        id: InvitationId,
        now: UnixTime,
    ) -> Result<Option<Invitation>, StoreError> {
        Ok(self.find_invitations(sql::INVITATION, id.to_string(), now).await?.pop())
    }

    async fn create_invitation(&self, new: &NewInvitation, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create invitation", self.insert_invitation(new, stamp))
    }

    async fn renew_invitation(
        &self,
        id: InvitationId,
        expires_at: UnixTime,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("renew invitation", self.write_expiry(id, expires_at, stamp))
    }

    async fn withdraw_invitation(&self, id: InvitationId, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("withdraw invitation", async {
            let mut writing = self.begin().await?;
            let organization = spend(&mut writing, id, stamp).await?;
            let kind = ChangeKind::InvitationWithdrawn;
            writing.finish(told(kind, &organization, id), stamp).await
        })
    }

    async fn decline_invitation(
        &self,
        id: InvitationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("decline invitation", async {
            let mut writing = self.begin().await?;
            let found = own(writing.connection(), id, account, stamp).await?;
            spend(&mut writing, id, stamp).await?;
            let organization = found.organization.id.to_string();
            let kind = ChangeKind::InvitationDeclined;
            writing.finish(told(kind, &organization, id), stamp).await
        })
    }

    async fn accept_invitation(
        &self,
        id: InvitationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("accept invitation", self.join(id, account, stamp))
    }
}

impl Handle {
    async fn find_invitations(
        &self,
        statement: &'static str,
        of: String,
        now: UnixTime,
    ) -> Result<Vec<Invitation>, StoreError> {
        let mut reading = self.begin_reading().await?;
        read(&mut reading, statement, of, now).await
    }

    async fn insert_invitation(&self, new: &NewInvitation, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        check_team(writing.connection(), new).await?;
        forget_dead(writing.connection(), new, stamp).await?;
        insert(writing.connection(), new, stamp).await?;
        let subject = format!("{}/{}", new.organization, new.id);
        let detail = json!({
            "email": new.email,
            "admin": new.admin,
            "team": new.team,
            "roles": new.roles,
        });
        let kind = ChangeKind::InvitationMade;
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn write_expiry(
        &self,
        id: InvitationId,
        expires_at: UnixTime,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::RENEW_INVITATION).bind(expires_at.seconds());
        let query = query.bind(id.to_string()).bind(stamp.at.seconds());
        let found: Option<String> = query.fetch_optional(writing.connection()).await?;
        let told = told(ChangeKind::InvitationRenewed, &found.ok_or(GONE)?, id);
        writing.finish(told, stamp).await
    }

    async fn join(
        &self,
        id: InvitationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = own(writing.connection(), id, account, stamp).await?;
        let organization = found.organization.id;
        spend(&mut writing, id, stamp).await?;
        let is_new = !members::is_member(writing.connection(), organization, account).await?;
        if is_new {
            members::insert_membership(&mut writing, organization, account, stamp).await?;
            let kind = ActivityKind::MemberAdded;
            members::note(&mut writing, organization, account, kind, stamp).await?;
        }
        if found.admin {
            members::write_admin(writing.connection(), organization, account, true).await?;
        }
        take_team(writing.connection(), &found, account, stamp).await?;
        let (kind, subject) = match &found.team {
            Some(team) if !is_new => {
                (ChangeKind::TeamMemberAdded, format!("{}/{account}", team.id))
            }
            _ => (ChangeKind::MemberAdded, format!("{organization}/{account}")),
        };
        let detail = json!({ "invitation": id, "by": found.author, "admin": found.admin });
        writing.finish(Told { kind, subject, detail }, stamp).await
    }
}

/// The invitations that `statement` finds, with the roles that they give.
async fn read(
    reading: &mut DbConnection,
    statement: &'static str,
    of: String,
    now: UnixTime,
) -> Result<Vec<Invitation>, StoreError> {
    let query = sqlx::query(statement).bind(of).bind(now.seconds());
    let found = query.fetch_all(&mut *reading).await?;
    let mut all = found.iter().map(invitation).collect::<Result<Vec<_>, _>>()?;
    // Roles come with a team.
    for each in all.iter_mut().filter(|each| each.team.is_some()) {
        let query = sqlx::query(sql::ROLES_OF_INVITATION).bind(each.id.to_string());
        let roles = query.fetch_all(&mut *reading).await?;
        each.roles = roles.iter().map(seats::named).collect::<Result<_, _>>()?;
    }
    Ok(all)
}

/// An invitation to the address of `account`.
async fn own(
    connection: &mut DbConnection,
    id: InvitationId,
    account: AccountId,
    stamp: Stamp,
) -> Result<Invitation, StoreError> {
    let query = sqlx::query(sql::ACCOUNT).bind(account.to_string());
    let row = query.fetch_optional(&mut *connection).await?.ok_or(GONE)?;
    let email = rows::email(&row, "email")?;
    let found = read(connection, sql::INVITATION, id.to_string(), stamp.at).await?.pop();
    found.filter(|found| found.email == email).ok_or(GONE)
}

/// Ends an invitation and gives the organization that it was to. Of two at once, one finds it.
async fn spend(
    writing: &mut Writing,
    id: InvitationId,
    stamp: Stamp,
) -> Result<String, StoreError> {
    let query = sqlx::query(sql::EMPTY_INVITATION).bind(id.to_string());
    query.execute(writing.connection()).await?;
    let query = sqlx::query_scalar(sql::DELETE_INVITATION).bind(id.to_string());
    let query = query.bind(stamp.at.seconds());
    query.fetch_optional(writing.connection()).await?.ok_or(GONE)
}

fn told(kind: ChangeKind, organization: &str, id: InvitationId) -> Told {
    Told { kind, subject: format!("{organization}/{id}"), detail: json!({}) }
}

/// A team of that organization; without one, somebody who is no member yet.
async fn check_team(connection: &mut DbConnection, new: &NewInvitation) -> Result<(), StoreError> {
    if let Some(team) = new.team {
        let organization = team_members::organization(connection, team).await?;
        let theirs = organization == new.organization;
        return if theirs { Ok(()) } else { Err(StoreError::NotFound("team")) };
    }
    let query = sqlx::query_scalar(sql::MEMBER_OF_ADDRESS).bind(new.organization.to_string());
    let count: i64 = query.bind(new.email.as_str()).fetch_one(connection).await?;
    if count == 0 { Ok(()) } else { Err(StoreError::Conflict("the account is a member already")) }
}

/// An invitation whose time is over does not stand in the way of another one.
async fn forget_dead(
    connection: &mut DbConnection,
    new: &NewInvitation,
    stamp: Stamp,
) -> Result<(), StoreError> {
    for statement in [sql::EMPTY_DEAD_INVITATION, sql::DELETE_DEAD_INVITATION] {
        sqlx::query(statement)
            .bind(new.organization.to_string())
            .bind(new.email.as_str())
            .bind(stamp.at.seconds())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut DbConnection,
    new: &NewInvitation,
    stamp: Stamp,
) -> Result<(), StoreError> {
    sqlx::query(sql::INSERT_INVITATION)
        .bind(new.id.to_string())
        .bind(new.organization.to_string())
        .bind(new.email.as_str())
        .bind(new.admin)
        .bind(new.team.map(|team| team.to_string()))
        .bind(new.author.to_string())
        .bind(stamp.at.seconds())
        .bind(new.expires_at.seconds())
        .execute(&mut *connection)
        .await
        .map_err(taken("the address is invited already"))?;
    for role in &new.roles {
        let given = sqlx::query(sql::INSERT_INVITATION_ROLE)
            .bind(new.id.to_string())
            .bind(role.to_string())
            .bind(new.organization.to_string())
            .execute(&mut *connection)
            .await?;
        if given.rows_affected() == 0 {
            return Err(StoreError::NotFound("role"));
        }
    }
    Ok(())
}

/// What the invitation says of a team. Who belongs to it already gets the roles beside the others.
async fn take_team(
    connection: &mut DbConnection,
    found: &Invitation,
    account: AccountId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let Some(team) = &found.team else {
        return Ok(());
    };
    let seated = Seated { team: team.id, organization: found.organization.id, account };
    seated.sit_down(connection, stamp).await?;
    let roles: Vec<_> = found.roles.iter().map(|role| role.id).collect();
    seated.give(connection, &roles).await
}

fn invitation(row: &DbRow) -> Result<Invitation, StoreError> {
    let team: Option<&str> = row.try_get("team")?;
    let team = match team {
        Some(id) => Some(Named { id: parse(id, "team")?, name: rows::label(row, "team_name")? }),
        None => None,
    };
    let organization =
        Named { id: rows::id(row, "organization")?, name: rows::label(row, "organization_name")? };
    Ok(Invitation {
        id: rows::id(row, "id")?,
        organization,
        email: rows::email(row, "email")?,
        admin: row.try_get("admin")?,
        team,
        roles: Vec::new(),
        author: rows::id(row, "author")?,
        author_email: rows::email(row, "author_email")?,
        created_at: rows::time(row, "created_at")?,
        expires_at: rows::time(row, "expires_at")?,
    })
}
