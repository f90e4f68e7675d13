use keymoor_core::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::{
    credentials::ClientKey,
    endpoints::{EndpointError, Endpoints},
};

/// Which organization's scope a profile's tokens have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Organization {
    /// The one that an API wants, asked for when it does.
    #[default]
    Auto,
    /// Always this one.
    Fixed(OrganizationId),
}

/// A server and whose API Key is used there. The secret is not in it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Where its tokens come from and go to.
    pub endpoints: Endpoints,
    /// The API Key.
    pub key: ClientKey,
    /// The organization.
    pub organization: Organization,
}

/// A profile as the file has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    token_url: String,
    api_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoke_url: Option<String>,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<OrganizationId>,
}

impl Record {
    pub(super) fn of(profile: &Profile) -> Self {
        let ends = &profile.endpoints;
        Self {
            token_url: ends.token_url().to_string(),
            api_url: ends.api_base().to_string(),
            revoke_url: ends.revoke_url().map(ToString::to_string),
            key: profile.key.as_str().to_owned(),
            organization: match profile.organization {
                Organization::Auto => None,
                Organization::Fixed(id) => Some(id),
            },
        }
    }

    pub(super) fn profile(self) -> Result<Profile, String> {
        let endpoints = self.endpoints().map_err(|error| error.to_string())?;
        let key = ClientKey::parse(&self.key).map_err(|error| error.to_string())?;
        let organization = self.organization.map_or(Organization::Auto, Organization::Fixed);
        Ok(Profile { endpoints, key, organization })
    }

    fn endpoints(&self) -> Result<Endpoints, EndpointError> {
        let ends = Endpoints::new(&self.token_url, &self.api_url)?;
        match &self.revoke_url {
            Some(url) => ends.with_revocation(url),
            None => Ok(ends),
        }
    }
}
