use keymoor_core::{AccountId, OrganizationId, facts::Limits};
use keymoor_server::operations::CreatedApiToken;
use keymoor_store::Actor;
use serde_json::{Value, json};

use super::app::{Answer, TOKEN, TestApp, call, form};

/// An organization with an owner, a member, and a service account that the owner made.
struct World {
    app: TestApp,
    id: OrganizationId,
    owner: String,
    member: String,
    robot: AccountId,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let (owner, token) = app.client("ada@example.com").await;
        let id = app.organization(owner, false).await;
        let owner = app.bearer(&token, "").await;
        let (member, token) = app.client("bob@example.com").await;
        app.app.add_member(id, member, Actor::Operator).await.unwrap();
        let member = app.bearer(&token, "").await;
        let path = format!("/api/organizations/{id}/service-accounts");
        let made = app.send(call("POST", &path, &owner, r#"{"name":"Deploy"}"#)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let robot = made.json()["uuid"].as_str().unwrap().parse().unwrap();
        Self { app, id, owner, member, robot }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/organizations/{}/service-accounts{rest}", self.id)
    }

    async fn by(&self, bearer: &str, method: &str, rest: &str, body: &str) -> Answer {
        self.app.send(call(method, &self.path(rest), bearer, body)).await
    }

    async fn by_owner(&self, method: &str, rest: &str, body: &str) -> Answer {
        self.by(&self.owner, method, rest, body).await
    }

    /// What is at the path of the service account.
    async fn one(&self, method: &str, rest: &str, body: &str) -> Answer {
        self.by_owner(method, &format!("/{}{rest}", self.robot), body).await
    }

    /// What the answer that shows a new API token says of it.
    async fn new_token(&self) -> Value {
        let made = self.one("POST", "/tokens", r#"{"label":"CI"}"#).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()
    }

    /// Asks for an access token with what an answer showed.
    async fn ask(&self, shown: &Value, scope: &str) -> Answer {
        let (key, secret) = (text(shown, "api_key"), text(shown, "api_secret"));
        let grant = "grant_type=client_credentials";
        let body = format!("{grant}&client_id={key}&client_secret={secret}&scope={scope}");
        self.app.send(form(TOKEN, &body)).await
    }

    async fn bearer(&self, shown: &Value, scope: &str) -> String {
        let answer = self.ask(shown, scope).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        format!("Bearer {}", text(&answer.json(), "access_token"))
    }
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_service_account_is_made_shown_renamed_and_listed() {
    let world = World::new().await;
    let renamed = world.one("PUT", "", r#"{"name":"Nightly deploy"}"#).await;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    let mut found = world.one("GET", "", "").await.json();
    let list = world.by_owner("GET", "?filter=name=Nightly%20deploy&sort=-name&limit=1", "").await;
    let list = list.json();
    assert_eq!((&list["total"], &list["_embedded"]["items"]), (&json!(1), &json!([found])));
    let none = world.by_owner("GET", "?filter=name=Other", "").await.json();
    assert_eq!(none["total"], 0);
    found.as_object_mut().unwrap().remove("_links");
    let expected = json!({
        "uuid": world.robot, "name": "Nightly deploy", "tokens_total": 0, "teams": [],
        "created_at": "2026-11-23T19:11:00+00:00", "vouching": null,
        "flags": { "active": true, "disabled_by_operator": false },
    });
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_service_account_is_a_member_under_its_name() {
    let world = World::new().await;
    let path = format!("/api/organizations/{}/members/{}", world.id, world.robot);
    let found = world.app.call("GET", &path, &world.owner).await.json();
    assert_eq!(
        (&found["username"], &found["flags"]["service_account"]),
        (&json!("Deploy"), &json!(true))
    );
    let removed = world.app.call("DELETE", &path, &world.owner).await;
    assert_eq!(removed.status, 409, "it is deleted instead");
    assert!(removed.text.contains("delete the service account instead"), "{removed:?}");
}

#[tokio::test]
async fn s35_members_and_strangers_learn_nothing_of_service_accounts() {
    let world = World::new().await;
    let (_, stranger) = world.app.client("eve@example.com").await;
    let stranger = world.app.bearer(&stranger, "").await;
    for rest in [String::new(), format!("/{}", world.robot), format!("/{}/tokens", world.robot)] {
        assert_eq!(world.by(&world.member, "GET", &rest, "").await.status, 403, "{rest}");
        assert_eq!(world.by(&stranger, "GET", &rest, "").await.status, 404, "{rest}");
    }
}

#[tokio::test]
async fn a_service_account_of_another_organization_is_not_found() {
    let world = World::new().await;
    let elsewhere = world.app.client("carol@example.com").await;
    let other = world.app.organization(elsewhere.0, false).await;
    let bearer = world.app.bearer(&elsewhere.1, "").await;
    let base = format!("/api/organizations/{other}/service-accounts/{}", world.robot);
    for (method, rest, body) in [
        ("GET", "", ""),
        ("PUT", "", r#"{"name":"Mine"}"#),
        ("DELETE", "", ""),
        ("POST", "/actions/disable", ""),
        ("POST", "/actions/renew", ""),
        ("GET", "/tokens", ""),
        ("POST", "/tokens", r#"{"label":"x"}"#),
    ] {
        let path = format!("{base}{rest}");
        let answer = world.app.send(call(method, &path, &bearer, body)).await;
        assert_eq!(answer.status, 404, "{method} {rest}");
    }
    assert_eq!(world.one("GET", "", "").await.json()["tokens_total"], 0);
}

#[tokio::test]
async fn its_api_tokens_open_its_organization_and_nothing_else() {
    let world = World::new().await;
    let token = world.new_token().await;
    let bearer = world.bearer(&token, &format!("organization:{}", world.id)).await;
    let own = format!("/api/organizations/{}", world.id);
    assert_eq!(world.app.call("GET", &own, &bearer).await.status, 200);
    let key = text(&token, "api_key").parse().unwrap();
    let stored = world.app.store.api_token(world.robot, key).await.unwrap().unwrap();
    assert_eq!(stored.limits.organizations, Some(vec![world.id]));
    // Whoever else makes one for it, an operator too.
    let other = world.app.token(world.robot, Limits::default()).await;
    let stored = world.app.store.api_token(world.robot, other.api_key).await.unwrap().unwrap();
    assert_eq!(stored.limits.organizations, Some(vec![world.id]));
}

#[tokio::test]
async fn a_service_account_makes_no_api_tokens_by_itself_and_does_not_leave() {
    let world = World::new().await;
    let bearer = world.bearer(&world.new_token().await, "").await;
    let made = world.app.send(call("POST", "/api/account/tokens", &bearer, r#"{"label":"x"}"#));
    assert_eq!(made.await.status, 403);
    let leave = format!("/api/organizations/{}/actions/leave", world.id);
    assert_eq!(world.app.call("POST", &leave, &bearer).await.status, 409);
}

#[tokio::test]
async fn s40_disabling_and_deleting_it_kill_the_tokens_that_live() {
    let world = World::new().await;
    let token = world.new_token().await;
    let own = format!("/api/organizations/{}", world.id);
    let bearer = world.bearer(&token, "").await;
    assert_eq!(world.one("POST", "/actions/disable", "").await.status, 200);
    assert_eq!(world.app.call("GET", &own, &bearer).await.error(), "invalid_token");
    assert_eq!(world.ask(&token, "").await.error(), "invalid_client");
    assert_eq!(world.one("POST", "/actions/disable", "").await.status, 409);
    assert_eq!(world.one("POST", "/actions/enable", "").await.status, 200);
    world.app.clock.step(10);
    let bearer = world.bearer(&token, "").await;
    assert_eq!(world.app.call("GET", &own, &bearer).await.status, 200);
    assert_eq!(world.one("DELETE", "", "").await.status, 200);
    assert_eq!(world.app.call("GET", &own, &bearer).await.error(), "invalid_token");
    assert_eq!(world.ask(&token, "").await.error(), "invalid_client");
    assert_eq!(world.one("GET", "", "").await.status, 404);
}

#[tokio::test]
async fn s40_deleting_the_organization_kills_the_tokens_of_its_service_accounts() {
    let world = World::new().await;
    let token = world.new_token().await;
    let bearer = world.bearer(&token, "").await;
    assert_eq!(world.app.call("GET", "/api/account", &bearer).await.status, 200);
    let own = format!("/api/organizations/{}", world.id);
    assert_eq!(world.app.call("DELETE", &own, &world.owner).await.status, 200);
    assert_eq!(world.app.call("GET", "/api/account", &bearer).await.error(), "invalid_token");
    assert_eq!(world.ask(&token, "").await.error(), "invalid_client");
}

#[tokio::test]
async fn its_api_token_is_renamed_rotated_and_removed() {
    let world = World::new().await;
    let token = world.new_token().await;
    let at = format!("/tokens/{}", text(&token, "api_key"));
    assert_eq!(world.one("PUT", &at, r#"{"label":"Deploy"}"#).await.status, 200);
    assert_eq!(world.one("GET", &at, "").await.json()["label"], "Deploy");
    let secrets = format!("{at}/secrets");
    let second = world.one("POST", &secrets, "").await;
    assert_eq!(second.status, 201, "{second:?}");
    world.bearer(&second.json(), "").await;
    world.bearer(&token, "").await;
    assert_eq!(world.one("POST", &secrets, "").await.status, 409, "two are enough");
    let list = world.one("GET", &secrets, "").await;
    assert!(!list.text.contains("km_"), "no secret is ever shown again");
    let ids = list.json()["_embedded"]["items"].clone();
    let new = second.json()["uuid"].clone();
    let old = ids.as_array().unwrap().iter().find(|one| one["uuid"] != new).unwrap();
    let close = format!("{secrets}/{}", old["uuid"].as_str().unwrap());
    assert_eq!(world.one("DELETE", &close, "").await.status, 200);
    assert_eq!(world.ask(&token, "").await.error(), "invalid_client");
    world.bearer(&second.json(), "").await;
    assert_eq!(world.one("DELETE", &at, "").await.status, 200);
    let again = world.one("DELETE", &at, "").await;
    assert_eq!((again.status.as_u16(), &*again.error()), (409, "conflict"));
    assert_eq!(world.ask(&second.json(), "").await.error(), "invalid_client");
}

#[tokio::test]
async fn an_expiry_that_is_no_time_or_past_changes_nothing() {
    let world = World::new().await;
    for end in ["\"tomorrow\"", "7", "\"2001-01-01T00:00:00Z\""] {
        let body = format!(r#"{{"label":"x","expires_at":{end}}}"#);
        let answer = world.one("POST", "/tokens", &body).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "validation_failed"));
        assert!(answer.json()["message"]["expires_at"].is_string(), "{answer:?}");
    }
    assert_eq!(world.one("GET", "/tokens", "").await.json()["total"], 0);
    let body = r#"{"label":"x","expires_at":"2027-01-31T12:00:00Z"}"#;
    world.one("POST", "/tokens", body).await;
    let list = world.one("GET", "/tokens", "").await.json();
    assert_eq!(list["_embedded"]["items"][0]["expires_at"], "2027-01-31T12:00:00+00:00");
}

#[tokio::test]
async fn s49_an_api_token_gives_a_service_account_no_more_than_its_own_limits() {
    let world = World::new().await;
    let end = keymoor_testkit::NOW.plus(86_400);
    let ranges = vec!["192.0.2.0/24".parse().unwrap()];
    let limits =
        Limits { expires_at: Some(end), address_ranges: Some(ranges), ..Limits::default() };
    let seat = world.app.store.organizations_of(world.robot).await.unwrap().remove(0);
    let narrow = world.app.token(seat.owner, limits.clone()).await;
    let narrow = world.app.bearer(&narrow, "").await;
    let path = format!("/{}/tokens", world.robot);
    for body in [r#"{"label":"x"}"#, r#"{"label":"x","expires_at":"2027-01-31T12:00:00Z"}"#] {
        let made = world.by(&narrow, "POST", &path, body).await.json();
        let key = text(&made, "api_key").parse().unwrap();
        let stored = world.app.store.api_token(world.robot, key).await.unwrap().unwrap();
        let expected = Limits { organizations: Some(vec![world.id]), ..limits.clone() };
        assert_eq!(stored.limits, expected);
    }
}

impl World {
    /// The owner's, limited in one way.
    async fn limited(&self, limits: Limits) -> (CreatedApiToken, String) {
        let owner = self.app.store.organizations_of(self.robot).await.unwrap().remove(0).owner;
        let made = self.app.token(owner, limits).await;
        let bearer = self.app.bearer(&made, "").await;
        (made, bearer)
    }
}

fn expiring() -> Limits {
    let expires_at = Some(keymoor_testkit::NOW.plus(86_400));
    Limits { expires_at, ..Limits::default() }
}

#[tokio::test]
async fn s49_a_limited_api_token_adds_no_secret_to_a_wider_one() {
    let world = World::new().await;
    let wide = text(&world.new_token().await, "api_key");
    let ranges = Some(vec!["192.0.2.0/24".parse().unwrap()]);
    let within = Limits { address_ranges: ranges, ..Limits::default() };
    for limits in [expiring(), within] {
        let (asking, bearer) = world.limited(limits).await;
        let add = |key: &str| format!("/{}/tokens/{key}/secrets", world.robot);
        let refused = world.by(&bearer, "POST", &add(&wide), "").await;
        assert_eq!((refused.status.as_u16(), &*refused.error()), (403, "forbidden"));
        assert!(refused.text.contains("wider limits"), "{refused:?}");
        let path = format!("/{}/tokens", world.robot);
        let own = world.by(&bearer, "POST", &path, r#"{"label":"x"}"#).await.json();
        let within = world.by(&bearer, "POST", &add(&text(&own, "api_key")), "").await;
        assert_eq!(within.status, 201, "{within:?}");
        let key = text(&own, "api_key").parse().unwrap();
        let stored = world.app.store.api_token(world.robot, key).await.unwrap().unwrap();
        assert_eq!(stored.parent, Some(asking.api_key), "who made it is known");
    }
    let found = world.app.store.api_secrets(wide.parse().unwrap()).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn s49_a_limited_api_token_makes_no_secret_for_provisioning() {
    let world = World::new().await;
    let (_, bearer) = world.limited(expiring()).await;
    let path = format!("/api/organizations/{}/scim-secrets", world.id);
    let add = |bearer: String| call("POST", &path, &bearer, r#"{"label":"Okta"}"#);
    let refused = world.app.send(add(bearer)).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (403, "forbidden"), "{refused:?}");
    assert!(world.app.store.scim_secrets(world.id).await.unwrap().is_empty());
    assert_eq!(world.app.send(add(world.owner.clone())).await.status, 201);
}

#[tokio::test]
async fn s49_the_operator_keeps_access_tokens_from_making_secrets_for_provisioning_too() {
    let app = TestApp::with(|settings| settings.tokens_create_tokens = false).await;
    let (owner, token) = app.client("ada@example.com").await;
    let id = app.organization(owner, false).await;
    let bearer = app.bearer(&token, "").await;
    let path = format!("/api/organizations/{id}/scim-secrets");
    let refused = app.send(call("POST", &path, &bearer, r#"{"label":"Okta"}"#)).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (403, "forbidden"), "{refused:?}");
    assert!(app.store.scim_secrets(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn s39_a_limited_api_token_knows_of_no_others() {
    let app = TestApp::start().await;
    let (account, whole) = app.client("ada@example.com").await;
    let organization = app.organization(account, false).await;
    let limits = || Limits { organizations: Some(vec![organization]), ..Limits::default() };
    let (one, two) = (app.token(account, limits()).await, app.token(account, limits()).await);
    let bearer = app.bearer(&one, "").await;
    let list = app.call("GET", "/api/account/tokens", &bearer).await;
    assert_eq!(list.json()["total"], 2, "{list:?}");
    let path = |token: &CreatedApiToken| format!("/api/account/tokens/{}", token.api_key);
    for method in ["GET", "DELETE"] {
        assert_eq!(app.call(method, &path(&whole), &bearer).await.status, 404, "{method}");
    }
    assert_eq!(app.call("DELETE", &path(&two), &bearer).await.status, 200);
    let all = app.bearer(&whole, "").await;
    assert_eq!(app.call("GET", "/api/account/tokens", &all).await.json()["total"], 3);
}
