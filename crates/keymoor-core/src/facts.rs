//! What the token endpoint has to know of an API token before it decides.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    digest::SecretDigest,
    id::{AccountId, ApiKey, OrganizationId, SecretId},
    time::UnixTime,
};

/// Everything stored of one API token that bears on issuing, as one store read gives it.
#[derive(Clone, Debug)]
pub struct CredentialFacts {
    /// The API Key that the facts are about.
    pub api_key: ApiKey,
    /// When it was removed, if it was.
    pub removed_at: Option<UnixTime>,
    /// The account that owns it, the `sub` of its access tokens.
    pub account: AccountId,
    /// When that account was disabled, if it is.
    pub account_disabled_at: Option<UnixTime>,
    /// Its API Secrets, closed ones left out; several while one replaces another.
    pub secrets: Vec<StoredSecret>,
    /// What narrows it.
    pub limits: Limits,
    /// The organizations its owner is a member of; disabled organizations left out.
    pub memberships: Vec<Membership>,
}

/// One API Secret as stored.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Names the secret in the record of its last use.
    pub id: SecretId,
    /// What a presented secret must hash to.
    pub digest: SecretDigest,
}

/// A membership of the owner, as far as scopes depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationId,
    /// Whether it enforces single sign-on (Federated Authentication).
    pub federated: bool,
    /// Until when the owner's sign-in through it, or an operator's attestation, counts.
    pub signed_in_until: Option<UnixTime>,
}

/// Optional limits of an API token. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// No access token is issued from then on, and none outlives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// The only organizations it may reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<OrganizationId>>,
    /// The only addresses that may ask for access tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_ranges: Option<Vec<IpNet>>,
    /// Seconds that its access tokens live, where less than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_life: Option<u32>,
    /// Whether it was made in a session that an organization's identity provider alone started. It
    /// opens what the organization's members use and changes nothing of the organization.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub through_provider_alone: bool,
}

impl Limits {
    /// Whether what is narrowed by these limits reaches nothing that `outer` does not.
    pub fn lie_within(&self, outer: &Self) -> bool {
        within(self.expires_at.as_ref(), outer.expires_at.as_ref(), |own, end| own <= end)
            && within(self.organizations.as_ref(), outer.organizations.as_ref(), |own, only| {
                own.iter().all(|one| only.contains(one))
            })
            && within(self.address_ranges.as_ref(), outer.address_ranges.as_ref(), |own, only| {
                own.iter().all(|one| only.iter().any(|range| range.contains(one)))
            })
            && within(self.token_life.as_ref(), outer.token_life.as_ref(), |own, life| own <= life)
            && (self.through_provider_alone || !outer.through_provider_alone)
    }

    /// Whether the token may reach `organization` at all.
    pub fn allow_organization(&self, organization: OrganizationId) -> bool {
        self.organizations.as_ref().is_none_or(|only| only.contains(&organization))
    }

    /// Whether a request from `address` is within the allowed ranges. An IPv4 address in IPv6
    /// clothes (RFC 4291 §2.5.5.2) counts as the IPv4 address it is.
    pub fn allow_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let within = |ranges: &Vec<IpNet>| ranges.iter().any(|range| range.contains(&address));
        self.address_ranges.as_ref().is_none_or(within)
    }
}

/// Compares two limits; what has none lies within nothing that has one.
fn within<T>(own: Option<&T>, outer: Option<&T>, fits: impl FnOnce(&T, &T) -> bool) -> bool {
    outer.is_none_or(|outer| own.is_some_and(|own| fits(own, outer)))
}
