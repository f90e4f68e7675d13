use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use keymoor_core::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::{
    credentials::{ClientKey, Mark},
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

/// Where a profile's API Secret is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a file.
    #[default]
    File,
    /// In the system's store. Its SHA-256 finds cached tokens without opening the store.
    System([u8; 32]),
}

impl fmt::Debug for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "File",
            Self::System(_) => "System",
        })
    }
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
    /// Where its API Secret is.
    pub secret: SecretPlace,
    /// Whether that is a refresh token, of a login by device, and the key an application's client ID.
    pub refreshes: bool,
}

impl Profile {
    /// Which credentials it has, if its secret is in the system's store: found without opening that.
    pub fn mark(&self) -> Option<Mark> {
        match self.secret {
            SecretPlace::File => None,
            SecretPlace::System(digest) => {
                Some(Mark { key: self.key.clone(), digest, refreshes: self.refreshes })
            }
        }
    }
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
    /// Base64. It is there if the secret is in the system's store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    system_secret_sha256: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refreshes: bool,
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
            system_secret_sha256: match profile.secret {
                SecretPlace::File => None,
                SecretPlace::System(digest) => Some(STANDARD.encode(digest)),
            },
            refreshes: profile.refreshes,
        }
    }

    pub(super) fn profile(self) -> Result<Profile, String> {
        let endpoints = self.endpoints().map_err(|error| error.to_string())?;
        let key = ClientKey::parse(&self.key).map_err(|error| error.to_string())?;
        let organization = self.organization.map_or(Organization::Auto, Organization::Fixed);
        let secret = self.place()?;
        Ok(Profile { endpoints, key, organization, secret, refreshes: self.refreshes })
    }

    fn place(&self) -> Result<SecretPlace, String> {
        let Some(text) = &self.system_secret_sha256 else { return Ok(SecretPlace::File) };
        let digest = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        let digest = digest.ok_or("system_secret_sha256 is malformed")?;
        Ok(SecretPlace::System(digest))
    }

    fn endpoints(&self) -> Result<Endpoints, EndpointError> {
        let ends = Endpoints::new(&self.token_url, &self.api_url)?;
        match &self.revoke_url {
            Some(url) => ends.with_revocation(url),
            None => Ok(ends),
        }
    }
}
