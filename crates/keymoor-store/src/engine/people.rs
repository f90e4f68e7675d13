use async_trait::async_trait;
use keymoor_core::{AccountId, UnixTime, ticket::TicketDigest};
use serde_json::json;

use super::{
    accounts,
    activity::{self, Happened},
    driver::{DbConnection, Handle},
    rows,
    switches::OPERATOR,
    writing::Told,
};
use crate::{
    AccountRow, ActivityKind, ChangeKind, Link, LinkKind, NewAccount, Page, PasswordChange, People,
    Renewal, Stamp, StoreError, sql, text::like,
};

#[async_trait]
impl People for Handle {
    async fn has_accounts(&self) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(sql::LAST_ACCOUNT_NUMBER);
        let last: i64 = query.fetch_one(&self.readers).await?;
        Ok(last > 0)
    }

    async fn create_first_account(
        &self,
        new: &NewAccount,
        link: &TicketDigest,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create first account", self.insert_first_account(new, link, stamp))
    }

    async fn add_link(
        &self,
        link: &Link,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        transaction!("add link", self.insert_link(link, digest, now))
    }

    async fn link(&self, digest: &TicketDigest, now: UnixTime) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query(sql::LINK).bind(digest.as_str()).bind(now.seconds());
        one!(self, query, rows::link)
    }

    async fn set_password(&self, change: &PasswordChange, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("set password", self.write_password(change, stamp))
    }

    async fn password_hash(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar(sql::PASSWORD_HASH).bind(account.to_string());
        let found: Option<Option<String>> = query.fetch_optional(&self.readers).await?;
        Ok(found.flatten())
    }

    async fn set_operator(
        &self,
        account: AccountId,
        operator: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = account.to_string();
        transaction!("set operator", self.turn(&OPERATOR, id.clone(), operator, stamp))
    }

    async fn find_accounts(
        &self,
        text: &str,
        page: Page,
    ) -> Result<(Vec<AccountRow>, i64), StoreError> {
        let pattern = like(text);
        let query = sqlx::query(sql::ACCOUNT_ROWS).bind(&pattern);
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let found: Result<Vec<_>, StoreError> = all!(self, query, rows::account_row);
        let count = sqlx::query_scalar(sql::ACCOUNT_ROWS_COUNT).bind(&pattern);
        Ok((found?, count.fetch_one(&self.readers).await?))
    }
}

impl Handle {
    async fn insert_first_account(
        &self,
        new: &NewAccount,
        link: &TicketDigest,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        spend(writing.connection(), link, LinkKind::Setup, stamp.at).await?;
        let query = sqlx::query_scalar(sql::LAST_ACCOUNT_NUMBER);
        let last: i64 = query.fetch_one(writing.connection()).await?;
        if last > 0 {
            return Err(StoreError::Conflict("there is an account already"));
        }
        accounts::insert(&mut writing, new, stamp).await?;
        sqlx::query(sql::FORGET_SETUP_LINKS).execute(writing.connection()).await?;
        let happened = Happened::to(new.id, ActivityKind::AccountCreated);
        activity::note(writing.connection(), &happened, stamp).await?;
        let detail = json!({ "email": new.email, "operator": new.operator });
        let (kind, subject) = (ChangeKind::AccountCreated, new.id.to_string());
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn insert_link(
        &self,
        link: &Link,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_writing().await?;
        let account = link.account.map(|account| account.to_string());
        let forget = sqlx::query(sql::FORGET_LINKS).bind(now.seconds());
        forget.execute(&mut *transaction).await?;
        match &account {
            Some(account) => sqlx::query(sql::FORGET_LINKS_OF).bind(account),
            None => sqlx::query(sql::FORGET_SETUP_LINKS),
        }
        .execute(&mut *transaction)
        .await?;
        sqlx::query(sql::INSERT_LINK)
            .bind(digest.as_str())
            .bind(rows::link_name(link.kind))
            .bind(account)
            .bind(link.expires_at.seconds())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn write_password(
        &self,
        change: &PasswordChange,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let account = change.account.to_string();
        let mut writing = self.begin().await?;
        if let Some(link) = &change.link {
            let whose = spend(writing.connection(), link, LinkKind::Password, stamp.at).await?;
            if whose.as_ref() != Some(&account) {
                return Err(StoreError::NotFound("link"));
            }
        }
        accounts::check_exists(writing.connection(), change.account).await?;
        let query = sqlx::query(sql::SET_PASSWORD).bind(&change.hash).bind(&account);
        let query = query.bind(change.credentials);
        if query.execute(writing.connection()).await?.rows_affected() == 0 {
            return Err(StoreError::Conflict("the credentials were changed meanwhile"));
        }
        end_others(writing.connection(), &account, change.keep.as_ref()).await?;
        for statement in [sql::END_CEREMONIES_OF, sql::FORGET_LINKS_OF] {
            sqlx::query(statement).bind(&account).execute(writing.connection()).await?;
        }
        let happened = Happened::to(change.account, ActivityKind::PasswordSet);
        activity::note(writing.connection(), &happened, stamp).await?;
        let detail = json!({ "by_link": change.link.is_some() });
        let kind = ChangeKind::PasswordSet;
        writing.finish(Told { kind, subject: account, detail }, stamp).await
    }
}

/// Ends every session but the one that goes on.
async fn end_others(
    connection: &mut DbConnection,
    account: &str,
    keep: Option<&Renewal>,
) -> Result<(), StoreError> {
    let kept = keep.map_or("", |renewal| renewal.from.as_str());
    let query = sqlx::query(sql::END_SESSIONS).bind(account).bind(kept);
    query.execute(&mut *connection).await?;
    if let Some(Renewal { from, to }) = keep {
        let query = sqlx::query(sql::RENEW_SESSION).bind(to.as_str()).bind(from.as_str());
        query.bind(account).execute(connection).await?;
    }
    Ok(())
}

/// Spends a link and gives whose it was. Of two at once, one finds it.
async fn spend(
    connection: &mut DbConnection,
    link: &TicketDigest,
    kind: LinkKind,
    now: UnixTime,
) -> Result<Option<String>, StoreError> {
    let query = sqlx::query_scalar(sql::SPEND_LINK)
        .bind(link.as_str())
        .bind(now.seconds())
        .bind(rows::link_name(kind));
    query.fetch_optional(connection).await?.ok_or(StoreError::NotFound("link"))
}
