use async_trait::async_trait;
use keymoor_core::{
    IdentityProviderId, OrganizationId, ScimUserId, SecretId,
    scim::{Filter, User},
};
use serde_json::json;
use sqlx::Row;

use super::{
    driver::{DbRow, Handle},
    organizations, providers, rows, scim_users,
    writing::Told,
};
use crate::{
    ChangeKind, LastUse, MAX_SCIM_SECRETS, Page, Provisioning, ScimSecret, ScimUser, Stamp,
    StoreError, error::taken, sql, text::encode,
};

#[async_trait]
impl Provisioning for Handle {
    async fn scim_secrets(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<ScimSecret>, StoreError> {
        all!(self, sqlx::query(sql::SCIM_SECRETS).bind(organization.to_string()), secret)
    }

    async fn add_scim_secret(&self, new: &ScimSecret, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("add provisioning secret", self.insert_scim_secret(new, stamp))
    }

    async fn remove_scim_secret(
        &self,
        organization: OrganizationId,
        id: SecretId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove provisioning secret", async {
            let mut writing = self.begin().await?;
            let query = sqlx::query(sql::DELETE_SCIM_SECRET).bind(organization.to_string());
            let gone = query.bind(id.to_string()).execute(writing.connection()).await?;
            if gone.rows_affected() == 0 {
                return Err(StoreError::NotFound("provisioning secret"));
            }
            let subject = format!("{organization}/{id}");
            let told = Told { kind: ChangeKind::ScimSecretRemoved, subject, detail: json!({}) };
            writing.finish(told, stamp).await
        })
    }

    async fn touch_scim_secret(&self, id: SecretId, last: LastUse) -> Result<(), StoreError> {
        let query = sqlx::query(sql::TOUCH_SCIM_SECRET).bind(last.at.seconds());
        alone!(self, query.bind(last.address.to_string()).bind(id.to_string()));
        Ok(())
    }

    async fn scim_users(
        &self,
        organization: OrganizationId,
        filter: &Filter,
        page: Page,
    ) -> Result<(Vec<ScimUser>, i64), StoreError> {
        if filter.nobody {
            return Ok((Vec::new(), 0));
        }
        macro_rules! narrowed {
            ($query:expr) => {
                $query
                    .bind(organization.to_string())
                    .bind(&filter.user_name)
                    .bind(&filter.external_id)
                    .bind(&filter.id)
                    .bind(&filter.email)
                    .bind(filter.active)
            };
        }
        let (found, count) = match filter {
            Filter { user_name: Some(_), .. } => {
                (sql::SCIM_USERS_NAMED, sql::SCIM_USERS_NAMED_COUNT)
            }
            Filter { external_id: Some(_), .. } => {
                (sql::SCIM_USERS_EXTERNAL, sql::SCIM_USERS_EXTERNAL_COUNT)
            }
            _ => (sql::SCIM_USERS, sql::SCIM_USERS_COUNT),
        };
        let query = narrowed!(sqlx::query(found));
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let found: Result<Vec<_>, StoreError> = all!(self, query, scim_users::user);
        let count = narrowed!(sqlx::query_scalar(count));
        Ok((found?, count.fetch_one(&self.readers).await?))
    }

    async fn scim_users_unbound(&self, organization: OrganizationId) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(sql::SCIM_USERS_UNBOUND).bind(organization.to_string());
        Ok(query.fetch_one(&self.readers).await?)
    }

    async fn scim_user(
        &self,
        organization: OrganizationId,
        id: ScimUserId,
    ) -> Result<Option<ScimUser>, StoreError> {
        let query = sqlx::query(sql::SCIM_USER).bind(organization.to_string());
        one!(self, query.bind(id.to_string()), scim_users::user)
    }

    async fn provisioned(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        email: Option<&str>,
    ) -> Result<Option<ScimUser>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let provider = providers::read(&mut reading, provider).await?;
        scim_users::of_person(&mut reading, &provider, subject, email).await
    }

    async fn create_scim_user(&self, new: &ScimUser, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("create provisioned user", self.insert_scim_user(new, stamp))
    }

    async fn change_scim_user(
        &self,
        before: &User,
        changed: &ScimUser,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("change provisioned user", self.update_scim_user(before, changed, stamp))
    }

    async fn delete_scim_user(
        &self,
        organization: OrganizationId,
        id: ScimUserId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("delete provisioned user", self.erase_scim_user(organization, id, stamp))
    }
}

impl Handle {
    async fn insert_scim_secret(&self, new: &ScimSecret, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        let (organization, id) = (new.organization.to_string(), new.secret.id.to_string());
        let query = sqlx::query_scalar(sql::SCIM_SECRETS_COUNT).bind(&organization);
        let count: i64 = query.fetch_one(writing.connection()).await?;
        if usize::try_from(count).is_ok_and(|count| count >= MAX_SCIM_SECRETS) {
            let why = "the organization has 4 secrets for provisioning, the most there can be";
            return Err(StoreError::Conflict(why));
        }
        let (pepper, digest) = new.secret.digest.parts();
        sqlx::query(sql::INSERT_SCIM_SECRET)
            .bind(&id)
            .bind(&organization)
            .bind(new.label.as_str())
            .bind(pepper)
            .bind(encode(digest))
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken("the secret was made already"))?;
        let (subject, detail) = (format!("{organization}/{id}"), json!({ "label": new.label }));
        let told = Told { kind: ChangeKind::ScimSecretAdded, subject, detail };
        writing.finish(told, stamp).await
    }
}

fn secret(row: &DbRow) -> Result<ScimSecret, StoreError> {
    let label: &str = row.try_get("label")?;
    Ok(ScimSecret {
        secret: rows::secret(row, "id")?,
        organization: rows::id(row, "organization")?,
        label: keymoor_core::name::Label::parse(label).map_err(|_| StoreError::Corrupt("label"))?,
        created_at: rows::time(row, "created_at")?,
        last_use: rows::last_use(row)?,
    })
}
