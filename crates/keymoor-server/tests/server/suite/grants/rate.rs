//! How often an application gets access tokens.

use super::{
    super::{app::TestApp, portal::visitor::EMAIL},
    world::text,
};

#[tokio::test]
async fn s11_a_client_that_refreshes_too_often_waits_and_makes_nobody_else_wait() {
    let app = TestApp::with(|settings| settings.tokens_per_second = Some(3)).await;
    let client = app.application(false).await;
    let (_, mut one) = app.visitor(EMAIL).await;
    let (_, mut other) = app.visitor("other@example.com").await;
    let mut busy = one.grants(&app, &client, "offline_access").await;
    let calm = other.grants(&app, &client, "offline_access").await;
    app.pass(5).await;
    let token = loop {
        let token = text(&busy, "refresh_token").to_owned();
        let answer = app.refresh(&client, &token, "").await;
        if answer.status != 200 {
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "1"));
            let told = answer.json();
            assert!(text(&told, "error_description").starts_with("This application"), "{told}");
            break token;
        }
        busy = answer.json();
    };
    let answer = app.refresh(&client, text(&calm, "refresh_token"), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    app.pass(1).await;
    assert_eq!(app.refresh(&client, &token, "").await.status, 200, "nothing was spent");
}

#[tokio::test]
async fn s11_whoever_lets_a_client_in_again_and_again_gets_it_no_more() {
    let app = TestApp::with(|settings| settings.tokens_per_second = Some(2)).await;
    let client = app.application(false).await;
    let (_, mut visitor) = app.visitor(EMAIL).await;
    let mut statuses = Vec::new();
    let mut code = String::new();
    for _ in 0..3 {
        code = visitor.lets_in(&app, &client, "").await;
        statuses.push(app.redeem(&client, &code).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    app.pass(1).await;
    assert_eq!(app.redeem(&client, &code).await.status, 200, "nothing was spent");
}
