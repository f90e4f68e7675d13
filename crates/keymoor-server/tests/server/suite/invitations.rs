use std::time::Duration;

use keymoor_core::{OrganizationId, name::Email};
use keymoor_server::SmtpSettings;
use serde_json::{Value, json};

use super::app::{Answer, TestApp, call};

/// An organization, and what its owner calls with.
struct World {
    app: TestApp,
    id: OrganizationId,
    owner: String,
}

const DAY: i64 = 86_400;

impl World {
    async fn new() -> Self {
        Self::on(TestApp::start().await).await
    }

    async fn on(app: TestApp) -> Self {
        let (owner, token) = app.client("ada@example.com").await;
        let bearer = app.bearer(&token, "").await;
        let id = app.organization(owner, false).await;
        Self { app, id, owner: bearer }
    }

    async fn send(&self, method: &str, path: &str, bearer: &str, body: &Value) -> Answer {
        self.app.send(call(method, path, bearer, &body.to_string())).await
    }

    /// Asks for an invitation; `kind` is the last part of the path.
    async fn ask(&self, kind: &str, email: &str) -> Answer {
        let path = format!("/api/organizations/{}/{kind}", self.id);
        self.send("POST", &path, &self.owner, &json!({ "email": email })).await
    }

    /// The path of a new invitation.
    async fn invite(&self, kind: &str, email: &str) -> String {
        let answer = self.ask(kind, email).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("/api/invites/{}", answer.json()["uuid"].as_str().unwrap())
    }

    async fn bearer_of(&self, email: &str) -> String {
        let (_, token) = self.app.client(email).await;
        self.app.bearer(&token, "").await
    }

    async fn call(&self, method: &str, path: &str, bearer: &str) -> Answer {
        self.send(method, path, bearer, &json!({})).await
    }

    async fn is_admin(&self, bearer: &str) -> Option<bool> {
        let path = format!("/api/account/organizations/{}/is-admin", self.id);
        self.app.call("GET", &path, bearer).await.json()["admin"].as_bool()
    }
}

#[tokio::test]
async fn who_is_invited_sees_it_and_joins() {
    let world = World::new().await;
    let path = world.invite("invites", "Bob@Example.com").await;
    let bob = world.bearer_of("bob@example.com").await;
    let own = world.app.call("GET", "/api/account/invites", &bob).await.json();
    let item = &own["_embedded"]["items"][0];
    assert_eq!(
        (&item["email"], &item["organization"]["name"]),
        (&json!("bob@example.com"), &json!("Works"))
    );
    assert_eq!(item["author"]["mail"], "ada@example.com");
    assert_eq!((&item["team"], &item["applications"]), (&Value::Null, &json!([])));
    assert_eq!(item["token"], item["uuid"]);
    assert_eq!(world.is_admin(&bob).await, None);
    assert_eq!(world.call("POST", &format!("{path}/actions/accept"), &bob).await.status, 200);
    assert_eq!(world.is_admin(&bob).await, Some(false));
    assert_eq!(world.call("POST", &format!("{path}/actions/accept"), &bob).await.status, 404);
    assert_eq!(world.app.call("GET", "/api/account/invites", &bob).await.json()["total"], 0);
}

#[tokio::test]
async fn an_administrators_invitation_makes_an_administrator() {
    let world = World::new().await;
    let path = world.invite("admin-invites", "bob@example.com").await;
    let bob = world.bearer_of("bob@example.com").await;
    world.call("POST", &format!("{path}/actions/accept"), &bob).await;
    assert_eq!(world.is_admin(&bob).await, Some(true));
}

#[tokio::test]
async fn a_declined_or_withdrawn_invitation_is_gone() {
    let world = World::new().await;
    let bob = world.bearer_of("bob@example.com").await;
    let path = world.invite("invites", "bob@example.com").await;
    assert_eq!(world.call("POST", &format!("{path}/actions/decline"), &bob).await.status, 200);
    assert_eq!(world.call("GET", &path, &bob).await.status, 404);
    let path = world.invite("invites", "bob@example.com").await;
    assert_eq!(world.call("DELETE", &path, &world.owner).await.status, 200);
    assert_eq!(world.call("POST", &format!("{path}/actions/accept"), &bob).await.status, 404);
}

#[tokio::test]
async fn an_invitation_is_nobody_elses() {
    let world = World::new().await;
    let path = world.invite("invites", "bob@example.com").await;
    let eve = world.bearer_of("eve@example.com").await;
    for (method, rest) in
        [("GET", ""), ("DELETE", ""), ("POST", "/actions/accept"), ("POST", "/actions/decline")]
    {
        let answer = world.call(method, &format!("{path}{rest}"), &eve).await;
        assert_eq!(answer.status, 404, "{method} {rest}");
    }
    let accept = world.call("POST", &format!("{path}/actions/accept"), &world.owner).await;
    assert_eq!(accept.status, 403, "who invites does not answer");
    let bob = world.bearer_of("bob@example.com").await;
    assert_eq!(world.call("DELETE", &path, &bob).await.status, 404, "who is invited declines");
    assert_eq!(world.call("GET", &path, &bob).await.status, 200);
}

#[tokio::test]
async fn s50_the_answer_does_not_tell_whether_there_is_an_account() {
    let world = World::new().await;
    world.app.account("bob@example.com").await;
    let redacted = |answer: Answer| {
        let mut json = answer.json();
        let id = json["uuid"].as_str().unwrap().to_owned();
        json["uuid"] = Value::Null;
        (answer.status, json.to_string().replace(&id, "ID"))
    };
    let known = redacted(world.ask("invites", "bob@example.com").await);
    let unknown = redacted(world.ask("invites", "nobody@example.com").await);
    assert_eq!(known, unknown);
    let path = format!("/api/organizations/{}/invites", world.id);
    let list = world.app.call("GET", &path, &world.owner).await.json();
    let items = list["_embedded"]["items"].as_array().unwrap();
    let keys = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&items[0]), keys(&items[1]));
}

#[tokio::test]
async fn an_address_is_invited_once_until_its_time_is_over() {
    let world = World::new().await;
    world.invite("invites", "bob@example.com").await;
    let again = world.ask("admin-invites", "BOB@example.com").await;
    assert_eq!((again.status.as_u16(), &*again.error()), (409, "conflict"));
    world.app.clock.step(14 * DAY);
    let owner = world.app.store.account_by_email(&Email::parse("ada@example.com").unwrap()).await;
    let token = world.app.token(owner.unwrap().unwrap().id, Default::default()).await;
    let bearer = world.app.bearer(&token, "").await;
    let path = format!("/api/organizations/{}/invites", world.id);
    assert_eq!(world.app.call("GET", &path, &bearer).await.json()["total"], 0);
    let body = json!({ "email": "bob@example.com" });
    assert_eq!(world.send("POST", &path, &bearer, &body).await.status, 201);
}

#[tokio::test]
async fn an_invitation_stands_only_as_long_as_its_author_could_make_it() {
    let world = World::new().await;
    let bob = world.bearer_of("bob@example.com").await;
    let path = world.invite("admin-invites", "bob@example.com").await;
    world.call("POST", &format!("{path}/actions/accept"), &bob).await;
    let body = json!({ "email": "eve@example.com" });
    let invite = format!("/api/organizations/{}/admin-invites", world.id);
    let made = world.send("POST", &invite, &bob, &body).await.json();
    let path = format!("/api/invites/{}", made["uuid"].as_str().unwrap());
    let account = world.app.store.account_by_email(&Email::parse("bob@example.com").unwrap()).await;
    let admins = format!("/api/organizations/{}/admins/{}", world.id, account.unwrap().unwrap().id);
    assert_eq!(world.call("DELETE", &admins, &world.owner).await.status, 200);
    let eve = world.bearer_of("eve@example.com").await;
    let refused = world.call("POST", &format!("{path}/actions/accept"), &eve).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (409, "conflict"));
    assert_eq!(world.is_admin(&eve).await, None);
}

#[tokio::test]
async fn an_invitation_is_sent_again_for_another_fortnight() {
    let world = World::new().await;
    let path = world.invite("invites", "bob@example.com").await;
    let before = world.call("GET", &path, &world.owner).await.json()["expires_at"].clone();
    world.app.clock.step(60);
    let answer = world.call("POST", &format!("{path}/actions/resend"), &world.owner).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = world.call("GET", &path, &world.owner).await.json()["expires_at"].clone();
    assert!(after.as_str() > before.as_str(), "{before} {after}");
}

#[tokio::test]
async fn a_federated_organization_invites_without_its_scope_and_opens_with_it_alone() {
    let app = TestApp::start().await;
    let (owner, _) = app.client("ada@example.com").await;
    let id = app.organization(owner, true).await;
    app.sign_in(id, owner).await;
    let token = app.token(owner, Default::default()).await;
    let bearer = app.bearer(&token, &format!("organization:{id}")).await;
    let world = World { app, id, owner: bearer };
    let path = world.invite("invites", "bob@example.com").await;
    let bob = world.bearer_of("bob@example.com").await;
    assert_eq!(world.call("POST", &format!("{path}/actions/accept"), &bob).await.status, 200);
    let refused = world.app.call("GET", &format!("/api/organizations/{id}"), &bob).await;
    assert_eq!(refused.error(), "additional_authentication_required");
}

/// A mail server that takes nothing: what goes before the mail is what these tests look at.
async fn with_mail(strangers: bool) -> World {
    let app = TestApp::with(|settings| {
        let from = "Keymoor <keymoor@example.com>";
        settings.smtp = SmtpSettings::parse("smtp://127.0.0.1:1", from).ok();
        settings.organizations_invite_strangers = strangers;
    });
    World::on(app.await).await
}

async fn has_account(app: &TestApp, email: &str) -> bool {
    app.store.account_by_email(&Email::parse(email).unwrap()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_stranger_gets_an_account_with_the_invitation() {
    let world = with_mail(true).await;
    world.invite("invites", "new@example.com").await;
    for _ in 0..200 {
        if has_account(&world.app, "new@example.com").await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no account was made");
}

#[tokio::test]
async fn the_operator_keeps_strangers_out() {
    let world = with_mail(false).await;
    world.invite("invites", "new@example.com").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!has_account(&world.app, "new@example.com").await);
    let path = format!("/api/organizations/{}/invites", world.id);
    assert_eq!(world.app.call("GET", &path, &world.owner).await.json()["total"], 1);
}
