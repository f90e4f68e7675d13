//! Where Keymoor keeps accounts, organizations, API tokens and keys.
//!
//! [`Store`] is shaped by what the server does, not by tables. A change and the audit row that
//! tells of it commit together or not at all, and when a method that changes something returns,
//! the change survives a power cut. [`sqlite`] is the embedded back end, [`postgres`] the one for
//! several nodes; [`conformance`] is the suite that both pass.

mod audit;
mod change;
mod commit_clock;
mod copying;
mod domains;
mod error;
mod grants;
mod model;
mod organizations;
mod portal;
mod refused_calls;
mod scim;
mod service_accounts;
mod sign_on;
mod sql;
mod store;
mod text;
mod unsynced;

pub mod conformance;
pub mod postgres;
pub mod sqlite;

pub use audit::{AuditEvent, AuditLog, AuditPlace, AuditSpan};
pub use change::{Change, ChangeKind, RemovalBasis};
pub use copying::{Cell, Column, ColumnKind, Copying, Lineage, Opening, Part, Shut, Table};
pub use domains::{
    Domains, MAX_DOMAINS, MAX_NEWCOMERS, Newcomer, OrganizationDomain, TOO_MANY_NEWCOMERS,
    VerifiedBy,
};
pub use error::StoreError;
pub use grants::{
    Application, ApplicationChange, Applications, AuthorizationCode, Codes, DeviceAnswer, Devices,
    FirstTokens, Grant, GrantEnding, Grants, HeldCode, MAX_APPLICATIONS, NewApplication, NewDevice,
    OldGrant, PendingDevice, Polled, Presented, Redemption, Rotation,
};
pub use model::{
    Account, AccountKind, Actor, ApiSecretRecord, ApiToken, Attestation, LastUse, NewAccount,
    NewApiSecret, NewApiToken, NewOrganization, Organization, Removal, ResourceServer, Stamp,
    StoredPepper, StoredSigningKey, Use,
};
pub use organizations::{
    Invitation, Invitations, Member, Named, NewInvitation, NewRole, NewTeam, Organizations, Role,
    RoleChange, Seat, Team, TeamMember, Teams,
};
pub use portal::{
    AccountRow, Activity, ActivityKind, ActivityLog, ApplicationFailures, Ceremony, Factors,
    Failures, Grounds, Link, LinkKind, NewSession, Page, Passkey, PasswordChange, People, Renewal,
    SecondFactors, Session, SessionAge, SignInFacts, SignIns, Totp,
};
pub use refused_calls::{
    KeptRefusedCall, MAX_REFUSED, MAX_REFUSED_OF_KEY, MAX_REFUSED_STRANGERS, NewRefusedCall,
    RefusedCalls,
};
pub use scim::{
    ENDED, MAX_SCIM_SECRETS, MAX_SCIM_USERS, OWNER_IS_NOT_PROVISIONED, Provisioning, ScimSecret,
    ScimUser,
};
pub use service_accounts::{
    MemberSignIn, NewServiceAccount, ServiceAccount, ServiceAccounts, Vouched, Vouching,
};
pub use sign_on::{
    FederationPolicy, IdentityProvider, Protocol, ProviderLink, ProviderSignIn, SessionSignIn,
    SignOn, SignOnRequest, Unready, UnreadyToken, WatchedRefusal,
};
pub use store::{MAX_REVOKED, MAX_SECRETS, Store};
