use super::app::TestApp;

#[tokio::test]
async fn no_token_writes_to_the_database() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    app.bearer(&token, "").await;
    let before = app.place.bytes();
    for _ in 0..1000 {
        assert_eq!(app.ask(&token, "").await.status, 200);
    }
    assert!(before == app.place.bytes(), "1000 tokens changed the database");
    app.app.flush_uses().await;
    assert!(before != app.place.bytes(), "the check sees a write");
    let stored = app.store.api_token(account, token.api_key).await.unwrap().unwrap();
    assert_eq!(stored.last_use.unwrap().address.to_string(), "192.0.2.1");
}

#[tokio::test]
async fn the_last_use_shows_in_the_list() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.app.flush_uses().await;
    let list = app.call("GET", "/api/account/tokens", &bearer).await.json();
    let item = &list["_embedded"]["items"][0];
    assert_eq!(item["last_used_at"], "2026-11-23T19:11:00+00:00");
    assert_eq!(item["last_used_from"], "192.0.2.1");
}
