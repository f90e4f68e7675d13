use super::{
    super::{app::TestApp, portal::visitor::EMAIL},
    device::{answer, begin, poll},
    world::{start, text},
};

#[tokio::test]
async fn a_code_brings_an_access_token_and_a_refresh_token_where_that_was_allowed() {
    let (app, client, account, mut visitor) = start().await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &300.into()));
    assert_eq!(tokens["scope"], "offline_access");
    assert!(text(&tokens, "refresh_token").starts_with("kmr_"));
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    let who = app.call("GET", "/api/account", &bearer).await.json();
    assert_eq!(who["uuid"], account.to_string());
    let short = visitor.grants(&app, &client, "").await;
    let mut names: Vec<_> = short.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "token_type"]);
}

#[tokio::test]
async fn s61_a_code_works_once_and_its_reuse_ends_what_it_brought() {
    let (app, client, _, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    let tokens = app.redeem(&client, &code).await.json();
    let other = visitor.grants(&app, &client, "offline_access").await;
    assert!(app.works(&tokens).await);
    for _ in 0..2 {
        assert_eq!(app.redeem(&client, &code).await.error(), "invalid_grant");
    }
    assert!(!app.works(&tokens).await, "the access token");
    let refreshed = app.refresh(&client, text(&tokens, "refresh_token"), "").await;
    assert_eq!(refreshed.error(), "invalid_grant", "the refresh token");
    assert!(app.works(&other).await, "not those of another consent");
}

#[tokio::test]
async fn s61_another_client_with_the_code_ends_nothing() {
    let (app, client, _, mut visitor) = start().await;
    let stranger = app.application(true).await;
    let code = visitor.lets_in(&app, &client, "").await;
    let tokens = app.redeem(&client, &code).await.json();
    assert_eq!(app.redeem(&stranger, &code).await.error(), "invalid_grant");
    assert!(app.works(&tokens).await);
}

#[tokio::test]
async fn s61_of_many_at_once_one_gets_tokens() {
    let (app, client, _, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "").await;
    let tries = (0..10).map(|_| app.redeem(&client, &code));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn s61_what_was_spent_stays_spent_after_a_restart() {
    let app = TestApp::start().await;
    let (_, mut visitor) = app.visitor(EMAIL).await;
    let client = app.application(false).await;
    let code = visitor.lets_in(&app, &client, "").await;
    assert_eq!(app.redeem(&client, &code).await.status, 200);
    let asked = begin(&app, &client, "").await;
    answer(&app, &mut visitor, &asked, "allow").await;
    assert_eq!(poll(&app, &client, &asked).await.status, 200);
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let first = text(&tokens, "refresh_token");
    let next = app.refresh(&client, first, "").await.json();
    let app = app.restart().await;
    assert_eq!(app.redeem(&client, &code).await.error(), "invalid_grant");
    assert_eq!(poll(&app, &client, &asked).await.error(), "invalid_grant");
    app.pass(11).await;
    assert_eq!(app.refresh(&client, first, "").await.error(), "invalid_grant");
    let last = app.refresh(&client, text(&next, "refresh_token"), "").await;
    assert_eq!(last.error(), "invalid_grant", "all that came of it");
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let (app, client, _, mut visitor) = start().await;
    for (seconds, status) in [(59, 200), (60, 400)] {
        let code = visitor.lets_in(&app, &client, "").await;
        app.clock.step(seconds);
        assert_eq!(app.redeem(&client, &code).await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn s22_what_ended_meanwhile_brings_nothing() {
    let (app, client, account, mut visitor) = start().await;
    let by = keymoor_store::Actor::Operator;
    let code = visitor.lets_in(&app, &client, "").await;
    app.app.set_account_disabled(account, true, by).await.unwrap();
    assert_eq!(app.redeem(&client, &code).await.error(), "invalid_grant", "the account");
    app.app.set_account_disabled(account, false, by).await.unwrap();
    let mut visitor = app.signed_in(super::super::portal::visitor::EMAIL).await;
    let code = visitor.lets_in(&app, &client, "").await;
    app.app.set_account_disabled(client.owner, true, by).await.unwrap();
    assert_eq!(app.redeem(&client, &code).await.error(), "invalid_grant", "the owner");
    app.app.set_account_disabled(client.owner, false, by).await.unwrap();
    let code = visitor.lets_in(&app, &client, "").await;
    app.app.remove_application(client.owner, client.id, None, by).await.unwrap();
    let error = app.redeem(&client, &code).await.error();
    assert!(["invalid_grant", "invalid_client"].contains(&&*error), "the application: {error}");
}

#[tokio::test]
async fn a_federated_organization_is_opened_by_who_signed_in_there_lately() {
    let (app, client, account, mut visitor) = start().await;
    let organization = app.organization(account, true).await;
    let scope = format!("organization:{organization}");
    let page = visitor.is_asked(&app, &client.url(&scope)).await;
    assert!(page.text.contains("requires a recent sign-in"), "{}", page.text);
    let way = format!("/sign-in/organization/{organization}?next=%2Fauthorize");
    assert!(page.text.contains(&way), "{}", page.text);
    app.sign_in(organization, account).await;
    let code = visitor.lets_in(&app, &client, &scope).await;
    let tokens = app.redeem(&client, &code).await.json();
    assert_eq!(tokens["scope"], scope);
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    let path = format!("/api/organizations/{organization}");
    assert_eq!(app.call("GET", &path, &bearer).await.status, 200);
}
