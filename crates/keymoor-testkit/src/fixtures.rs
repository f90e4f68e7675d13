use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, Method, Uri};
use keymoor_core::{
    AccountId, ApiKey, ApiSecret, OrganizationId, Scopes, SecretId, TokenId, UnixTime,
    audience::Audiences,
    claims::Claims,
    digest::Pepper,
    facts::{CredentialFacts, Limits, Membership, StoredSecret},
    jwt::Expectation,
    token::{Issuer, Moment},
    wire::{OAuthError, RequestHead, TokenRequest},
};

use crate::{Seeded, pepper};

/// The present of most tests: 2026-11-23T19:11:00Z.
pub const NOW: UnixTime = UnixTime::from_seconds(1_795_461_060);

/// An API token with everything around it; change what the test is about.
pub struct Fixture {
    /// Its secret in the clear.
    pub secret: ApiSecret,
    /// What is stored.
    pub facts: CredentialFacts,
    /// Under which the secret is hashed.
    pub pepper: Pepper,
    /// Whose tokens these are.
    pub issuer: Issuer,
}

impl Fixture {
    /// The API token that comes of `seed`: no limits, no memberships.
    pub fn new(seed: u64) -> Self {
        let mut random = Seeded::new(seed);
        let secret = ApiSecret::generate(random.bytes());
        let pepper = pepper(1);
        let digest = pepper.digest(&secret);
        let stored = StoredSecret { id: SecretId::from_random(random.bytes()), digest };
        let facts = CredentialFacts {
            api_key: ApiKey::from_random(random.bytes()),
            removed_at: None,
            account: AccountId::new(1_795_000_000_000, random.bytes()),
            account_disabled_at: None,
            secrets: vec![stored],
            limits: Limits::default(),
            memberships: Vec::new(),
        };
        let url = "https://auth.example.com";
        let issuer =
            Issuer { url: url.into(), audiences: Audiences::new(format!("{url}/api").into()) };
        Self { secret, facts, pepper, issuer }
    }

    /// Makes the owner a member of a new organization.
    pub fn join(&mut self, seed: u64, federated: bool, until: Option<UnixTime>) -> OrganizationId {
        let organization = OrganizationId::from_random(Seeded::new(seed).bytes());
        let membership = Membership { organization, federated, signed_in_until: until };
        self.facts.memberships.push(membership);
        organization
    }

    /// Reads a form request with the right key and secret, and `scope` if it is not empty.
    ///
    /// # Errors
    /// As reading the request gives them.
    pub fn request(&self, scope: &str) -> Result<TokenRequest, OAuthError> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
            self.facts.api_key,
            self.secret.expose()
        );
        token_request(&form)
    }
}

/// Reads a form request without an `Authorization` header.
///
/// # Errors
/// As reading the request gives them.
pub fn token_request(form: &str) -> Result<TokenRequest, OAuthError> {
    let (uri, headers) = (Uri::from_static("/api/auth/oauth/token"), HeaderMap::new());
    let head = RequestHead { method: &Method::POST, uri: &uri, headers: &headers };
    TokenRequest::parse(head, form.as_bytes())
}

/// A request at [`NOW`] from 192.0.2.1.
pub fn moment() -> Moment {
    Moment { now: NOW, random: [7; 16], address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)) }
}

/// Claims that were issued at [`NOW`] for 300 seconds.
pub fn claims() -> Claims {
    let fixture = Fixture::new(1);
    Claims {
        iss: fixture.issuer.url,
        sub: fixture.facts.account,
        client_id: fixture.facts.api_key,
        aud: fixture.issuer.audiences.default_identifier().clone(),
        exp: NOW.plus(300),
        iat: NOW,
        jti: TokenId::from_random([7; 16]),
        scope: Scopes::default(),
        organizations: None,
        secret_id: None,
        grant_id: None,
        nbf: None,
    }
}

/// What a guard expects of [`claims`], with no leeway.
pub fn expectation() -> Expectation {
    let issuer = Fixture::new(1).issuer;
    let audience = issuer.audiences.default_identifier().clone();
    Expectation { issuer: issuer.url, audience, leeway: 0 }
}
