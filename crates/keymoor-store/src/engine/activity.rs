use async_trait::async_trait;
use keymoor_core::{AccountId, ApiKey, ApplicationId, OrganizationId, UnixTime};

use super::{
    driver::{DbConnection, Handle},
    rows,
};
use crate::{
    Activity, ActivityKind, ActivityLog, Actor, ApplicationFailures, Failures, LastUse, Page,
    Stamp, StoreError, sql,
};

/// Seconds of a day: the same failure makes one row in each.
pub(super) const DAY: i64 = 86_400;

/// Something that happened, to be noted with the change that it was.
pub(super) struct Happened<'h> {
    pub(super) account: AccountId,
    pub(super) kind: ActivityKind,
    pub(super) subject: String,
    pub(super) label: &'h str,
}

impl Happened<'_> {
    /// Something that happened to the account itself.
    pub(super) fn to(account: AccountId, kind: ActivityKind) -> Self {
        Self { account, kind, subject: String::new(), label: "" }
    }
}

/// Notes it in the transaction that is under way.
pub(super) async fn note(
    connection: &mut DbConnection,
    happened: &Happened<'_>,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let told = happened.kind.is_told(happened.account, stamp.by);
    insert(connection, happened, stamp, 1, told).await
}

async fn insert(
    connection: &mut DbConnection,
    happened: &Happened<'_>,
    stamp: Stamp,
    times: i64,
    told: bool,
) -> Result<(), StoreError> {
    let number: i64 =
        sqlx::query_scalar(sql::NEXT_NUMBER).bind("activity").fetch_one(&mut *connection).await?;
    sqlx::query(sql::INSERT_ACTIVITY)
        .bind(number)
        .bind(happened.account.to_string())
        .bind(stamp.at.seconds())
        .bind(happened.kind.name())
        .bind(&happened.subject)
        .bind(happened.label)
        .bind(stamp.by.to_string())
        .bind(stamp.from.map(|address| address.to_string()))
        .bind(times)
        .bind(told.then_some(stamp.at.seconds()))
        .execute(connection)
        .await?;
    Ok(())
}

/// By nobody who is known.
fn unproved(last: LastUse) -> Stamp {
    Stamp { at: last.at, by: Actor::Nobody, from: Some(last.address) }
}

/// Adds to the row of the same kind of that day by the same, or makes one.
async fn repeat(
    connection: &mut DbConnection,
    happened: &Happened<'_>,
    stamp: Stamp,
    times: i64,
) -> Result<(), StoreError> {
    let repeated = sqlx::query(sql::REPEAT_ACTIVITY)
        .bind(times)
        .bind(stamp.at.seconds())
        .bind(stamp.from.map(|address| address.to_string()))
        .bind(happened.account.to_string())
        .bind(happened.kind.name())
        .bind(&happened.subject)
        .bind(stamp.at.seconds() - stamp.at.seconds().rem_euclid(DAY))
        .bind(stamp.by.to_string())
        .execute(&mut *connection)
        .await?;
    if repeated.rows_affected() > 0 {
        return Ok(());
    }
    insert(connection, happened, stamp, times, false).await
}

/// Whose an API token is, and what it is called.
pub(super) async fn owner(
    connection: &mut DbConnection,
    key: ApiKey,
) -> Result<Option<(AccountId, String)>, StoreError> {
    let query = sqlx::query(sql::API_TOKEN_OWNER).bind(key.to_string());
    let found = query.fetch_optional(connection).await?;
    let Some(row) = found else {
        return Ok(None);
    };
    Ok(Some((rows::id(&row, "account")?, rows::text(&row, "label")?)))
}

/// Notes what happened between an account and an application.
pub(super) async fn note_of_application(
    connection: &mut DbConnection,
    (application, account): (ApplicationId, AccountId),
    kind: ActivityKind,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql::APPLICATION).bind(application.to_string());
    let row = query.fetch_one(&mut *connection).await?;
    let label = rows::text(&row, "name")?;
    let happened = Happened { account, kind, subject: application.to_string(), label: &label };
    // Whoever says no does so again and again if they like: that costs them nothing.
    if matches!(kind, ActivityKind::GrantDenied | ActivityKind::DeviceDenied) {
        return repeat(connection, &happened, stamp, 1).await;
    }
    note(connection, &happened, stamp).await
}

/// Notes what happened to an API token of whomever it is.
pub(super) async fn note_of_token(
    connection: &mut DbConnection,
    key: ApiKey,
    kind: ActivityKind,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let Some((account, label)) = owner(connection, key).await? else {
        return Ok(());
    };
    let happened = Happened { account, kind, subject: key.to_string(), label: &label };
    note(&mut *connection, &happened, stamp).await?;
    note_for_administrators(connection, &happened, stamp).await
}

/// What is news about an API token of a service account is told to whoever looks after its
/// organization: nobody reads its own mail.
async fn note_for_administrators(
    connection: &mut DbConnection,
    happened: &Happened<'_>,
    stamp: Stamp,
) -> Result<(), StoreError> {
    if !happened.kind.is_told(happened.account, stamp.by) {
        return Ok(());
    }
    let query = sqlx::query(sql::SERVICE_ACCOUNT_OF).bind(happened.account.to_string());
    let Some(row) = query.fetch_optional(&mut *connection).await? else {
        return Ok(());
    };
    let organization: OrganizationId = rows::id(&row, "organization")?;
    let subject = format!("{organization}/{}/{}", happened.account, happened.subject);
    let label = format!("{} ({})", happened.label, rows::text(&row, "name")?);
    for account in administrators(connection, organization).await? {
        let (kind, subject) = (happened.kind, subject.clone());
        note(connection, &Happened { account, kind, subject, label: &label }, stamp).await?;
    }
    Ok(())
}

/// The owner of an organization and its administrators, as far as they can sign in.
async fn administrators(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<Vec<AccountId>, StoreError> {
    let query = sqlx::query(sql::ADMINISTRATORS).bind(organization.to_string());
    let found = query.fetch_all(connection).await?;
    found.iter().map(|row| rows::id(row, "account")).collect()
}

/// Notes what happened to a service account: for itself, and for whoever looks after its
/// organization.
pub(super) async fn note_of_service_account(
    connection: &mut DbConnection,
    (organization, account): (OrganizationId, AccountId),
    name: &str,
    kind: ActivityKind,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let mut concerned = administrators(connection, organization).await?;
    if kind != ActivityKind::RenewalSoon {
        concerned.push(account);
    }
    for concerned in concerned {
        let subject = format!("{organization}/{account}");
        let happened = Happened { account: concerned, kind, subject, label: name };
        note(connection, &happened, stamp).await?;
    }
    Ok(())
}

#[async_trait]
impl ActivityLog for Handle {
    async fn activity_of(
        &self,
        account: AccountId,
        page: Page,
    ) -> Result<(Vec<Activity>, i64), StoreError> {
        let account = account.to_string();
        let query = sqlx::query(sql::ACTIVITY_OF).bind(&account);
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let found: Result<Vec<_>, StoreError> = all!(self, query, rows::activity);
        let count = sqlx::query_scalar(sql::ACTIVITY_COUNT).bind(&account);
        Ok((found?, count.fetch_one(&self.readers).await?))
    }

    async fn note_failures(&self, failures: &[Failures]) -> Result<(), StoreError> {
        transaction!("note failures", self.write_failures(failures))
    }

    async fn note_application_failures(
        &self,
        failures: &[ApplicationFailures],
    ) -> Result<(), StoreError> {
        transaction!("note failures of applications", self.write_application_failures(failures))
    }

    async fn note_failed_sign_ins(
        &self,
        account: AccountId,
        times: i64,
        last: LastUse,
    ) -> Result<(), StoreError> {
        let happened = Happened::to(account, ActivityKind::SignInFailed);
        transaction!("note failed sign-in", async {
            let mut transaction = self.begin_writing().await?;
            repeat(&mut transaction, &happened, unproved(last), times).await?;
            Ok(transaction.commit().await?)
        })
    }

    async fn note_expiring(&self, days: u16, now: UnixTime) -> Result<usize, StoreError> {
        transaction!("note expiring", self.write_expiring(days, now))
    }

    async fn due_mails(&self, now: UnixTime, limit: u32) -> Result<Vec<Activity>, StoreError> {
        let query = sqlx::query(sql::ACTIVITY_DUE).bind(now.seconds()).bind(i64::from(limit));
        all!(self, query, rows::activity)
    }

    async fn claim_mail(
        &self,
        number: i64,
        due: UnixTime,
        until: UnixTime,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::CLAIM_MAIL).bind(until.seconds()).bind(number);
        Ok(alone!(self, query.bind(due.seconds())) == 1)
    }

    async fn settle_mail(&self, number: i64) -> Result<(), StoreError> {
        alone!(self, sqlx::query(sql::SETTLE_MAIL).bind(number));
        Ok(())
    }
}

/// The most API tokens that one transaction notes.
pub(super) const BATCH: i64 = 100;

impl Handle {
    async fn write_failures(&self, failures: &[Failures]) -> Result<(), StoreError> {
        let mut transaction = self.begin_yielding().await?;
        for failed in failures {
            let key = failed.api_key;
            let Some((account, label)) = owner(&mut transaction, key).await? else {
                continue;
            };
            let (kind, subject) = (ActivityKind::ApiTokenRefused, key.to_string());
            let happened = Happened { account, kind, subject, label: &label };
            repeat(&mut transaction, &happened, unproved(failed.last), failed.times).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn write_application_failures(
        &self,
        failures: &[ApplicationFailures],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_yielding().await?;
        for failed in failures {
            let query = sqlx::query(sql::APPLICATION).bind(failed.application.to_string());
            let Some(row) = query.fetch_optional(&mut *transaction).await? else { continue };
            let account = failed.account.map_or_else(|| rows::id(&row, "owner"), Ok)?;
            let (kind, subject) = (failed.kind, failed.application.to_string());
            let label = rows::text(&row, "name")?;
            let happened = Happened { account, kind, subject, label: &label };
            repeat(&mut transaction, &happened, unproved(failed.last), failed.times).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn write_expiring(&self, days: u16, now: UnixTime) -> Result<usize, StoreError> {
        let mut transaction = self.begin_yielding().await?;
        let found = sqlx::query(sql::EXPIRING)
            .bind(now.seconds())
            .bind(now.plus(i64::from(days) * DAY).seconds())
            .bind(i64::from(days))
            .bind(BATCH)
            .fetch_all(&mut *transaction)
            .await?;
        let stamp = Stamp { at: now, by: Actor::Nobody, from: None };
        for row in &found {
            let key: ApiKey = rows::id(row, "api_key")?;
            let query = sqlx::query(sql::TELL_EXPIRY).bind(i64::from(days)).bind(key.to_string());
            if query.execute(&mut *transaction).await?.rows_affected() == 1 {
                note_of_token(&mut transaction, key, ActivityKind::ExpirySoon, stamp).await?;
            }
        }
        transaction.commit().await?;
        Ok(found.len())
    }
}
