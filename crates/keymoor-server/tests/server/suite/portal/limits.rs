use super::{
    super::app::{Answer, TestApp},
    visitor::{EMAIL, PASSWORD, Visitor, hidden},
};
use axum::body::Body;
use http::{
    Request,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN},
};

/// Sends the form for a forgotten password, which costs no hash, from `peer`.
async fn ask_for_mail(app: &TestApp, visitor: &Visitor, page: &Answer, peer: &str) -> Answer {
    // The mark of any form is that of the browser.
    let (_, csrf) = hidden(&page.text, "/sign-in").remove(0);
    let request = Request::post("/forgotten-password")
        .header(ACCEPT, "text/html")
        .header(ORIGIN, super::super::app::URL)
        .header(COOKIE, visitor.cookie())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("csrf={csrf}&email=nobody%40example.com")))
        .unwrap();
    app.send_from(peer, request).await
}

#[tokio::test]
async fn s11_an_address_that_sends_form_after_form_waits_and_no_other_does() {
    let (app, _, _) = TestApp::with_visitor().await;
    let mut visitor = Visitor::default();
    let page = visitor.get(&app, "/sign-in").await;
    let here = "192.0.2.1:50000";
    for _ in 0..200 {
        assert_eq!(ask_for_mail(&app, &visitor, &page, here).await.status, 200);
    }
    let answer = ask_for_mail(&app, &visitor, &page, here).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "5"));
    assert!(answer.text.contains("Too many attempts"), "{}", answer.text);
    let sign_in = Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    assert_eq!((sign_in.status.as_u16(), sign_in.header("retry-after")), (429, "5"));
    let elsewhere = ask_for_mail(&app, &visitor, &page, "192.0.2.2:50000").await;
    assert_eq!(elsewhere.status, 200);
    app.clock.step(5);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn s11_who_guesses_at_a_password_is_told_in_how_many_seconds_to_come_again() {
    let (app, _, _) = TestApp::with_visitor().await;
    for _ in 0..5 {
        let answer = Visitor::default().sign_in(&app, EMAIL, "a wrong password").await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (422, ""));
    }
    let answer = Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "30"));
    app.clock.step(30);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303);
}
