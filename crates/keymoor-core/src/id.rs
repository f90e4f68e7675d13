//! Identifiers: UUIDs in canonical text (lower case, hyphenated), a type for each kind.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::{Builder, Uuid, fmt::Hyphenated};

/// The text is not a UUID in canonical form, or not of the version this identifier has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a canonical UUID (lower case, hyphenated) of the expected version")]
pub struct InvalidId;

/// Reads `text` only if it is exactly what [`Uuid`] would print, so that each identifier has one
/// spelling and cannot slip past a comparison by another.
fn parse_canonical(text: &str) -> Result<Uuid, InvalidId> {
    let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
    let mut buffer = [0; Hyphenated::LENGTH];
    let canonical: &str = uuid.hyphenated().encode_lower(&mut buffer);
    if canonical == text { Ok(uuid) } else { Err(InvalidId) }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Reads the canonical text form.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let uuid = parse_canonical(text)?;
                let accepts: fn(&Uuid) -> bool = $accepts;
                if accepts(&uuid) { Ok(Self(uuid)) } else { Err(InvalidId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = [0; Hyphenated::LENGTH];
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }
    };
}

macro_rules! random_identifier {
    ($name:ident) => {
        impl $name {
            /// A version 4 UUID from 16 bytes of a CSPRNG.
            pub fn from_random(random: [u8; 16]) -> Self {
                Self(Builder::from_random_bytes(random).into_uuid())
            }
        }
    };
}

identifier!(
    /// The public half of an API token, the OAuth `client_id` (RFC 6749 §2.2): a version 4 UUID.
    /// Accounts are version 7, so no API Key can ever equal an account's id (RFC 9700 §4.15).
    ApiKey,
    |uuid| uuid.get_version_num() == 4
);
identifier!(
    /// An account, the `sub` of its tokens: a version 7 UUID.
    AccountId,
    |uuid| uuid.get_version_num() == 7
);
identifier!(
    /// An organization; a UUID of any version, since imported ones keep theirs.
    OrganizationId,
    |_| true
);
identifier!(
    /// One API Secret of an API token.
    SecretId,
    |_| true
);
identifier!(
    /// One access token, its `jti` (RFC 7519 §4.1.7).
    TokenId,
    |_| true
);

identifier!(
    /// A resource server, the `client_id` of its own credentials: a version 4 UUID.
    ResourceServerId,
    |uuid| uuid.get_version_num() == 4
);

identifier!(
    /// A role of an organization: a name for what some of its members may do.
    RoleId,
    |_| true
);
identifier!(
    /// A team of an organization.
    TeamId,
    |_| true
);
identifier!(
    /// An invitation to an organization, the `token` of the wire format. It opens nothing by itself:
    /// only the account of the invited address accepts it.
    InvitationId,
    |_| true
);

identifier!(
    /// One browser's session in the portal, as its owner sees it in a list. It opens nothing.
    SessionId,
    |_| true
);

identifier!(
    /// An identity provider that an organization's members sign in through.
    IdentityProviderId,
    |_| true
);

identifier!(
    /// A person as an organization's provisioning client knows them, the `id` of SCIM.
    ScimUserId,
    |_| true
);

identifier!(
    /// An application that asks people for grants, the OAuth `client_id` (RFC 6749 §2.2): a version 4
    /// UUID, as API Keys are.
    ApplicationId,
    |uuid| uuid.get_version_num() == 4
);
identifier!(
    /// What somebody allowed an application, and every token that came of it.
    GrantId,
    |uuid| uuid.get_version_num() == 4
);

random_identifier!(ApiKey);
random_identifier!(ApplicationId);
random_identifier!(GrantId);
random_identifier!(ScimUserId);
random_identifier!(IdentityProviderId);
random_identifier!(SessionId);
random_identifier!(ResourceServerId);
random_identifier!(OrganizationId);
random_identifier!(SecretId);
random_identifier!(TokenId);
random_identifier!(RoleId);
random_identifier!(TeamId);
random_identifier!(InvitationId);

impl SecretId {
    /// No secret's id: stands in where there is no secret.
    pub(crate) const NIL: Self = Self(Uuid::nil());
}

impl ApplicationId {
    /// The application as the `client_id` claim of its access tokens names it, where an API Key
    /// stands otherwise: guards need not tell the two apart.
    pub fn as_client(self) -> ApiKey {
        ApiKey(self.0)
    }

    /// The application that such a claim would name. Whether there is one, only the store knows.
    pub fn of_client(client: ApiKey) -> Self {
        Self(client.0)
    }
}

impl AccountId {
    /// A version 7 UUID (RFC 9562 §5.7) from milliseconds since the epoch and 10 random bytes.
    pub fn new(unix_milliseconds: u64, random: [u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(unix_milliseconds, &random).into_uuid())
    }
}
