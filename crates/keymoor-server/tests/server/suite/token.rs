use axum::body::Body;
use http::{Request, header::AUTHORIZATION, header::CONTENT_ENCODING, header::CONTENT_TYPE};
use keymoor_core::facts::Limits;
use keymoor_server::operations::CreatedApiToken;
use keymoor_testkit::Seeded;

use super::app::{TOKEN, TestApp, credentials, form};

/// `base64(key:secret)`, by hand: no client does anything else.
fn basic(token: &CreatedApiToken) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let pair = format!("{}:{}", token.api_key, token.secret.expose());
    let mut text = "Basic ".to_owned();
    for chunk in pair.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit > chunk.len() { '=' } else { char::from(DIGITS[value as usize]) });
        }
    }
    text
}

#[tokio::test]
async fn s4_the_answer_is_exactly_a_bearer_token_that_no_cache_keeps() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let answer = app.ask(&token, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    let mut names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "token_type"]);
    assert_eq!(
        (body["token_type"].as_str(), body["expires_in"].as_i64()),
        (Some("Bearer"), Some(300))
    );
}

#[tokio::test]
async fn s6_client_credentials_get_no_refresh_token() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    assert!(!app.ask(&token, "").await.text.contains("refresh_token"));
}

#[tokio::test]
async fn the_alias_answers_like_the_token_endpoint() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    assert_eq!(app.send(form("/api/token", &credentials(&token, ""))).await.status, 200);
}

#[tokio::test]
async fn s1_other_verbs_are_refused_and_told_post() {
    let app = TestApp::start().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = app.call(method, TOKEN, "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "POST", "{method}");
        assert_eq!(answer.error(), "invalid_request");
    }
    assert_eq!(app.call("HEAD", TOKEN, "").await.status, 405);
}

#[tokio::test]
async fn s1_credentials_in_the_url_are_refused() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let right = credentials(&token, "");
    let answer = app.send(form(&format!("{TOKEN}?{right}"), "")).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
    assert!(!answer.text.contains(token.secret.expose()));
}

#[tokio::test]
async fn s2_a_repeated_parameter_is_refused() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let twice = format!("{}&grant_type=client_credentials", credentials(&token, ""));
    let answer = app.send(form(TOKEN, &twice)).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn s3_large_compressed_and_multipart_bodies_are_refused() {
    let app = TestApp::start().await;
    let large = app.send(form(TOKEN, &"x".repeat(1_000_000))).await;
    assert_eq!((large.status.as_u16(), large.error().as_str()), (413, "invalid_request"));
    let refused = [(CONTENT_ENCODING, "gzip"), (CONTENT_TYPE, "multipart/form-data; boundary=x")];
    for (name, value) in refused {
        let request = Request::post(TOKEN).header(name, value).body(Body::from("x")).unwrap();
        let answer = app.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (415, "invalid_request"));
    }
}

#[tokio::test]
async fn s5_basic_is_named_exactly_where_basic_was_used() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let other = app.client("b@example.com").await.1;
    let mixed = CreatedApiToken { api_key: token.api_key, secret: other.secret };
    let body = app.ask(&mixed, "").await;
    assert_eq!((body.status.as_u16(), body.error().as_str()), (401, "invalid_client"));
    assert_eq!(body.header("www-authenticate"), "");
    for value in ["Basic x", "basic eDp5"] {
        let request = Request::post(TOKEN)
            .header(AUTHORIZATION, value)
            .body(Body::from("grant_type=client_credentials"))
            .unwrap();
        let answer = app.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
        assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{value}");
    }
}

#[tokio::test]
async fn s13_basic_works_alone_and_not_beside_a_secret_in_the_body() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let ask = |body: String| {
        let request = Request::post(TOKEN).header(AUTHORIZATION, basic(&token));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        app.send(request.body(Body::from(body)).unwrap())
    };
    let grant = "grant_type=client_credentials";
    assert_eq!(ask(grant.to_owned()).await.status, 200);
    assert_eq!(ask(format!("{grant}&client_id={}", token.api_key)).await.status, 200);
    let both = ask(format!("{grant}&client_secret={}", token.secret.expose())).await;
    assert_eq!((both.status.as_u16(), both.error().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn json_is_taken_as_a_form_is() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let body = serde_json::json!({
        "grant_type": "client_credentials", "client_id": token.api_key,
        "client_secret": token.secret.expose(), "scope": "",
    });
    let request = Request::post(TOKEN).header(CONTENT_TYPE, "application/json");
    assert_eq!(app.send(request.body(Body::from(body.to_string())).unwrap()).await.status, 200);
}

#[tokio::test]
async fn s16_an_unknown_key_is_answered_as_a_wrong_secret_is() {
    let app = TestApp::start().await;
    let (known, stranger) = (app.client("a@example.com").await.1, TestApp::start().await);
    let foreign = stranger.client("b@example.com").await.1;
    let unknown = app.ask(&foreign, "").await;
    let wrong = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        known.api_key,
        foreign.secret.expose()
    );
    let wrong = app.send(form(TOKEN, &wrong)).await;
    assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text));
}

#[tokio::test]
async fn s35_foreign_and_missing_organizations_answer_alike() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let stranger = app.account("b@example.com").await;
    let missing = keymoor_core::OrganizationId::from_random(Seeded::new(3).bytes());
    let mut answers = Vec::new();
    for federated in [false, true] {
        let foreign = app.organization(stranger, federated).await;
        answers.push(app.ask(&token, &format!("organization:{foreign}")).await);
    }
    for scope in [format!("organization:{missing}"), "organization:*".to_owned()] {
        answers.push(app.ask(&token, &scope).await);
    }
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (answers[0].status, &answers[0].text));
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_scope"));
    }
}

#[tokio::test]
async fn s36_no_scope_is_dropped_silently() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let own = app.organization(account, false).await;
    for scope in ["organization:", "organization:*", "openid", "*", "organization:x"] {
        for asked in [scope.to_owned(), format!("organization:{own}+{scope}")] {
            let answer = app.ask(&token, &asked).await;
            assert_eq!(answer.error(), "invalid_scope", "{asked}");
        }
    }
}

#[tokio::test]
async fn a_missing_sign_in_is_told_with_a_page_that_helps() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let federated = app.organization(account, true).await;
    let scope = format!("organization:{federated}");
    let early = app.ask(&token, &scope).await;
    assert_eq!((early.status.as_u16(), early.error().as_str()), (400, "invalid_scope"));
    let page = early.json()["error_uri"].as_str().unwrap().to_owned();
    assert_eq!(page, format!("https://auth.example.com/organizations/{federated}"));
    app.sign_in(federated, account).await;
    let granted = app.ask(&token, &scope).await;
    assert_eq!(granted.json()["scope"], scope);
    app.clock.step(3601);
    assert_eq!(app.ask(&token, &scope).await.error(), "invalid_scope");
}

#[tokio::test]
async fn a_proxy_is_believed_only_if_it_is_listed() {
    let limits = || Limits {
        address_ranges: Some(vec!["203.0.113.0/24".parse().unwrap()]),
        ..Limits::default()
    };
    for (trusted, expected) in [("192.0.2.0/24", 200), ("198.51.100.0/24", 400)] {
        let app = TestApp::with(|s| s.trusted_proxies = vec![trusted.parse().unwrap()]).await;
        let account = app.account("a@example.com").await;
        let token = app.token(account, limits()).await;
        let mut request = form(TOKEN, &credentials(&token, ""));
        request.headers_mut().insert("x-forwarded-for", "8.8.8.8, 203.0.113.9".parse().unwrap());
        assert_eq!(app.send(request).await.status.as_u16(), expected, "{trusted}");
    }
}
