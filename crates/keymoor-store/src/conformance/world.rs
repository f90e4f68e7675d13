use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use keymoor_core::{
    AccountId, ApiKey, InvitationId, OrganizationId, RoleId, SecretId, TeamId, UnixTime,
    digest::SecretDigest,
    facts::Limits,
    name::{Email, Label},
    permission::Permission,
};

use crate::{
    AccountKind, Actor, NewAccount, NewApiToken, NewInvitation, NewOrganization, NewRole, NewTeam,
    RoleChange, Stamp, Store, StoreError,
};

/// A store, and what the facts are told with. Every id is new.
pub struct World {
    pub(super) store: Arc<dyn Store>,
    seed: AtomicU8,
}

/// The time at which everything happens, unless a fact says otherwise.
pub(super) const NOW: UnixTime = UnixTime::from_seconds(1_795_461_060);

pub(super) fn stamp() -> Stamp {
    at(0)
}

pub(super) fn at(seconds: i64) -> Stamp {
    Stamp { at: NOW.plus(seconds), by: Actor::Operator, from: None }
}

pub(super) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

impl World {
    /// The world of an empty store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, seed: AtomicU8::new(1) }
    }

    /// A world with other ids than the first 249 of [`World::new`].
    #[cfg(test)]
    pub(crate) fn later(store: Arc<dyn Store>) -> Self {
        Self { store, seed: AtomicU8::new(250) }
    }

    pub(super) fn next(&self) -> u8 {
        self.seed.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn new_account(&self, email: &str) -> NewAccount {
        NewAccount {
            id: AccountId::new(1_795_461_060_000, [self.next(); 10]),
            kind: AccountKind::Person,
            email: Email::parse(email).expect("an address"),
            password_hash: None,
            operator: false,
        }
    }

    /// A new account of that address.
    pub(crate) async fn account(&self, email: &str) -> AccountId {
        let new = self.new_account(email);
        self.store.create_account(&new, stamp()).await.expect("the account is made");
        new.id
    }

    pub(super) fn new_organization(&self, owner: AccountId, federated: bool) -> NewOrganization {
        let id = OrganizationId::from_random([self.next(); 16]);
        NewOrganization { id, name: label("Works"), owner, federated }
    }

    /// A new organization of that owner.
    pub(super) async fn organization(&self, owner: AccountId, federated: bool) -> OrganizationId {
        let new = self.new_organization(owner, federated);
        self.store.create_organization(&new, stamp()).await.expect("the organization is made");
        new.id
    }

    /// An organization of a@example.com with the member b@example.com.
    pub(super) async fn with_member(&self) -> (OrganizationId, AccountId) {
        let owner = self.account("a@example.com").await;
        let member = self.account("b@example.com").await;
        let organization = self.organization(owner, false).await;
        let added = self.store.add_member(organization, member, stamp()).await;
        added.expect("the member is added");
        (organization, member)
    }

    /// A new team of nobody.
    pub(super) async fn team(&self, organization: OrganizationId) -> TeamId {
        let byte = self.next();
        let (id, name) = (TeamId::from_random([byte; 16]), label(&format!("Team {byte}")));
        let new = NewTeam { id, organization, name };
        self.store.create_team(&new, stamp()).await.expect("the team is made");
        id
    }

    /// A new role with those permissions.
    pub(super) async fn role(
        &self,
        organization: OrganizationId,
        permissions: &[Permission],
    ) -> RoleId {
        let byte = self.next();
        let (id, name) = (RoleId::from_random([byte; 16]), label(&format!("Role {byte}")));
        let permissions = permissions.iter().copied().collect();
        let role = RoleChange { name, description: String::new(), permissions };
        let new = NewRole { id, organization, role };
        self.store.create_role(&new, stamp()).await.expect("the role is made");
        id
    }

    /// An invitation by the owner, for 14 days.
    pub(super) async fn new_invitation(
        &self,
        organization: OrganizationId,
        email: &str,
        admin: bool,
        team: Option<(TeamId, RoleId)>,
    ) -> NewInvitation {
        let author = Email::parse("a@example.com").expect("an address");
        let author = self.store.account_by_email(&author).await.expect("the store answers");
        NewInvitation {
            id: InvitationId::from_random([self.next(); 16]),
            organization,
            email: Email::parse(email).expect("an address"),
            admin,
            team: team.map(|(team, _)| team),
            roles: team.map(|(_, role)| role).into_iter().collect(),
            author: author.expect("the owner").id,
            expires_at: NOW.plus(14 * 86_400),
        }
    }

    /// An invitation that counts.
    pub(super) async fn invite(
        &self,
        organization: OrganizationId,
        email: &str,
        team: Option<(TeamId, RoleId)>,
    ) -> InvitationId {
        let new = self.new_invitation(organization, email, false, team).await;
        self.store.create_invitation(&new, stamp()).await.expect("the invitation is made");
        new.id
    }

    pub(super) fn new_token(&self, account: AccountId) -> NewApiToken {
        let byte = self.next();
        NewApiToken {
            api_key: ApiKey::from_random([byte; 16]),
            account,
            label: label("script"),
            limits: Limits::default(),
            parent: None,
            secret: SecretId::from_random([byte; 16]),
            digest: SecretDigest::from_parts(1, [byte; 32]),
        }
    }

    /// A new API token of that account.
    pub(super) async fn token(&self, account: AccountId) -> ApiKey {
        let new = self.new_token(account);
        self.store.create_api_token(&new, stamp()).await.expect("the API token is made");
        new.api_key
    }

    /// More than 200 rows in a table, and some that refer to one that was written again since.
    #[cfg(test)]
    pub(crate) async fn fill(&self) {
        let (organization, account) = self.with_member().await;
        self.store.set_organization_federated(organization, true, stamp()).await.expect("it is");
        let parent = self.token(account).await;
        for _ in 0..210 {
            let new = NewApiToken { parent: Some(parent), ..self.new_token(account) };
            self.store.create_api_token(&new, stamp()).await.expect("the API token is made");
        }
        let removal = self.store.remove_api_token(account, parent, Some("old"), stamp()).await;
        removal.expect("the API token is removed");
    }
}

pub(super) fn is_conflict<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict(_)))
}

pub(super) fn is_not_found<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::NotFound(_)))
}
