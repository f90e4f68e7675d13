//! `filter`, `sort`, `limit` and `offset`, as every list takes them.

use keymoor_core::{OrganizationId, facts::Limits};
use keymoor_store::Actor;
use serde_json::Value;

use super::app::TestApp;

/// Every list: its path, a field of it, and how many items it has.
async fn lists(app: &TestApp) -> (String, Vec<(String, &'static str, u64)>) {
    let (owner, token) = app.client("ada@example.com").await;
    let id = app.organization(owner, false).await;
    app.token(owner, Limits::default()).await;
    let bob = app.account("bob@example.com").await;
    app.app.add_member(id, bob, Actor::Operator).await.unwrap();
    let bearer = app.bearer(&token, "").await;
    let team = furnish(app, id, &bearer).await;
    let of = |rest: &str| format!("/api/organizations/{id}/{rest}");
    let lists = vec![
        ("/api/account/tokens".to_owned(), "label", 2),
        ("/api/account/invites".to_owned(), "email", 0),
        ("/api/permissions".to_owned(), "name", 5),
        ("/api/organizations".to_owned(), "name", 1),
        (of("members"), "mail", 2),
        (of("admins"), "mail", 1),
        (of("invites"), "email", 2),
        (of("roles"), "name", 2),
        (of("teams"), "name", 2),
        (format!("/api/teams/{team}/members"), "mail", 0),
        (format!("/api/teams/{team}/invites"), "email", 0),
    ];
    (bearer, lists)
}

/// Two of everything that an organization has.
async fn furnish(app: &TestApp, id: OrganizationId, bearer: &str) -> String {
    let mut team = String::new();
    for name in ["one", "two"] {
        for what in ["roles", "teams", "invites"] {
            let path = format!("/api/organizations/{id}/{what}");
            let body = format!(r#"{{"name":"{name}","email":"{name}@example.com"}}"#);
            let answer = app.send(super::app::call("POST", &path, bearer, &body)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            if what == "teams" {
                answer.json()["uuid"].as_str().unwrap().clone_into(&mut team);
            }
        }
    }
    team
}

async fn get(app: &TestApp, path: &str, query: &str, bearer: &str) -> Value {
    let answer = app.call("GET", &format!("{path}?{query}"), bearer).await;
    assert_eq!(answer.status, 200, "{path} {answer:?}");
    answer.json()
}

#[tokio::test]
async fn every_list_is_filtered_sorted_and_parted() {
    let app = TestApp::start().await;
    let (bearer, lists) = lists(&app).await;
    for (path, field, count) in lists {
        assert_eq!(get(&app, &path, "", &bearer).await["total"], count, "{path}");
        let none = get(&app, &path, &format!("filter={field}=nothing+like+it"), &bearer).await;
        assert_eq!(none["total"], 0, "{path}");
        let items = |list: &Value| list["_embedded"]["items"].as_array().unwrap().clone();
        let up = items(&get(&app, &path, &format!("sort={field}"), &bearer).await);
        let texts: Vec<_> = up.iter().map(|item| item[field].as_str().unwrap()).collect();
        assert!(texts.is_sorted(), "{path} {texts:?}");
        let query = format!("sort=-{field}&limit=1&filter={field}!%3Dx");
        let first = get(&app, &path, &query, &bearer).await;
        assert_eq!(items(&first).first(), items(&first).last(), "{path}");
        if count > 1 {
            assert_eq!(items(&first)[0][field], texts[texts.len() - 1], "{path}");
            let next = first["_links"]["next"]["href"].as_str().unwrap();
            let next = next.strip_prefix("https://auth.example.com").unwrap();
            let next = app.call("GET", next, &bearer).await.json();
            assert_eq!(items(&next)[0][field], texts[texts.len() - 2], "{path}");
            assert!(next["_links"]["prev"]["href"].as_str().unwrap().contains("sort=-"));
        }
    }
}

#[tokio::test]
async fn every_list_names_what_it_does_not_understand() {
    let app = TestApp::start().await;
    let (bearer, lists) = lists(&app).await;
    for (path, ..) in lists {
        for (parameter, query) in [
            ("filter", "filter=colour%3Dred"),
            ("filter", "filter=name"),
            ("sort", "sort=colour"),
            ("limit", "limit=0"),
            ("offset", "offset=-1"),
        ] {
            let answer = app.call("GET", &format!("{path}?{query}"), &bearer).await;
            assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "validation_failed"));
            let message = &answer.json()["message"][parameter];
            assert!(message.is_string(), "{path} {query} {}", answer.text);
            if query.contains("colour") {
                assert!(message.as_str().unwrap().contains("\"colour\""), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn a_closed_organization_is_not_found_by_what_it_does_not_show() {
    let app = TestApp::start().await;
    let (account, token) = app.client("ada@example.com").await;
    app.organization(account, true).await;
    let bearer = app.bearer(&token, "").await;
    for (filter, total) in [("name=Works", 1), ("owner.mail=@ada", 0), ("users_total=1", 0)] {
        let query = format!("filter={filter}");
        let list = get(&app, "/api/organizations", &query, &bearer).await;
        assert_eq!(list["total"], total, "{filter}");
    }
}
