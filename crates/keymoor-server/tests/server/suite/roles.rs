use keymoor_core::{AccountId, OrganizationId};
use keymoor_store::Actor;
use serde_json::{Value, json};

use super::app::{Answer, TestApp, call};

/// An organization in which somebody has a role.
struct World {
    app: TestApp,
    id: OrganizationId,
    owner: String,
    member: String,
    account: AccountId,
    role: String,
    team: String,
}

impl World {
    /// The member has a role with those permissions.
    async fn with(permissions: &[&str]) -> Self {
        let app = TestApp::start().await;
        let (owner, token) = app.client("ada@example.com").await;
        let owner_bearer = app.bearer(&token, "").await;
        let (account, token) = app.client("bob@example.com").await;
        let member = app.bearer(&token, "").await;
        let id = app.organization(owner, false).await;
        app.app.add_member(id, account, Actor::Operator).await.unwrap();
        let (role, team) = (String::new(), String::new());
        let mut world = Self { app, id, owner: owner_bearer, member, account, role, team };
        world.role =
            world.make("roles", json!({ "name": "Helper", "permissions": permissions })).await;
        world.team = world.make("teams", json!({ "name": "Night watch" })).await;
        let body = json!({ "user_uuid": account, "roles": [world.role] });
        let path = format!("/api/teams/{}/members", world.team);
        assert_eq!(world.send("POST", &path, &world.owner, &body).await.status, 201);
        world
    }

    async fn send(&self, method: &str, path: &str, bearer: &str, body: &Value) -> Answer {
        self.app.send(call(method, path, bearer, &body.to_string())).await
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/organizations/{}/{rest}", self.id)
    }

    /// What the owner makes.
    async fn make(&self, what: &str, body: Value) -> String {
        let answer = self.send("POST", &self.path(what), &self.owner, &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["uuid"].as_str().unwrap().to_owned()
    }

    async fn by_member(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, &self.member, &body).await
    }
}

const ALL: [&str; 5] =
    ["view organization", "invite members", "manage members", "manage teams", "manage roles"];

#[tokio::test]
async fn a_role_has_every_field_of_the_wire_format() {
    let world = World::with(&["manage teams"]).await;
    let path = format!("/api/roles/{}", world.role);
    let found = world.app.call("GET", &path, &world.owner).await.json();
    let expected = json!({
        "uuid": world.role,
        "name": "Helper",
        "description": "",
        "permissions": [{
            "name": "manage teams",
            "label": "Manage teams",
            "description":
                "Make, rename and delete teams, and say who belongs to them with which roles.",
            "group_label": "Organization",
        }],
        "organization": { "uuid": world.id, "name": "Works" },
        "last_edited": "2026-11-23T19:11:00+00:00",
        "flags": { "default": false },
        "_links": {
            "self": { "href": format!("https://auth.example.com{path}") },
            "parent": { "href": format!("https://auth.example.com{}", world.path("roles")) },
        },
    });
    assert_eq!(found, expected);
    let totals = world.app.call("GET", &world.path(""), &world.owner).await;
    assert_eq!(totals.status, 404, "no path but the right one");
    let one = format!("/api/organizations/{}", world.id);
    let totals = world.app.call("GET", &one, &world.owner).await.json();
    assert_eq!(
        (totals["roles_total"].as_i64(), totals["teams_total"].as_i64()),
        (Some(1), Some(1))
    );
}

/// What opens with each permission alone, and with none.
#[tokio::test]
async fn each_permission_opens_what_it_names_and_nothing_else() {
    let doors = [
        ("GET", "members", json!({}), "view organization"),
        ("POST", "invites", json!({ "email": "new@example.com" }), "invite members"),
        ("DELETE", "members/OTHER", json!({}), "manage members"),
        ("POST", "teams", json!({ "name": "Mill" }), "manage teams"),
        ("POST", "roles", json!({ "name": "Miller" }), "manage roles"),
    ];
    for given in ALL {
        let world = World::with(&[given]).await;
        let other = world.app.account("eve@example.com").await;
        world.app.app.add_member(world.id, other, Actor::Operator).await.unwrap();
        for (method, rest, body, needed) in &doors {
            let path = world.path(&rest.replace("OTHER", &other.to_string()));
            let answer = world.by_member(method, &path, body.clone()).await;
            let open = *needed == given || *needed == "view organization";
            assert_eq!(answer.status.is_success(), open, "{given}: {method} {path} {answer:?}");
            if !open {
                let message = answer.json()["message"].as_str().unwrap().to_owned();
                assert!(message.contains(&format!("\"{needed}\"")), "{message}");
            }
        }
        for path in [world.path("admin-invites"), world.path("actions/change-owner")] {
            let body = json!({ "email": "x@example.com", "user_uuid": world.account });
            assert_eq!(world.by_member("POST", &path, body).await.status, 403);
        }
        let own = world.path(&format!("admins/{}", world.account));
        assert_eq!(world.by_member("PUT", &own, json!({})).await.status, 403, "no escalation");
    }
}

#[tokio::test]
async fn a_role_gives_no_more_than_its_editor_has() {
    let world = World::with(&["manage roles", "manage teams"]).await;
    let more = json!({ "name": "More", "permissions": ["manage members"] });
    let refused = world.by_member("POST", &world.path("roles"), more.clone()).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (403, "forbidden"));
    let own = format!("/api/roles/{}", world.role);
    let refused = world.by_member("PUT", &own, json!({ "permissions": ALL })).await;
    assert_eq!(refused.status, 403);
    let strong = world.make("roles", more).await;
    let path = format!("/api/roles/{strong}");
    for (method, body) in [("PUT", json!({ "permissions": [] })), ("DELETE", json!({}))] {
        assert_eq!(world.by_member(method, &path, body).await.status, 403, "{method}");
    }
    let seat = format!("/api/teams/{}/members/{}", world.team, world.account);
    let refused = world.by_member("PUT", &seat, json!({ "roles": [world.role, strong] })).await;
    assert_eq!(refused.status, 403);
    let within = json!({ "name": "Less", "permissions": ["manage teams"] });
    assert_eq!(world.by_member("POST", &world.path("roles"), within).await.status, 201);
}

#[tokio::test]
async fn a_role_is_changed_field_by_field() {
    let world = World::with(&["manage teams"]).await;
    let path = format!("/api/roles/{}", world.role);
    let change = json!({ "description": "Helps at night" });
    assert_eq!(world.send("PUT", &path, &world.owner, &change).await.status, 200);
    let found = world.app.call("GET", &path, &world.owner).await.json();
    assert_eq!((&found["name"], &found["description"]), (&json!("Helper"), &change["description"]));
    assert_eq!(found["permissions"].as_array().unwrap().len(), 1);
    let change = json!({ "permissions": ["rule"] });
    let refused = world.send("PUT", &path, &world.owner, &change).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (400, "validation_failed"));
    assert!(refused.json()["message"]["permissions"].as_str().unwrap().contains("\"rule\""));
}

#[tokio::test]
async fn a_team_gives_roles_and_takes_them_away() {
    let world = World::with(&["manage teams"]).await;
    let rename = json!({ "name": "Day watch" });
    let path = format!("/api/teams/{}", world.team);
    assert_eq!(world.by_member("PUT", &path, rename.clone()).await.status, 200);
    let members = world.app.call("GET", &format!("{path}/members"), &world.member).await.json();
    assert_eq!(members["_embedded"]["items"][0]["roles"][0]["name"], "Helper");
    let seat = format!("{path}/members/{}", world.account);
    assert_eq!(world.send("DELETE", &seat, &world.owner, &json!({})).await.status, 200);
    assert_eq!(world.by_member("PUT", &path, rename).await.status, 403);
    assert_eq!(world.send("DELETE", &path, &world.owner, &json!({})).await.status, 200);
    assert_eq!(world.app.call("GET", &path, &world.owner).await.status, 404);
}

#[tokio::test]
async fn anothers_role_is_given_to_nobody() {
    let world = World::with(&["manage teams"]).await;
    let (eve, token) = world.app.client("eve@example.com").await;
    let elsewhere = world.app.organization(eve, false).await;
    let bearer = world.app.bearer(&token, "").await;
    let path = format!("/api/organizations/{elsewhere}/roles");
    let body = json!({ "name": "Theirs", "permissions": ALL });
    let theirs = world.send("POST", &path, &bearer, &body).await.json()["uuid"].clone();
    let seat = format!("/api/teams/{}/members/{}", world.team, world.account);
    let refused = world.send("PUT", &seat, &world.owner, &json!({ "roles": [theirs] })).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (400, "validation_failed"));
}
