use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::{AccountId, ApiKey, ApplicationId, UnixTime};

use super::Page;
use crate::{Actor, LastUse, StoreError};

/// What can happen to an account and its API tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each says what happened")]
pub enum ActivityKind {
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    SignedIn,
    SignInFailed,
    /// Through an organization's identity provider.
    SignedInThroughProvider,
    AccountLinked,
    AccountUnlinked,
    PasswordSet,
    SecondFactorAdded,
    SecondFactorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    ApiTokenCreated,
    ApiTokenRenamed,
    ApiTokenRemoved,
    ApiSecretAdded,
    ApiSecretClosed,
    /// An access token was issued to a network that had none before.
    NewNetwork,
    /// The API Key came with a wrong secret.
    ApiTokenRefused,
    /// It comes in 14 or in 3 days.
    ExpirySoon,
    MemberAdded,
    MemberRemoved,
    AdministratorAppointed,
    AdministratorDismissed,
    OwnerChanged,
    ServiceAccountCreated,
    ServiceAccountRenamed,
    ServiceAccountRenewed,
    ServiceAccountDisabled,
    ServiceAccountEnabled,
    ServiceAccountDeleted,
    /// An application was registered.
    ApplicationCreated,
    ApplicationChanged,
    ApplicationSecretReplaced,
    ApplicationRemoved,
    /// It came with a wrong secret, or with none.
    ApplicationRefused,
    /// Somebody said yes to an application in a browser, or no.
    GrantAllowed,
    GrantDenied,
    /// The same of an application on a device.
    DeviceAllowed,
    DeviceDenied,
    /// An application brought a code, a device code or a refresh token, and got nothing for it.
    CodeRefused,
    DeviceCodeRefused,
    RefreshRefused,
    /// An application got what was allowed.
    GrantMade,
    GrantEnded,
    /// A code or a refresh token came again, so it was ended.
    GrantReused,
    /// What vouches for a service account runs out in 14 or in 3 days.
    RenewalSoon,
}

impl ActivityKind {
    /// Every kind with its name in the table.
    pub const NAMES: [(Self, &'static str); 48] = [
        (Self::AccountCreated, "account.created"),
        (Self::AccountDisabled, "account.disabled"),
        (Self::AccountEnabled, "account.enabled"),
        (Self::SignedIn, "sign_in.done"),
        (Self::SignInFailed, "sign_in.failed"),
        (Self::SignedInThroughProvider, "sign_in.through_provider"),
        (Self::AccountLinked, "account.linked"),
        (Self::AccountUnlinked, "account.unlinked"),
        (Self::PasswordSet, "account.password_set"),
        (Self::SecondFactorAdded, "account.second_factor_added"),
        (Self::SecondFactorRemoved, "account.second_factor_removed"),
        (Self::RecoveryCodesMade, "account.recovery_codes_made"),
        (Self::RecoveryCodeUsed, "account.recovery_code_used"),
        (Self::ApiTokenCreated, "api_token.created"),
        (Self::ApiTokenRenamed, "api_token.renamed"),
        (Self::ApiTokenRemoved, "api_token.removed"),
        (Self::ApiSecretAdded, "api_secret.added"),
        (Self::ApiSecretClosed, "api_secret.closed"),
        (Self::NewNetwork, "api_token.new_network"),
        (Self::ApiTokenRefused, "api_token.refused"),
        (Self::ExpirySoon, "api_token.expiry_soon"),
        (Self::MemberAdded, "organization.member_added"),
        (Self::MemberRemoved, "organization.member_removed"),
        (Self::AdministratorAppointed, "organization.administrator_appointed"),
        (Self::AdministratorDismissed, "organization.administrator_dismissed"),
        (Self::OwnerChanged, "organization.owner_changed"),
        (Self::ServiceAccountCreated, "service_account.created"),
        (Self::ServiceAccountRenamed, "service_account.renamed"),
        (Self::ServiceAccountRenewed, "service_account.renewed"),
        (Self::ServiceAccountDisabled, "service_account.disabled"),
        (Self::ServiceAccountEnabled, "service_account.enabled"),
        (Self::ServiceAccountDeleted, "service_account.deleted"),
        (Self::ApplicationCreated, "application.created"),
        (Self::ApplicationChanged, "application.changed"),
        (Self::ApplicationSecretReplaced, "application.secret_replaced"),
        (Self::ApplicationRemoved, "application.removed"),
        (Self::ApplicationRefused, "application.refused"),
        (Self::GrantAllowed, "grant.allowed"),
        (Self::GrantDenied, "grant.denied"),
        (Self::DeviceAllowed, "grant.device_allowed"),
        (Self::DeviceDenied, "grant.device_denied"),
        (Self::CodeRefused, "grant.code_refused"),
        (Self::DeviceCodeRefused, "grant.device_code_refused"),
        (Self::RefreshRefused, "grant.refresh_refused"),
        (Self::GrantMade, "grant.made"),
        (Self::GrantEnded, "grant.ended"),
        (Self::GrantReused, "grant.reused"),
        (Self::RenewalSoon, "service_account.renewal_soon"),
    ];

    /// The name in the table.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Whether the owner of `account` is told by mail when `by` did it.
    pub(crate) fn is_told(self, account: AccountId, by: Actor) -> bool {
        match self {
            Self::ApiTokenCreated
            | Self::ApiSecretAdded
            | Self::NewNetwork
            | Self::ExpirySoon
            | Self::RenewalSoon
            | Self::AccountLinked
            | Self::PasswordSet
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::RecoveryCodeUsed
            | Self::GrantMade
            | Self::GrantReused
            | Self::ApplicationCreated => true,
            Self::ApplicationRemoved | Self::ApiTokenRemoved => by != Actor::Account(account),
            _ => false,
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Counted from 1.
    pub number: i64,
    /// To whom.
    pub account: AccountId,
    /// When, the last time.
    pub at: UnixTime,
    /// What.
    pub kind: ActivityKind,
    /// The id of what it happened to: an API Key, an application, a grant, an organization, `organization/account` of a
    /// service account, `organization/account/key` of its API token, or nothing.
    pub subject: String,
    /// What people call that.
    pub label: String,
    /// Who did it, as [`Actor`] writes it.
    pub actor: String,
    /// From where.
    pub address: Option<IpAddr>,
    /// How often on that day.
    pub times: i64,
    /// When it is to be told by mail.
    pub mail_due_at: Option<UnixTime>,
}

/// Wrong secrets for one API Key since the last flush.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// The API Key, which may be nobody's.
    pub api_key: ApiKey,
    /// How many.
    pub times: i64,
    /// The last one.
    pub last: LastUse,
}

/// Requests by an application that were refused, of one kind, since the last flush.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationFailures {
    /// The application.
    pub application: ApplicationId,
    /// Who had allowed what it brought, if that is known; else they are told to the application's
    /// owner.
    pub account: Option<AccountId>,
    /// What was refused.
    pub kind: ActivityKind,
    /// How many.
    pub times: i64,
    /// The last one.
    pub last: LastUse,
}

/// What happened to accounts, for their owners.
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// What happened to an account, newest first, and how much that is.
    async fn activity_of(
        &self,
        account: AccountId,
        page: Page,
    ) -> Result<(Vec<Activity>, i64), StoreError>;

    /// Notes wrong secrets; one row for an API token and a day.
    async fn note_failures(&self, failures: &[Failures]) -> Result<(), StoreError>;

    /// Notes refused requests by applications; one row for a kind, an application, an account and a
    /// day. Of an application that is not there, nothing.
    async fn note_application_failures(
        &self,
        failures: &[ApplicationFailures],
    ) -> Result<(), StoreError>;

    /// Notes that signing in to an account failed so often; one row for a day.
    async fn note_failed_sign_ins(
        &self,
        account: AccountId,
        times: i64,
        last: LastUse,
    ) -> Result<(), StoreError>;

    /// Notes the API tokens that expire within `days` days and whose owners were not told so yet.
    /// How many.
    async fn note_expiring(&self, days: u16, now: UnixTime) -> Result<usize, StoreError>;

    /// What is to be told by mail at `now`, longest due first.
    async fn due_mails(&self, now: UnixTime, limit: u32) -> Result<Vec<Activity>, StoreError>;

    /// Takes a mail for oneself until `until`. Whether it was still due at `due`: of two servers,
    /// one finds it so.
    async fn claim_mail(
        &self,
        number: i64,
        due: UnixTime,
        until: UnixTime,
    ) -> Result<bool, StoreError>;

    /// The mail is sent, or will never be.
    async fn settle_mail(&self, number: i64) -> Result<(), StoreError>;
}
