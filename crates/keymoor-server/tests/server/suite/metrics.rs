use keymoor_core::facts::Limits;
use keymoor_store::Actor::Operator;

use super::app::{API, TestApp, form};

/// The value of the series that begins with `name`.
fn value<'t>(text: &'t str, name: &str) -> &'t str {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).trim()
}

#[tokio::test]
async fn what_was_issued_and_refused_is_counted_by_reason() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let other = app.token(account, Limits::default()).await;
    for _ in 0..3 {
        app.bearer(&token, "").await;
    }
    app.ask(&token, "organization:x").await;
    app.send(form("/api/token", "")).await;
    app.send(form("/api/token", "grant_type=client_credentials&client_id=x&client_secret=y")).await;
    app.app.remove_api_token(account, other.api_key, None, Operator).await.unwrap();
    app.ask(&other, "").await;
    let text = app.app.metrics_text().await;
    assert_eq!(value(&text, "keymoor_tokens_issued_total"), "3");
    for (error, reason) in [
        ("invalid_scope", "scope"),
        ("invalid_client", "no_credentials"),
        ("invalid_client", "damaged_secret"),
        ("invalid_client", "removed"),
    ] {
        let series =
            format!("keymoor_tokens_refused_total{{error=\"{error}\",reason=\"{reason}\"}}");
        assert_eq!(value(&text, &series), "1", "{reason}");
    }
    assert_eq!(value(&text, "keymoor_token_request_seconds_count"), "7");
    assert_eq!(value(&text, "keymoor_credential_loads_total"), "2", "the cache served the others");
    assert_eq!(value(&text, "keymoor_cache_entries{cache=\"credentials\"}"), "2");
    assert_eq!(value(&text, "keymoor_database_up"), "1");
}

#[tokio::test]
async fn introspections_and_changes_are_counted() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.introspect(&server, &bearer).await;
    app.introspect(&server, "x").await;
    let text = app.app.metrics_text().await;
    assert_eq!(value(&text, "keymoor_introspections_total{active=\"true\"}"), "1");
    assert_eq!(value(&text, "keymoor_introspections_total{active=\"false\"}"), "1");
    assert_eq!(value(&text, "keymoor_feed_number"), "5", "pepper, key, server, account, token");
    assert_eq!(value(&text, "keymoor_feed_age_seconds"), "0.0");
    app.clock.step(9);
    let text = app.app.metrics_text().await;
    assert_eq!(value(&text, "keymoor_feed_age_seconds"), "9.0");
}
