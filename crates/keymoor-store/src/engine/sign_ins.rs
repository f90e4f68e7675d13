use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, SessionId, UnixTime,
    attempts::{Attempts, MEMORY},
    name::Email,
    ticket::TicketDigest,
};

use super::{
    activity::{self, Happened},
    driver::{DbConnection, Handle},
    rows,
};
use crate::{
    Account, ActivityKind, Ceremony, Factors, NewSession, Renewal, Session, SessionAge,
    SignInFacts, SignIns, Stamp, StoreError, sql,
};

#[async_trait]
impl SignIns for Handle {
    async fn sign_in_facts(&self, email: &Email) -> Result<Option<SignInFacts>, StoreError> {
        let query = sqlx::query(sql::SIGN_IN_FACTS).bind(email.as_str());
        let found = query.fetch_optional(&self.readers).await?;
        let account = found.as_ref().map(rows::account).transpose()?;
        // Asked for nobody's factors too: how long the answer takes says nothing.
        let whose = account.as_ref().map_or(AccountId::new(0, [0; 10]), |account| account.id);
        let factors = self.second_factors(whose).await?;
        let (Some(row), Some(account)) = (found, account) else {
            return Ok(None);
        };
        Ok(Some(SignInFacts {
            account,
            password_hash: rows::optional_text(&row, "password_hash")?,
            factors,
            credentials: rows::integer(&row, "credentials")?,
        }))
    }

    async fn attempt(&self, name: &str, now: UnixTime) -> Result<Result<(), UnixTime>, StoreError> {
        transaction!("count attempt", self.count_attempt(name, now))
    }

    async fn forget_attempts(&self, name: &str) -> Result<(), StoreError> {
        alone!(self, sqlx::query(sql::FORGET_ATTEMPTS_OF).bind(name));
        Ok(())
    }

    async fn start_session(
        &self,
        new: &NewSession,
        age: SessionAge,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("start session", self.insert_session(new, age, stamp))
    }

    async fn session(
        &self,
        digest: &TicketDigest,
        age: SessionAge,
    ) -> Result<Option<(Session, Account)>, StoreError> {
        let query = sqlx::query(sql::SESSION)
            .bind(digest.as_str())
            .bind(age.seen_after.seconds())
            .bind(age.started_after.seconds());
        one!(self, query, |row| Ok((rows::session(row)?, rows::account(row)?)))
    }

    async fn touch_session(
        &self,
        digest: &TicketDigest,
        address: IpAddr,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(sql::TOUCH_SESSION).bind(now.seconds()).bind(address.to_string());
        alone!(self, query.bind(digest.as_str()));
        Ok(())
    }

    async fn confirm_session(
        &self,
        account: AccountId,
        renewal: &Renewal,
        credentials: i64,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        transaction!("confirm session", async {
            let mut transaction = self.begin_writing().await?;
            let query = sqlx::query(sql::CONFIRM_SESSION)
                .bind(now.seconds())
                .bind(renewal.to.as_str())
                .bind(renewal.from.as_str())
                .bind(account.to_string());
            let done = hold(&mut transaction, account, credentials).await?
                && query.execute(&mut *transaction).await?.rows_affected() == 1;
            transaction.commit().await?;
            Ok(done)
        })
    }

    async fn sessions_of(
        &self,
        account: AccountId,
        age: SessionAge,
    ) -> Result<Vec<Session>, StoreError> {
        let query = sqlx::query(sql::SESSIONS_OF)
            .bind(account.to_string())
            .bind(age.seen_after.seconds())
            .bind(age.started_after.seconds());
        all!(self, query, rows::session)
    }

    async fn end_session(&self, account: AccountId, id: SessionId) -> Result<(), StoreError> {
        let query = sqlx::query(sql::END_SESSION).bind(account.to_string()).bind(id.to_string());
        match alone!(self, query) {
            0 => Err(StoreError::NotFound("session")),
            _ => Ok(()),
        }
    }

    async fn end_sessions(
        &self,
        account: AccountId,
        keep: Option<&TicketDigest>,
    ) -> Result<(), StoreError> {
        let keep = keep.map_or("", TicketDigest::as_str);
        alone!(self, sqlx::query(sql::END_SESSIONS).bind(account.to_string()).bind(keep));
        Ok(())
    }

    async fn begin_ceremony(
        &self,
        digest: &TicketDigest,
        ceremony: &Ceremony,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        transaction!("begin ceremony", self.insert_ceremony(digest, ceremony, now))
    }

    async fn ceremony(
        &self,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<Option<Ceremony>, StoreError> {
        let query = sqlx::query(sql::CEREMONY).bind(digest.as_str()).bind(now.seconds());
        one!(self, query, rows::ceremony)
    }

    async fn change_ceremony(
        &self,
        digest: &TicketDigest,
        from: &str,
        to: &str,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::SET_CEREMONY).bind(to).bind(digest.as_str()).bind(from);
        Ok(alone!(self, query) == 1)
    }
}

/// Whether the credentials are still those; nobody changes them then until the transaction ends.
async fn hold(
    connection: &mut DbConnection,
    account: AccountId,
    credentials: i64,
) -> Result<bool, StoreError> {
    let query = sqlx::query(sql::HOLD_CREDENTIALS).bind(account.to_string()).bind(credentials);
    Ok(query.execute(connection).await?.rows_affected() == 1)
}

/// Whether the grounds of a new session hold; what ends with its start is ended then.
async fn take_place(
    connection: &mut DbConnection,
    new: &NewSession,
    now: UnixTime,
) -> Result<bool, StoreError> {
    // The row is locked by this: whoever changes the credentials waits, and ends the session.
    let query = sqlx::query(sql::SET_SIGNED_IN).bind(now.seconds()).bind(new.account.to_string());
    let query = query.bind(new.grounds.credentials);
    if query.execute(&mut *connection).await?.rows_affected() == 0 {
        return Ok(false);
    }
    if let Some(ceremony) = &new.grounds.ceremony {
        let query = sqlx::query(sql::END_CEREMONY).bind(ceremony.as_str());
        if query.execute(&mut *connection).await?.rows_affected() == 0 {
            return Ok(false);
        }
    }
    if let Some(replaced) = &new.grounds.replaces {
        let query = sqlx::query(sql::REPLACE_SESSION).bind(replaced.as_str());
        query.execute(connection).await?;
    }
    Ok(true)
}

impl Handle {
    /// Locks the row of the name, so that of many attempts at once each sees the one before.
    async fn count_attempt(
        &self,
        name: &str,
        now: UnixTime,
    ) -> Result<Result<(), UnixTime>, StoreError> {
        let mut transaction = self.begin_writing().await?;
        sqlx::query(sql::FORGET_ATTEMPTS)
            .bind(now.plus(-MEMORY).seconds())
            .execute(&mut *transaction)
            .await?;
        let query = sqlx::query(sql::INSERT_ATTEMPT).bind(name).bind(now.seconds());
        let before = rows::attempts(&query.fetch_one(&mut *transaction).await?)?;
        let counted = before.attempt(now);
        if let Ok(Attempts { failures, last_at, blocked_until }) = counted {
            sqlx::query(sql::SET_ATTEMPT)
                .bind(i64::from(failures))
                .bind(last_at.seconds())
                .bind(blocked_until.seconds())
                .bind(name)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(counted.map(drop))
    }

    async fn insert_ceremony(
        &self,
        digest: &TicketDigest,
        ceremony: &Ceremony,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_writing().await?;
        if !hold(&mut transaction, ceremony.account, ceremony.credentials).await? {
            return Ok(false);
        }
        let forget = sqlx::query(sql::FORGET_CEREMONIES).bind(now.seconds());
        forget.execute(&mut *transaction).await?;
        sqlx::query(sql::INSERT_CEREMONY)
            .bind(digest.as_str())
            .bind(ceremony.account.to_string())
            .bind(&ceremony.state)
            .bind(ceremony.credentials)
            .bind(ceremony.expires_at.seconds())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn insert_session(
        &self,
        new: &NewSession,
        age: SessionAge,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let account = new.account.to_string();
        let mut transaction = self.begin_writing().await?;
        if !take_place(&mut transaction, new, stamp.at).await? {
            return Ok(false);
        }
        sqlx::query(sql::FORGET_SESSIONS)
            .bind(age.seen_after.seconds())
            .bind(age.started_after.seconds())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(sql::INSERT_SESSION)
            .bind(new.digest.as_str())
            .bind(new.id.to_string())
            .bind(&account)
            .bind(stamp.at.seconds())
            .bind(new.address.to_string())
            .bind(&new.device)
            .bind(new.organization.map(|organization| organization.to_string()))
            .execute(&mut *transaction)
            .await?;
        let happened = Happened {
            account: new.account,
            kind: ActivityKind::SignedIn,
            subject: String::new(),
            label: &new.device,
        };
        activity::note(&mut transaction, &happened, stamp).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
