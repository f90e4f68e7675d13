use keymoor_core::{
    ApplicationId, OrganizationId, UnixTime,
    removals::{Event, Federated, ISSUED_MEANWHILE, Subject, Tombstone},
};

use crate::{StoreError, text::parse};

/// A row of `changes`: what happened, in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Counted from 1 without gaps, from a counter locked in the change's transaction.
    pub number: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// To what: ids in text form, parted by `/` where there are two.
    pub subject: String,
    /// When it was about to be committed, by the clock of the server that did it.
    pub at: UnixTime,
}

/// What can happen. The names in the table are those of [`ChangeKind::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what was done, and to what")]
pub enum ChangeKind {
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    OperatorAppointed,
    OperatorDismissed,
    PasswordSet,
    SecondFactorAdded,
    SecondFactorRemoved,
    RecoveryCodesMade,
    OrganizationCreated,
    FederatedOrganizationCreated,
    OrganizationDisabled,
    OrganizationEnabled,
    OrganizationFederated,
    OrganizationUnfederated,
    MemberAdded,
    MemberRemoved,
    SignInAttested,
    SignedInThroughProvider,
    FederationPolicySet,
    IdentityProviderCreated,
    IdentityProviderChanged,
    IdentityProviderReplaced,
    IdentityProviderEnabled,
    IdentityProviderDisabled,
    IdentityProviderRemoved,
    AccountLinked,
    AccountUnlinked,
    OrganizationRenamed,
    OrganizationDeleted,
    OwnerChanged,
    AdministratorAppointed,
    AdministratorDismissed,
    InvitationMade,
    InvitationRenewed,
    InvitationWithdrawn,
    InvitationDeclined,
    RoleCreated,
    RoleChanged,
    RoleDeleted,
    TeamCreated,
    TeamRenamed,
    TeamDeleted,
    TeamMemberAdded,
    TeamMemberChanged,
    TeamMemberRemoved,
    ServiceAccountCreated,
    ServiceAccountRenamed,
    ServiceAccountRenewed,
    ServiceAccountDeleted,
    ApiTokenCreated,
    ApiTokenRenamed,
    ApiTokenRemoved,
    ApiSecretAdded,
    ApiSecretClosed,
    AccessTokenRevoked,
    ApplicationCreated,
    ApplicationChanged,
    ApplicationNarrowed,
    ApplicationSecretReplaced,
    ApplicationRemoved,
    ApplicationOwnerDisabled,
    GrantMade,
    GrantEnded,
    GrantCodeReused,
    GrantRefreshReused,
    ResourceServerCreated,
    ResourceServerRemoved,
    SigningKeyAdded,
    SigningKeyWithdrawn,
    DomainAdded,
    DomainVerified,
    DomainRemoved,
    JustInTimeEnabled,
    JustInTimeDisabled,
    NewcomerWelcomed,
    ScimSecretAdded,
    ScimSecretRemoved,
    ScimUserCreated,
    ScimUserChanged,
    ScimUserDeleted,
    ScimUserTakenUp,
    PepperAdded,
}

impl ChangeKind {
    /// Every kind with its name in the tables `changes` and `audit`.
    pub const NAMES: [(Self, &'static str); 83] = [
        (Self::AccountCreated, "account.created"),
        (Self::AccountDisabled, "account.disabled"),
        (Self::AccountEnabled, "account.enabled"),
        (Self::OperatorAppointed, "account.operator_appointed"),
        (Self::OperatorDismissed, "account.operator_dismissed"),
        (Self::PasswordSet, "account.password_set"),
        (Self::SecondFactorAdded, "account.second_factor_added"),
        (Self::SecondFactorRemoved, "account.second_factor_removed"),
        (Self::RecoveryCodesMade, "account.recovery_codes_made"),
        (Self::OrganizationCreated, "organization.created"),
        (Self::FederatedOrganizationCreated, "organization.created_federated"),
        (Self::OrganizationDisabled, "organization.disabled"),
        (Self::OrganizationEnabled, "organization.enabled"),
        (Self::OrganizationFederated, "organization.federated"),
        (Self::OrganizationUnfederated, "organization.unfederated"),
        (Self::MemberAdded, "organization.member_added"),
        (Self::MemberRemoved, "organization.member_removed"),
        (Self::SignInAttested, "organization.sign_in_attested"),
        (Self::SignedInThroughProvider, "organization.signed_in_through_provider"),
        (Self::FederationPolicySet, "organization.federation_policy_set"),
        (Self::IdentityProviderCreated, "identity_provider.created"),
        (Self::IdentityProviderChanged, "identity_provider.changed"),
        (Self::IdentityProviderReplaced, "identity_provider.replaced"),
        (Self::IdentityProviderEnabled, "identity_provider.enabled"),
        (Self::IdentityProviderDisabled, "identity_provider.disabled"),
        (Self::IdentityProviderRemoved, "identity_provider.removed"),
        (Self::AccountLinked, "identity_provider.account_linked"),
        (Self::AccountUnlinked, "identity_provider.account_unlinked"),
        (Self::OrganizationRenamed, "organization.renamed"),
        (Self::OrganizationDeleted, "organization.deleted"),
        (Self::OwnerChanged, "organization.owner_changed"),
        (Self::AdministratorAppointed, "organization.administrator_appointed"),
        (Self::AdministratorDismissed, "organization.administrator_dismissed"),
        (Self::InvitationMade, "invitation.made"),
        (Self::InvitationRenewed, "invitation.renewed"),
        (Self::InvitationWithdrawn, "invitation.withdrawn"),
        (Self::InvitationDeclined, "invitation.declined"),
        (Self::RoleCreated, "role.created"),
        (Self::RoleChanged, "role.changed"),
        (Self::RoleDeleted, "role.deleted"),
        (Self::TeamCreated, "team.created"),
        (Self::TeamRenamed, "team.renamed"),
        (Self::TeamDeleted, "team.deleted"),
        (Self::TeamMemberAdded, "team.member_added"),
        (Self::TeamMemberChanged, "team.member_changed"),
        (Self::TeamMemberRemoved, "team.member_removed"),
        (Self::ServiceAccountCreated, "service_account.created"),
        (Self::ServiceAccountRenamed, "service_account.renamed"),
        (Self::ServiceAccountRenewed, "service_account.renewed"),
        (Self::ServiceAccountDeleted, "service_account.deleted"),
        (Self::ApiTokenCreated, "api_token.created"),
        (Self::ApiTokenRenamed, "api_token.renamed"),
        (Self::ApiTokenRemoved, "api_token.removed"),
        (Self::ApiSecretAdded, "api_secret.added"),
        (Self::ApiSecretClosed, "api_secret.closed"),
        (Self::AccessTokenRevoked, "access_token.revoked"),
        (Self::ApplicationCreated, "application.created"),
        (Self::ApplicationChanged, "application.changed"),
        (Self::ApplicationNarrowed, "application.narrowed"),
        (Self::ApplicationSecretReplaced, "application.secret_replaced"),
        (Self::ApplicationRemoved, "application.removed"),
        (Self::ApplicationOwnerDisabled, "application.owner_disabled"),
        (Self::GrantMade, "grant.made"),
        (Self::GrantEnded, "grant.ended"),
        (Self::GrantCodeReused, "grant.code_reused"),
        (Self::GrantRefreshReused, "grant.refresh_reused"),
        (Self::ResourceServerCreated, "resource_server.created"),
        (Self::ResourceServerRemoved, "resource_server.removed"),
        (Self::SigningKeyAdded, "signing_key.added"),
        (Self::SigningKeyWithdrawn, "signing_key.withdrawn"),
        (Self::DomainAdded, "domain.added"),
        (Self::DomainVerified, "domain.verified"),
        (Self::DomainRemoved, "domain.removed"),
        (Self::JustInTimeEnabled, "organization.just_in_time_enabled"),
        (Self::JustInTimeDisabled, "organization.just_in_time_disabled"),
        (Self::NewcomerWelcomed, "organization.newcomer_welcomed"),
        (Self::ScimSecretAdded, "scim_secret.added"),
        (Self::ScimSecretRemoved, "scim_secret.removed"),
        (Self::ScimUserCreated, "scim_user.created"),
        (Self::ScimUserChanged, "scim_user.changed"),
        (Self::ScimUserDeleted, "scim_user.deleted"),
        (Self::ScimUserTakenUp, "scim_user.taken_up"),
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

impl Change {
    /// What guards have to know of it, if anything.
    pub fn event(&self) -> Result<Option<Event>, StoreError> {
        use ChangeKind as Kind;
        Ok(Some(match self.kind {
            Kind::ApiTokenRemoved => dead(Subject::ApiKey(self.id()?)),
            Kind::ApiSecretClosed | Kind::ApplicationSecretReplaced => {
                dead(Subject::Secret(self.second()?))
            }
            Kind::AccessTokenRevoked => dead(Subject::Token(self.id()?)),
            Kind::ApplicationRemoved => {
                dead(Subject::ApiKey(self.id::<ApplicationId>()?.as_client()))
            }
            // What it may do is asked anew for the next token.
            Kind::ApplicationNarrowed | Kind::ApplicationOwnerDisabled => {
                self.dead_for_now(Subject::ApiKey(self.id::<ApplicationId>()?.as_client()))
            }
            Kind::GrantEnded | Kind::GrantCodeReused | Kind::GrantRefreshReused => {
                dead(Subject::Grant(self.id()?))
            }
            Kind::AccountDisabled => self.dead_for_now(Subject::Account(self.id()?)),
            Kind::ServiceAccountDeleted => self.dead_for_now(Subject::Account(self.second()?)),
            // Whoever signs in again, through whatever there is then, gets tokens again.
            Kind::IdentityProviderReplaced
            | Kind::IdentityProviderDisabled
            | Kind::IdentityProviderRemoved => {
                self.dead_for_now(Subject::Organization(self.first()?))
            }
            Kind::MemberRemoved | Kind::AccountUnlinked => {
                let (organization, account) = (self.first()?, self.second()?);
                self.dead_for_now(Subject::Member { organization, account })
            }
            // Disabled for good.
            Kind::OrganizationDisabled | Kind::OrganizationDeleted => {
                let organization: OrganizationId = self.id()?;
                Event::Disabled { organization, issued_until: self.issued_until() }
            }
            Kind::OrganizationEnabled => Event::Enabled(self.id()?),
            Kind::FederatedOrganizationCreated => self.federated(None)?,
            Kind::OrganizationFederated => self.federated(Some(self.issued_until()))?,
            Kind::OrganizationUnfederated => Event::Unfederated(self.id()?),
            Kind::SigningKeyAdded => Event::KeyAdded(self.subject.clone()),
            Kind::SigningKeyWithdrawn => Event::KeyWithdrawn(self.subject.clone()),
            Kind::AccountCreated
            | Kind::AccountEnabled
            | Kind::OperatorAppointed
            | Kind::OperatorDismissed
            | Kind::PasswordSet
            | Kind::SecondFactorAdded
            | Kind::SecondFactorRemoved
            | Kind::RecoveryCodesMade
            | Kind::ApiTokenRenamed
            | Kind::OrganizationCreated
            | Kind::MemberAdded
            | Kind::SignInAttested
            | Kind::SignedInThroughProvider
            | Kind::FederationPolicySet
            | Kind::IdentityProviderCreated
            | Kind::IdentityProviderChanged
            | Kind::IdentityProviderEnabled
            | Kind::AccountLinked
            | Kind::OrganizationRenamed
            | Kind::OwnerChanged
            | Kind::AdministratorAppointed
            | Kind::AdministratorDismissed
            | Kind::InvitationMade
            | Kind::InvitationRenewed
            | Kind::InvitationWithdrawn
            | Kind::InvitationDeclined
            | Kind::RoleCreated
            | Kind::RoleChanged
            | Kind::RoleDeleted
            | Kind::TeamCreated
            | Kind::TeamRenamed
            | Kind::TeamDeleted
            | Kind::TeamMemberAdded
            | Kind::TeamMemberChanged
            | Kind::TeamMemberRemoved
            | Kind::ServiceAccountCreated
            | Kind::ServiceAccountRenamed
            | Kind::ServiceAccountRenewed
            | Kind::ApiTokenCreated
            | Kind::ApiSecretAdded
            | Kind::ApplicationCreated
            | Kind::ApplicationChanged
            | Kind::GrantMade
            | Kind::ResourceServerCreated
            | Kind::ResourceServerRemoved
            | Kind::DomainAdded
            | Kind::DomainVerified
            | Kind::DomainRemoved
            | Kind::JustInTimeEnabled
            | Kind::JustInTimeDisabled
            | Kind::NewcomerWelcomed
            | Kind::ScimSecretAdded
            | Kind::ScimSecretRemoved
            | Kind::ScimUserCreated
            | Kind::ScimUserChanged
            | Kind::ScimUserDeleted
            | Kind::ScimUserTakenUp
            | Kind::PepperAdded => return Ok(None),
        }))
    }

    fn federated(&self, issued_until: Option<UnixTime>) -> Result<Event, StoreError> {
        Ok(Event::Federated(Federated { organization: self.id()?, issued_until }))
    }

    /// What comes back may have tokens again: only those issued until now are dead, and until a
    /// little later, since other servers hear of it later and their clocks may differ.
    fn dead_for_now(&self, subject: Subject) -> Event {
        Event::Removed(Tombstone { subject, issued_until: Some(self.issued_until()) })
    }

    fn issued_until(&self) -> UnixTime {
        self.at.plus(i64::from(ISSUED_MEANWHILE))
    }

    /// The subject as one id.
    pub fn id<T: std::str::FromStr>(&self) -> Result<T, StoreError> {
        parse(&self.subject, "subject of a change")
    }

    /// The first of the two ids in the subject.
    pub fn first<T: std::str::FromStr>(&self) -> Result<T, StoreError> {
        let (first, _) = self.subject.split_once('/').unwrap_or_default();
        parse(first, "subject of a change")
    }

    /// The second of the two ids in the subject.
    pub fn second<T: std::str::FromStr>(&self) -> Result<T, StoreError> {
        let (_, second) = self.subject.split_once('/').unwrap_or_default();
        parse(second, "subject of a change")
    }
}

fn dead(subject: Subject) -> Event {
    Event::Removed(Tombstone { subject, issued_until: None })
}

/// What a server that starts has to know of what was removed before.
#[derive(Clone, Debug)]
pub struct RemovalBasis {
    /// Every change up to this number is in.
    pub number: i64,
    /// Every organization that enforces single sign-on.
    pub federated: Vec<OrganizationId>,
    /// Every disabled organization.
    pub disabled: Vec<OrganizationId>,
    /// The changes since the time that was asked for, in order.
    pub recent: Vec<Change>,
}
