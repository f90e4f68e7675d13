use keymoor_server::operations::RESET_LIFE;

use super::{
    super::app::{TestApp, URL},
    visitor::{EMAIL, PASSWORD, Visitor},
};

const NEW: &str = "seven grey seals asleep";
const FIELDS: [(&str, &str); 2] = [("password", NEW), ("again", NEW)];

async fn link(app: &TestApp, account: keymoor_core::AccountId) -> String {
    let url = app.app.make_password_link(account, RESET_LIFE).await.unwrap();
    url.strip_prefix(URL).unwrap().to_owned()
}

#[tokio::test]
async fn s52_a_link_sets_one_password_and_ends_every_session() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let path = link(&app, account).await;
    let (mut one, mut two) = (Visitor::default(), Visitor::default());
    let late = two.get(&app, &path).await;
    assert!(late.status == 200 && late.text.contains(EMAIL), "looking spends nothing");
    assert_eq!(one.submit(&app, &path, "/password", &FIELDS).await.status, 303);
    assert!(!one.is_in(&app).await, "signing in comes next");
    assert!(!visitor.is_in(&app).await);
    assert_eq!(two.submit_from(&app, &late, "/password", &FIELDS).await.status, 410);
    assert_eq!(two.get(&app, &path).await.status, 410);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 422);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, NEW).await.status, 303);
}

#[tokio::test]
async fn s52_a_link_works_for_an_hour_and_the_newest_alone() {
    let (app, account, _) = TestApp::with_visitor().await;
    let (old, new) = (link(&app, account).await, link(&app, account).await);
    assert_eq!(Visitor::default().get(&app, &old).await.status, 410);
    app.clock.step(3599);
    assert_eq!(Visitor::default().get(&app, &new).await.status, 200);
    app.clock.step(1);
    assert_eq!(Visitor::default().get(&app, &new).await.status, 410);
}

#[tokio::test]
async fn s52_of_twenty_who_send_a_link_at_once_one_sets_the_password() {
    let (app, account, _) = TestApp::with_visitor().await;
    let path = link(&app, account).await;
    let mut sent = Vec::new();
    for number in 0..20 {
        let (app, path) = (app.clone(), path.clone());
        sent.push(tokio::spawn(async move {
            let password = format!("{NEW} {number}");
            let fields = [("password", &*password), ("again", &*password)];
            let mut visitor = Visitor::default();
            let page = visitor.get(&app, &path).await;
            visitor.submit_from(&app, &page, "/password", &fields).await.status.as_u16()
        }));
    }
    let mut winners = 0;
    for answer in sent {
        let status = answer.await.unwrap();
        assert!([303, 404, 410, 403].contains(&status), "{status}");
        winners += usize::from(status == 303);
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn s52_a_link_ignores_the_host_that_somebody_names() {
    let (app, _, _) = TestApp::with_visitor().await;
    let request = Visitor::default()
        .request("GET", "/sign-in")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .body(axum::body::Body::empty());
    let answer = app.send(request.unwrap()).await;
    assert!(!answer.text.contains("evil.example"), "no page repeats it");
}

#[tokio::test]
async fn s101_no_ticket_or_code_is_stored() {
    let (app, account, visitor) = TestApp::with_visitor().await;
    let path = link(&app, account).await;
    let ticket = path.split('=').next_back().unwrap().to_owned();
    let stored = app.place.bytes();
    for canary in [&ticket, visitor.session().unwrap()] {
        assert!(!stored.windows(43).any(|part| part == canary.as_bytes()), "{canary}");
    }
}

#[tokio::test]
async fn an_invitation_leads_to_a_password_within_seven_days() {
    let app = TestApp::start().await;
    let invited = app.app.invite("grace@example.com", keymoor_store::Actor::Operator).await;
    let (_, url) = invited.unwrap();
    let path = url.strip_prefix(URL).unwrap();
    app.clock.step(7 * 86_400 - 1);
    let page = Visitor::default().get(&app, path).await;
    assert!(page.text.contains("Welcome") && page.text.contains("grace@example.com"));
    assert_eq!(Visitor::default().submit(&app, path, "/password", &FIELDS).await.status, 303);
    assert_eq!(Visitor::default().sign_in(&app, "grace@example.com", NEW).await.status, 303);
}
