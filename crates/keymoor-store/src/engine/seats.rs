use async_trait::async_trait;
use keymoor_core::{
    AccountId, OrganizationId, TeamId,
    name::Label,
    permission::{Permission, Permissions, Standing},
};
use sqlx::Row;

use super::{
    driver::{DbConnection, DbRow, Handle},
    rows,
};
use crate::{
    Member, Named, Organization, Organizations, Page, Seat, Stamp, StoreError, sql, text::parse,
};

#[async_trait]
impl Organizations for Handle {
    async fn seat(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<Seat>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let query = sqlx::query(sql::SEAT).bind(organization.to_string()).bind(account.to_string());
        let Some(row) = query.fetch_optional(&mut *reading).await? else {
            return Ok(None);
        };
        let organization = rows::organization(&row)?;
        let admin = row.try_get("admin")?;
        let standing = standing(&mut reading, &organization, account, admin).await?;
        Ok(Some(Seat { organization, account, standing }))
    }

    async fn members(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Member>, StoreError> {
        let query = sqlx::query(sql::MEMBERS).bind(organization.to_string());
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let members = all!(self, query, member)?;
        let teams = sqlx::query(sql::TEAMS_OF_MEMBERS).bind(organization.to_string());
        Ok(with_teams(members, all!(self, teams, of_account)?))
    }

    async fn member(
        &self,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<Member>, StoreError> {
        let (organization, account) = (organization.to_string(), account.to_string());
        let query = sqlx::query(sql::MEMBER).bind(&organization).bind(&account);
        let members = all!(self, query, member)?;
        let teams = sqlx::query(sql::TEAMS_OF_MEMBER).bind(organization).bind(account);
        Ok(with_teams(members, all!(self, teams, of_account)?).pop())
    }

    async fn rename_organization(
        &self,
        organization: OrganizationId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("rename organization", self.write_name(organization, name, stamp))
    }

    async fn delete_organization(
        &self,
        organization: OrganizationId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("delete organization", self.mark_deleted(organization, stamp))
    }

    async fn set_owner(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("set owner", self.write_owner(organization, account, stamp))
    }

    async fn set_administrator(
        &self,
        organization: OrganizationId,
        account: AccountId,
        admin: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("set administrator", self.write_admin(organization, account, admin, stamp))
    }
}

async fn standing(
    reading: &mut DbConnection,
    organization: &Organization,
    account: AccountId,
    admin: bool,
) -> Result<Standing, StoreError> {
    if organization.owner == account {
        return Ok(Standing::Owner);
    }
    if admin {
        return Ok(Standing::Administrator);
    }
    let query = sqlx::query(sql::SEAT_PERMISSIONS).bind(organization.id.to_string());
    let found = query.bind(account.to_string()).fetch_all(reading).await?;
    let each = found.iter().map(permissions).collect::<Result<Vec<_>, _>>()?;
    Ok(Standing::Member(each.into_iter().flatten().collect()))
}

/// What a role gives.
pub(super) fn permissions(row: &DbRow) -> Result<Permissions, StoreError> {
    let damaged = StoreError::Corrupt("permissions");
    let text: &str = row.try_get("permissions")?;
    let names: Vec<String> = serde_json::from_str(text).map_err(|_| damaged)?;
    // A permission that a later Keymoor knew gives nothing here.
    Ok(names.iter().filter_map(|name| Permission::from_name(name)).collect())
}

/// Somebody, and something that is somebody's.
pub(super) type Of<I> = (AccountId, Named<I>);

pub(super) fn of_account<I: std::str::FromStr>(row: &DbRow) -> Result<Of<I>, StoreError> {
    Ok((rows::id(row, "account")?, named(row)?))
}

pub(super) fn named<I: std::str::FromStr>(row: &DbRow) -> Result<Named<I>, StoreError> {
    Ok(Named { id: parse(row.try_get("id")?, "id")?, name: rows::label(row, "name")? })
}

pub(super) fn member(row: &DbRow) -> Result<Member, StoreError> {
    Ok(Member {
        account: rows::id(row, "account")?,
        email: rows::email(row, "email")?,
        service_name: rows::service_name(row)?,
        since: rows::time(row, "since")?,
        created_at: rows::time(row, "created_at")?,
        disabled_at: rows::optional_time(row, "disabled_at")?,
        signed_in_at: rows::optional_time(row, "signed_in_at")?,
        owner: row.try_get("owner")?,
        admin: row.try_get("admin")?,
        teams: Vec::new(),
    })
}

pub(super) fn with_teams(mut members: Vec<Member>, teams: Vec<Of<TeamId>>) -> Vec<Member> {
    let mut theirs = by_account(teams);
    for member in &mut members {
        member.teams = theirs.remove(&member.account).unwrap_or_default();
    }
    members
}

pub(super) fn by_account<I>(
    all: Vec<Of<I>>,
) -> std::collections::HashMap<AccountId, Vec<Named<I>>> {
    let mut found = std::collections::HashMap::new();
    for (account, named) in all {
        found.entry(account).or_insert_with(Vec::new).push(named);
    }
    found
}
