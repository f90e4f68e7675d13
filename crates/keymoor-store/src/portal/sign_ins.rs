use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, OrganizationId, SessionId, UnixTime, name::Email, ticket::TicketDigest,
};

use super::SecondFactors;
use crate::{Account, Stamp, StoreError};

/// All that a sign-in depends on.
#[derive(Clone, Debug)]
pub struct SignInFacts {
    /// The account, which may be disabled.
    pub account: Account,
    /// The hash of its password, if it has one.
    pub password_hash: Option<String>,
    /// What else is asked for.
    pub factors: SecondFactors,
    /// How often password, second factors and state of the account have changed.
    pub credentials: i64,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name in lists.
    pub id: SessionId,
    /// When it was started.
    pub started_at: UnixTime,
    /// When it was last used.
    pub seen_at: UnixTime,
    /// When its owner last proved to be so.
    pub confirmed_at: UnixTime,
    /// From where it was last used.
    pub address: IpAddr,
    /// What the browser says of itself, shortened.
    pub device: String,
    /// The organization whose provider alone started it, if one did: it reaches nothing else.
    pub organization: Option<OrganizationId>,
}

/// A session to be started.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What is kept of its ticket.
    pub digest: TicketDigest,
    /// A fresh id.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// From where.
    pub address: IpAddr,
    /// What the browser says of itself, shortened.
    pub device: String,
    /// The organization whose provider alone started it, if one did: it reaches nothing else.
    pub organization: Option<OrganizationId>,
    /// What it is started by.
    pub grounds: Grounds,
}

/// What a session is started by, which has to hold when it starts, and what ends with its start.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// The [`SignInFacts::credentials`] by which it was decided; `None` if by none of them.
    pub credentials: Option<i64>,
    /// The half-done sign-in that it finishes.
    pub ceremony: Option<TicketDigest>,
    /// The session of the same browser whose place it takes.
    pub replaces: Option<TicketDigest>,
}

/// A session goes on under another ticket; the one before opens nothing.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// What was kept of the ticket.
    pub from: TicketDigest,
    /// What is kept of the new one.
    pub to: TicketDigest,
}

/// Sessions that are older count no more.
#[derive(Clone, Copy, Debug)]
pub struct SessionAge {
    /// Used after this.
    pub seen_after: UnixTime,
    /// Started after this.
    pub started_after: UnixTime,
}

/// A sign-in or an enrolment that is half done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// Whose.
    pub account: AccountId,
    /// What the server has to remember, in a form of its own.
    pub state: String,
    /// The [`SignInFacts::credentials`] by which the first half was decided.
    pub credentials: i64,
    /// From when on it is forgotten.
    pub expires_at: UnixTime,
}

/// Signing in and staying so.
#[async_trait]
pub trait SignIns: Send + Sync {
    /// All that a sign-in under that address depends on.
    async fn sign_in_facts(&self, email: &Email) -> Result<Option<SignInFacts>, StoreError>;

    /// Counts an attempt under `name`; `Err` of the time until which none is taken.
    async fn attempt(&self, name: &str, now: UnixTime) -> Result<Result<(), UnixTime>, StoreError>;

    /// The attempt under `name` succeeded: the ones before are forgotten.
    async fn forget_attempts(&self, name: &str) -> Result<(), StoreError>;

    /// Starts a session, forgets those that count no more, and notes the sign-in. Whether it did:
    /// nothing happens if the account is disabled or the grounds do not hold any more.
    async fn start_session(
        &self,
        new: &NewSession,
        age: SessionAge,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;

    /// The session and its account, if it counts and the account is not disabled.
    async fn session(
        &self,
        digest: &TicketDigest,
        age: SessionAge,
    ) -> Result<Option<(Session, Account)>, StoreError>;

    /// The session was used.
    async fn touch_session(
        &self,
        digest: &TicketDigest,
        address: IpAddr,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    /// The session's owner proved to be so once more, by `credentials`: it goes on under another
    /// ticket. Whether it did: nothing happens if the session ended or `credentials` are older.
    async fn confirm_session(
        &self,
        account: AccountId,
        renewal: &Renewal,
        credentials: i64,
        now: UnixTime,
    ) -> Result<bool, StoreError>;

    /// The sessions of an account that count, last used first.
    async fn sessions_of(
        &self,
        account: AccountId,
        age: SessionAge,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session of an account; [`StoreError::NotFound`] if it has none of that id.
    async fn end_session(&self, account: AccountId, id: SessionId) -> Result<(), StoreError>;

    /// Ends every session of an account but `keep`.
    async fn end_sessions(
        &self,
        account: AccountId,
        keep: Option<&TicketDigest>,
    ) -> Result<(), StoreError>;

    /// Remembers a ceremony, and forgets those whose time is over. Whether it did: nothing happens
    /// if the account is disabled or `credentials` are older.
    async fn begin_ceremony(
        &self,
        digest: &TicketDigest,
        ceremony: &Ceremony,
        now: UnixTime,
    ) -> Result<bool, StoreError>;

    /// The ceremony, if its time is not over.
    async fn ceremony(
        &self,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<Option<Ceremony>, StoreError>;

    /// Changes a ceremony's state. Whether it was `from`: of two at once, one finds it so.
    async fn change_ceremony(
        &self,
        digest: &TicketDigest,
        from: &str,
        to: &str,
    ) -> Result<bool, StoreError>;
}
