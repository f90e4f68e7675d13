use async_trait::async_trait;
use keymoor_core::{AccountId, UnixTime, ticket::TicketDigest};

use super::Renewal;
use crate::{Account, NewAccount, Stamp, StoreError};

/// A part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The most rows.
    pub limit: u32,
    /// How many rows come before.
    pub offset: u32,
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Making the first account.
    Setup,
    /// Choosing a password, the first or a new one.
    Password,
}

/// A one-time link. Its ticket is only in the mail or on the operator's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub kind: LinkKind,
    /// Whose it is; `None` for the first account's.
    pub account: Option<AccountId>,
    /// From when on it does nothing.
    pub expires_at: UnixTime,
}

/// A new password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Whose.
    pub account: AccountId,
    /// An Argon2id hash in PHC form.
    pub hash: String,
    /// The link that allows it, which is spent by it; `None` if the account's owner did otherwise
    /// prove to be so.
    pub link: Option<TicketDigest>,
    /// The one session that goes on, under another ticket.
    pub keep: Option<Renewal>,
    /// The [`SignInFacts::credentials`](crate::SignInFacts::credentials) by which it was decided;
    /// `None` where a link decides.
    pub credentials: Option<i64>,
}

/// An account in the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// Whether a password was ever chosen: an invitation was accepted.
    pub has_password: bool,
    /// How many API tokens work.
    pub api_tokens: i64,
}

/// Accounts and their passwords.
#[async_trait]
pub trait People: Send + Sync {
    /// Whether an account was ever made.
    async fn has_accounts(&self) -> Result<bool, StoreError>;

    /// Makes the first account and spends the link for it; [`StoreError::NotFound`] if the link
    /// does nothing, [`StoreError::Conflict`] if there is an account.
    async fn create_first_account(
        &self,
        new: &NewAccount,
        link: &TicketDigest,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Keeps a link. Older ones for the same purpose do nothing any more.
    async fn add_link(
        &self,
        link: &Link,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    /// The link, if it works at `now`.
    async fn link(&self, digest: &TicketDigest, now: UnixTime) -> Result<Option<Link>, StoreError>;

    /// Sets a password and ends every other session, half-done sign-in and link of the account;
    /// [`StoreError::NotFound`] if the link does nothing or there is no such account,
    /// [`StoreError::Conflict`] if what decided it does not hold any more.
    async fn set_password(&self, change: &PasswordChange, stamp: Stamp) -> Result<(), StoreError>;

    /// The hash of the account's password, if it has one.
    async fn password_hash(&self, account: AccountId) -> Result<Option<String>, StoreError>;

    /// Lets an account use the operator pages, or no more; [`StoreError::NotFound`] if there is
    /// none, [`StoreError::Conflict`] if it is so already.
    async fn set_operator(
        &self,
        account: AccountId,
        operator: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The accounts whose address holds `text`, oldest first, and how many there are.
    async fn find_accounts(
        &self,
        text: &str,
        page: Page,
    ) -> Result<(Vec<AccountRow>, i64), StoreError>;
}
