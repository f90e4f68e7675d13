//! What the store takes and gives.

use std::{fmt, net::IpAddr};

use keymoor_core::{
    AccountId, ApiKey, OrganizationId, SecretId, UnixTime,
    digest::SecretDigest,
    facts::Limits,
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
}

/// Who did something. Written `operator`, `account:<uuid>` or `token:<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever has the data directory.
    Operator,
    /// A signed-in person.
    Account(AccountId),
    /// The bearer of an access token of this API token.
    ApiToken(ApiKey),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::ApiToken(key) => write!(f, "token:{key}"),
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
    /// The API token by which it is made; refused if that was removed meanwhile.
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

/// A row of `changes`: what the removal feed tells, in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Counted from 1 without gaps, from a counter locked in the change's transaction.
    pub number: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// To what: an API Key, UUID or `kid` in text form.
    pub subject: String,
}

/// What can happen. The names in the table are those of [`ChangeKind::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what was created, added, removed or attested")]
pub enum ChangeKind {
    AccountCreated,
    OrganizationCreated,
    MemberAdded,
    SignInAttested,
    ApiTokenCreated,
    ApiTokenRemoved,
    SigningKeyAdded,
    PepperAdded,
}

impl ChangeKind {
    /// Every kind with its name in the tables `changes` and `audit`.
    pub const NAMES: [(Self, &'static str); 8] = [
        (Self::AccountCreated, "account.created"),
        (Self::OrganizationCreated, "organization.created"),
        (Self::MemberAdded, "organization.member_added"),
        (Self::SignInAttested, "organization.sign_in_attested"),
        (Self::ApiTokenCreated, "api_token.created"),
        (Self::ApiTokenRemoved, "api_token.removed"),
        (Self::SigningKeyAdded, "signing_key.added"),
        (Self::PepperAdded, "pepper.added"),
    ];

    /// The name in the tables.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}
