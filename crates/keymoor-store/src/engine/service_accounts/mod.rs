//! Service accounts: the store's part of them (`changes`), and what is read of them (`reading`).

mod changes;
mod reading;

use std::collections::BTreeMap;

use async_trait::async_trait;
use keymoor_core::{AccountId, OrganizationId, UnixTime, name::Label};

pub(super) use changes::erase_all;
use reading::{attestation, service_account, through_provider};

use super::{driver::Handle, seats};
use crate::{
    MemberSignIn, NewServiceAccount, ServiceAccount, ServiceAccounts, Stamp, StoreError, sql,
};

/// A service account and whose it is.
type Own = (OrganizationId, AccountId);

#[async_trait]
impl ServiceAccounts for Handle {
    async fn service_accounts(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<ServiceAccount>, StoreError> {
        let organization = organization.to_string();
        let query = sqlx::query(sql::SERVICE_ACCOUNTS).bind(&organization);
        let mut found: Vec<ServiceAccount> = all!(self, query, service_account)?;
        let teams = sqlx::query(sql::TEAMS_OF_MEMBERS).bind(organization);
        let teams: Result<Vec<_>, StoreError> = all!(self, teams, seats::of_account);
        let mut theirs = seats::by_account(teams?);
        for one in &mut found {
            one.teams = theirs.remove(&one.id).unwrap_or_default();
        }
        Ok(found)
    }

    async fn service_account(&self, id: AccountId) -> Result<Option<ServiceAccount>, StoreError> {
        let query = sqlx::query(sql::SERVICE_ACCOUNT).bind(id.to_string());
        let Some(mut found): Option<ServiceAccount> = one!(self, query, service_account)? else {
            return Ok(None);
        };
        let teams = sqlx::query(sql::TEAMS_OF_MEMBER).bind(found.organization.to_string());
        let teams: Result<Vec<_>, StoreError> =
            all!(self, teams.bind(id.to_string()), seats::of_account);
        found.teams = seats::by_account(teams?).remove(&id).unwrap_or_default();
        Ok(Some(found))
    }

    async fn create_service_account(
        &self,
        new: &NewServiceAccount,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create service account", self.insert_service_account(new, stamp))
    }

    async fn rename_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let own = (organization, id);
        transaction!("rename service account", self.write_service_name(own, name, stamp))
    }

    async fn renew_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        by: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let own = (organization, id);
        transaction!("renew service account", self.renew(own, by, stamp))
    }

    async fn set_service_account_disabled(
        &self,
        organization: OrganizationId,
        id: AccountId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let own = (organization, id);
        transaction!("disable service account", self.turn_service_account(own, disabled, stamp))
    }

    async fn delete_service_account(
        &self,
        organization: OrganizationId,
        id: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let own = (organization, id);
        transaction!("delete service account", self.erase_service_account(own, stamp))
    }

    async fn note_renewals(&self, days: u16, now: UnixTime) -> Result<usize, StoreError> {
        transaction!("note renewals", self.write_renewals(days, now))
    }

    async fn members_sign_ins(
        &self,
        organization: OrganizationId,
        of_one: Option<AccountId>,
        now: UnixTime,
    ) -> Result<Vec<MemberSignIn>, StoreError> {
        let one = of_one.map(|account| account.to_string()).unwrap_or_default();
        let query = sqlx::query(sql::MEMBERS_SIGN_INS).bind(organization.to_string());
        let through: Result<Vec<_>, StoreError> = all!(self, query.bind(&one), through_provider);
        let query = sqlx::query(sql::MEMBERS_ATTESTATIONS).bind(organization.to_string());
        let query = query.bind(now.seconds()).bind(one.clone());
        let attested: Result<Vec<_>, StoreError> = all!(self, query, attestation);
        let mut found = BTreeMap::new();
        for (account, times) in through? {
            of(&mut found, account).through_provider = Some(times);
        }
        // The one that counts longest comes last.
        for (account, vouched) in attested? {
            of(&mut found, account).vouched = Some(vouched);
        }
        Ok(found.into_values().collect())
    }
}

/// What is said of a member, if anything is.
fn of(found: &mut BTreeMap<AccountId, MemberSignIn>, account: AccountId) -> &mut MemberSignIn {
    let empty = MemberSignIn { account, through_provider: None, vouched: None };
    found.entry(account).or_insert(empty)
}
