//! SCIM, with the requests that Okta and Entra ID document.

use axum::body::Body;
use http::{Request, header::CONTENT_TYPE};
use keymoor_core::{AccountId, IdentityProviderId, OrganizationId, facts::Limits, name::Label};
use keymoor_server::routes::{Caller, TABLE};
use keymoor_store::{Actor, IdentityProvider, Protocol, Stamp};
use serde_json::{Value, json};

use super::app::{Answer, TestApp};

/// An organization with a provider and a provisioning secret; Bob is linked as `00ub`.
struct World {
    app: TestApp,
    id: OrganizationId,
    owner: AccountId,
    bob: AccountId,
    provider: IdentityProviderId,
    secret: String,
}

fn stamp() -> Stamp {
    Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None }
}

impl World {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let owner = app.account("owner@example.com").await;
        let bob = app.account("bob@example.com").await;
        let id = app.organization(owner, false).await;
        app.app.add_member(id, bob, Actor::Operator).await.unwrap();
        let provider = IdentityProvider {
            id: IdentityProviderId::from_random([7; 16]),
            organization: id,
            protocol: Protocol::OpenId,
            label: Label::parse("Works account").unwrap(),
            settings: "{}".to_owned(),
            secret: None,
            enabled_at: Some(keymoor_testkit::NOW),
            created_at: keymoor_testkit::NOW,
            updated_at: keymoor_testkit::NOW,
        };
        app.store.create_identity_provider(&provider, stamp()).await.unwrap();
        app.store.link_account(provider.id, "00ub", bob, stamp()).await.unwrap();
        let seat = app.store.seat(id, owner).await.unwrap().unwrap();
        let made = app.app.add_scim_secret(&seat, None, "Okta", Actor::Operator).await.unwrap();
        let secret = made.1.expose().to_owned();
        Self { app, id, owner, bob, provider: provider.id, secret }
    }

    async fn ask(&self, method: &str, path: &str, secret: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/scim/v2/{}{path}", self.id))
            .header("authorization", format!("Bearer {secret}"))
            .header(CONTENT_TYPE, "application/scim+json")
            .body(Body::from(body.to_owned()));
        self.app.send(request.unwrap()).await
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.ask(method, path, &self.secret, &body).await;
        if answer.status != 204 {
            assert_eq!(answer.header("content-type"), "application/scim+json", "{answer:?}");
        }
        answer
    }

    /// A new user's path.
    async fn create(&self, body: Value) -> String {
        let answer = self.call("POST", "/Users", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("/Users/{}", answer.json()["id"].as_str().unwrap())
    }

    async fn is_member(&self, account: AccountId) -> bool {
        self.app.store.seat(self.id, account).await.unwrap().is_some()
    }
}

fn okta_user(name: &str, external_id: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": name, "type": "work" }],
        "displayName": "Test User", "locale": "en-US", "groups": [], "password": "1mz050nq",
        "externalId": external_id, "active": true,
    })
}

#[tokio::test]
async fn oktas_requests_are_answered_as_okta_expects() {
    let world = World::start().await;
    let query = "/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100";
    let none = world.call("GET", query, Value::Null).await;
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    });
    assert_eq!((none.status.as_u16(), none.json()), (200, expected));
    let made = world.call("POST", "/Users", okta_user("test.user@okta.local", "00ujl29")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let user = made.json();
    let path = format!("/Users/{}", user["id"].as_str().unwrap());
    assert_eq!(made.header("location"), user["meta"]["location"].as_str().unwrap());
    assert!(user.get("password").is_none() && user["active"] == true);
    let twice = world.call("POST", "/Users", okta_user("Test.User@okta.local", "other")).await;
    assert_eq!((twice.status.as_u16(), &twice.json()["scimType"]), (409, &json!("uniqueness")));
    assert_eq!(world.call("GET", query, Value::Null).await.json()["totalResults"], 1);
    assert_eq!(world.call("GET", &path, Value::Null).await.json(), user);
    let mut changed = user.clone();
    changed["name"]["familyName"] = json!("Other");
    let put = world.call("PUT", &path, changed).await;
    assert_eq!(put.json()["name"]["familyName"], "Other");
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    let patched = world.call("PATCH", &path, off).await;
    assert_eq!((patched.status.as_u16(), &patched.json()["active"]), (200, &json!(false)));
}

#[tokio::test]
async fn entra_ids_requests_are_answered_as_entra_id_expects() {
    let world = World::start().await;
    let missing = "/Users?filter=externalId%20eq%20%22ad8f9d1c%22%20and%20active%20eq%20true";
    assert_eq!(world.call("GET", missing, Value::Null).await.json()["totalResults"], 0);
    let path = world
        .create(json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            ],
            "externalId": "0a21f0f2", "userName": "Test_User_ab6490ee", "active": true,
            "emails": [{ "primary": true, "type": "work", "value": "Test_User@testuser.com" }],
            "meta": { "resourceType": "User" },
            "name": { "formatted": "givenName familyName", "familyName": "f", "givenName": "g" },
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x" },
            "roles": [],
        }))
        .await;
    let operations = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@testuser.com" },
            { "op": "Add", "path": "emails[type eq \"home\"].value", "value": "home@testuser.com" },
            { "op": "Replace", "path": "name.familyName", "value": "updated" },
            { "op": "Replace", "value": { "displayName": "D", "name.givenName": "dotted",
                "urn:ietf:params:scim:schemas:core:2.0:User:externalId": "0a21f0f3" } },
            { "op": "Add", "path":
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x" },
            { "op": "Remove", "path": "name.formatted" },
        ],
    });
    let user = world.call("PATCH", &path, operations).await.json();
    assert_eq!(user["emails"][0]["value"], "new@testuser.com");
    assert_eq!(
        (&user["emails"][1]["value"], &user["emails"][1]["type"]),
        (&json!("home@testuser.com"), &json!("home"))
    );
    assert_eq!(user["name"], json!({ "familyName": "updated", "givenName": "dotted" }));
    assert_eq!((&user["displayName"], &user["externalId"]), (&json!("D"), &json!("0a21f0f3")));
    let off = json!({ "Operations": [{ "op": "Replace", "path": "active", "value": "False" }] });
    assert_eq!(world.call("PATCH", &path, off).await.json()["active"], false);
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.call("GET", &path, Value::Null).await.status, 404);
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn s40_whom_provisioning_deactivates_loses_the_organization_at_once() {
    let world = World::start().await;
    let token = world.app.token(world.bob, Limits::default()).await;
    let scope = format!("organization:{}", world.id);
    let bearer = world.app.bearer(&token, &scope).await;
    let own = format!("/api/organizations/{}", world.id);
    assert_eq!(world.app.call("GET", &own, &bearer).await.status, 200);
    let path = world.create(okta_user("bob@corp.example", "00ub")).await;
    let set = async |active: bool| {
        let body = json!({ "Operations": [{ "op": "replace", "value": { "active": active } }] });
        assert_eq!(world.call("PATCH", &path, body).await.status, 200);
    };
    set(false).await;
    let refused = world.app.call("GET", &own, &bearer).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (401, "invalid_token"));
    assert_eq!(world.app.ask(&token, &scope).await.error(), "invalid_scope");
    let plain = world.app.bearer(&token, "").await;
    assert_eq!(
        world.app.call("GET", "/api/account", &plain).await.status,
        200,
        "the account stays"
    );
    set(true).await;
    world.app.clock.step(10);
    let bearer = world.app.bearer(&token, &scope).await;
    assert_eq!(world.app.call("GET", &own, &bearer).await.status, 200, "and is restored");
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 204);
    assert!(!world.is_member(world.bob).await);
}

#[tokio::test]
async fn s40_a_change_at_the_same_time_brings_back_nobody() {
    let world = World::start().await;
    let path = world.create(okta_user("bob@corp.example", "00ub")).await;
    let set = async |name: &str, value: Value| {
        let body = json!({ "Operations": [{ "op": "replace", "path": name, "value": value }] });
        assert_eq!(world.call("PATCH", &path, body).await.status, 200);
    };
    let put = async || {
        let body = json!({ "userName": "bob@corp.example", "externalId": "00ub" });
        assert_eq!(world.call("PUT", &path, body).await.status, 200);
    };
    tokio::join!(
        set("active", json!(false)),
        set("displayName", json!("Bob")),
        set("name.givenName", json!("Bob")),
        set("name.familyName", json!("B")),
        put(),
    );
    assert_eq!(world.call("GET", &path, Value::Null).await.json()["active"], false);
    assert!(!world.is_member(world.bob).await);
}

#[tokio::test]
async fn the_owner_cannot_be_deprovisioned_and_others_are_left_alone() {
    let world = World::start().await;
    let store = &world.app.store;
    store.link_account(world.provider, "00uo", world.owner, stamp()).await.unwrap();
    let path = world.create(okta_user("owner@example.com", "00uo")).await;
    for (method, body) in [
        ("PATCH", json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] })),
        ("PUT", json!({ "userName": "owner@example.com", "active": false })),
        ("DELETE", Value::Null),
    ] {
        let answer = world.call(method, &path, body).await;
        assert_eq!(answer.status, 409, "{method}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("owns the organization"));
    }
    assert!(world.is_member(world.owner).await);
    let carol = world.app.account("carol@example.com").await;
    world.app.app.add_member(world.id, carol, Actor::Operator).await.unwrap();
    let path = world.create(okta_user("carol@example.com", "00uc")).await;
    assert_eq!(world.call("DELETE", &path, Value::Null).await.status, 204);
    assert!(world.is_member(carol).await, "an equal address is nobody's proof");
}

#[tokio::test]
async fn s76_nothing_but_the_organizations_own_secret_opens_scim() {
    let world = World::start().await;
    let other = world.app.organization(world.owner, false).await;
    let seat = world.app.store.seat(other, world.owner).await.unwrap().unwrap();
    let others =
        world.app.app.add_scim_secret(&seat, None, "Other", Actor::Operator).await.unwrap();
    let token = world.app.token(world.owner, Limits::default()).await;
    let access = world.app.bearer(&token, "").await;
    let wrong = [
        "",
        "x",
        others.1.expose(),
        token.secret.expose(),
        access.trim_start_matches("Bearer "),
        &format!("{}x", world.secret),
        &world.secret.replace("ks_", "km_"),
    ]
    .map(str::to_owned);
    for route in TABLE.iter().filter(|route| route.caller == Caller::Provisioner) {
        let id = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";
        let path = route.path.replace("/api/scim/v2/{uuid}", "").replace("{id}", id);
        for secret in &wrong {
            let answer = world.ask(route.method, &path, secret, "{}").await;
            let status = answer.status.as_u16();
            assert!([400, 401].contains(&status), "{} {path} {answer:?}", route.method);
            assert_eq!(answer.json()["status"], status.to_string());
            assert!(answer.header("www-authenticate").starts_with("Bearer") || status == 400);
        }
        let stranger = route.path.replace("{uuid}", id).replace("{id}", id);
        let bearer = format!("Bearer {}", world.secret);
        let answer = world.app.call(route.method, &stranger, &bearer).await;
        assert_eq!(answer.status, 401, "an organization that does not exist");
    }
    let bearer = format!("Bearer {}", world.secret);
    for path in ["/api/account", "/api/organizations", "/api/auth/removals"] {
        let answer = world.app.call("GET", path, &bearer).await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{path}: it opens nothing else");
    }
    let id = world.app.store.scim_secrets(world.id).await.unwrap()[0].secret.id;
    let seat = world.app.store.seat(world.id, world.owner).await.unwrap().unwrap();
    world.app.app.remove_scim_secret(&seat, id, Actor::Operator).await.unwrap();
    assert_eq!(world.ask("GET", "/Users", &world.secret, "").await.status, 401, "once removed");
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_rfcs_words_and_changes_nothing() {
    let world = World::start().await;
    let path = world.create(okta_user("a@corp.example", "1")).await;
    let before = world.call("GET", &path, Value::Null).await.json();
    let one = |operation: Value| json!({ "Operations": [operation] });
    let cases = [
        ("POST", "/Users", json!({ "active": true }), "invalidValue"),
        ("POST", "/Users", json!({ "userName": 7 }), "invalidValue"),
        ("PUT", &*path, json!({ "userName": "x", "active": "maybe" }), "invalidValue"),
        ("PATCH", &*path, json!({ "Operations": [] }), "invalidSyntax"),
        ("PATCH", &*path, one(json!({ "op": "move" })), "invalidSyntax"),
        ("PATCH", &*path, one(json!({ "op": "remove" })), "noTarget"),
        ("PATCH", &*path, one(json!({ "op": "add", "path": "a[b", "value": 1 })), "invalidPath"),
        (
            "PATCH",
            &*path,
            one(json!({ "op": "replace", "path": "id", "value": "x" })),
            "mutability",
        ),
        ("PATCH", &*path, one(json!({ "op": "remove", "path": "userName" })), "mutability"),
        ("PATCH", &*path, one(json!({ "op": "remove", "path": "active" })), "mutability"),
        ("GET", "/Users?filter=title%20pr", Value::Null, "invalidFilter"),
        ("GET", "/Users?filter=userName%20co%20%22x%22", Value::Null, "invalidFilter"),
        ("GET", "/Users?count=many", Value::Null, "invalidValue"),
    ];
    for (method, path, body, scim_type) in cases {
        let answer = world.call(method, path, body.clone()).await;
        assert_eq!(answer.status, 400, "{method} {path} {body}");
        let told = answer.json();
        assert_eq!(told["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(
            (&told["scimType"], &told["status"]),
            (&json!(scim_type), &json!("400")),
            "{body}"
        );
    }
    let large = json!({ "userName": "x".repeat(70_000) });
    assert_eq!(world.call("POST", "/Users", large).await.status, 413);
    assert_eq!(world.call("GET", "/Groups", Value::Null).await.status, 404);
    assert_eq!(world.call("PUT", "/Users", json!({})).await.status, 405);
    assert_eq!(world.call("GET", &path, Value::Null).await.json(), before);
}

#[tokio::test]
async fn the_answers_of_scim_fit_their_schemas() {
    let world = World::start().await;
    let document = world.app.call("GET", "/api/openapi.json", "").await.json();
    let base = "/api/scim/v2/{uuid}";
    let made = world.call("POST", "/Users", okta_user("a@corp.example", "1")).await;
    let user = format!("/Users/{}", made.json()["id"].as_str().unwrap());
    super::openapi::check(&document, &format!("{base}/Users"), "post", &made);
    let schema = "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
    for (path, named) in [
        ("/Users", "/Users"),
        (&*user, "/Users/{id}"),
        ("/Users/x", "/Users/{id}"),
        ("/ServiceProviderConfig", "/ServiceProviderConfig"),
        ("/ResourceTypes", "/ResourceTypes"),
        ("/ResourceTypes/User", "/ResourceTypes/{id}"),
        ("/Schemas", "/Schemas"),
        (schema, "/Schemas/{id}"),
        ("/Schemas/x", "/Schemas/{id}"),
    ] {
        let answer = world.call("GET", path, Value::Null).await;
        super::openapi::check(&document, &format!("{base}{named}"), "get", &answer);
    }
    let only = world.call("GET", &format!("{user}?attributes=userName"), Value::Null).await.json();
    let names: Vec<_> = only.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["id", "schemas", "userName"]);
    let query = json!({ "filter": "active eq true", "attributes": ["userName"] });
    for path in ["/.search", "/Users/.search"] {
        let found = world.call("POST", path, query.clone()).await;
        super::openapi::check(&document, &format!("{base}{path}"), "post", &found);
        assert_eq!(found.json()["Resources"], json!([only]));
    }
    let page = world.call("GET", "/Users?startIndex=2&count=1", Value::Null).await.json();
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn an_organizations_clients_have_a_pace() {
    let world = World::start().await;
    for _ in 0..3000 {
        let answer = world.call("GET", "/ResourceTypes/User", Value::Null).await;
        assert_eq!(answer.status, 200);
    }
    let answer = world.call("GET", "/ResourceTypes/User", Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "60"));
    world.app.clock.step(60);
    assert_eq!(world.call("GET", "/ResourceTypes/User", Value::Null).await.status, 200);
}

#[tokio::test]
async fn the_last_use_of_a_secret_is_shown() {
    let world = World::start().await;
    world.call("GET", "/Users", Value::Null).await;
    let token = world.app.token(world.owner, Limits::default()).await;
    let bearer = world.app.bearer(&token, "").await;
    let path = format!("/api/organizations/{}/scim-secrets", world.id);
    let answer = world.app.call("GET", &path, &bearer).await;
    let one = &answer.json()["_embedded"]["items"][0];
    assert!(one["last_used_at"].is_string() && one["last_used_address"] == "192.0.2.1", "{one}");
    assert!(!answer.text.contains("ks_"));
}
