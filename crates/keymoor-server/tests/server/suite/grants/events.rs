use super::{
    super::audit::counts,
    world::{start, text},
};

#[tokio::test]
async fn s102_every_step_of_a_grant_is_in_the_audit() {
    let (app, client, account, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    let tokens = app.redeem(&client, &code).await.json();
    let token = text(&tokens, "refresh_token");
    let next = app.refresh(&client, token, "").await.json();
    app.pass(60).await;
    app.refresh(&client, token, "").await;
    assert_eq!(app.refresh(&client, text(&next, "refresh_token"), "").await.status, 400);
    let code = visitor.lets_in(&app, &client, "").await;
    app.redeem(&client, &code).await;
    app.redeem(&client, &code).await;
    let ended = visitor.grants(&app, &client, "").await;
    assert!(app.works(&ended).await);
    let grants = app.store.grants_of(account, app.now()).await.unwrap();
    let by = keymoor_store::Actor::Account(account);
    app.app.end_grant(account, grants[0].id, by).await.unwrap();
    app.app.remove_application(client.owner, client.id, by).await.unwrap();
    let counts = counts(&app).await;
    for (kind, times) in [
        ("application.created", 1),
        ("grant.made", 3),
        ("grant.refresh_reused", 1),
        ("grant.code_reused", 1),
        ("grant.ended", 1),
        ("application.removed", 1),
    ] {
        assert_eq!(counts.get(kind), Some(&times), "{kind}: {counts:?}");
    }
}
