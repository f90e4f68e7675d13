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

    /// Starts a session, forgets those that count no more, and notes the sign-in.
    async fn start_session(
        &self,
        new: &NewSession,
        age: SessionAge,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

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

    /// The session's owner proved to be so once more.
    async fn confirm_session(&self, digest: &TicketDigest, now: UnixTime)
    -> Result<(), StoreError>;

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

    /// Remembers a ceremony, and forgets those whose time is over.
    async fn begin_ceremony(
        &self,
        digest: &TicketDigest,
        ceremony: &Ceremony,
        now: UnixTime,
    ) -> Result<(), StoreError>;

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

    /// Ends a ceremony. Whether there was one: of two at once, one finds it.
    async fn end_ceremony(&self, digest: &TicketDigest) -> Result<bool, StoreError>;
}
