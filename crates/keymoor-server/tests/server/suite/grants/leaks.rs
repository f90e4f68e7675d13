use super::{
    super::{
        app::form,
        audit::events,
        leaks::{Log, assert_absent},
        portal::visitor::hidden,
        restore::backup,
    },
    world::{DEVICE, DEVICE_CODE, VERIFIER, start, text},
};

#[tokio::test]
async fn s101_nothing_that_is_exchanged_reaches_log_database_metrics_or_backup() {
    let log = Log::default();
    let installed = log.install();
    let (app, client, _, mut visitor) = start().await;
    let confidential = app.application(true).await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    let tokens = app.redeem(&client, &code).await.json();
    let first = text(&tokens, "refresh_token").to_owned();
    let next = app.refresh(&client, &first, "").await.json();
    let next = text(&next, "refresh_token").to_owned();
    let asked = app.send(form(DEVICE, &client.form(&[("scope", "")]))).await.json();
    let typed = [("user_code", text(&asked, "user_code"))];
    let page = visitor.submit(&app, "/device", "/device", &typed).await;
    assert!(!hidden(&page.text, "/device/answer").is_empty());
    visitor.submit_from(&app, &page, "/device/answer", &[("answer", "allow")]).await;
    let device_code = text(&asked, "device_code").to_owned();
    let fields = [("grant_type", DEVICE_CODE), ("device_code", &*device_code)];
    assert_eq!(app.exchange(&client, &fields).await.status, 200);
    // What is refused is logged, so that too.
    app.redeem(&client, &code).await;
    app.redeem(&confidential, &code).await;
    app.refresh(&confidential, &first, "").await;
    app.app.flush_uses().await;
    drop(installed);
    let user_code = text(&asked, "user_code").to_owned();
    let canaries = [
        code,
        first[4..40].to_owned(),
        next[4..40].to_owned(),
        device_code,
        user_code.replace('-', ""),
        user_code,
        VERIFIER.to_owned(),
        confidential.secret.as_ref().unwrap().expose()[3..40].to_owned(),
    ];
    let logged = log.bytes();
    assert!(String::from_utf8_lossy(&logged).contains("token refused"), "the log was looked at");
    assert_absent("the log", &logged, &canaries);
    let stored = app.place.bytes();
    let id = client.id.to_string();
    assert!(stored.windows(36).any(|part| part == id.as_bytes()), "the database was looked at");
    assert_absent("the database", &stored, &canaries);
    let metrics = app.app.metrics_text().await;
    assert!(metrics.contains("reused_grant"), "the metrics were looked at: {metrics}");
    assert_absent("the metrics", metrics.as_bytes(), &canaries);
    assert_absent("a backup", &backup(&app).await, &canaries);
    let audit = serde_json::to_string(&events(&app).await).unwrap();
    assert!(audit.contains(&id), "the audit was looked at: {audit}");
    assert_absent("the audit", audit.as_bytes(), &canaries);
}
