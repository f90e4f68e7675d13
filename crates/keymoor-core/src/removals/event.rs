use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, ApiKey, GrantId, OrganizationId, SecretId, TokenId},
    time::UnixTime,
};

/// What tokens can hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An API token or an application: every access token of that `client_id`.
    ApiKey(ApiKey),
    /// One API Secret: every access token that it was exchanged for.
    Secret(SecretId),
    /// What somebody allowed an application: every access token that came of it.
    Grant(GrantId),
    /// One access token, by its `jti`.
    Token(TokenId),
    /// An account: every access token that acts as it.
    Account(AccountId),
    /// An organization: every access token with its scope.
    Organization(OrganizationId),
    /// A membership: every access token of the account with the organization's scope.
    Member {
        /// The organization.
        organization: OrganizationId,
        /// Who was a member of it.
        account: AccountId,
    },
}

/// Access tokens that are dead, though their time is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// What they hang on.
    #[serde(flatten)]
    pub subject: Subject,
    /// Only those issued up to then are dead, since the subject can come back; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_until: Option<UnixTime>,
}

/// One change of what guards go by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Access tokens are dead.
    Removed(Tombstone),
    /// The organization enforces single sign-on from now on.
    Federated(Federated),
    /// It does so no more.
    Unfederated(OrganizationId),
    /// The organization is disabled: its resources open to nobody, and tokens with its scope that
    /// were issued up to `issued_until` are dead.
    Disabled {
        /// The organization.
        organization: OrganizationId,
        /// As in [`Tombstone`].
        issued_until: UnixTime,
    },
    /// It is enabled again.
    Enabled(OrganizationId),
    /// A signing key of this `kid` is published.
    KeyAdded(String),
    /// The signing key of this `kid` counts no more: tokens signed with it are dead.
    KeyWithdrawn(String),
}

/// An organization that begins to enforce single sign-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ToldFederated")]
pub struct Federated {
    /// The organization.
    pub organization: OrganizationId,
    /// Tokens with its scope that were issued up to then are dead: nobody had to sign in for them.
    /// None of them is, if absent: it never was without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_until: Option<UnixTime>,
}

/// A feed may name the organization alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum ToldFederated {
    Alone(OrganizationId),
    Whole {
        organization: OrganizationId,
        #[serde(default)]
        issued_until: Option<UnixTime>,
    },
}

impl From<ToldFederated> for Federated {
    fn from(told: ToldFederated) -> Self {
        match told {
            ToldFederated::Alone(organization) => Self { organization, issued_until: None },
            ToldFederated::Whole { organization, issued_until } => {
                Self { organization, issued_until }
            }
        }
    }
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Counted in the order of commits; numbers of changes that guards need not know are missing.
    pub number: i64,
    /// What changed.
    pub event: Event,
}

/// Everything that guards go by, after the change of that number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Every change up to this number is in.
    pub number: i64,
    /// Every organization that enforces single sign-on.
    pub federated: Vec<OrganizationId>,
    /// Every disabled organization.
    pub disabled: Vec<OrganizationId>,
    /// The `kid` of every published signing key.
    pub keys: Vec<String>,
    /// The `kid` of every signing key that was withdrawn lately, whatever a key set still says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<String>,
    /// Every removal that can still matter.
    pub removed: Vec<Tombstone>,
}
