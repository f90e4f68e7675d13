use keymoor_core::{AccountId, OrganizationId};
use keymoor_store::Actor;
use serde_json::json;

use super::app::{Answer, TestApp, call};

/// An organization with an owner and a member, and what both call with.
struct World {
    app: TestApp,
    id: OrganizationId,
    owner: AccountId,
    member: AccountId,
    owner_bearer: String,
    member_bearer: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let (owner, token) = app.client("ada@example.com").await;
        let owner_bearer = app.bearer(&token, "").await;
        let (member, token) = app.client("bob@example.com").await;
        let member_bearer = app.bearer(&token, "").await;
        let id = app.organization(owner, false).await;
        app.app.add_member(id, member, Actor::Operator).await.unwrap();
        Self { app, id, owner, member, owner_bearer, member_bearer }
    }

    async fn by_owner(&self, method: &str, rest: &str, body: &str) -> Answer {
        let path = format!("/api/organizations/{}{rest}", self.id);
        self.app.send(call(method, &path, &self.owner_bearer, body)).await
    }

    async fn by_member(&self, method: &str, rest: &str, body: &str) -> Answer {
        let path = format!("/api/organizations/{}{rest}", self.id);
        self.app.send(call(method, &path, &self.member_bearer, body)).await
    }
}

#[tokio::test]
async fn a_member_has_every_field_of_the_wire_format() {
    let world = World::new().await;
    let team = world.by_owner("POST", "/teams", r#"{"name":"Night watch"}"#).await.json();
    let team = team["uuid"].as_str().unwrap();
    let body = json!({ "user_uuid": world.member }).to_string();
    let path = format!("/api/teams/{team}/members");
    world.app.send(call("POST", &path, &world.owner_bearer, &body)).await;
    let one = format!("/members/{}", world.member);
    let found = world.by_owner("GET", &one, "").await.json();
    let url = format!("https://auth.example.com/api/organizations/{}/members", world.id);
    let team_url = format!("https://auth.example.com/api/teams/{team}");
    let expected = json!({
        "uuid": world.member,
        "first_name": "",
        "last_name": "",
        "last_login_at": "2026-11-23T19:11:00+00:00",
        "mail": "bob@example.com",
        "picture_url": "",
        "username": "bob@example.com",
        "teams": [{
            "uuid": team,
            "name": "Night watch",
            "_links": { "self": { "href": team_url } },
        }],
        "flags": { "owner": false, "administrator": false, "service_account": false },
        "sign_in": { "signed_in_at": null, "counts_until": null, "vouched": null },
        "_links": {
            "self": { "href": format!("{url}/{}", world.member) },
            "parent": { "href": url },
        },
    });
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_administrator_is_made_and_dismissed() {
    let world = World::new().await;
    let one = format!("/admins/{}", world.member);
    let rename = async || world.by_member("PUT", "", r#"{"name":"Mill"}"#).await.status.as_u16();
    assert_eq!(rename().await, 403);
    assert_eq!(world.by_owner("GET", &one, "").await.status, 404);
    assert_eq!(world.by_owner("PUT", &one, "").await.status, 200);
    assert_eq!(world.by_owner("PUT", &one, "").await.error(), "conflict");
    assert_eq!(rename().await, 200);
    let admins = world.by_owner("GET", "/admins", "").await.json();
    assert_eq!(admins["total"], 2);
    assert_eq!(world.by_owner("GET", "", "").await.json()["admins_total"], 2);
    assert_eq!(world.by_owner("DELETE", &one, "").await.status, 200);
    assert_eq!(rename().await, 403);
    let owner = format!("/admins/{}", world.owner);
    assert_eq!(world.by_owner("DELETE", &owner, "").await.error(), "conflict");
}

#[tokio::test]
async fn s40_a_removed_member_loses_the_organization_at_once() {
    let world = World::new().await;
    assert_eq!(world.by_member("GET", "", "").await.status, 200);
    let one = format!("/members/{}", world.member);
    assert_eq!(world.by_owner("DELETE", &one, "").await.status, 200);
    assert_eq!(world.by_member("GET", "", "").await.status, 404);
    assert_eq!(world.by_owner("DELETE", &one, "").await.status, 404);
}

#[tokio::test]
async fn the_owner_is_removed_by_nobody() {
    let world = World::new().await;
    world.by_owner("PUT", &format!("/admins/{}", world.member), "").await;
    let owner = format!("/members/{}", world.owner);
    let refused = world.by_member("DELETE", &owner, "").await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (403, "forbidden"));
    assert_eq!(world.by_owner("GET", "", "").await.status, 200);
}

#[tokio::test]
async fn an_organization_changes_hands_and_who_had_it_may_leave() {
    let world = World::new().await;
    let body = json!({ "user_uuid": world.member }).to_string();
    let change = "/actions/change-owner";
    assert_eq!(world.by_member("POST", change, &body).await.status, 403);
    assert_eq!(world.by_owner("POST", "/actions/leave", "").await.status, 403);
    assert_eq!(world.by_owner("POST", change, &body).await.status, 200);
    assert_eq!(world.by_member("GET", "", "").await.json()["owner"]["mail"], "bob@example.com");
    assert_eq!(world.by_owner("POST", change, &body).await.status, 403, "an administrator");
    assert_eq!(world.by_owner("POST", "/actions/leave", "").await.status, 200);
    assert_eq!(world.by_owner("GET", "", "").await.status, 404);
}

#[tokio::test]
async fn who_becomes_the_owner_is_a_member() {
    let world = World::new().await;
    let stranger = world.app.account("eve@example.com").await;
    let body = json!({ "user_uuid": stranger }).to_string();
    let change = "/actions/change-owner";
    assert_eq!(world.by_owner("POST", change, &body).await.status, 404);
    let wrong = world.by_owner("POST", change, r#"{"user_uuid":"bob"}"#).await;
    assert_eq!(wrong.json()["message"]["user_uuid"], "must be the UUID of a member");
}

#[tokio::test]
async fn a_deleted_organization_is_gone_and_tokens_with_its_scope_die() {
    let world = World::new().await;
    let app = &world.app;
    let token = app.token(world.member, keymoor_core::facts::Limits::default()).await;
    let scope = format!("organization:{}", world.id);
    let bearer = app.bearer(&token, &scope).await;
    assert_eq!(world.by_owner("DELETE", "", "").await.status, 200);
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 401);
    assert_eq!(app.ask(&token, &scope).await.error(), "invalid_scope");
    assert_eq!(world.by_owner("GET", "", "").await.status, 404);
    let list = app.call("GET", "/api/organizations", &world.member_bearer).await.json();
    assert_eq!(list["total"], 0);
    let again = app.app.set_organization_disabled(world.id, false, Actor::Operator).await;
    assert!(again.is_err(), "not even the operator brings it back");
}

#[tokio::test]
async fn a_name_is_one_line_and_not_blank() {
    let world = World::new().await;
    for body in [r#"{"name":" "}"#, "{}", r#"{"name":7}"#] {
        let answer = world.by_owner("PUT", "", body).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "validation_failed"));
        assert!(answer.json()["message"]["name"].is_string(), "{answer:?}");
    }
}

#[tokio::test]
async fn an_account_asks_what_it_is() {
    let world = World::new().await;
    for (bearer, is) in [(&world.owner_bearer, true), (&world.member_bearer, false)] {
        for (what, field) in [("is-admin", "admin"), ("is-owner", "owner")] {
            let path = format!("/api/account/organizations/{}/{what}", world.id);
            assert_eq!(world.app.call("GET", &path, bearer).await.json()[field], is, "{path}");
        }
    }
}
