use std::sync::Arc;

use keymoor_server::Settings;
use keymoor_store::sqlite::{SqliteOptions, SqliteStore};

use crate::sqlite::{
    app::{TestApp, URL, call},
    place::Place,
};

#[tokio::test]
async fn s103_on_a_full_disk_a_token_is_refused_and_others_still_work() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let TestApp { place, app: inner, router, store, .. } = app;
    drop((inner, router, store));
    let Place::Folder(folder) = &place else { panic!("SQLite is in a folder") };
    let path = folder.path().join("keymoor.sqlite");
    let pages = std::fs::metadata(&path).unwrap().len() / 4096;
    let options =
        SqliteOptions { max_pages: u32::try_from(pages + 2).ok(), ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).await.unwrap());
    let app = TestApp::open(place, store, Settings::new(URL)).await;
    let bearer = app.bearer(&token, "").await;
    let refused = loop {
        let request = call("POST", "/api/account/tokens", &bearer, r#"{"label":"x"}"#);
        let answer = app.send(request).await;
        if answer.status != 201 {
            break answer;
        }
    };
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (503, "system"));
    assert_eq!(refused.header("retry-after"), "1");
    let listed = app.store.api_tokens(account).await.unwrap().len();
    let created = app.store.changes_after(0, 10_000).await.unwrap();
    let told = created.iter().filter(|c| c.kind.name() == "api_token.created").count();
    assert_eq!(listed, told, "what is there was told, and nothing else");
    assert_eq!(app.ask(&token, "").await.status, 200);
}

#[tokio::test]
async fn s81_s86_a_full_disk_is_told_and_the_token_works_on() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let TestApp { place, app: inner, router, store, .. } = app;
    drop((inner, router, store));
    let Place::Folder(folder) = &place else { panic!("SQLite is in a folder") };
    let path = folder.path().join("keymoor.sqlite");
    let pages = std::fs::metadata(&path).unwrap().len() / 4096;
    let options =
        SqliteOptions { max_pages: u32::try_from(pages).ok(), ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).await.unwrap());
    let app = TestApp::open(place, store, Settings::new(URL)).await;
    let refused = loop {
        let bearer = app.bearer(&token, "").await;
        let answer = app.revoke(&token, &bearer).await;
        if answer.status != 200 {
            assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
            break answer;
        }
    };
    let told = (refused.status.as_u16(), refused.error(), refused.header("retry-after"));
    assert_eq!(told, (503, "temporarily_unavailable".to_owned(), "1"));
}
