//! What the store takes and gives.

use std::{fmt, net::IpAddr};

use keymoor_core::{
    AccountId, ApiKey, ApplicationId, OrganizationId, ResourceServerId, ScopeName, SecretId,
    UnixTime,
    audience::ApiIdentifier,
    digest::SecretDigest,
    facts::{Limits, StoredSecret},
    jwt::Algorithm,
    name::{Email, Label},
    seal::Sealed,
};

/// Who changes something, and when: the head of an audit row.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The present.
    pub at: UnixTime,
    /// Who.
    pub by: Actor,
    /// From where, if over the network.
    pub from: Option<IpAddr>,
}

/// Who did something. Written `operator`, `account:<uuid>`, `token:<uuid>` or `provisioning:<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever has the data directory.
    Operator,
    /// A signed-in person.
    Account(AccountId),
    /// The bearer of an access token of this API token.
    ApiToken(ApiKey),
    /// An application that exchanges what somebody allowed it.
    Application(ApplicationId),
    /// A provisioning client, by its secret.
    Provisioning(SecretId),
    /// Nobody known: time went by, or a stranger tried.
    Nobody,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::ApiToken(key) => write!(f, "token:{key}"),
            Self::Application(id) => write!(f, "application:{id}"),
            Self::Provisioning(id) => write!(f, "provisioning:{id}"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// A person, or a service account that administrators of an organization own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// Signs in.
    Person,
    /// Only holds API tokens.
    Service,
}

/// An account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, the `sub` of tokens.
    pub id: AccountId,
    /// The integer `id` of the wire format, counted from 1.
    pub number: i64,
    /// What it stands for.
    pub kind: AccountKind,
    /// Unique among accounts.
    pub email: Email,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was disabled, if it is.
    pub disabled_at: Option<UnixTime>,
    /// Whether it may use the portal's operator pages.
    pub operator: bool,
    /// When somebody last signed in to it.
    pub signed_in_at: Option<UnixTime>,
}

impl Account {
    /// The domain of the addresses of service accounts that organizations made: mail goes nowhere.
    pub const NO_MAIL: &str = "service-account.invalid";

    /// Whether mail can be sent to it.
    pub fn takes_mail(&self) -> bool {
        let domain = self.email.as_str().split_once('@').map(|(_, domain)| domain);
        domain != Some(Self::NO_MAIL)
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// A fresh id.
    pub id: AccountId,
    /// What it stands for.
    pub kind: AccountKind,
    /// Refused if another account has it.
    pub email: Email,
    /// An Argon2id hash in PHC form; `None` if it cannot sign in by password.
    pub password_hash: Option<String>,
    /// Whether it may use the portal's operator pages.
    pub operator: bool,
}

/// An organization as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The integer `id` of the wire format, counted from 1.
    pub number: i64,
    /// Its name.
    pub name: Label,
    /// The account that owns it.
    pub owner: AccountId,
    /// The owner's address.
    pub owner_email: Email,
    /// Whether it enforces single sign-on.
    pub federated: bool,
    /// How many members it has, the owner included.
    pub members: i64,
    /// How many of them may do what administrators do, the owner included.
    pub admins: i64,
    /// How many teams it has.
    pub teams: i64,
    /// How many roles it has.
    pub roles: i64,
    /// When it was made.
    pub created_at: UnixTime,
}

/// An organization to be made. Its owner becomes its first member.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// A fresh id.
    pub id: OrganizationId,
    /// Its name.
    pub name: Label,
    /// An existing account.
    pub owner: AccountId,
    /// Whether it enforces single sign-on.
    pub federated: bool,
}

/// The operator vouches that a member signed in through the organization.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// The organization.
    pub organization: OrganizationId,
    /// A member of it.
    pub account: AccountId,
    /// Until when it counts.
    pub until: UnixTime,
    /// Why, for the audit.
    pub reason: Label,
}

/// An API token as its owner sees it: everything but its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its API Key.
    pub api_key: ApiKey,
    /// What its owner calls it.
    pub label: Label,
    /// When it was made.
    pub created_at: UnixTime,
    /// What narrows it.
    pub limits: Limits,
    /// The API token by which it was made, if by one.
    pub parent: Option<ApiKey>,
    /// When and from where an access token was last issued for it.
    pub last_use: Option<LastUse>,
    /// Its removal, if it was removed.
    pub removal: Option<Removal>,
}

/// An API token to be made, with its first secret.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// A fresh key.
    pub api_key: ApiKey,
    /// An existing account.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: Label,
    /// What narrows it.
    pub limits: Limits,
    /// The API token by which it is made, perhaps another account's; refused if that was removed meanwhile.
    pub parent: Option<ApiKey>,
    /// A fresh id for the secret.
    pub secret: SecretId,
    /// What is kept of the secret.
    pub digest: SecretDigest,
}

/// When and from where an API token was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: UnixTime,
    /// The client's address.
    pub address: IpAddr,
}

/// One use of an API token, to be recorded in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The API token.
    pub api_key: ApiKey,
    /// Which of its secrets.
    pub secret: SecretId,
    /// When and from where.
    pub last: LastUse,
}

/// What is known of a removal: a removed token's state carries its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// When.
    pub at: UnixTime,
    /// By whom, as [`Actor`] writes it.
    pub by: String,
    /// Why, if a reason was given.
    pub reason: Option<String>,
}

/// A token-signing key at rest.
#[derive(Clone, Debug)]
pub struct StoredSigningKey {
    /// Its id, the thumbprint of its public part.
    pub kid: String,
    /// Its one algorithm.
    pub algorithm: Algorithm,
    /// Its private part (PKCS#8) under the master key.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: UnixTime,
    /// When its turn to sign comes.
    pub signs_from: UnixTime,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<UnixTime>,
}

/// An API Secret as an operator sees it: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSecretRecord {
    /// Its id.
    pub id: SecretId,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was closed, if it was: it is refused since.
    pub closed_at: Option<UnixTime>,
    /// When and from where it was last used.
    pub last_use: Option<LastUse>,
}

/// An API Secret to be added to an API token.
#[derive(Clone, Debug)]
pub struct NewApiSecret {
    /// The API token.
    pub api_key: ApiKey,
    /// A fresh id.
    pub secret: SecretId,
    /// What is kept of the secret.
    pub digest: SecretDigest,
}

/// A resource server: an API that tokens are for, with credentials of its own.
#[derive(Clone, Debug)]
pub struct ResourceServer {
    /// The `client_id` of its credentials.
    pub id: ResourceServerId,
    /// The `aud` of its tokens.
    pub audience: ApiIdentifier,
    /// What people call it.
    pub name: Label,
    /// The scopes that it knows besides those of organizations.
    pub scopes: Vec<ScopeName>,
    /// Its secret, as stored.
    pub secret: StoredSecret,
    /// When it was made.
    pub created_at: UnixTime,
}

/// The pepper at rest.
#[derive(Clone, Debug)]
pub struct StoredPepper {
    /// What digests call it.
    pub id: i64,
    /// Its 32 bytes under the master key.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: UnixTime,
}
