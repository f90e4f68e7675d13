use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, UnixTime,
    delegation::{Consent, GrantFacts},
    name::{Email, Label},
    refresh::GrantDigest,
};

use crate::{LastUse, Stamp, StoreError};

/// A grant that counts, as whoever gave it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// What was allowed, to which application.
    pub consent: Consent,
    /// The address of whoever gave it.
    pub account_email: Email,
    /// What people call the application.
    pub application_name: Label,
    /// When it was given.
    pub created_at: UnixTime,
    /// When and from where it last brought an access token.
    pub last_use: LastUse,
    /// From when on it is over, used or not.
    pub expires_at: UnixTime,
}

/// Who ends a grant before its time, and so whose it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantEnding {
    /// This account, which gave it.
    TakenBack(AccountId),
    /// This application, which gives an access token of it back (RFC 7009 §2.1).
    Revoked(ApplicationId),
    /// This application, whose refresh token came again after it had been used long before.
    Reused(ApplicationId),
    /// An operator, whosever it is.
    ByOperator,
}

/// What is known of a refresh token that a client presents.
#[derive(Clone, Debug)]
pub enum Presented {
    /// There is none such of that application.
    Unknown,
    /// It counts, or was used so lately that it may come again.
    Held(Box<GrantFacts>),
    /// It was used before. The grant, which this account gave, is ended: by this time if by none
    /// before.
    Reused(AccountId),
}

/// The grant that a refresh token belonged to which is not known any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldGrant {
    /// Its id.
    pub id: GrantId,
    /// Who gave it.
    pub account: AccountId,
    /// Whether it was ended before.
    pub ended: bool,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Its successor counts in its place.
    Rotated,
    /// It was rotated a moment ago, to the same successor, which still counts.
    Again,
    /// There is none such of that application.
    Unknown,
    /// It was used before. The grant is ended, by this time if by none before.
    Reused,
    /// The grant was ended meanwhile.
    Ended,
}

/// What people allowed applications, and the refresh tokens of it.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The grants of an account that count at `now`, last used first.
    async fn grants_of(&self, account: AccountId, now: UnixTime) -> Result<Vec<Grant>, StoreError>;

    /// The grants to an application that count at `now`, last used first.
    async fn grants_to(
        &self,
        application: ApplicationId,
        now: UnixTime,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Ends a grant, with all its tokens. If its account or an operator ends it, what the account allowed
    /// the application and that has not fetched yet is [taken back](Self::withdraw) with it.
    /// [`StoreError::NotFound`] if there is none of that id that
    /// `ending` may end, [`StoreError::Conflict`] if it was ended before.
    async fn end_grant(
        &self,
        id: GrantId,
        ending: GrantEnding,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Takes back what was allowed and not fetched yet, codes and devices: they bring nothing any more.
    /// Of the account and of the application, where they are named. How much it was.
    async fn withdraw(
        &self,
        account: Option<AccountId>,
        application: Option<ApplicationId>,
        stamp: Stamp,
    ) -> Result<usize, StoreError>;

    /// What a refresh token is worth, in one consistent read. One that was used long ago, or that is
    /// older than the one before the current one, ends its grant.
    async fn present_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        stamp: Stamp,
    ) -> Result<Presented, StoreError>;

    /// Puts `successor` in the place of `token`, in one transaction, and forgets the one before
    /// `token` unless it is one of those that [are kept](keymoor_core::delegation::KEPT_EVERY): of many at once, one rotates it
    /// and the others are told that they got the same. Call it once the rules allow an access token.
    async fn rotate_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        successor: &GrantDigest,
        used: &LastUse,
        stamp: Stamp,
    ) -> Result<Rotation, StoreError>;

    /// Which grant it was that a refresh token belonged to which is not known any
    /// more: by what is kept of [later](keymoor_core::refresh::GrantKeys::later) ones.
    async fn grant_of_later(
        &self,
        client: ApplicationId,
        later: &[GrantDigest],
    ) -> Result<Option<OldGrant>, StoreError>;

    /// Ends the grant of a refresh token that is known, whether or not that counts any more (RFC 7009
    /// §2.1). Whether there was one of that application that had not ended.
    async fn revoke_refresh_token(
        &self,
        client: ApplicationId,
        token: &GrantDigest,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;
}
