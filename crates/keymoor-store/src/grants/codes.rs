use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, UnixTime,
    delegation::{Consent, DelegationFacts},
    refresh::GrantDigest,
};

use crate::{Stamp, StoreError};

/// An authorization code (RFC 6749 §4.1.2), with all that it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// What somebody allowed.
    pub consent: Consent,
    /// Where the browser was sent with it, exactly as the application asked.
    pub redirect_uri: String,
    /// The S256 challenge (RFC 7636 §4.2).
    pub challenge: String,
    /// From when on it works no more.
    pub expires_at: UnixTime,
}

/// A code that was found, with what issuing depends on.
#[derive(Clone, Debug)]
pub struct HeldCode {
    /// The code.
    pub code: AuthorizationCode,
    /// Whether it was redeemed before.
    pub spent: bool,
    /// Who is concerned, as of now.
    pub facts: DelegationFacts,
}

/// What a code is redeemed for, made by the caller. How long the grant lasts is the consent's:
/// [`Consent::lasts_until`].
#[derive(Clone, Debug)]
pub struct FirstTokens {
    /// The grant.
    pub grant: GrantId,
    /// What is kept of its first refresh token; left out unless the consent is
    /// [offline](Consent::is_offline).
    pub refresh: GrantDigest,
    /// From where it was asked for.
    pub address: IpAddr,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// The grant is made.
    Made,
    /// It was redeemed before. The grant that it brought then is ended, by this time if by none
    /// before.
    Spent,
    /// There is none such of that application, or its time is over.
    Unknown,
}

/// Authorization codes. They are single-use, whichever server takes them.
#[async_trait]
pub trait Codes: Send + Sync {
    /// Remembers a code and that somebody said yes, and forgets codes that were over an hour ago.
    async fn add_code(
        &self,
        digest: &GrantDigest,
        code: &AuthorizationCode,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Notes that the account said no to the application.
    async fn note_denied(
        &self,
        application: ApplicationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The code of that digest with the facts about it, spent or not, over or not; `None` if it was
    /// never there, is forgotten, or is another application's.
    async fn held_code(
        &self,
        client: ApplicationId,
        digest: &GrantDigest,
    ) -> Result<Option<HeldCode>, StoreError>;

    /// Spends a code and makes the grant of it, in one transaction: of many at once, one finds it
    /// unspent. Call it once the verifier and the redirect URI are proved and the rules allow it,
    /// and whenever [`HeldCode::spent`] says so: what a code brought ends when it comes again.
    async fn redeem_code(
        &self,
        client: ApplicationId,
        digest: &GrantDigest,
        first: &FirstTokens,
        stamp: Stamp,
    ) -> Result<Redemption, StoreError>;
}
