use keymoor_server::admin::GrantCommand;
use serde_json::{Value, json};

use super::{
    super::{
        app::{TestApp, form},
        audit::{counts, events},
        portal::visitor::hidden,
    },
    world::{Client, DEVICE, DEVICE_CODE, VERIFIER, start, text},
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
    let ending = keymoor_store::GrantEnding::TakenBack(account);
    app.app.end_grant(grants[0].id, ending, by).await.unwrap();
    app.app.remove_application(client.owner, client.id, None, by).await.unwrap();
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

/// The events of a kind: when in UTC, whose, from where, about what, how often, and of what name.
async fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    let all = events(app).await.into_iter().filter(|event| event["kind"] == kind);
    let names = ["at", "account", "address", "subject", "times", "detail"];
    all.map(|event| names.map(|name| event[name].clone()).into()).collect()
}

const AT: &str = "2026-11-23T19:11:00+00:00";

#[tokio::test]
async fn s102_who_allows_and_who_denies_is_in_the_audit_with_from_where() {
    let (app, client, account, mut visitor) = start().await;
    visitor.lets_in(&app, &client, "").await;
    let page = visitor.is_asked(&app, &client.url("")).await;
    visitor.answers(&app, &page, "deny", &[]).await;
    for answer in ["allow", "deny"] {
        let asked = app.send(form(DEVICE, &client.form(&[]))).await.json();
        let code = [("user_code", text(&asked, "user_code"))];
        let page = visitor.submit(&app, "/device", "/device", &code).await;
        let done = visitor.submit_from(&app, &page, "/device/answer", &[("answer", answer)]).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
    let (id, account) = (client.id.to_string(), account.to_string());
    let event = json!([AT, account, "192.0.2.1", id, 1, { "label": "Build dashboard" }]);
    for kind in ["grant.allowed", "grant.denied", "grant.device_allowed", "grant.device_denied"] {
        assert_eq!(told(&app, kind).await, std::slice::from_ref(&event), "{kind}");
    }
    let page = visitor.get(&app, "/account/activity").await.text;
    for line in ["You allowed an application on a device", "Application on a device denied"] {
        assert!(page.contains(line), "{page}");
    }
}

#[tokio::test]
async fn s102_what_an_application_brings_in_vain_is_in_the_audit() {
    let (app, client, account, mut visitor) = start().await;
    let confidential = app.application(true).await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let refresh = text(&tokens, "refresh_token");
    // Nobody's: told to the application's owner.
    for _ in 0..3 {
        app.redeem(&client, VERIFIER).await;
    }
    app.refresh(&client, "kmr_x", "").await;
    app.exchange(&client, &[("grant_type", DEVICE_CODE), ("device_code", VERIFIER)]).await;
    // Somebody's.
    let code = visitor.lets_in(&app, &client, "").await;
    app.clock.step(60);
    app.redeem(&client, &code).await;
    app.refresh(&client, refresh, "reports:write").await;
    // Only too early.
    let asked = app.send(form(DEVICE, &client.form(&[]))).await.json();
    let early = [("grant_type", DEVICE_CODE), ("device_code", text(&asked, "device_code"))];
    app.exchange(&client, &early).await;
    app.exchange(&client, &early).await;
    // Who does not prove to be the application.
    let bare = confidential.bare();
    app.refresh(&bare, refresh, "").await;
    app.send(form(DEVICE, &bare.form(&[]))).await;
    app.send(form("/api/auth/oauth/revoke", &bare.form(&[("token", refresh)]))).await;
    let later = "2026-11-23T19:12:00+00:00";
    let event = |at: &str, of: keymoor_core::AccountId, by: &Client, times: i64| {
        let label = json!({ "label": "Build dashboard" });
        json!([at, of.to_string(), "192.0.2.1", by.id.to_string(), times, label])
    };
    let (owner, account) = (client.owner, account);
    let codes = [event(AT, owner, &client, 3), event(later, account, &client, 1)];
    assert_eq!(told(&app, "grant.code_refused").await, codes);
    let refreshes = [event(AT, owner, &client, 1), event(later, account, &client, 1)];
    assert_eq!(told(&app, "grant.refresh_refused").await, refreshes);
    assert_eq!(told(&app, "grant.device_code_refused").await, [event(AT, owner, &client, 1)]);
    let proofs = [event(later, confidential.owner, &confidential, 3)];
    assert_eq!(told(&app, "application.refused").await, proofs);
}

#[tokio::test]
async fn s102_the_end_of_a_grant_is_in_the_audit_with_who_why_and_from_where() {
    let (app, client, account, mut visitor) = start().await;
    let mut granted = Vec::new();
    for _ in 0..5 {
        granted.push(visitor.grants(&app, &client, "offline_access").await);
    }
    let page = visitor.get(&app, "/account/authorized").await;
    let to = "/account/authorized/remove";
    let own = hidden(&page.text, to)[1].1.clone();
    visitor.submit_from(&app, &page, to, &[("grant", &*own)]).await;
    let left = app.store.grants_of(account, app.now()).await.unwrap();
    let end = GrantCommand::End { id: left[0].id };
    keymoor_server::admin::Command::Grant(end).run(&app.app).await.unwrap();
    let mut live = Vec::new();
    for tokens in &granted {
        if app.works(tokens).await {
            live.push(tokens);
        }
    }
    for (tokens, name) in live.iter().zip(["refresh_token", "access_token"]) {
        let body = client.form(&[("token", text(tokens, name))]);
        assert_eq!(app.send(form("/api/auth/oauth/revoke", &body)).await.status, 200);
    }
    let last = text(live[2], "refresh_token");
    app.refresh(&client, last, "").await;
    app.pass(60).await;
    app.refresh(&client, last, "").await;
    let found = events(&app).await;
    let ended: Vec<_> = found
        .iter()
        .filter(|event| {
            ["grant.ended", "grant.refresh_reused"].contains(&event["kind"].as_str().unwrap())
        })
        .map(|event| {
            assert_eq!(event["account"], account.to_string());
            assert_eq!(event["detail"]["application"], client.id.to_string());
            let address = event["address"].as_str().unwrap_or("none");
            [&event["actor"], &event["detail"]["reason"]]
                .map(|part| part.as_str().unwrap().to_owned())
                .join(" ")
                + " from "
                + address
        })
        .collect();
    let by = format!("application:{}", client.id);
    let expected = [
        format!("account:{account} taken_back from 192.0.2.1"),
        "operator by_operator from none".to_owned(),
        format!("{by} revoked from 192.0.2.1"),
        format!("{by} revoked from 192.0.2.1"),
        format!("{by} refresh_reused from 192.0.2.1"),
    ];
    assert_eq!(ended, expected);
    let made: Vec<_> = found.iter().filter(|event| event["kind"] == "grant.made").collect();
    assert!(made.len() == 5 && made.iter().all(|event| event["address"] == "192.0.2.1"));
}
