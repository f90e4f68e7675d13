use keymoor_core::delegation::Rights;
use keymoor_store::Actor;

use super::{
    super::app::TestApp,
    world::{ALL, Client, order, start, text, told},
};

async fn refreshed(app: &TestApp, client: &Client, token: &str) -> String {
    let answer = app.refresh(client, token, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&answer.json(), "refresh_token").to_owned()
}

#[tokio::test]
async fn s7_each_refresh_brings_an_access_token_and_the_next_refresh_token() {
    let (app, client, _, mut visitor) = start().await;
    let first = visitor.grants(&app, &client, "offline_access").await;
    let mut token = text(&first, "refresh_token").to_owned();
    for _ in 0..3 {
        app.pass(3600).await;
        let answer = app.refresh(&client, &token, "").await.json();
        assert!(app.works(&answer).await, "{answer}");
        let next = text(&answer, "refresh_token");
        assert!(next.starts_with("kmr_") && next != token);
        token = next.to_owned();
    }
}

#[tokio::test]
async fn s7_a_lost_answer_comes_again_for_ten_seconds() {
    let (app, client, _, mut visitor) = start().await;
    let first = visitor.grants(&app, &client, "offline_access").await;
    let first = text(&first, "refresh_token");
    let next = refreshed(&app, &client, first).await;
    app.pass(9).await;
    assert_eq!(refreshed(&app, &client, first).await, next);
    assert_ne!(refreshed(&app, &client, &next).await, next);
}

#[tokio::test]
async fn s7_reuse_after_that_ends_everything_that_came_of_it() {
    let (app, client, account, mut visitor) = start().await;
    let first = visitor.grants(&app, &client, "offline_access").await;
    let first = text(&first, "refresh_token");
    let next = refreshed(&app, &client, first).await;
    let tokens = app.refresh(&client, &next, "").await.json();
    app.pass(60).await;
    assert!(app.works(&tokens).await);
    assert_eq!(app.refresh(&client, first, "").await.error(), "invalid_grant");
    assert!(!app.works(&tokens).await, "the access token is dead");
    let last = text(&tokens, "refresh_token");
    assert_eq!(app.refresh(&client, last, "").await.error(), "invalid_grant");
    assert!(app.store.grants_of(account, app.now()).await.unwrap().is_empty());
}

#[tokio::test]
async fn s7_any_of_a_long_row_of_refresh_tokens_ends_it_when_it_comes_again() {
    let (app, client, account, mut visitor) = start().await;
    let revoke = "/api/auth/oauth/revoke";
    for (old, kind) in
        [(1, "grant.refresh_reused"), (33, "grant.refresh_reused"), (2, "grant.ended")]
    {
        let first = visitor.grants(&app, &client, "offline_access").await;
        let mut all = vec![text(&first, "refresh_token").to_owned()];
        for _ in 0..36 {
            all.push(refreshed(&app, &client, all.last().unwrap()).await);
        }
        let before = super::super::audit::counts(&app).await.get(kind).copied().unwrap_or(0);
        if kind == "grant.ended" {
            let body = client.form(&[("token", &all[old])]);
            assert_eq!(app.send(super::super::app::form(revoke, &body)).await.status, 200);
        } else {
            assert_eq!(app.refresh(&client, &all[old], "").await.error(), "invalid_grant");
        }
        assert!(!app.works(&first).await, "{old}");
        let last = all.last().unwrap();
        assert_eq!(app.refresh(&client, last, "").await.error(), "invalid_grant", "{old}");
        assert!(app.store.grants_of(account, app.now()).await.unwrap().is_empty());
        assert_eq!(super::super::audit::counts(&app).await.get(kind), Some(&(before + 1)), "{old}");
    }
}

#[tokio::test]
async fn s7_of_many_at_once_all_get_the_same_successor() {
    let (app, client, _, mut visitor) = start().await;
    let first = visitor.grants(&app, &client, "offline_access").await;
    let first = text(&first, "refresh_token");
    let tries = (0..10).map(|_| app.refresh(&client, first, ""));
    let answers = futures_util::future::join_all(tries).await;
    let tokens: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| text(&answer.json(), "refresh_token").to_owned()).collect();
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn s7_a_refresh_token_ends_after_90_days_or_30_of_rest() {
    let (app, client, _, mut visitor) = start().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let granted = visitor.grants(&app, &client, "offline_access").await;
        tokens.push(text(&granted, "refresh_token").to_owned());
    }
    let day = 86_400;
    let later = async |days: i64| {
        app.clock.step(days * day);
        app.app.catch_up().await.unwrap();
    };
    later(29).await;
    tokens[0] = refreshed(&app, &client, &tokens[0]).await;
    later(1).await;
    assert_eq!(app.refresh(&client, &tokens[1], "").await.error(), "invalid_grant", "it rested");
    for _ in 0..2 {
        later(28).await;
        tokens[0] = refreshed(&app, &client, &tokens[0]).await;
    }
    later(5).await;
    assert_eq!(app.refresh(&client, &tokens[0], "").await.error(), "invalid_grant", "90 days");
}

#[tokio::test]
async fn s8_a_refresh_never_widens_what_was_allowed() {
    let (app, client, account, mut visitor) = start().await;
    app.resource_server(super::super::app::API).await;
    let one = app.organization(account, false).await;
    let other = app.organization(account, false).await;
    let scope = format!("organization:{one} offline_access");
    let granted = visitor.grants(&app, &client, &scope).await;
    let mut token = text(&granted, "refresh_token").to_owned();
    for (asked, outcome) in [
        (format!("organization:{one}"), "works"),
        ("offline_access".to_owned(), "works"),
        (scope.clone(), "works"),
        (format!("organization:{other}"), "invalid_scope"),
        (format!("{scope} organization:{other}"), "invalid_scope"),
        ("reports:read".to_owned(), "invalid_scope"),
        ("organization:*".to_owned(), "invalid_scope"),
        (String::new(), "works"),
    ] {
        let answer = app.refresh(&client, &token, &asked).await;
        if outcome == "works" {
            let told = answer.json();
            let whole = if asked.is_empty() { &scope } else { &asked };
            assert_eq!(text(&told, "scope"), whole);
            token = text(&told, "refresh_token").to_owned();
        } else {
            assert_eq!(answer.error(), outcome, "{asked}");
        }
    }
}

#[tokio::test]
async fn s8_an_application_whose_limit_is_lifted_reaches_no_more() {
    let (app, client, account, mut visitor) = start().await;
    let one = app.organization(account, false).await;
    let other = app.organization(account, false).await;
    let by = Actor::Operator;
    let mut narrow = order(ALL);
    narrow.organizations = Some(vec![one]);
    app.app.change_application(client.owner, client.id, narrow, by).await.unwrap();
    app.pass(20).await;
    let granted = visitor.grants(&app, &client, "offline_access").await;
    app.app.change_application(client.owner, client.id, order(ALL), by).await.unwrap();
    app.pass(20).await;
    let answer = app.refresh(&client, text(&granted, "refresh_token"), "").await.json();
    let bearer = format!("Bearer {}", text(&answer, "access_token"));
    for (organization, status) in [(one, 200), (other, 403)] {
        let path = format!("/api/organizations/{organization}");
        assert_eq!(app.call("GET", &path, &bearer).await.status, status, "{organization}");
    }
}

#[tokio::test]
async fn s22_what_was_allowed_in_an_organization_ends_with_the_membership() {
    let (app, client, account, mut visitor) = start().await;
    let by = Actor::Operator;
    let owner = app.account("owner@example.com").await;
    let organization = app.organization(owner, false).await;
    app.app.add_member(organization, account, by).await.unwrap();
    let page = visitor.is_asked(&app, &client.url("offline_access")).await;
    let answer = visitor.answers(&app, &page, "allow", &[organization]).await;
    let granted = app.redeem(&client, &told(&answer)["code"]).await.json();
    let token = refreshed(&app, &client, text(&granted, "refresh_token")).await;
    app.app.remove_member(organization, account, by).await.unwrap();
    app.pass(20).await;
    assert_eq!(app.refresh(&client, &token, "").await.error(), "invalid_grant");
}

#[tokio::test]
async fn s8_another_resource_is_refused() {
    let (app, client, _, mut visitor) = start().await;
    app.resource_server("https://reports.example.com").await;
    let granted = visitor.grants(&app, &client, "offline_access").await;
    let token = text(&granted, "refresh_token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("resource", "https://reports.example.com"),
    ];
    assert_eq!(app.exchange(&client, &fields).await.error(), "invalid_target");
}

#[tokio::test]
async fn s22_every_rule_is_applied_anew_at_every_refresh() {
    let (app, client, account, mut visitor) = start().await;
    let by = Actor::Operator;
    let organization = app.organization(account, false).await;
    let scope = format!("organization:{organization} offline_access");
    let granted = visitor.grants(&app, &client, &scope).await;
    let mut token = text(&granted, "refresh_token").to_owned();
    let owner = client.owner;
    for state in ["account", "owner", "refresh", "federated"] {
        change(&app, &client, account, organization, state, true).await;
        assert_eq!(app.refresh(&client, &token, "").await.error(), "invalid_grant", "{state}");
        change(&app, &client, account, organization, state, false).await;
        // What came back is dead for some seconds, for tokens of now too.
        app.pass(20).await;
        token = refreshed(&app, &client, &token).await;
    }
    app.app.remove_application(owner, client.id, None, by).await.unwrap();
    let error = app.refresh(&client, &token, "").await.error();
    assert!(["invalid_grant", "invalid_client"].contains(&&*error), "{error}");
}

/// Brings something about that no refresh token outlives, or takes it back.
async fn change(
    app: &TestApp,
    client: &Client,
    account: keymoor_core::AccountId,
    organization: keymoor_core::OrganizationId,
    state: &str,
    bad: bool,
) {
    let by = Actor::Operator;
    match state {
        "account" => app.app.set_account_disabled(account, bad, by).await.unwrap(),
        "owner" => app.app.set_account_disabled(client.owner, bad, by).await.unwrap(),
        "refresh" => {
            let rights = Rights { refresh_tokens: !bad, ..ALL };
            let change = app.app.change_application(client.owner, client.id, order(rights), by);
            change.await.unwrap();
        }
        _ => app.app.set_organization_federated(organization, bad, by).await.unwrap(),
    }
}

#[tokio::test]
async fn a_client_that_gives_its_refresh_token_back_ends_the_grant() {
    let (app, client, _, mut visitor) = start().await;
    let stranger = app.application(true).await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let token = text(&tokens, "refresh_token");
    let revoke = async |client: &Client, token: &str| {
        let body = client.form(&[("token", token), ("token_type_hint", "refresh_token")]);
        app.send(super::super::app::form("/api/auth/oauth/revoke", &body)).await.status.as_u16()
    };
    assert_eq!(revoke(&stranger, token).await, 200, "not its own, so nothing happens");
    assert!(app.works(&tokens).await);
    assert_eq!(revoke(&client, token).await, 200);
    assert!(!app.works(&tokens).await);
    assert_eq!(app.refresh(&client, token, "").await.error(), "invalid_grant");
    assert_eq!(revoke(&client, token).await, 200, "once more changes nothing");
    assert_eq!(revoke(&client, "kmr_x").await, 200, "nor does what is none");
}

#[tokio::test]
async fn s81_an_application_ends_what_an_access_token_of_its_own_came_of_and_no_other() {
    let (app, client, _, mut visitor) = start().await;
    let stranger = app.application(true).await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let access = text(&tokens, "access_token");
    for (client, lives) in [(&stranger, true), (&client, false)] {
        let body = client.form(&[("token", access)]);
        let answer = app.send(super::super::app::form("/api/auth/oauth/revoke", &body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(app.works(&tokens).await, lives);
    }
    let answer = app.refresh(&client, text(&tokens, "refresh_token"), "").await;
    assert_eq!(answer.error(), "invalid_grant");
    let body = client.form(&[("token", access)]);
    let answer = app.send(super::super::app::form("/api/auth/oauth/revoke", &body)).await;
    assert_eq!(answer.status, 200, "once more changes nothing");
}

#[tokio::test]
async fn whoever_gave_it_takes_it_back_in_the_portal() {
    let (app, client, _, mut visitor) = start().await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let page = visitor.get(&app, "/account/authorized").await;
    assert!(page.text.contains("Build dashboard") && page.text.contains("stays connected"));
    let mut stranger = app.visitor("stranger@example.com").await.1;
    assert!(!stranger.get(&app, "/account/authorized").await.text.contains("Build dashboard"));
    let to = "/account/authorized/remove";
    let grant = super::super::portal::visitor::hidden(&page.text, to)[1].1.clone();
    let own = stranger.get(&app, "/account/sessions").await;
    let csrf = super::super::portal::visitor::hidden(&own.text, "/sign-out")[0].1.clone();
    let body = super::world::encoded(&[("csrf", &csrf), ("grant", &grant)]);
    assert_eq!(stranger.post(&app, to, &body).await.status, 404, "another's is not there");
    assert!(app.works(&tokens).await);
    let fields = [("grant", &*grant)];
    assert_eq!(visitor.submit_from(&app, &page, to, &fields).await.status, 303);
    assert!(!app.works(&tokens).await);
    let answer = app.refresh(&client, text(&tokens, "refresh_token"), "").await;
    assert_eq!(answer.error(), "invalid_grant");
}
