use keymoor_core::delegation::Rights;
use keymoor_testkit::Seeded;

use super::{
    super::{
        app::{TestApp, URL},
        portal::visitor::{EMAIL, PASSWORD, Visitor},
    },
    world::{ALL, AUTHORIZE, CHALLENGE, REDIRECT, pairs, start, told},
};

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back() {
    let app = TestApp::start().await;
    let client = app.application(false).await;
    app.person(EMAIL).await;
    let mut visitor = Visitor::default();
    let page = visitor.get(&app, &client.url("")).await.header("location").to_owned();
    let way = visitor.get(&app, &page).await.header("location").to_owned();
    assert!(way.starts_with("/sign-in?next=%2Fauthorize%3F"), "{way}");
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let back = visitor.submit(&app, &way, "/sign-in", &fields).await;
    assert_eq!(back.header("location"), page);
    let asked = visitor.get(&app, &page).await;
    assert!(asked.status == 200 && asked.text.contains("Build dashboard"), "{asked:?}");
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_for_how_long() {
    let (app, client, account, mut visitor) = start().await;
    let organization = app.organization(account, false).await;
    let scope = format!("organization:{organization} offline_access");
    let page = visitor.is_asked(&app, &client.url(&scope)).await.text;
    for told in [
        "Build dashboard".to_owned(),
        format!("{}@example.com", client.id),
        format!("{URL}/api"),
        "Works".to_owned(),
        "all your organizations that do not require".to_owned(),
        "stay connected while you are away".to_owned(),
        "at most 90 days".to_owned(),
        "app.example.com".to_owned(),
        EMAIL.to_owned(),
    ] {
        assert!(page.contains(&told), "{told} is not told:\n{page}");
    }
    let short = visitor.is_asked(&app, &client.url("")).await.text;
    assert!(short.contains("For 5 minutes") && !short.contains("stay connected"), "{short}");
}

#[tokio::test]
async fn the_forms_policy_names_where_the_answer_leads_and_nothing_else() {
    let (app, client, _, mut visitor) = start().await;
    for (redirect, source) in [
        (REDIRECT, "https://app.example.com"),
        ("http://127.0.0.1:5017/cb", "http://127.0.0.1:5017"),
    ] {
        let mut query = client.query("");
        query[2].1 = redirect.to_owned();
        let page = visitor.is_asked(&app, &format!("{AUTHORIZE}?{}", pairs(&query))).await;
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with(&format!("; form-action 'self' {source}")), "{policy}");
    }
    let other = visitor.get(&app, "/account").await;
    assert!(other.header("content-security-policy").ends_with("form-action 'self'"));
}

#[tokio::test]
async fn whom_nobody_knows_gets_a_page_and_never_a_redirect() {
    let (app, client, _, mut visitor) = start().await;
    let with = |name: &str, value: &str| {
        let mut query = client.query("");
        query.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            let name: &'static str = if name == "client_id" { "client_id" } else { "redirect_uri" };
            query.push((name, value.to_owned()));
        }
        pairs(&query)
    };
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example%2F", pairs(&client.query("")));
    for query in [
        String::new(),
        with("client_id", ""),
        with("client_id", "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f"),
        with("client_id", "<script>alert(1)</script>"),
        with("redirect_uri", ""),
        with("redirect_uri", "https://evil.example/"),
        with("redirect_uri", &format!("{REDIRECT}/")),
        with("redirect_uri", &format!("{REDIRECT}?x=1")),
        with("redirect_uri", "javascript:alert(1)"),
        twice,
        format!("{}&x={}", pairs(&client.query("")), "x".repeat(3000)),
    ] {
        for path in [AUTHORIZE, "/authorize"] {
            let answer = visitor.get(&app, &format!("{path}?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {answer:?}");
            assert!(answer.header("location").is_empty());
            assert!(answer.header("content-type").starts_with("text/html"));
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
            assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
        }
    }
    app.app
        .remove_application(client.owner, client.id, None, keymoor_store::Actor::Operator)
        .await
        .unwrap();
    assert_eq!(visitor.get(&app, &client.url("")).await.status, 400, "a removed one");
}

#[tokio::test]
async fn s56_every_answer_names_its_issuer_and_brings_the_state_back() {
    let (app, client, _, mut visitor) = start().await;
    let with = |name: &'static str, value: &str| {
        let mut query = client.query("");
        query.retain(|(known, _)| *known != name);
        query.push((name, value.to_owned()));
        query
    };
    for (query, error) in [
        (with("response_type", "token"), "unsupported_response_type"),
        (with("response_type", ""), "invalid_request"),
        (with("response_mode", "fragment"), "invalid_request"),
        (with("code_challenge", ""), "invalid_request"),
        (with("scope", "unheard:of"), "invalid_scope"),
        (with("scope", "organization:*"), "invalid_scope"),
        (with("resource", "https://nowhere.example"), "invalid_target"),
    ] {
        let answer = visitor.get(&app, &format!("{AUTHORIZE}?{}", pairs(&query))).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").starts_with(&format!("{REDIRECT}?")), "{answer:?}");
        let told = told(&answer);
        assert_eq!(told["error"], error, "{query:?}");
        assert!(!told.contains_key("code"));
        assert_eq!((&*told["state"], &*told["iss"]), ("st/at e", URL));
    }
    let page = visitor.is_asked(&app, &client.url("")).await;
    for (answer, brings) in [("deny", "error"), ("allow", "code")] {
        let answer = visitor.answers(&app, &page, answer, &[]).await;
        let told = told(&answer);
        assert!(told.contains_key(brings), "{told:?}");
        assert_eq!((&*told["state"], &*told["iss"]), ("st/at e", URL));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn no_is_no() {
    let (app, client, account, mut visitor) = start().await;
    let page = visitor.is_asked(&app, &client.url("offline_access")).await;
    for answer in ["deny", "", "ALLOW"] {
        let told = told(&visitor.answers(&app, &page, answer, &[]).await);
        assert_eq!(told["error"], "access_denied");
    }
    assert!(app.store.grants_of(account, app.now()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_owner_has_not_enabled_is_refused() {
    let (app, _, _, mut visitor) = start().await;
    let device = Rights { authorization_code: false, ..ALL };
    let client = app.application_with(false, device, Seeded::new(7)).await;
    let answer = visitor.get(&app, &client.url("")).await;
    assert_eq!(told(&answer)["error"], "unauthorized_client");
    let online = Rights { refresh_tokens: false, ..ALL };
    let client = app.application_with(false, online, Seeded::new(8)).await;
    let answer = visitor.get(&app, &client.url("offline_access")).await;
    assert_eq!(told(&answer)["error"], "invalid_scope");
    let tokens = visitor.grants(&app, &client, "").await;
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
}

#[tokio::test]
async fn s35_an_organization_of_others_and_none_at_all_are_refused_alike() {
    let (app, client, _, mut visitor) = start().await;
    let other = app.account("other@example.com").await;
    let foreign = app.organization(other, false).await;
    for id in [foreign.to_string(), "23aae327-baaa-11e3-8aaa-1231bbbba02c".to_owned()] {
        let url = client.url(&format!("organization:{id}"));
        let page = visitor.is_asked(&app, &url).await;
        assert!(page.text.contains("You cannot allow this."), "{}", page.text);
        assert!(!page.text.contains("value=\"allow\"") && !page.text.contains("Works"));
        let forced = visitor.answers(&app, &page, "allow", &[]).await;
        assert_eq!(forced.status, 422);
        let back = visitor.answers(&app, &page, "deny", &[]).await;
        assert_eq!(told(&back)["error"], "access_denied", "a no tells nothing of memberships");
    }
}

#[tokio::test]
async fn s44_no_answer_from_elsewhere_is_taken() {
    let (app, client, _, mut visitor) = start().await;
    let page = visitor.is_asked(&app, &client.url("")).await;
    let mut other = app.signed_in(EMAIL).await;
    let answer = other.answers(&app, &page, "allow", &[]).await;
    assert_eq!(answer.status, 403, "the page of another browser: {answer:?}");
    let query = client.url("").split_once('?').unwrap().1.to_owned();
    let body = super::world::encoded(&[("request", &query), ("answer", "allow")]);
    assert_eq!(visitor.post(&app, "/authorize", &body).await.status, 403);
}

#[tokio::test]
async fn the_request_in_the_form_is_looked_at_again() {
    let (app, client, _, mut visitor) = start().await;
    let page = visitor.is_asked(&app, &client.url("")).await;
    let forged = pairs(&client.query("")).replace("app.example.com", "evil.example");
    let fields = [("answer", "allow"), ("request", &*forged)];
    let answer = visitor.submit_from(&app, &page, "/authorize", &fields).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let forged = pairs(&client.query("")).replace(CHALLENGE, "x");
    let fields = [("answer", "allow"), ("request", &*forged)];
    let answer = visitor.submit_from(&app, &page, "/authorize", &fields).await;
    assert_eq!(told(&answer)["error"], "invalid_request");
}

#[tokio::test]
async fn the_port_of_a_loopback_address_may_be_any() {
    let (app, client, _, mut visitor) = start().await;
    let mut query = client.query("");
    query[2].1 = "http://127.0.0.1:49999/cb".to_owned();
    let page = visitor.is_asked(&app, &format!("{AUTHORIZE}?{}", pairs(&query))).await;
    let answer = visitor.answers(&app, &page, "allow", &[]).await;
    assert!(answer.header("location").starts_with("http://127.0.0.1:49999/cb?code="), "{answer:?}");
    query[2].1 = "http://localhost:49999/cb".to_owned();
    let answer = visitor.get(&app, &format!("{AUTHORIZE}?{}", pairs(&query))).await;
    assert_eq!(answer.status, 400, "a name may be anybody's");
}

#[tokio::test]
async fn it_can_be_let_into_some_organizations_alone() {
    let (app, client, account, mut visitor) = start().await;
    let (one, other) =
        (app.organization(account, false).await, app.organization(account, false).await);
    let page = visitor.is_asked(&app, &client.url(&format!("organization:{one}"))).await;
    let without = visitor.answers(&app, &page, "allow", &[other]).await;
    assert_eq!(without.status, 422, "what it asks for has to be among them");
    let answer = visitor.answers(&app, &page, "allow", &[one]).await;
    let tokens = app.redeem(&client, &told(&answer)["code"]).await.json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    for (id, status) in [(one, 200), (other, 403)] {
        let path = format!("/api/organizations/{id}");
        assert_eq!(app.call("GET", &path, &bearer).await.status, status);
    }
}
