use super::{
    super::app::{TestApp, URL},
    visitor::{EMAIL, PASSWORD, Visitor},
};

fn path_of(url: &str) -> String {
    url.strip_prefix(URL).unwrap().to_owned()
}

const FIELDS: [(&str, &str); 3] = [("email", EMAIL), ("password", PASSWORD), ("again", PASSWORD)];

#[tokio::test]
async fn s53_a_fresh_server_has_no_account_and_no_password() {
    let app = TestApp::start().await;
    assert!(!app.store.has_accounts().await.unwrap());
    for (email, password) in
        [("admin", "admin"), ("admin@example.com", "admin"), ("keymoor@localhost", "keymoor")]
    {
        assert_eq!(Visitor::default().sign_in(&app, email, password).await.status, 422);
    }
    for path in ["/setup", "/setup?link=", "/setup?link=x"] {
        assert_eq!(Visitor::default().get(&app, path).await.status, 410, "{path}");
    }
}

#[tokio::test]
async fn s53_the_first_account_is_made_by_the_link_alone_and_once() {
    let app = TestApp::start().await;
    let old = path_of(&app.app.make_setup_link().await.unwrap().unwrap());
    let link = path_of(&app.app.make_setup_link().await.unwrap().unwrap());
    assert_eq!(Visitor::default().get(&app, &old).await.status, 410, "the newest one works");
    let (mut first, mut second) = (Visitor::default(), Visitor::default());
    assert_eq!(first.get(&app, &link).await.status, 200);
    let late = second.get(&app, &link).await;
    assert_eq!(late.status, 200, "looking spends nothing");
    assert_eq!(first.submit(&app, &link, "/setup", &FIELDS).await.status, 303);
    assert!(first.is_in(&app).await);
    assert_eq!(first.get(&app, "/operator").await.status, 200, "an operator's");
    assert_eq!(second.submit_from(&app, &late, "/setup", &FIELDS).await.status, 410);
    assert_eq!(second.get(&app, &link).await.header("location"), "/sign-in");
    assert_eq!(app.app.make_setup_link().await.unwrap(), None);
}

#[tokio::test]
async fn s53_the_link_works_for_a_day() {
    let app = TestApp::start().await;
    let link = path_of(&app.app.make_setup_link().await.unwrap().unwrap());
    app.clock.step(86_399);
    assert_eq!(Visitor::default().get(&app, &link).await.status, 200);
    app.clock.step(1);
    assert_eq!(Visitor::default().get(&app, &link).await.status, 410);
}

#[tokio::test]
async fn what_is_wrong_with_the_first_account_is_said_and_the_link_stays() {
    let app = TestApp::start().await;
    let link = path_of(&app.app.make_setup_link().await.unwrap().unwrap());
    for (field, value, said) in [
        ("email", "nobody", "must be an e-mail address"),
        ("again", "another", "is not the same both times"),
        ("password", "password", "is not the same both times"),
    ] {
        let mut fields = FIELDS;
        fields.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value;
        let answer = Visitor::default().submit(&app, &link, "/setup", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains(said), "{}", answer.text);
    }
    assert_eq!(Visitor::default().submit(&app, &link, "/setup", &FIELDS).await.status, 303);
}
