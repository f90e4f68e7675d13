use keymoor_core::facts::Limits;
use keymoor_store::Actor;

use super::{super::app::TestApp, visitor::EMAIL};

const PATH: &str = "/account/refused-calls";

#[tokio::test]
async fn the_owner_is_told_why_a_call_was_refused() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    assert!(visitor.get(&app, PATH).await.text.contains("None within the last 7 days"));
    let token = app.token(account, Limits::default()).await;
    let bearer = app.bearer(&token, "").await;
    app.app.remove_api_token(account, token.api_key, None, Actor::Account(account)).await.unwrap();
    let refused = app.call("GET", "/api/account", &bearer).await;
    let id = refused.header("x-request-id");
    for path in [PATH.to_owned(), format!("{PATH}?q={id}"), format!("{PATH}?q=+{id}+")] {
        let page = visitor.get(&app, &path).await;
        assert_eq!(page.status, 200, "{EMAIL}");
        assert!(page.text.contains("GET /api/account") && page.text.contains(id), "{}", page.text);
        assert!(page.text.contains("That happened at 2026-11-23T19:11:00+00:00, by its owner."));
        assert!(page.text.contains(&format!("/account/tokens/{}\">script</a>", token.api_key)));
    }
    let page = visitor.get(&app, &format!("{PATH}?q=%3Cscript%3E")).await;
    assert!(page.text.contains("is no request id") && !page.text.contains("<script>"));
}

#[tokio::test]
async fn nobody_is_told_of_anothers_refused_calls_or_a_strangers() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let (other, token) = app.client("b@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.clock.step(301);
    let anothers = app.call("GET", "/api/account", &bearer).await;
    let strangers = app.call("GET", "/api/account", "Bearer x.y.z").await;
    app.app.flush_uses().await;
    assert_eq!(app.store.refused_calls_of(other, 9).await.unwrap().len(), 1, "it is there");
    for answer in [anothers, strangers] {
        let id = answer.header("x-request-id");
        let page = visitor.get(&app, &format!("{PATH}?q={id}")).await.text;
        assert!(page.contains("No refused call of that request id"), "{page}");
    }
    assert!(visitor.get(&app, PATH).await.text.contains("None within the last 7 days"));
}

#[tokio::test]
async fn a_wrong_secret_is_found_by_its_request_id_alone() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let token = app.token(account, Limits::default()).await;
    let other = app.token(account, Limits::default()).await;
    let body = super::super::app::credentials(&token, "");
    let body = body.replace(token.secret.expose(), other.secret.expose());
    let refused = app.send(super::super::app::form("/api/token", &body)).await;
    let id = refused.header("x-request-id");
    let page = visitor.get(&app, &format!("{PATH}?q={id}")).await.text;
    assert!(page.contains("in the name of") && page.contains("none of its open ones"), "{page}");
    let list = visitor.get(&app, PATH).await.text;
    assert!(!list.contains(id), "anybody can name a key, so nobody fills the list so");
}

#[tokio::test]
async fn administrators_are_told_of_their_service_accounts_calls_and_members_are_not() {
    let (app, owner, mut visitor) = TestApp::with_visitor().await;
    let (member, mut other) = app.visitor("m@example.com").await;
    let id = app.organization(owner, false).await;
    app.app.add_member(id, member, Actor::Operator).await.unwrap();
    let seat = app.store.seat(id, owner).await.unwrap().unwrap();
    let robot = app.app.create_service_account(&seat, "Robot", Actor::Operator).await.unwrap();
    let token = app.token(robot, Limits::default()).await;
    let bearer = app.bearer(&token, "").await;
    app.clock.step(301);
    let refused = app.call("GET", "/api/account", &bearer).await;
    let request = refused.header("x-request-id");
    let base = format!("/organizations/{id}/service-accounts/{robot}");
    let path = format!("{base}/refused-calls");
    for path in [path.clone(), format!("{path}?q={request}")] {
        let page = visitor.get(&app, &path).await.text;
        assert!(page.contains(request) && page.contains("expired 1 second before"), "{page}");
        assert!(page.contains(&format!("{base}/tokens/{}", token.api_key)), "{page}");
        assert_eq!(other.get(&app, &path).await.status, 403);
    }
    let own = visitor.get(&app, &format!("{PATH}?q={request}")).await.text;
    assert!(own.contains("No refused call of that request id"), "it is not the owner's own");
}
