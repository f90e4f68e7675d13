//! Single sign-on: the identity providers of organizations, and who signed in through them.

use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, IdentityProviderId, OrganizationId, SessionId, UnixTime,
    name::{Email, Label},
    seal::Sealed,
    ticket::TicketDigest,
};

use crate::{LastUse, Stamp, StoreError};

/// How an identity provider is spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// SAML 2.0.
    Saml,
    /// OpenID Connect 1.0.
    OpenId,
}

/// The identity provider of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its id.
    pub id: IdentityProviderId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// How it is spoken with.
    pub protocol: Protocol,
    /// What administrators call it.
    pub label: Label,
    /// What the server has to know of it, as JSON of the server's own.
    pub settings: String,
    /// The secret by which the server authenticates to it, under the master key.
    pub secret: Option<Sealed>,
    /// Since when it is enabled; `None` if it is not.
    pub enabled_at: Option<UnixTime>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// How an organization enforces single sign-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FederationPolicy {
    /// Seconds for which a sign-in through the provider counts for issuing.
    pub max_sign_in_age: u32,
    /// Whether it is only recorded what would be refused.
    pub watched: bool,
    /// Whether the owner may look after the organization without the provider.
    pub break_glass: bool,
}

/// A sign-in that is on its way through a provider.
#[derive(Clone, Debug)]
pub struct SignOnRequest {
    /// Through which.
    pub provider: IdentityProviderId,
    /// What the server has to remember, under the master key.
    pub sealed: Sealed,
    /// From when on it is forgotten.
    pub expires_at: UnixTime,
}

/// Somebody signed in through a provider.
#[derive(Clone, Debug)]
pub struct ProviderSignIn {
    /// The provider, which has to be enabled.
    pub provider: IdentityProviderId,
    /// Its name for the person, which has to be linked to the account.
    pub subject: String,
    /// Its name for its own session.
    pub provider_session: Option<String>,
    /// Who, a member of the provider's organization.
    pub account: AccountId,
    /// The browser's session, which has proved it from now on.
    pub session: SessionId,
    /// When the person proved at the provider who they are, if it said so.
    pub proved_at: Option<UnixTime>,
}

/// What a session has proved: that its owner signed in through an organization's provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSignIn {
    /// The organization.
    pub organization: OrganizationId,
    /// When.
    pub signed_in_at: UnixTime,
    /// When the person proved at the provider who they are, if it said so: earlier where the provider
    /// sent them back without asking.
    pub proved_at: Option<UnixTime>,
}

/// Whom a provider's name for a person means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLink {
    /// The provider's name.
    pub subject: String,
    /// The account.
    pub account: AccountId,
    /// Its address.
    pub email: Email,
    /// Since when.
    pub since: UnixTime,
}

/// Somebody whom the organization would refuse if it enforced single sign-on now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unready {
    /// Who.
    pub account: AccountId,
    /// The address.
    pub email: Email,
    /// What the account is called, if it is a service account.
    pub service_name: Option<Label>,
    /// Until when the last sign-in counted, if there was one.
    pub signed_in_until: Option<UnixTime>,
}

/// An API token of such a person, which could not get the organization's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadyToken {
    /// Its key.
    pub api_key: ApiKey,
    /// What its owner calls it.
    pub label: Label,
    /// The owner's address.
    pub email: Email,
    /// What the account is called, if it is a service account.
    pub service_name: Option<Label>,
    /// When and from where it was last used.
    pub last_use: Option<LastUse>,
}

/// Calls of an API token that an organization which only watches would have refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedRefusal {
    /// Its key.
    pub api_key: ApiKey,
    /// What its owner calls it.
    pub label: Label,
    /// The owner's address.
    pub email: Email,
    /// What the account is called, if it is a service account.
    pub service_name: Option<Label>,
    /// How often.
    pub times: i64,
    /// The last time.
    pub last_at: UnixTime,
}

/// Identity providers, and signing in through them.
#[async_trait]
pub trait SignOn: Send + Sync {
    /// The provider of that id.
    async fn identity_provider(
        &self,
        id: IdentityProviderId,
    ) -> Result<Option<IdentityProvider>, StoreError>;

    /// The provider of an organization.
    async fn identity_provider_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<IdentityProvider>, StoreError>;

    /// Makes a provider; [`StoreError::Conflict`] if the organization has one,
    /// [`StoreError::NotFound`] if there is no such organization.
    async fn create_identity_provider(
        &self,
        new: &IdentityProvider,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Changes a provider's label, settings and secret; [`StoreError::NotFound`] if there is none.
    /// If it is `another` one from now on, what the one before said of people is forgotten: its
    /// links and sign-ins, and the sessions that it started.
    async fn change_identity_provider(
        &self,
        changed: &IdentityProvider,
        another: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Enables a provider, or disables it: sign-ins through it count no more until then, nor do
    /// sessions that they started; [`StoreError::Conflict`] if it is so already.
    async fn set_identity_provider_enabled(
        &self,
        id: IdentityProviderId,
        enabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Removes a provider, with its links and sign-ins.
    async fn remove_identity_provider(
        &self,
        id: IdentityProviderId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// How an organization enforces single sign-on.
    async fn federation_policy(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<FederationPolicy>, StoreError>;

    /// Says how an organization enforces single sign-on. What was recorded while it watched before
    /// is forgotten when it begins to.
    async fn set_federation_policy(
        &self,
        organization: OrganizationId,
        policy: FederationPolicy,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// The organizations that only record what they would refuse.
    async fn watched_organizations(&self) -> Result<Vec<OrganizationId>, StoreError>;

    /// Adds calls of an API token that would have been refused.
    async fn note_watched(
        &self,
        organization: OrganizationId,
        key: ApiKey,
        times: i64,
        last_at: UnixTime,
    ) -> Result<(), StoreError>;

    /// What was noted so, last first.
    async fn watched_refusals(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WatchedRefusal>, StoreError>;

    /// Remembers a sign-in that goes to a provider, and forgets those whose time is over.
    async fn begin_sign_on(
        &self,
        digest: &TicketDigest,
        request: &SignOnRequest,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    /// Takes the sign-in out, if its time is not over: of two at once, one finds it.
    async fn take_sign_on(
        &self,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<Option<SignOnRequest>, StoreError>;

    /// Remembers until `expires_at` that what is named so was said. Whether it is the first time.
    async fn spend_assertion(
        &self,
        name: &str,
        expires_at: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreError>;

    /// The account that a provider's name for a person is linked to.
    async fn linked_account(
        &self,
        provider: IdentityProviderId,
        subject: &str,
    ) -> Result<Option<AccountId>, StoreError>;

    /// The provider's name for the person whose account it is.
    async fn linked_subject(
        &self,
        provider: IdentityProviderId,
        account: AccountId,
    ) -> Result<Option<String>, StoreError>;

    /// Everybody who is linked to a provider, by address.
    async fn provider_links(
        &self,
        provider: IdentityProviderId,
    ) -> Result<Vec<ProviderLink>, StoreError>;

    /// Links a provider's name for a person to an account; [`StoreError::Conflict`] if either is
    /// linked.
    async fn link_account(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Ends a link, with the sign-ins that went by it; [`StoreError::NotFound`] if there is none.
    async fn unlink_account(
        &self,
        provider: IdentityProviderId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Notes a sign-in; [`StoreError::NotFound`] if the provider is not enabled, the person not
    /// linked, or no member of its organization.
    async fn sign_in_through(&self, new: &ProviderSignIn, stamp: Stamp) -> Result<(), StoreError>;

    /// What a session has proved, by providers that are enabled.
    async fn session_sign_ins(&self, session: SessionId) -> Result<Vec<SessionSignIn>, StoreError>;

    /// Ends what sessions have proved by a provider, and the sessions that it alone started: those
    /// of the person `subject`, or of its own session, as far as each is given. How many.
    async fn end_provider_sessions(
        &self,
        provider: IdentityProviderId,
        subject: Option<&str>,
        provider_session: Option<&str>,
    ) -> Result<u64, StoreError>;

    /// The members of an organization without a sign-in that counts at `now`, by address.
    async fn unready_members(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<Unready>, StoreError>;

    /// The API tokens of those members that work and may reach the organization, last used first.
    async fn unready_tokens(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<UnreadyToken>, StoreError>;
}
