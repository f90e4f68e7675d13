use keymoor_core::ApplicationId;
use keymoor_store::Application;

use super::{
    super::{
        app::TestApp,
        portal::visitor::{EMAIL, Visitor},
    },
    world::{Client, REDIRECT, start, text},
};

const NEW: &str = "/account/applications/new";

async fn only(app: &TestApp, account: keymoor_core::AccountId) -> Application {
    let mut all = app.store.applications_of(account).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn register(
    app: &TestApp,
    visitor: &mut Visitor,
    fields: &[(&str, &str)],
) -> super::super::app::Answer {
    visitor.submit(app, NEW, NEW, fields).await
}

const RIGHT: [(&str, &str); 4] = [
    ("name", "Build dashboard"),
    ("redirect_uris", "https://app.example.com/callback\r\n\r\n http://127.0.0.1/cb "),
    ("authorization_code", "1"),
    ("kind", "public"),
];

#[tokio::test]
async fn somebody_registers_an_application_and_refresh_tokens_are_off() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let form = visitor.get(&app, NEW).await.text;
    let (_, refresh) = form.split_once("name=\"refresh_tokens\"").unwrap();
    assert!(!refresh.split('>').next().unwrap().contains("checked"), "off by default");
    let answer = register(&app, &mut visitor, &RIGHT).await;
    let made = only(&app, account).await;
    assert_eq!(answer.header("location"), format!("/account/applications/{}", made.facts.id));
    assert_eq!(made.redirect_uris, [REDIRECT, "http://127.0.0.1/cb"]);
    assert!(made.facts.rights.authorization_code && !made.facts.rights.refresh_tokens);
    assert!(!made.facts.rights.device && made.facts.secret.is_none());
    let list = visitor.get(&app, "/account/applications").await.text;
    assert!(list.contains("Build dashboard") && list.contains(&made.facts.id.to_string()));
}

#[tokio::test]
async fn s46_the_secret_of_a_confidential_one_is_shown_once() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let mut fields = RIGHT.to_vec();
    fields[3].1 = "confidential";
    let form = visitor.get(&app, NEW).await;
    let shown = visitor.submit_from(&app, &form, NEW, &fields).await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    let (_, secret) = shown.text.split_once("value=\"km_").unwrap();
    let secret = format!("km_{}", secret.split('"').next().unwrap());
    assert_eq!(secret.len(), 52);
    let again = visitor.submit_from(&app, &form, NEW, &fields).await;
    assert!(again.text.contains("The secret was shown once"), "{again:?}");
    assert!(!again.text.contains(&secret));
    let id = only(&app, account).await.facts.id;
    let page = visitor.get(&app, &format!("/account/applications/{id}")).await;
    assert!(!page.text.contains(&secret));
    let to = format!("/account/applications/{id}/secret");
    let replaced = visitor.submit_from(&app, &page, &to, &[]).await;
    assert!(replaced.text.contains("value=\"km_") && !replaced.text.contains(&secret));
    let client = Client { id, secret: None, owner: account };
    let body = client.form(&[("client_secret", &secret)]);
    let old = app.send(super::super::app::form(super::world::DEVICE, &body)).await;
    assert_eq!(old.error(), "invalid_client", "the one before works no more");
}

#[tokio::test]
async fn what_does_not_hold_is_told_and_nothing_is_lost() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let long = "https://app.example.com/".repeat(50);
    for (name, value, told) in [
        ("name", " ", "The name must be 1 to 255 characters"),
        ("redirect_uris", "", "must name one at least"),
        ("redirect_uris", "http://app.example.com/cb", "must begin with https://"),
        ("redirect_uris", "https://app.example.com/#x", "must have no part after a #"),
        ("redirect_uris", "javascript:alert(1)", "must begin with https://"),
        ("redirect_uris", &long, "at most 1000 characters"),
        ("authorization_code", "", "Choose at least one way to ask."),
    ] {
        let mut fields = RIGHT.to_vec();
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        let answer = register(&app, &mut visitor, &fields).await;
        assert_eq!(answer.status, 422, "{name} {value}: {answer:?}");
        assert!(answer.text.contains(told), "{told}:\n{}", answer.text);
        if name != "name" {
            assert!(answer.text.contains("value=\"Build dashboard\""), "what was typed stays");
        }
    }
    assert!(app.store.applications_of(account).await.unwrap().is_empty());
}

#[tokio::test]
async fn its_owner_changes_what_it_may_do() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    register(&app, &mut visitor, &RIGHT).await;
    let id = only(&app, account).await.facts.id;
    let path = format!("/account/applications/{id}");
    let fields = [("name", "Dashboard"), ("device", "1"), ("refresh_tokens", "1")];
    let answer = visitor.submit(&app, &path, &path, &fields).await;
    assert_eq!(answer.header("location"), format!("{path}?changed=yes"), "{answer:?}");
    let changed = only(&app, account).await;
    assert_eq!(changed.name.as_str(), "Dashboard");
    let rights = changed.facts.rights;
    assert!(rights.device && rights.refresh_tokens && !rights.authorization_code);
    assert!(changed.redirect_uris.is_empty());
}

#[tokio::test]
async fn a_removed_one_works_no_more_at_once() {
    let (app, client, _, mut visitor) = start().await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    assert!(app.works(&tokens).await);
    let by = keymoor_store::Actor::Account(client.owner);
    app.app.remove_application(client.owner, client.id, None, by).await.unwrap();
    assert!(!app.works(&tokens).await);
    assert_eq!(
        app.refresh(&client, text(&tokens, "refresh_token"), "").await.status.as_u16() / 100,
        4
    );
    assert!(!visitor.get(&app, "/account/authorized").await.text.contains("Build dashboard"));
}

#[tokio::test]
async fn its_owner_removes_it() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    register(&app, &mut visitor, &RIGHT).await;
    let id = only(&app, account).await.facts.id;
    let path = format!("/account/applications/{id}/remove");
    let answer = visitor.submit(&app, &path, &path, &[]).await;
    assert_eq!(answer.header("location"), "/account/applications");
    assert!(app.store.applications_of(account).await.unwrap().is_empty());
    assert_eq!(visitor.get(&app, &path).await.status, 404);
}

#[tokio::test]
async fn s54_anothers_application_is_not_there() {
    let (app, client, _, mut visitor) = start().await;
    let path = format!("/account/applications/{}", client.id);
    let page = visitor.get(&app, NEW).await;
    let csrf = super::super::portal::visitor::hidden(&page.text, NEW)[0].1.clone();
    let body = super::world::encoded(&[("csrf", &csrf), ("name", "x"), ("device", "1")]);
    for rest in ["", "/remove"] {
        assert_eq!(visitor.get(&app, &format!("{path}{rest}")).await.status, 404);
    }
    for rest in ["", "/remove", "/secret"] {
        let answer = visitor.post(&app, &format!("{path}{rest}"), &body).await;
        assert_eq!(answer.status, 404, "{rest}: {answer:?}");
    }
    let kept = app.store.application(client.id).await.unwrap().unwrap();
    assert_eq!(kept.name.as_str(), "Build dashboard");
    assert!(app.signed_in(EMAIL).await.is_in(&app).await);
}

#[tokio::test]
async fn an_id_that_the_form_did_not_show_is_not_taken() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let foreign = ApplicationId::from_random([5; 16]).to_string();
    let mut fields = RIGHT.to_vec();
    fields.push(("id", &foreign));
    assert_eq!(register(&app, &mut visitor, &fields).await.status, 403);
    assert!(app.store.applications_of(account).await.unwrap().is_empty());
}
