use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, Scopes, UnixTime,
    delegation::{Consent, DelegationFacts},
    refresh::GrantDigest,
};

use super::{Application, FirstTokens, Redemption};
use crate::{Stamp, StoreError};

/// A device that asks (RFC 8628 §3.1).
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// What is kept of its device code.
    pub device_code: GrantDigest,
    /// What is kept of the user code.
    pub user_code: GrantDigest,
    /// Which application it runs.
    pub application: ApplicationId,
    /// What it asks for.
    pub scopes: Scopes,
    /// The identifier of the API that it asks for.
    pub audience: String,
    /// From where it asked.
    pub address: IpAddr,
    /// From when on both codes work no more.
    pub expires_at: UnixTime,
}

/// A device that waits for an answer, as it is shown to whoever has its user code.
#[derive(Clone, Debug)]
pub struct PendingDevice {
    /// Which application it runs.
    pub application: Application,
    /// What it asks for.
    pub scopes: Scopes,
    /// The identifier of the API that it asks for.
    pub audience: String,
    /// From where it asked.
    pub address: IpAddr,
    /// When it asked.
    pub asked_at: UnixTime,
}

/// What a person answered.
#[derive(Clone, Debug)]
pub enum DeviceAnswer {
    /// Yes: this much, which is of the device's application.
    Allow(Consent),
    /// No, by this account.
    Deny(AccountId),
}

/// What a device hears.
#[derive(Clone, Debug)]
pub enum Polled {
    /// There is no such device code of that application.
    Unknown,
    /// Its time is over without a yes.
    Expired,
    /// It asked again too soon; the interval is longer from now on.
    SlowDown,
    /// Nobody has answered.
    Pending,
    /// The answer was no.
    Denied,
    /// The answer was yes: what was allowed, and the facts about it as of now.
    Allowed(Box<(Consent, DelegationFacts)>),
    /// What was allowed was fetched before.
    Spent,
}

/// Devices and their codes. Those are single-use, whichever server takes them.
#[async_trait]
pub trait Devices: Send + Sync {
    /// Remembers a device, and forgets those that were over an hour ago; [`StoreError::Conflict`] if
    /// the user code is another's: the caller draws another one.
    async fn add_device(&self, new: &NewDevice, now: UnixTime) -> Result<(), StoreError>;

    /// The device of that user code, while it waits for an answer.
    async fn pending_device(
        &self,
        user_code: &GrantDigest,
        now: UnixTime,
    ) -> Result<Option<PendingDevice>, StoreError>;

    /// Answers a device, and notes who did. Whether it did: nothing happens if its time is over, it was answered
    /// before, or the consent is another application's.
    async fn answer_device(
        &self,
        user_code: &GrantDigest,
        answer: &DeviceAnswer,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;

    /// What a device hears that asks with its device code, and that it asked.
    async fn poll_device(
        &self,
        client: ApplicationId,
        device_code: &GrantDigest,
        now: UnixTime,
    ) -> Result<Polled, StoreError>;

    /// As [`Codes::redeem_code`](super::Codes::redeem_code), of a device code that was allowed; call
    /// it on [`Polled::Spent`] too.
    async fn redeem_device(
        &self,
        client: ApplicationId,
        device_code: &GrantDigest,
        first: &FirstTokens,
        stamp: Stamp,
    ) -> Result<Redemption, StoreError>;
}
