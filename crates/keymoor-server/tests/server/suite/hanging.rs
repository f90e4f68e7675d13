//! How every route hangs on an organization: a route that is missing here fails the test.

use keymoor_core::{
    AccountId, ApiKey, IdentityProviderId, InvitationId, OrganizationId, RoleId, SecretId, TeamId,
    facts::Limits, name::Label,
};
use keymoor_server::{
    operations::{CreatedApiToken, InvitationOrder, RoleOrder},
    routes::TABLE,
};
use keymoor_store::{Actor, IdentityProvider, Protocol, Seat};
use serde_json::{Value, json};

use super::app::{Answer, TestApp, call};

/// How a route hangs on an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hangs {
    /// On none: it is about the server, or the bearer's own account.
    Not,
    /// It shows each organization as far as the token opens it.
    Lists,
    /// On the one that its path leads to.
    On,
    /// On the one that an invitation is to; a member who is invited to a team answers it.
    Answers,
}

/// What a member without any role may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    May,
    MayNot,
}

use Hangs::{Answers, Lists, Not, On};
use Member::{May, MayNot};

type Row = (&'static str, &'static str, Hangs, Member, &'static str);

const ONE: &str = "/api/organizations/{uuid}";
const EMAIL: &str = r#"{"email":"new@example.com"}"#;
const NAME: &str = r#"{"name":"Mill"}"#;
const USER: &str = r#"{"user_uuid":"USER"}"#;
const LABEL: &str = r#"{"label":"Deploy"}"#;
const NOTHING: &str = "";
/// Where the paths of service accounts begin.
const SERVICE: &str = "/api/organizations/{uuid}/service-accounts";

const ROUTES: [Row; 109] = [
    ("POST", "/api/auth/oauth/token", Not, May, NOTHING),
    ("POST", "/api/token", Not, May, NOTHING),
    // Which pages are for whom, `grants/` tells.
    ("GET", "/api/auth/oauth/authorize", Not, May, NOTHING),
    ("POST", "/api/auth/oauth/device_authorization", Not, May, NOTHING),
    ("POST", "/api/auth/oauth/introspect", Not, May, NOTHING),
    ("POST", "/api/auth/oauth/revoke", Not, May, NOTHING),
    ("GET", "/api/auth/removals", Not, May, NOTHING),
    ("POST", "/api/auth/refusals", Not, May, NOTHING),
    ("GET", "/.well-known/oauth-authorization-server", Not, May, NOTHING),
    ("GET", "/.well-known/openid-configuration", Not, May, NOTHING),
    ("GET", "/.well-known/oauth-protected-resource", Not, May, NOTHING),
    ("GET", "/.well-known/jwks.json", Not, May, NOTHING),
    // Nobody may ask: `forward_auth.rs` tells of those that do.
    ("GET", "/api/auth/verify", Not, MayNot, NOTHING),
    ("GET", "/api/openapi.json", Not, May, NOTHING),
    ("GET", "/api/account", Not, May, NOTHING),
    ("GET", "/api/account/tokens", Not, May, NOTHING),
    ("POST", "/api/account/tokens", Not, May, NOTHING),
    ("GET", "/api/account/tokens/{uuid}", Not, May, NOTHING),
    ("DELETE", "/api/account/tokens/{uuid}", Not, May, NOTHING),
    ("GET", "/api/account/invites", Not, May, NOTHING),
    ("GET", "/api/permissions", Not, May, NOTHING),
    ("GET", "/api/organizations", Lists, May, NOTHING),
    ("GET", ONE, On, May, NOTHING),
    ("PUT", ONE, On, MayNot, NAME),
    ("DELETE", ONE, On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/actions/change-owner", On, MayNot, USER),
    ("POST", "/api/organizations/{uuid}/actions/leave", On, May, NOTHING),
    ("GET", "/api/organizations/{uuid}/members", On, MayNot, NOTHING),
    ("GET", "/api/organizations/{uuid}/members/{user}", On, MayNot, NOTHING),
    ("DELETE", "/api/organizations/{uuid}/members/{user}", On, MayNot, NOTHING),
    ("GET", "/api/organizations/{uuid}/admins", On, MayNot, NOTHING),
    ("GET", "/api/organizations/{uuid}/admins/{user}", On, MayNot, NOTHING),
    ("PUT", "/api/organizations/{uuid}/admins/{user}", On, MayNot, NOTHING),
    ("DELETE", "/api/organizations/{uuid}/admins/{user}", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/admin-invites", On, MayNot, EMAIL),
    ("GET", "/api/organizations/{uuid}/invites", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/invites", On, MayNot, EMAIL),
    ("GET", "/api/organizations/{uuid}/roles", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/roles", On, MayNot, NAME),
    ("GET", "/api/organizations/{uuid}/teams", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/teams", On, MayNot, NAME),
    ("GET", "/api/roles/{uuid}", On, MayNot, NOTHING),
    ("PUT", "/api/roles/{uuid}", On, MayNot, NAME),
    ("DELETE", "/api/roles/{uuid}", On, MayNot, NOTHING),
    ("GET", "/api/teams/{uuid}", On, MayNot, NOTHING),
    ("PUT", "/api/teams/{uuid}", On, MayNot, NAME),
    ("DELETE", "/api/teams/{uuid}", On, MayNot, NOTHING),
    ("GET", "/api/teams/{uuid}/members", On, MayNot, NOTHING),
    ("POST", "/api/teams/{uuid}/members", On, MayNot, USER),
    ("PUT", "/api/teams/{uuid}/members/{user}", On, MayNot, "{}"),
    ("DELETE", "/api/teams/{uuid}/members/{user}", On, MayNot, NOTHING),
    ("GET", "/api/teams/{uuid}/invites", On, MayNot, NOTHING),
    ("POST", "/api/teams/{uuid}/invites", On, MayNot, EMAIL),
    ("GET", "/api/invites/{token}", On, MayNot, NOTHING),
    ("DELETE", "/api/invites/{token}", On, MayNot, NOTHING),
    ("POST", "/api/invites/{token}/actions/resend", On, MayNot, NOTHING),
    ("POST", "/api/invites/{token}/actions/accept", Answers, May, NOTHING),
    ("POST", "/api/invites/{token}/actions/decline", Answers, May, NOTHING),
    ("GET", "/api/auth/saml/metadata/{uuid}", Not, May, NOTHING),
    ("POST", "/api/auth/saml/acs/{uuid}", Not, May, NOTHING),
    ("GET", "/api/auth/oidc/callback/{uuid}", Not, May, NOTHING),
    ("POST", "/api/auth/oidc/logout/{uuid}", Not, May, NOTHING),
    ("GET", "/api/organizations/{uuid}/identity-provider", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/identity-provider", On, MayNot, "{}"),
    ("GET", "/api/identity-providers", Lists, May, NOTHING),
    ("GET", "/api/identity-providers/{uuid}", On, MayNot, NOTHING),
    ("PUT", "/api/identity-providers/{uuid}", On, MayNot, "{}"),
    ("DELETE", "/api/identity-providers/{uuid}", On, MayNot, NOTHING),
    ("POST", "/api/identity-providers/{uuid}/actions/enable", On, MayNot, NOTHING),
    ("POST", "/api/identity-providers/{uuid}/actions/disable", On, MayNot, NOTHING),
    ("GET", "/api/organizations/{uuid}/service-accounts", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/service-accounts", On, MayNot, r#"{"name":"Another"}"#),
    ("GET", "/api/organizations/{uuid}/service-accounts/{user}", On, MayNot, NOTHING),
    ("PUT", "/api/organizations/{uuid}/service-accounts/{user}", On, MayNot, NAME),
    ("DELETE", "/api/organizations/{uuid}/service-accounts/{user}", On, MayNot, NOTHING),
    (
        "POST",
        "/api/organizations/{uuid}/service-accounts/{user}/actions/enable",
        On,
        MayNot,
        NOTHING,
    ),
    (
        "POST",
        "/api/organizations/{uuid}/service-accounts/{user}/actions/disable",
        On,
        MayNot,
        NOTHING,
    ),
    (
        "POST",
        "/api/organizations/{uuid}/service-accounts/{user}/actions/renew",
        On,
        MayNot,
        NOTHING,
    ),
    ("GET", "/api/organizations/{uuid}/service-accounts/{user}/tokens", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/service-accounts/{user}/tokens", On, MayNot, LABEL),
    (
        "GET",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}",
        On,
        MayNot,
        NOTHING,
    ),
    ("PUT", "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}", On, MayNot, LABEL),
    (
        "DELETE",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}",
        On,
        MayNot,
        NOTHING,
    ),
    (
        "GET",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets",
        On,
        MayNot,
        NOTHING,
    ),
    (
        "POST",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets",
        On,
        MayNot,
        NOTHING,
    ),
    (
        "DELETE",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets/{secret}",
        On,
        MayNot,
        NOTHING,
    ),
    ("GET", "/api/organizations/{uuid}/domains", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/domains", On, MayNot, r#"{"domain":"new.example"}"#),
    ("GET", "/api/organizations/{uuid}/domains/{domain}", On, MayNot, NOTHING),
    ("DELETE", "/api/organizations/{uuid}/domains/{domain}", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/domains/{domain}/actions/verify", On, MayNot, NOTHING),
    ("GET", "/api/organizations/{uuid}/scim-secrets", On, MayNot, NOTHING),
    ("POST", "/api/organizations/{uuid}/scim-secrets", On, MayNot, r#"{"label":"Okta"}"#),
    ("DELETE", "/api/organizations/{uuid}/scim-secrets/{secret}", On, MayNot, NOTHING),
    // Opened by a secret of the organization's own and by no access token: see `scim.rs`.
    ("GET", "/api/scim/v2/{uuid}/ServiceProviderConfig", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/ResourceTypes", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/ResourceTypes/{id}", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/Schemas", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/Schemas/{id}", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/Users", Not, May, NOTHING),
    ("POST", "/api/scim/v2/{uuid}/Users", Not, May, NOTHING),
    ("POST", "/api/scim/v2/{uuid}/.search", Not, May, NOTHING),
    ("POST", "/api/scim/v2/{uuid}/Users/.search", Not, May, NOTHING),
    ("GET", "/api/scim/v2/{uuid}/Users/{id}", Not, May, NOTHING),
    ("PUT", "/api/scim/v2/{uuid}/Users/{id}", Not, May, NOTHING),
    ("PATCH", "/api/scim/v2/{uuid}/Users/{id}", Not, May, NOTHING),
    ("DELETE", "/api/scim/v2/{uuid}/Users/{id}", Not, May, NOTHING),
    ("GET", "/api/account/organizations/{uuid}/is-admin", On, May, NOTHING),
    ("GET", "/api/account/organizations/{uuid}/is-owner", On, May, NOTHING),
];

/// A federated organization with everything that a path can lead to.
struct World {
    id: OrganizationId,
    other: AccountId,
    team: TeamId,
    role: RoleId,
    invitation: InvitationId,
    own_invitation: InvitationId,
    provider: IdentityProviderId,
    service: AccountId,
    service_token: ApiKey,
    service_secret: SecretId,
    secret: SecretId,
}

/// Who calls.
struct People {
    owner: (AccountId, CreatedApiToken),
    member: (AccountId, CreatedApiToken),
    stranger: (AccountId, CreatedApiToken),
    /// An API token of the member's that is limited to an organization of its own.
    limited: CreatedApiToken,
    other: AccountId,
}

async fn people(app: &TestApp) -> People {
    let (owner, member, stranger) = (
        app.client("owner@example.com").await,
        app.client("member@example.com").await,
        app.client("stranger@example.com").await,
    );
    let elsewhere = app.organization(member.0, false).await;
    let limits = Limits { organizations: Some(vec![elsewhere]), ..Limits::default() };
    let limited = app.token(member.0, limits).await;
    People { limited, owner, member, stranger, other: app.account("other@example.com").await }
}

async fn world(app: &TestApp, people: &People) -> World {
    let (owner, member) = (people.owner.0, people.member.0);
    let id = app.organization(owner, true).await;
    for account in [member, people.other] {
        app.app.add_member(id, account, Actor::Operator).await.unwrap();
    }
    for account in [owner, member] {
        app.sign_in(id, account).await;
    }
    let seat = app.store.seat(id, owner).await.unwrap().unwrap();
    let team = app.app.create_team(&seat, "Night watch", Actor::Operator).await.unwrap();
    let order = RoleOrder { name: "Auditor".to_owned(), ..RoleOrder::default() };
    let role = app.app.create_role(&seat, order, Actor::Operator).await.unwrap();
    app.store.add_team_member(team, people.other, &[], stamp()).await.unwrap();
    let admins = app.app.set_administrator(&seat, people.other, true, Actor::Operator).await;
    admins.unwrap();
    let invitation = invite(app, &seat, "guest@example.com", team).await;
    let own_invitation = invite(app, &seat, "member@example.com", team).await;
    let provider = provider(app, id).await;
    let added = app.app.add_domain(&seat, "works.example", Actor::Operator).await;
    added.unwrap();
    let secret = app.app.add_scim_secret(&seat, None, "Okta", Actor::Operator).await;
    let secret = secret.unwrap().0;
    let service = service_account(app, &seat).await;
    let service_token = app.token(service, Limits::default()).await.api_key;
    let second = app.app.add_api_secret(service_token, Actor::Operator).await.unwrap();
    World {
        id,
        other: people.other,
        team,
        role,
        invitation,
        own_invitation,
        provider,
        service,
        service_token,
        service_secret: second.id,
        secret,
    }
}

/// A service account that was made before the organization enforced single sign-on.
async fn service_account(app: &TestApp, seat: &Seat) -> AccountId {
    let id = seat.organization.id;
    app.app.set_organization_federated(id, false, Actor::Operator).await.unwrap();
    let made = app.app.create_service_account(seat, "Deploy", Actor::Operator).await.unwrap();
    app.app.set_organization_federated(id, true, Actor::Operator).await.unwrap();
    app.clock.step(10);
    made
}

async fn provider(app: &TestApp, organization: OrganizationId) -> IdentityProviderId {
    let settings = r#"{"protocol":"open_id","issuer":"https://login.example.com","client_id":"x"}"#;
    let new = IdentityProvider {
        id: IdentityProviderId::from_random(keymoor_server::random()),
        organization,
        protocol: Protocol::OpenId,
        label: Label::parse("Works account").unwrap(),
        settings: settings.to_owned(),
        secret: None,
        enabled_at: None,
        created_at: keymoor_testkit::NOW,
        updated_at: keymoor_testkit::NOW,
    };
    app.store.create_identity_provider(&new, stamp()).await.unwrap();
    new.id
}

fn stamp() -> keymoor_store::Stamp {
    keymoor_store::Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None }
}

async fn invite(app: &TestApp, seat: &Seat, email: &str, team: TeamId) -> InvitationId {
    let team = app.store.team(team).await.unwrap();
    let order = InvitationOrder { email: email.to_owned(), admin: false, team, roles: vec![] };
    app.app.invite_to_organization(seat, order, Actor::Operator).await.unwrap()
}

impl World {
    /// The path of a row in this world.
    fn path(&self, row: &Row) -> String {
        let id = if row.1.starts_with("/api/roles") {
            self.role.to_string()
        } else if row.1.starts_with("/api/teams") {
            self.team.to_string()
        } else if row.1.starts_with("/api/identity-providers") {
            self.provider.to_string()
        } else {
            self.id.to_string()
        };
        let token = if row.2 == Answers { self.own_invitation } else { self.invitation };
        let (token, user) = if row.1.starts_with(SERVICE) {
            (self.service_token.to_string(), self.service)
        } else {
            (token.to_string(), self.other)
        };
        let path = row.1.replace("{uuid}", &id).replace("{token}", &token);
        let secret = if row.1.starts_with(SERVICE) { self.service_secret } else { self.secret };
        let path = path.replace("{secret}", &secret.to_string());
        let path = path.replace("{domain}", "works.example");
        path.replace("{user}", &user.to_string())
    }

    async fn call(&self, app: &TestApp, row: &Row, bearer: &str) -> Answer {
        let body = row.4.replace("USER", &self.other.to_string());
        app.send(call(row.0, &self.path(row), bearer, &body)).await
    }
}

fn hanging() -> impl Iterator<Item = &'static Row> {
    ROUTES.iter().filter(|row| matches!(row.2, On | Answers))
}

#[test]
fn every_route_is_in_the_table_of_how_it_hangs_on_an_organization() {
    let known =
        |method: &str, path: &str| ROUTES.iter().any(|row| (row.0, row.1) == (method, path));
    for route in &TABLE {
        assert!(known(route.method, route.path), "{} {}", route.method, route.path);
    }
    assert_eq!(ROUTES.len(), TABLE.len());
    let named = TABLE.iter().filter(|route| {
        let under = ["/organizations/", "/teams/", "/roles/", "/invites/", "/identity-providers/"];
        under.iter().any(|part| route.path.contains(part))
    });
    assert_eq!(named.count(), hanging().count(), "what leads to an organization hangs on it");
}

#[tokio::test]
async fn s35_a_stranger_finds_nothing_on_any_route_of_an_organization() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let bearer = app.bearer(&people.stranger.1, "").await;
    let expected = json!({ "error": "not_found", "message": "The resource was not found." });
    for row in hanging() {
        let answer = world.call(&app, row, &bearer).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (404, expected.clone()), "{row:?}");
    }
}

#[tokio::test]
async fn s37_every_route_of_a_federated_organization_refuses_a_token_without_its_scope() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let expected = json!({
        "error": "additional_authentication_required",
        "message": "This resource requires additional authentication.",
    });
    for token in [&people.member.1, &people.owner.1] {
        let bearer = app.bearer(token, "").await;
        for row in hanging() {
            let answer = world.call(&app, row, &bearer).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (403, expected.clone()), "{row:?}");
            let scope = format!("scope=\"organization:{}\"", world.id);
            assert!(answer.header("www-authenticate").contains(&scope), "{row:?}");
        }
    }
}

#[tokio::test]
async fn s39_every_route_of_an_organization_refuses_a_token_limited_to_another() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let bearer = app.bearer(&people.limited, "").await;
    for row in hanging() {
        let answer = world.call(&app, row, &bearer).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (403, "forbidden"), "{row:?}");
        assert!(answer.text.contains("limited to other organizations"), "the guard's: {answer:?}");
    }
}

#[tokio::test]
async fn a_member_does_what_roles_allow_and_nothing_else() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    for row in hanging() {
        let world = world(&app, &people).await;
        let bearer = app.bearer(&people.member.1, &format!("organization:{}", world.id)).await;
        let answer = world.call(&app, row, &bearer).await;
        match row.3 {
            May => assert!(answer.status.is_success(), "{row:?} {answer:?}"),
            MayNot => {
                assert_eq!((answer.status.as_u16(), &*answer.error()), (403, "forbidden"));
                let message = answer.json()["message"].as_str().unwrap().to_owned();
                let helps = message.contains("permission \"")
                    || message.contains("administrator")
                    || message.contains("Only the owner");
                assert!(helps, "{row:?} {message}");
            }
        }
    }
}

/// What a session makes that the organization's provider alone started.
async fn token_through_provider(app: &TestApp, account: AccountId) -> CreatedApiToken {
    let limits = Limits { through_provider_alone: true, ..Limits::default() };
    app.token(account, limits).await
}

#[tokio::test]
async fn s35_an_owners_token_from_the_provider_alone_manages_nothing() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let token = token_through_provider(&app, people.owner.0).await;
    let bearer = app.bearer(&token, &format!("organization:{}", world.id)).await;
    for row in hanging().filter(|row| row.3 == MayNot || row.1.ends_with("/leave")) {
        let answer = world.call(&app, row, &bearer).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (403, "forbidden"), "{row:?}");
        assert!(answer.text.contains("Sign in to your own account"), "{row:?} {answer:?}");
    }
    let seat = app.store.seat(world.id, people.owner.0).await.unwrap().unwrap();
    assert_eq!(seat.organization.owner, people.owner.0);
    let path = format!("/api/organizations/{}", world.id);
    assert_eq!(app.call("GET", &path, &bearer).await.status, 200, "it opens the organization");
}

#[tokio::test]
async fn s35_a_token_from_the_provider_alone_answers_no_invitation() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let token = token_through_provider(&app, people.member.0).await;
    let bearer = app.bearer(&token, &format!("organization:{}", world.id)).await;
    for row in hanging().filter(|row| row.2 == Answers) {
        let answer = world.call(&app, row, &bearer).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (403, "forbidden"), "{row:?}");
    }
}

#[tokio::test]
async fn s35_what_a_token_from_the_provider_alone_makes_manages_nothing_either() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let world = world(&app, &people).await;
    let token = token_through_provider(&app, people.owner.0).await;
    let scope = format!("organization:{}", world.id);
    let bearer = app.bearer(&token, &scope).await;
    let path = "/api/account/tokens";
    let made = app.send(call("POST", path, &bearer, r#"{"label":"Child"}"#)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let key = made.json()["api_key"].as_str().unwrap().parse().unwrap();
    let stored = app.store.api_token(people.owner.0, key).await.unwrap().unwrap();
    assert!(stored.limits.through_provider_alone);
}

#[tokio::test]
async fn the_owner_may_do_everything_but_leave() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    for row in hanging().filter(|row| row.2 == On) {
        let world = world(&app, &people).await;
        let bearer = app.bearer(&people.owner.1, &format!("organization:{}", world.id)).await;
        let answer = world.call(&app, row, &bearer).await;
        match (row.0, row.1) {
            (_, path) if path.ends_with("/leave") => assert_eq!(answer.status, 403),
            ("PUT", path) if path.ends_with("/admins/{user}") => {
                assert_eq!((answer.status.as_u16(), &*answer.error()), (409, "conflict"));
            }
            ("POST", "/api/teams/{uuid}/members") => {
                assert_eq!((answer.status.as_u16(), &*answer.error()), (409, "conflict"));
            }
            // Nothing was said of the provider; and the organization requires it.
            // Nobody has set the record, and nobody is asked for it here.
            ("POST", path) if path.ends_with("/verify") => {
                assert_eq!(answer.error(), "validation_failed");
            }
            ("POST", path) if path.ends_with("/identity-provider") => {
                assert_eq!(answer.error(), "validation_failed");
            }
            ("PUT", "/api/identity-providers/{uuid}") => {
                assert_eq!(answer.error(), "validation_failed");
            }
            ("DELETE", "/api/identity-providers/{uuid}") => {
                assert_eq!(answer.error(), "conflict");
            }
            (_, path) if path.ends_with("/identity-providers/{uuid}/actions/disable") => {
                assert_eq!(answer.error(), "conflict");
            }
            // Nobody came through a provider, it is not disabled, and has two secrets.
            ("POST", SERVICE) => assert_eq!(answer.error(), "conflict"),
            (_, path) if path.ends_with("/renew") || path.ends_with("{user}/actions/enable") => {
                assert_eq!(answer.error(), "conflict");
            }
            ("POST", path) if path.ends_with("/secrets") => assert_eq!(answer.error(), "conflict"),
            _ => assert!(answer.status.is_success(), "{row:?} {answer:?}"),
        }
    }
}

#[tokio::test]
async fn every_answer_of_an_organization_fits_its_schema() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    let document = app.call("GET", "/api/openapi.json", "").await.json();
    let check = |row: &Row, answer: &Answer| {
        super::openapi::check(&document, row.1, &row.0.to_lowercase(), answer);
    };
    for row in hanging() {
        let world = world(&app, &people).await;
        let scope = format!("organization:{}", world.id);
        let whose = if row.2 == Answers { &people.member.1 } else { &people.owner.1 };
        for bearer in [app.bearer(whose, "").await, app.bearer(whose, &scope).await] {
            check(row, &world.call(&app, row, &bearer).await);
        }
        check(row, &world.call(&app, row, &app.bearer(&people.stranger.1, "").await).await);
    }
    let bearer = app.bearer(&people.owner.1, "").await;
    for row in
        ROUTES.iter().filter(|row| ["/api/permissions", "/api/account/invites"].contains(&row.1))
    {
        check(row, &app.call(row.0, row.1, &bearer).await);
    }
    let total = |list: &Value| list["total"].as_u64();
    assert_eq!(total(&app.call("GET", "/api/permissions", &bearer).await.json()), Some(5));
}
