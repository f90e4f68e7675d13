//! Everything that a token hangs on, taken away, on every path that a token or its key can take.

use keymoor_core::{
    AccountId, OrganizationId, SecretId, access::Target, removals::ISSUED_MEANWHILE,
};
use keymoor_server::operations::{CreatedApiToken, CreatedResourceServer};
use keymoor_store::Actor::Operator;

use super::app::{API, TestApp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Token,
    Secret,
    Key,
    Account,
    Member,
    Organization,
    SigningKey,
}

use Level::{Account, Key, Member, Organization, Secret, SigningKey, Token};

const LEVELS: [Level; 7] = [Token, Secret, Key, Account, Member, Organization, SigningKey];

/// A member with an API token that has a second secret, and an access token with the scope of the
/// organization.
struct Stage {
    app: TestApp,
    server: CreatedResourceServer,
    account: AccountId,
    organization: OrganizationId,
    token: CreatedApiToken,
    /// The secret of `token`; there is another one.
    secret: SecretId,
    /// The scope of the organization.
    scope: String,
    bearer: String,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let server = app.resource_server(API).await;
        let owner = app.account("owner@example.com").await;
        let (account, token) = app.client("member@example.com").await;
        let organization = app.organization(owner, true).await;
        app.app.add_member(organization, account, Operator).await.unwrap();
        app.sign_in(organization, account).await;
        let secret = app.store.api_secrets(token.api_key).await.unwrap().remove(0).id;
        app.app.add_api_secret(token.api_key, Operator).await.unwrap();
        let scope = format!("organization:{organization}");
        let bearer = app.bearer(&token, &scope).await;
        Self { app, server, account, organization, token, secret, scope, bearer }
    }

    async fn take_away(&self, level: Level) {
        let (app, key) = (&self.app.app, self.token.api_key);
        match level {
            Token => assert_eq!(self.app.revoke(&self.token, &self.bearer).await.status, 200),
            Secret => app.close_api_secret(key, self.secret, Operator).await.unwrap(),
            Key => drop(app.remove_api_token(self.account, key, None, Operator).await.unwrap()),
            Account => app.set_account_disabled(self.account, true, Operator).await.unwrap(),
            Member => app.remove_member(self.organization, self.account, Operator).await.unwrap(),
            Organization => {
                app.set_organization_disabled(self.organization, true, Operator).await.unwrap();
            }
            SigningKey => {
                let kid = app.signing_key_states().await.unwrap().remove(0).key.kid;
                app.withdraw_signing_key(&kid, Operator).await.unwrap();
            }
        }
    }

    /// Gives back what can be given back.
    async fn give_back(&self, level: Level) {
        let app = &self.app.app;
        match level {
            Account => app.set_account_disabled(self.account, false, Operator).await.unwrap(),
            Member => app.add_member(self.organization, self.account, Operator).await.unwrap(),
            Organization => {
                app.set_organization_disabled(self.organization, false, Operator).await.unwrap();
            }
            Token | Secret | Key | SigningKey => {}
        }
    }

    /// Whether the access token works: at a resource, at the guard, by introspection. All agree.
    async fn works(&self) -> bool {
        let resource = self.app.call("GET", "/api/account", &self.bearer).await.status == 200;
        let headers = super::app::call("GET", "/", &self.bearer, "").into_parts().0.headers;
        let uri = http::Uri::from_static("/");
        let guard = self.app.app.guard();
        for target in [Target::General, Target::Organization(self.organization)] {
            assert_eq!(guard.check(&headers, &uri, target).await.is_ok(), resource, "{target:?}");
        }
        assert_eq!(self.app.is_active(&self.server, &self.bearer).await, resource);
        resource
    }

    async fn error(&self, scope: &str) -> String {
        self.app.ask(&self.token, scope).await.error()
    }
}

#[tokio::test]
async fn s82_a_token_dies_on_every_path_with_each_level_and_stays_dead_after_a_restart() {
    for level in LEVELS {
        let mut stage = Stage::set().await;
        assert!(stage.works().await);
        stage.take_away(level).await;
        assert!(!stage.works().await, "{level:?}");
        // The token is 290 seconds old then, and would live for 10 more.
        stage.app.clock.step(290);
        stage.app = stage.app.restart().await;
        assert!(!stage.works().await, "{level:?} after a restart");
    }
}

#[tokio::test]
async fn s82_no_level_brings_back_what_another_took_away() {
    for first in LEVELS {
        for second in LEVELS.into_iter().filter(|second| *second != first) {
            let stage = Stage::set().await;
            // Only a client that still has its secret can end a token.
            if second == Token && [Secret, Key, Account].contains(&first) {
                continue;
            }
            stage.take_away(first).await;
            stage.take_away(second).await;
            stage.give_back(second).await;
            assert!(!stage.works().await, "{first:?}, {second:?}");
            stage.give_back(first).await;
            assert!(!stage.works().await, "{first:?} given back too: the token is of before");
        }
    }
}

#[tokio::test]
async fn s22_a_removed_key_or_disabled_owner_gets_no_token_and_cannot_revoke() {
    for level in [Key, Account] {
        let stage = Stage::set().await;
        stage.take_away(level).await;
        assert_eq!(stage.error("").await, "invalid_client", "{level:?}");
        assert_eq!(stage.error(&stage.scope).await, "invalid_client", "{level:?}");
        let revoked = stage.app.revoke(&stage.token, &stage.bearer).await;
        assert_eq!(revoked.error(), "invalid_client", "{level:?}");
        let created = super::app::call("POST", "/api/account/tokens", &stage.bearer, "{}");
        assert_eq!(stage.app.send(created).await.status, 401, "{level:?}");
    }
}

#[tokio::test]
async fn s22_a_disabled_organization_grants_no_scope_and_opens_nothing() {
    let stage = Stage::set().await;
    let plain = stage.app.bearer(&stage.token, "").await;
    stage.take_away(Organization).await;
    assert_eq!(stage.error(&stage.scope).await, "invalid_scope");
    let path = format!("/api/organizations/{}", stage.organization);
    assert_eq!(stage.app.call("GET", &path, &plain).await.status, 404);
    assert_eq!(stage.app.call("GET", "/api/account", &plain).await.status, 200);
}

#[tokio::test]
async fn s40_with_the_membership_go_the_scope_and_the_tokens_that_carry_it() {
    let stage = Stage::set().await;
    let plain = stage.app.bearer(&stage.token, "").await;
    stage.take_away(Member).await;
    assert_eq!(stage.error(&stage.scope).await, "invalid_scope");
    assert!(!stage.works().await);
    assert_eq!(stage.app.call("GET", "/api/account", &plain).await.status, 200, "others live");
}

#[tokio::test]
async fn s38_federation_counts_for_the_tokens_that_live() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let organization = app.organization(account, false).await;
    let path = format!("/api/organizations/{organization}");
    let bearer = app.bearer(&token, "").await;
    assert_eq!(app.call("GET", &path, &bearer).await.status, 200);
    app.app.set_organization_federated(organization, true, Operator).await.unwrap();
    let refused = app.call("GET", &path, &bearer).await;
    assert_eq!(refused.error(), "additional_authentication_required");
    app.app.set_organization_federated(organization, false, Operator).await.unwrap();
    assert_eq!(app.call("GET", &path, &bearer).await.status, 200);
}

#[tokio::test]
async fn s38_a_scope_that_was_got_before_federation_opens_nothing_after_it() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let organization = app.organization(account, false).await;
    let scope = format!("organization:{organization}");
    let server = app.resource_server(API).await;
    let (free, plain) = (app.bearer(&token, &scope).await, app.bearer(&token, "").await);
    app.app.set_organization_federated(organization, true, Operator).await.unwrap();
    let path = format!("/api/organizations/{organization}");
    assert_eq!(app.call("GET", &path, &free).await.error(), "invalid_token");
    assert!(!app.is_active(&server, &free).await);
    assert!(app.is_active(&server, &plain).await, "others live");
    assert_eq!(app.ask(&token, &scope).await.error(), "invalid_scope", "nobody signed in");
    app.sign_in(organization, account).await;
    assert_eq!(app.ask(&token, &scope).await.status, 503, "for the seconds that are dead");
    app.clock.step(i64::from(ISSUED_MEANWHILE) + 1);
    let signed_in = app.bearer(&token, &scope).await;
    assert_eq!(app.call("GET", &path, &signed_in).await.status, 200);
    app.clock.step(280);
    let app = app.restart().await;
    assert!(!app.is_active(&server, &free).await, "nor after a restart");
}

#[tokio::test]
async fn what_is_given_back_works_with_new_tokens_once_no_clock_can_mistake_them_for_old_ones() {
    for level in [Account, Organization] {
        let mut stage = Stage::set().await;
        stage.take_away(level).await;
        stage.give_back(level).await;
        let early = stage.app.ask(&stage.token, &stage.scope).await;
        assert_eq!((early.status.as_u16(), early.header("retry-after")), (503, "1"), "{level:?}");
        stage.app.clock.step(i64::from(ISSUED_MEANWHILE));
        let still = stage.app.ask(&stage.token, &stage.scope).await;
        assert_eq!(still.status, 503, "{level:?}: issued in the last second that is dead");
        stage.app.clock.step(1);
        stage.bearer = stage.app.bearer(&stage.token, &stage.scope).await;
        assert!(stage.works().await, "{level:?}");
    }
}

#[tokio::test]
async fn s17_one_secret_replaces_another_without_a_gap() {
    let app = TestApp::start().await;
    let (_, mut token) = app.client("a@example.com").await;
    let old = app.bearer(&token, "").await;
    let key = token.api_key;
    let first = app.store.api_secrets(key).await.unwrap().remove(0).id;
    let first_secret = token.secret;
    token.secret = app.app.add_api_secret(key, Operator).await.unwrap().secret;
    let new = app.bearer(&token, "").await;
    app.app.close_api_secret(key, first, Operator).await.unwrap();
    assert_eq!(app.call("GET", "/api/account", &new).await.status, 200);
    assert_eq!(app.call("GET", "/api/account", &old).await.status, 401);
    assert_eq!(app.ask(&token, "").await.status, 200);
    token.secret = first_secret;
    assert_eq!(app.ask(&token, "").await.error(), "invalid_client");
}
