use keymoor_core::{
    ApiKey,
    facts::{CredentialFacts, Membership},
};
use sqlx::Row;

use super::{
    driver::{DbConnection, DbRow, Handle},
    rows,
};
use crate::{StoreError, sql};

impl Handle {
    /// Three reads in one transaction, so that they tell of one moment.
    pub(super) async fn read_facts(
        &self,
        key: ApiKey,
    ) -> Result<Option<CredentialFacts>, StoreError> {
        let mut reading = self.begin_reading().await?;
        let query = sqlx::query(sql::FACTS_TOKEN).bind(key.to_string());
        let Some(row) = query.fetch_optional(&mut *reading).await? else {
            return Ok(None);
        };
        Ok(Some(facts(key, &row, &mut reading).await?))
    }
}

async fn facts(
    api_key: ApiKey,
    row: &DbRow,
    reading: &mut DbConnection,
) -> Result<CredentialFacts, StoreError> {
    let account: String = row.try_get("account")?;
    let secrets = sqlx::query(sql::FACTS_SECRETS).bind(api_key.to_string());
    let secrets = secrets.fetch_all(&mut *reading).await?;
    let memberships = sqlx::query(sql::FACTS_MEMBERSHIPS).bind(&account);
    let memberships = memberships.fetch_all(&mut *reading).await?;
    Ok(CredentialFacts {
        api_key,
        removed_at: rows::optional_time(row, "removed_at")?,
        account: rows::id(row, "account")?,
        account_disabled_at: rows::optional_time(row, "disabled_at")?,
        secrets: secrets.iter().map(|row| rows::secret(row, "id")).collect::<Result<_, _>>()?,
        limits: rows::limits(row)?,
        memberships: memberships.iter().map(membership).collect::<Result<_, _>>()?,
    })
}

pub(super) fn membership(row: &DbRow) -> Result<Membership, StoreError> {
    Ok(Membership {
        organization: rows::id(row, "organization")?,
        federated: row.try_get("federated")?,
        signed_in_until: rows::latest(row)?,
    })
}
