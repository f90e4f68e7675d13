use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, UnixTime,
    delegation::{DelegationFacts, GrantFacts},
    facts::StoredSecret,
    refresh::GrantDigest,
};

use super::driver::Handle;
use crate::{
    Application, ApplicationChange, Applications, AuthorizationCode, Codes, DeviceAnswer, Devices,
    FirstTokens, Grant, Grants, HeldCode, LastUse, NewApplication, NewDevice, PendingDevice,
    Polled, Presented, Redemption, Removal, Rotation, Stamp, StoreError,
};

fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("not yet".to_owned()))
}

#[async_trait]
impl Applications for Handle {
    async fn create_application(&self, _: &NewApplication, _: Stamp) -> Result<(), StoreError> {
        not_yet()
    }
    async fn application(&self, _: ApplicationId) -> Result<Option<Application>, StoreError> {
        not_yet()
    }
    async fn applications_of(&self, _: AccountId) -> Result<Vec<Application>, StoreError> {
        not_yet()
    }
    async fn delegation_facts(
        &self,
        _: ApplicationId,
        _: AccountId,
    ) -> Result<Option<DelegationFacts>, StoreError> {
        not_yet()
    }
    async fn change_application(
        &self,
        _: AccountId,
        _: ApplicationId,
        _: &ApplicationChange,
        _: Stamp,
    ) -> Result<(), StoreError> {
        not_yet()
    }
    async fn replace_application_secret(
        &self,
        _: AccountId,
        _: ApplicationId,
        _: &StoredSecret,
        _: Stamp,
    ) -> Result<(), StoreError> {
        not_yet()
    }
    async fn remove_application(
        &self,
        _: AccountId,
        _: ApplicationId,
        _: Option<&str>,
        _: Stamp,
    ) -> Result<Removal, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl Codes for Handle {
    async fn add_code(
        &self,
        _: &GrantDigest,
        _: &AuthorizationCode,
        _: UnixTime,
    ) -> Result<(), StoreError> {
        not_yet()
    }
    async fn held_code(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
    ) -> Result<Option<HeldCode>, StoreError> {
        not_yet()
    }
    async fn redeem_code(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: &FirstTokens,
        _: Stamp,
    ) -> Result<Redemption, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl Devices for Handle {
    async fn add_device(&self, _: &NewDevice, _: UnixTime) -> Result<(), StoreError> {
        not_yet()
    }
    async fn pending_device(
        &self,
        _: &GrantDigest,
        _: UnixTime,
    ) -> Result<Option<PendingDevice>, StoreError> {
        not_yet()
    }
    async fn answer_device(
        &self,
        _: &GrantDigest,
        _: &DeviceAnswer,
        _: Stamp,
    ) -> Result<bool, StoreError> {
        not_yet()
    }
    async fn poll_device(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: UnixTime,
    ) -> Result<Polled, StoreError> {
        not_yet()
    }
    async fn redeem_device(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: &FirstTokens,
        _: Stamp,
    ) -> Result<Redemption, StoreError> {
        not_yet()
    }
}

#[async_trait]
impl Grants for Handle {
    async fn grants_of(&self, _: AccountId, _: UnixTime) -> Result<Vec<Grant>, StoreError> {
        not_yet()
    }
    async fn end_grant(&self, _: AccountId, _: GrantId, _: Stamp) -> Result<(), StoreError> {
        not_yet()
    }
    async fn present_refresh_token(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: Stamp,
    ) -> Result<Presented, StoreError> {
        not_yet()
    }
    async fn rotate_refresh_token(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: &GrantDigest,
        _: &LastUse,
        _: Stamp,
    ) -> Result<Rotation, StoreError> {
        not_yet()
    }
    async fn grant_of_refresh_token(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
    ) -> Result<Option<GrantFacts>, StoreError> {
        not_yet()
    }
    async fn revoke_refresh_token(
        &self,
        _: ApplicationId,
        _: &GrantDigest,
        _: Stamp,
    ) -> Result<bool, StoreError> {
        not_yet()
    }
}
