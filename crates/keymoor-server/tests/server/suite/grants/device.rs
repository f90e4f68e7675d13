use keymoor_core::delegation::Rights;
use keymoor_testkit::Seeded;
use serde_json::Value;

use super::{
    super::{
        app::{Answer, TestApp, URL, form},
        portal::visitor::Visitor,
    },
    world::{ALL, Client, DEVICE, DEVICE_CODE, start, text},
};

pub(crate) async fn begin(app: &TestApp, client: &Client, scope: &str) -> Value {
    let answer = app.send(form(DEVICE, &client.form(&[("scope", scope)]))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(crate) async fn poll(app: &TestApp, client: &Client, asked: &Value) -> Answer {
    let code = text(asked, "device_code");
    app.exchange(client, &[("grant_type", DEVICE_CODE), ("device_code", code)]).await
}

/// Types the code in and answers.
pub(crate) async fn answer(
    app: &TestApp,
    visitor: &mut Visitor,
    asked: &Value,
    yes: &str,
) -> Answer {
    let code = [("user_code", text(asked, "user_code"))];
    let page = visitor.submit(app, "/device", "/device", &code).await;
    assert_eq!(page.status, 200, "{page:?}");
    visitor.submit_from(app, &page, "/device/answer", &[("answer", yes)]).await
}

#[tokio::test]
async fn a_device_gets_two_codes_and_hears_where_one_is_entered() {
    let (app, client, _, _) = start().await;
    let asked = begin(&app, &client, "").await;
    let code = text(&asked, "user_code");
    assert_eq!(asked["verification_uri"], format!("{URL}/device"));
    let complete = format!("{URL}/device?user_code={code}");
    assert_eq!(asked["verification_uri_complete"], complete);
    assert_eq!((&asked["expires_in"], &asked["interval"]), (&600.into(), &5.into()));
    let (one, other) = code.split_once('-').unwrap();
    assert!(one.len() == 4 && other.len() == 4, "{code}");
}

#[tokio::test]
async fn a_device_waits_until_somebody_lets_it_in() {
    let (app, client, account, mut visitor) = start().await;
    let asked = begin(&app, &client, "offline_access").await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "authorization_pending");
    app.pass(5).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "authorization_pending");
    let done = answer(&app, &mut visitor, &asked, "allow").await;
    assert!(done.text.contains("The device is connected"), "{done:?}");
    app.pass(5).await;
    let tokens = poll(&app, &client, &asked).await.json();
    assert!(app.works(&tokens).await, "{tokens}");
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    let who = app.call("GET", "/api/account", &bearer).await.json();
    assert_eq!(who["uuid"], account.to_string());
    assert_eq!(app.refresh(&client, text(&tokens, "refresh_token"), "").await.status, 200);
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_to_slow_down() {
    let (app, client, _, _) = start().await;
    let asked = begin(&app, &client, "").await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "authorization_pending");
    app.pass(4).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "slow_down");
    app.pass(6).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "slow_down", "10 seconds by now");
    app.pass(15).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a_device_hears_a_no() {
    let (app, client, account, mut visitor) = start().await;
    let asked = begin(&app, &client, "").await;
    let done = answer(&app, &mut visitor, &asked, "deny").await;
    assert!(done.text.contains("The device was turned away"), "{done:?}");
    assert_eq!(poll(&app, &client, &asked).await.error(), "access_denied");
    assert!(app.store.grants_of(account, app.now()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_codes_work_for_ten_minutes() {
    let (app, client, _, mut visitor) = start().await;
    let asked = begin(&app, &client, "").await;
    app.pass(600).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "expired_token");
    let counts = super::super::audit::counts(&app).await;
    assert_eq!(counts.get("grant.device_code_refused"), None, "nobody did anything wrong");
    let code = [("user_code", text(&asked, "user_code"))];
    let page = visitor.submit(&app, "/device", "/device", &code).await;
    assert!(page.status == 422 && page.text.contains("No device waits"), "{page:?}");
}

#[tokio::test]
async fn s61_a_device_code_works_once_and_its_reuse_ends_what_it_brought() {
    let (app, client, _, mut visitor) = start().await;
    let asked = begin(&app, &client, "offline_access").await;
    answer(&app, &mut visitor, &asked, "allow").await;
    let tokens = poll(&app, &client, &asked).await.json();
    assert!(app.works(&tokens).await);
    app.pass(30).await;
    assert_eq!(poll(&app, &client, &asked).await.error(), "invalid_grant");
    assert!(!app.works(&tokens).await);
    let code = [("user_code", text(&asked, "user_code"))];
    let page = visitor.submit(&app, "/device", "/device", &code).await;
    assert_eq!(page.status, 422, "nor does the user code");
}

#[tokio::test]
async fn s57_a_device_code_is_its_clients_alone() {
    let (app, client, _, mut visitor) = start().await;
    let other = app.application(true).await;
    let asked = begin(&app, &client, "").await;
    answer(&app, &mut visitor, &asked, "allow").await;
    assert_eq!(poll(&app, &other, &asked).await.error(), "invalid_grant");
    assert_eq!(poll(&app, &client, &asked).await.status, 200);
}

#[tokio::test]
async fn the_page_warns_of_codes_from_others_and_tells_from_where_it_was_asked() {
    let (app, client, _, mut visitor) = start().await;
    let asked = begin(&app, &client, "").await;
    let code = text(&asked, "user_code");
    let page = visitor.get(&app, &format!("/device?user_code={code}")).await.text;
    assert!(page.contains("Only go on if you have just begun this yourself"), "{page}");
    assert!(page.contains(code) && page.contains("192.0.2.1"), "{page}");
    let lower = code.to_lowercase().replace('-', " ");
    let typed = [("user_code", &*lower)];
    assert_eq!(visitor.submit(&app, "/device", "/device", &typed).await.status, 200);
}

#[tokio::test]
async fn s11_nobody_tries_user_codes_until_one_fits_and_no_other_waits() {
    let (app, client, _, mut visitor) = start().await;
    let (_, mut bob) = app.visitor("bob@example.com").await;
    let asked = begin(&app, &client, "").await;
    let mut refused = 0;
    for _ in 0..7 {
        let typed = [("user_code", "BCDF-GHJK")];
        let answer = visitor.submit(&app, "/device", "/device", &typed).await;
        refused += u32::from(answer.status == 429);
    }
    assert!(refused > 0);
    let code = text(&asked, "user_code");
    let right = [("user_code", code)];
    let answer = visitor.submit(&app, "/device", "/device", &right).await;
    assert_eq!(answer.status, 429, "not even the right one");
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0), "{answer:?}");
    let other = bob.submit(&app, "/device", "/device", &right).await;
    assert_eq!(other.status, 200, "another person's attempts are counted apart");
    app.pass(600).await;
    let asked = begin(&app, &client, "").await;
    let typed = [("user_code", text(&asked, "user_code"))];
    assert_eq!(visitor.submit(&app, "/device", "/device", &typed).await.status, 200);
}

#[tokio::test]
async fn what_a_device_may_not_ask_for_is_refused_before_it_waits() {
    let (app, client, _, _) = start().await;
    let browser =
        app.application_with(false, Rights { device: false, ..ALL }, Seeded::new(21)).await;
    let online =
        app.application_with(false, Rights { refresh_tokens: false, ..ALL }, Seeded::new(22)).await;
    for (client, fields, error) in [
        (&browser, [("scope", "")], "unauthorized_client"),
        (&online, [("scope", "offline_access")], "invalid_scope"),
        (&client, [("scope", "unheard:of")], "invalid_scope"),
        (&client, [("resource", "https://nowhere.example")], "invalid_target"),
    ] {
        let answer = app.send(form(DEVICE, &client.form(&fields))).await;
        assert_eq!(answer.error(), error, "{answer:?}");
    }
    let nobody = app.send(form(DEVICE, "client_id=nobody")).await;
    assert_eq!((nobody.status.as_u16(), &*nobody.error()), (401, "invalid_client"));
    assert_eq!(app.call("GET", DEVICE, "").await.status, 405);
}

#[tokio::test]
async fn s11_a_flood_of_devices_is_held_back() {
    let (app, client, _, _) = start().await;
    let mut answers = Vec::new();
    for _ in 0..101 {
        answers.push(app.send(form(DEVICE, &client.form(&[]))).await);
    }
    assert_eq!(answers[99].status, 200);
    assert_eq!(answers[100].status, 429);
    assert_eq!(answers[100].header("retry-after"), "2");
    let other = app.send_from("198.51.100.7:1", form(DEVICE, &client.form(&[]))).await;
    assert_eq!(other.status, 200, "elsewhere nothing is held back");
}
