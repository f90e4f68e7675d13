//! What is bound to what: swap one, and nothing works.

use super::{
    super::app::TestApp,
    world::{AUTHORIZE, REDIRECT, VERIFIER, pairs, start, text, told},
};

async fn redeem(app: &TestApp, client: &super::world::Client, changed: (&str, &str)) -> String {
    // Each time a fresh code: one that failed is none that was spent.
    let mut visitor = app.signed_in(super::super::portal::visitor::EMAIL).await;
    let code = visitor.lets_in(app, client, "").await;
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    fields.retain(|(name, _)| *name != changed.0);
    fields.push(changed);
    let answer = app.exchange(client, &fields).await;
    if answer.status == 200 { "works".to_owned() } else { answer.error() }
}

#[tokio::test]
async fn s55_a_code_is_bound_to_its_challenge_and_its_destination() {
    let (app, client, _, _) = start().await;
    let plain = super::world::CHALLENGE;
    let shorter = &VERIFIER[..42];
    for (changed, outcome) in [
        (("x", "y"), "works"),
        (("code_verifier", "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "invalid_grant"),
        (("code_verifier", plain), "invalid_grant"),
        (("code_verifier", shorter), "invalid_grant"),
        (("code_verifier", ""), "invalid_request"),
        (("redirect_uri", "http://127.0.0.1/cb"), "invalid_grant"),
        (("redirect_uri", "https://evil.example/"), "invalid_grant"),
        (("redirect_uri", ""), "invalid_request"),
        (("code", VERIFIER), "invalid_grant"),
        (("code", ""), "invalid_request"),
    ] {
        assert_eq!(redeem(&app, &client, changed).await, outcome, "{changed:?}");
    }
}

#[tokio::test]
async fn s55_whoever_is_without_an_s256_challenge_asks_nobody() {
    let (app, client, _, mut visitor) = start().await;
    let long = "E".repeat(44);
    for (name, value) in [
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge", &*long),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", "s256"),
        ("code_challenge_method", "S512"),
    ] {
        let mut query = client.query("");
        query.retain(|(known, _)| *known != name);
        query.push((name, value.to_owned()));
        let query = pairs(&query);
        for path in [AUTHORIZE, "/authorize"] {
            let answer = visitor.get(&app, &format!("{path}?{query}")).await;
            assert_eq!(told(&answer)["error"], "invalid_request", "{path} {name}={value}");
        }
        let page = visitor.is_asked(&app, &client.url("")).await;
        let fields = [("answer", "allow"), ("request", &*query)];
        let answer = visitor.submit_from(&app, &page, "/authorize", &fields).await;
        let told = told(&answer);
        assert!(told["error"] == "invalid_request" && !told.contains_key("code"), "{told:?}");
    }
}

#[tokio::test]
async fn s55_a_wrong_verifier_spends_nothing() {
    let (app, client, _, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "").await;
    let wrong = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    assert_eq!(app.exchange(&client, &wrong).await.error(), "invalid_grant");
    assert_eq!(app.redeem(&client, &code).await.status, 200);
}

#[tokio::test]
async fn s57_what_is_another_clients_is_refused_and_stays_its_own() {
    let (app, client, _, mut visitor) = start().await;
    let other = app.application(true).await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    assert_eq!(app.redeem(&other, &code).await.error(), "invalid_grant");
    let tokens = app.redeem(&client, &code).await.json();
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(app.refresh(&other, refresh, "").await.error(), "invalid_grant");
    assert_eq!(app.refresh(&client, refresh, "").await.status, 200, "untouched");
}

#[tokio::test]
async fn s57_a_confidential_client_proves_its_secret_and_a_public_one_has_none() {
    let (app, public, _, mut visitor) = start().await;
    let confidential = app.application(true).await;
    let code = visitor.lets_in(&app, &confidential, "").await;
    let bare = confidential.bare();
    assert_eq!(app.redeem(&bare, &code).await.error(), "invalid_client");
    let wrong = keymoor_core::ApiSecret::generate([9; 32]);
    let wrong = super::world::Client { secret: Some(wrong), ..confidential.bare() };
    let answer = app.redeem(&wrong, &code).await;
    assert_eq!((answer.status.as_u16(), &*answer.error()), (401, "invalid_client"));
    assert_eq!(app.redeem(&confidential, &code).await.status, 200);
    let code = visitor.lets_in(&app, &public, "").await;
    let dressed = keymoor_core::ApiSecret::generate([9; 32]);
    let dressed = super::world::Client { secret: Some(dressed), ..public.bare() };
    assert_eq!(app.redeem(&dressed, &code).await.error(), "invalid_client");
    let (_, token) = app.client("script@example.com").await;
    let body = format!(
        "grant_type=authorization_code&client_id={}&client_secret={}&code={code}\
         &redirect_uri=x&code_verifier={VERIFIER}",
        token.api_key,
        token.secret.expose()
    );
    let answer = app.send(super::super::app::form(super::super::app::TOKEN, &body)).await;
    assert_eq!(answer.error(), "invalid_client", "an API token is no application");
}

#[tokio::test]
async fn s27_nothing_of_a_grant_works_as_an_access_token_but_that() {
    let (app, client, _, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    let tokens = app.redeem(&client, &code).await.json();
    assert!(app.works(&tokens).await);
    for text in [&*code, text(&tokens, "refresh_token"), &client.id.to_string()] {
        let answer = app.call("GET", "/api/account", &format!("Bearer {text}")).await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{answer:?}");
    }
    let answer = app.refresh(&client, text(&tokens, "access_token"), "").await;
    assert_eq!(answer.error(), "invalid_grant");
}

#[tokio::test]
async fn s49_an_applications_token_changes_nothing_of_organizations_and_api_tokens() {
    let (app, client, account, mut visitor) = start().await;
    let inside = format!("/api/organizations/{}", app.organization(account, false).await);
    let own = app.token(account, keymoor_core::facts::Limits::default()).await;
    let tokens = visitor.grants(&app, &client, "").await;
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    for (method, path, body) in [
        ("PUT", inside.clone(), r#"{"name":"x"}"#),
        ("DELETE", inside.clone(), ""),
        ("POST", format!("{inside}/admin-invites"), r#"{"email":"x@example.com"}"#),
        ("POST", format!("{inside}/invites"), r#"{"email":"x@example.com"}"#),
        ("POST", format!("{inside}/service-accounts"), r#"{"name":"x"}"#),
        ("POST", format!("{inside}/teams"), r#"{"name":"x"}"#),
        ("POST", format!("{inside}/domains"), r#"{"domain":"example.com"}"#),
        ("POST", format!("{inside}/actions/leave"), ""),
        ("DELETE", format!("/api/account/tokens/{}", own.api_key), ""),
    ] {
        let answer = app.send(super::super::app::call(method, &path, &bearer, body)).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }
    assert_eq!(app.call("GET", &inside, &bearer).await.status, 200);
}

#[tokio::test]
async fn s49_an_applications_token_makes_no_credentials() {
    let (app, client, account, mut visitor) = start().await;
    let organization = app.organization(account, false).await;
    let tokens = visitor.grants(&app, &client, "").await;
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    let list = format!("/api/organizations/{organization}/scim-secrets");
    for path in ["/api/account/tokens", &*list] {
        let request = super::super::app::call("POST", path, &bearer, r#"{"label":"x"}"#);
        let answer = app.send(request).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (403, "forbidden"), "{path}");
    }
    let members = format!("/api/organizations/{organization}/members");
    assert_eq!(app.call("GET", &members, &bearer).await.status, 200, "it does what it may");
}
