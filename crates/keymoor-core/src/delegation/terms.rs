use super::GRANT_LIFE;
use crate::{
    facts::{CredentialFacts, Limits, Membership, StoredSecret},
    id::{AccountId, ApplicationId, GrantId, OrganizationId},
    scope::{Scope, Scopes},
    time::UnixTime,
    token::TOKEN_LIFE,
};

/// The scope that asks for a refresh token (OpenID Connect Core §11): to go on without the person.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// What an application may do, as its owner has it. Everything is off unless it was enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Ask by authorization codes (RFC 6749 §4.1).
    pub authorization_code: bool,
    /// Ask by device codes (RFC 8628).
    pub device: bool,
    /// Get refresh tokens.
    pub refresh_tokens: bool,
}

/// Everything stored of an application that bears on issuing.
#[derive(Clone, Debug)]
pub struct ApplicationFacts {
    /// Its `client_id`.
    pub id: ApplicationId,
    /// When it was removed, if it was.
    pub removed_at: Option<UnixTime>,
    /// When the account of its owner was disabled, if it is.
    pub owner_disabled_at: Option<UnixTime>,
    /// Its secret, if it is a confidential client; a public one has none (RFC 6749 §2.1).
    pub secret: Option<StoredSecret>,
    /// What it may do.
    pub rights: Rights,
    /// The only organizations that it may reach.
    pub organizations: Option<Vec<OrganizationId>>,
}

/// What a person allowed an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The application.
    pub application: ApplicationId,
    /// Who allowed it, the `sub` of its access tokens.
    pub account: AccountId,
    /// What was allowed, [`OFFLINE_ACCESS`] included.
    pub scopes: Scopes,
    /// The identifier of the API, the `aud` of its access tokens.
    pub audience: String,
    /// What narrows it besides what narrows the application: the limits of the session in which it
    /// was allowed.
    pub limits: Limits,
}

impl Consent {
    /// Whether a refresh token belongs to it.
    pub fn is_offline(&self) -> bool {
        let offline =
            |scope: &Scope| matches!(scope, Scope::Named(name) if name.as_str() == OFFLINE_ACCESS);
        self.scopes.iter().any(offline)
    }

    /// From when on a grant of it is over that is made at `now`. Without a refresh token that is as
    /// soon as its one access token is.
    pub fn lasts_until(&self, now: UnixTime) -> UnixTime {
        let life = if self.is_offline() { GRANT_LIFE } else { TOKEN_LIFE };
        let end = now.plus(i64::from(life));
        self.limits.expires_at.map_or(end, |last| last.min(end))
    }
}

/// What has to be known of an application and an account before a token is issued to the one in the
/// name of the other.
#[derive(Clone, Debug)]
pub struct DelegationFacts {
    /// The application.
    pub application: ApplicationFacts,
    /// The account.
    pub account: AccountId,
    /// When it was disabled, if it is.
    pub account_disabled_at: Option<UnixTime>,
    /// The organizations that it is a member of; disabled organizations left out.
    pub memberships: Vec<Membership>,
}

impl DelegationFacts {
    /// The same as the rules of issuing take it, narrowed by `limits` and by the application's.
    pub fn as_credential(&self, limits: &Limits) -> CredentialFacts {
        CredentialFacts {
            api_key: self.application.id.as_client(),
            removed_at: self.application.removed_at,
            account: self.account,
            account_disabled_at: self.account_disabled_at,
            secrets: Vec::new(),
            limits: narrowed(limits, self.application.organizations.as_deref()),
            memberships: self.memberships.clone(),
        }
    }
}

/// `limits`, and of the organizations only those that are in `only` too.
pub fn narrowed(limits: &Limits, only: Option<&[OrganizationId]>) -> Limits {
    let organizations = match (limits.organizations.as_ref(), only) {
        (Some(own), Some(only)) => {
            Some(own.iter().copied().filter(|one| only.contains(one)).collect())
        }
        (own, only) => own.cloned().or_else(|| only.map(<[_]>::to_vec)),
    };
    Limits { organizations, ..limits.clone() }
}

/// A grant and all that its refresh token depends on, as one store read gives it.
#[derive(Clone, Debug)]
pub struct GrantFacts {
    /// Its id.
    pub id: GrantId,
    /// What was allowed.
    pub consent: Consent,
    /// When it was ended, if it was.
    pub ended_at: Option<UnixTime>,
    /// From when on it is over, used or not.
    pub expires_at: UnixTime,
    /// When it was last used.
    pub last_used_at: UnixTime,
    /// Who is concerned.
    pub facts: DelegationFacts,
}
