use keymoor_core::facts::Limits;

use super::{
    super::app::{Answer, TestApp},
    visitor::{EMAIL, Visitor, hidden},
};

const NEW: &str = "/account/tokens/new";

/// Creates an API token by the form; the page that shows its secret.
async fn create(app: &TestApp, visitor: &mut Visitor, fields: &[(&str, &str)]) -> Answer {
    visitor.submit(app, NEW, NEW, fields).await
}

/// The value of the field of that id.
fn field(page: &Answer, id: &str) -> String {
    let (_, rest) = page.text.split_once(&format!("id=\"{id}\"")).expect("the field is there");
    let (_, value) = rest.split_once("value=\"").unwrap();
    value.split('"').next().unwrap().to_owned()
}

async fn ask(app: &TestApp, key: &str, secret: &str) -> Answer {
    let body = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}");
    app.send(super::super::app::form(super::super::app::TOKEN, &body)).await
}

#[tokio::test]
async fn s46_the_secret_is_on_one_page_and_nowhere_else() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let form = visitor.get(&app, NEW).await;
    let fields = [("label", "Nightly backup")];
    let page = visitor.submit_from(&app, &form, NEW, &fields).await;
    let (key, secret) = (field(&page, "api-key"), field(&page, "api-secret"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(ask(&app, &key, &secret).await.status, 200);
    let again = visitor.submit_from(&app, &form, NEW, &fields).await;
    assert!(again.text.contains("The secret was shown already"), "as a reload sends it");
    let one = format!("/account/tokens/{key}");
    let mut pages = vec![again.text];
    for path in ["/account/tokens", &one, &format!("{one}/remove"), "/account/activity", NEW] {
        pages.push(visitor.get(&app, path).await.text);
    }
    assert!(pages.iter().all(|page| !page.contains(&secret)));
    let list = visitor.get(&app, "/account/tokens").await.text;
    assert_eq!(list.matches("Nightly backup</a>").count(), 1, "one API token was made");
    let stored = app.place.bytes();
    assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[tokio::test]
async fn s46_the_key_of_a_form_is_this_browsers_own() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let (_, mut other) = app.visitor("eve@example.com").await;
    let page = visitor.get(&app, NEW).await;
    let mine = hidden(&page.text, NEW);
    let value = |name: &str| mine.iter().find(|(field, _)| field == name).unwrap().1.clone();
    let (key, tie) = (value("key"), value("tie"));
    let fields = [("label", "x"), ("key", &*key), ("tie", &*tie)];
    assert_eq!(create(&app, &mut other, &fields).await.status, 403);
    let chosen = [("label", "x"), ("key", "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f")];
    assert_eq!(create(&app, &mut visitor, &chosen).await.status, 403);
}

#[tokio::test]
async fn s45_hostile_labels_are_text() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}";
    let page = create(&app, &mut visitor, &[("label", hostile)]).await;
    let key = field(&page, "api-key");
    let mut pages = vec![page.text];
    let one = format!("/account/tokens/{key}");
    let search = "/account/tokens?q=%22%3E%3Cscript%3E";
    for path in ["/account/tokens", &one, &format!("{one}/remove"), "/account/activity", search] {
        pages.push(visitor.get(&app, path).await.text);
    }
    for page in pages {
        assert!(!page.contains("<script>") && !page.contains("<img"), "{page}");
    }
}

#[tokio::test]
async fn limits_are_set_by_the_form_and_enforced() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let (one, two) =
        (app.organization(account, false).await, app.organization(account, false).await);
    let organization = one.to_string();
    let fields = [
        ("label", "narrow"),
        ("expires", "2026-11-30"),
        ("ranges", "192.0.2.0/24\n2001:db8::1"),
        ("organization", &*organization),
    ];
    let page = create(&app, &mut visitor, &fields).await;
    let (key, secret) = (field(&page, "api-key"), field(&page, "api-secret"));
    let shown = visitor.get(&app, &format!("/account/tokens/{key}")).await.text;
    for text in ["192.0.2.0/24", "2001:db8::1/128", "in 7 days", "30 November 2026, 23:59:59 UTC"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(ask(&app, &key, &format!("{secret}&scope=organization:{one}")).await.status, 200);
    let foreign = ask(&app, &key, &format!("{secret}&scope=organization:{two}")).await;
    assert_eq!(foreign.error(), "invalid_scope");
    app.clock.step(8 * 86_400);
    assert_eq!(ask(&app, &key, &secret).await.error(), "invalid_client");
    let mut visitor = app.signed_in(EMAIL).await;
    assert!(visitor.get(&app, "/account/tokens").await.text.contains("Expired"));
}

#[tokio::test]
async fn what_is_wrong_with_the_form_is_said_and_what_was_typed_stays() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    for (name, value, said) in [
        ("label", "  ", "The label must be 1 to 255 characters"),
        ("expires", "2026-11-22", "The expiry date must be today or later"),
        ("expires", "soon", "The expiry date must be a day, as 2027-01-31"),
        ("expires", "9999-99-99", "The expiry date must be a day"),
        ("ranges", "192.0.2.0/33", "which is no range such as 192.0.2.0/24"),
        ("organization", "x", "names one that is not yours"),
    ] {
        let mut fields = vec![("label", "kept"), (name, value)];
        fields.retain(|(field, _)| *field != name || *field != "label");
        fields.push((name, value));
        fields.dedup();
        let answer = create(&app, &mut visitor, &fields).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.text.contains(said), "{name}: {}", answer.text);
        assert!(name == "label" || answer.text.contains("value=\"kept\""));
    }
    assert!(visitor.get(&app, "/account/tokens").await.text.contains("No API tokens yet."));
}

#[tokio::test]
async fn s54_anothers_token_is_not_found_and_stays() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let (_, theirs) = app.client("eve@example.com").await;
    let one = format!("/account/tokens/{}", theirs.api_key);
    let remove = format!("{one}/remove");
    for path in [&one, &remove] {
        assert_eq!(visitor.get(&app, path).await.status, 404);
        let page = visitor.get(&app, "/account").await;
        let answer = visitor.submit_from(&app, &page, path, &[("label", "mine")]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(app.ask(&theirs, "").await.status, 200);
}

#[tokio::test]
async fn s54_anothers_organization_is_not_found() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let eve = app.person("eve@example.com").await;
    let theirs = app.organization(eve, false).await;
    assert_eq!(visitor.get(&app, &format!("/organizations/{theirs}")).await.status, 404);
    let mut eve = app.signed_in("eve@example.com").await;
    let page = eve.get(&app, &format!("/organizations/{theirs}")).await;
    assert!(page.status == 200 && page.text.contains("eve@example.com"));
}

#[tokio::test]
async fn a_token_is_renamed_found_and_removed_with_what_it_made() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let parent = app.token(account, Limits::default()).await;
    let bearer = app.bearer(&parent, "").await;
    let body = r#"{"label":"child"}"#;
    let made = super::super::app::call("POST", "/api/account/tokens", &bearer, body);
    let child = app.send(made).await.json();
    let one = format!("/account/tokens/{}", parent.api_key);
    visitor.submit(&app, &one, &one, &[("label", "Parent of all")]).await;
    let found = visitor.get(&app, "/account/tokens?q=parent+OF").await.text;
    assert!(found.contains("Parent of all</a>") && !found.contains("child</a>"));
    let remove = format!("{one}/remove");
    let asked = visitor.get(&app, &remove).await;
    assert!(asked.text.contains("It was last used") && asked.text.contains("192.0.2.1"));
    assert!(asked.text.contains("Also remove what it made: child"));
    visitor.submit_from(&app, &asked, &remove, &[("children", "1")]).await;
    assert_eq!(app.ask(&parent, "").await.error(), "invalid_client");
    let (key, secret) = (child["api_key"].as_str().unwrap(), child["api_secret"].as_str().unwrap());
    assert_eq!(ask(&app, key, secret).await.error(), "invalid_client");
    let removed = visitor.get(&app, "/account/tokens?state=removed").await.text;
    assert!(removed.contains("Parent of all</a>") && removed.contains("child</a>"));
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    for _ in 0..30 {
        app.token(account, Limits::default()).await;
    }
    let first = visitor.get(&app, "/account/tokens").await.text;
    assert_eq!(first.matches("<tr>").count(), 26, "a head and 25 rows");
    assert!(first.contains("Page 1 of 2") && first.contains("?page=2"));
    let second = visitor.get(&app, "/account/tokens?page=2").await.text;
    assert_eq!(second.matches("<tr>").count(), 6);
    for odd in ["0", "-1", "x", "99999999999"] {
        let answer = visitor.get(&app, &format!("/account/tokens?page={odd}")).await;
        assert_eq!(answer.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_new_network_are_among_the_activity() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let token = app.token(account, Limits::default()).await;
    let key = token.api_key.to_string();
    for _ in 0..3 {
        ask(&app, &key, "km_wrong").await;
    }
    app.app.flush_uses().await;
    let page = visitor.get(&app, "/account/activity").await.text;
    assert!(page.contains("wrong API Secret or no longer valid (3 times)"), "{page}");
    assert!(page.contains(&format!("/account/tokens/{key}")));
}
