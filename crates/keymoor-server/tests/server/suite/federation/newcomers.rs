use keymoor_core::name::Email;
use keymoor_store::Actor;
use serde_json::{Value, json};

use super::{
    super::portal::visitor::{EMAIL, PASSWORD, Visitor},
    provider::Works,
};

impl Works {
    /// The same with the verified domain corp.example, and accounts for newcomers.
    async fn with_domain(makes: bool) -> Self {
        let works = Self::start().await;
        let app = &works.app.app;
        app.vouch_for_domain(works.organization, "corp.example", Actor::Operator).await.unwrap();
        let seat = works.app.store.seat(works.organization, works.owner).await.unwrap().unwrap();
        if makes {
            app.set_makes_accounts(&seat, true, Actor::Operator).await.unwrap();
        }
        works
    }

    fn says(&self, email: &str, verified: Value) {
        *self.provider.address.lock().unwrap() = (email.to_owned(), verified);
    }

    async fn has_account(&self, email: &str) -> bool {
        let email = Email::parse(email).unwrap();
        self.app.store.account_by_email(&email).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn an_address_of_a_verified_domain_leads_to_the_provider() {
    let works = Works::with_domain(false).await;
    let begin = format!("/sign-in/organization/{}", works.organization);
    for email in ["nobody@corp.example", "NOBODY@Corp.Example", " x@corp.example "] {
        let fields = [("email", email), ("next", "/organizations")];
        let mut browser = Visitor::default();
        let page = browser.get(&works.app, "/sign-in").await;
        let fields = with_csrf(&page, &fields);
        let answer = browser.submit_from(&works.app, &page, "/sign-in/organization", &fields).await;
        assert_eq!(answer.header("location"), format!("{begin}?next=%2Forganizations"), "{email}");
    }
    for email in ["x@sub.corp.example", "x@other.example", "a@evil@corp.example", "x", ""] {
        let mut browser = Visitor::default();
        let page = browser.get(&works.app, "/sign-in").await;
        let fields = with_csrf(&page, &[("email", email)]);
        let answer = browser.submit_from(&works.app, &page, "/sign-in/organization", &fields).await;
        assert_eq!(answer.status, 422, "{email}");
        assert!(answer.text.contains("No organization has set up its own sign-in"));
    }
}

/// The fields with the mark of the page's form.
fn with_csrf<'f>(
    page: &'f super::super::app::Answer,
    fields: &[(&'f str, &'f str)],
) -> Vec<(&'f str, &'f str)> {
    let (_, rest) = page.text.split_once("name=\"csrf\" value=\"").unwrap();
    let mut all = vec![("csrf", rest.split('"').next().unwrap())];
    all.extend(fields);
    all
}

#[tokio::test]
async fn s50_the_way_to_the_provider_tells_nothing_of_who_has_an_account() {
    let works = Works::with_domain(false).await;
    works.app.person("known@corp.example").await;
    let mut said = Vec::new();
    for email in ["known@corp.example", "nobody@corp.example"] {
        let answer = Visitor::default().sign_in(&works.app, email, "a wrong password").await;
        assert!(answer.text.contains("Go on with Works account"), "{}", answer.text);
        said.push((answer.status, answer.text.replace(email, "x").len()));
    }
    assert_eq!(said[0], said[1]);
    let answer = Visitor::default().sign_in(&works.app, "known@corp.example", PASSWORD).await;
    assert_eq!(answer.status, 303, "a password goes on to work");
    let disable = works.app.app.set_identity_provider_enabled(works.id, false, Actor::Operator);
    disable.await.unwrap();
    let answer = Visitor::default().sign_in(&works.app, "nobody@corp.example", "x").await;
    assert!(!answer.text.contains("Go on with"), "nor to a provider that is disabled");
}

#[tokio::test]
async fn a_newcomer_gets_an_account_and_a_session_for_the_organization_alone() {
    let works = Works::with_domain(true).await;
    works.says("new@corp.example", json!(true));
    let mut browser = Visitor::default();
    let answer = works.round(&mut browser, "new-1").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let path = format!("/organizations/{}", works.organization);
    assert_eq!(answer.header("location"), path);
    let page = browser.get(&works.app, &path).await;
    assert!(page.status == 200 && page.text.contains("new@corp.example"), "{page:?}");
    assert_eq!(browser.get(&works.app, "/account").await.status, 303, "and nothing else");
    let again = works.round(&mut Visitor::default(), "new-1").await;
    assert_eq!(again.header("location"), path, "the account is found again");
    let members = works.app.store.organizations_of(works.owner).await.unwrap()[0].members;
    assert_eq!(members, 2);
}

#[tokio::test]
async fn s58_nobody_gets_an_account_whose_address_is_not_proved() {
    let works = Works::with_domain(true).await;
    let cases = [
        ("a1@corp.example", Value::Null),
        ("a2@corp.example", json!(false)),
        ("a3@corp.example", json!("false")),
        ("a4@corp.example", json!([true, false])),
        ("a5@sub.corp.example", json!(true)),
        ("a6@evil.example", json!(true)),
        ("a7@corp.example.", json!(true)),
        (" a8@corp.example", json!(true)),
        ("a@evil@corp.example", json!(true)),
        ("a9@c\u{43e}rp.example", json!(true)),
        ("a10@corp.example@evil.example", json!(true)),
    ];
    for (number, (email, verified)) in cases.into_iter().enumerate() {
        works.says(email, verified.clone());
        let mut browser = Visitor::default();
        let answer = works.round(&mut browser, &format!("person-{number}")).await;
        assert!(answer.header("location").starts_with("/sign-in?next="), "{email} {answer:?}");
        let linked = works.app.store.linked_account(works.id, &format!("person-{number}")).await;
        assert_eq!(linked.unwrap(), None, "{email} {verified}");
        assert!(browser.session().is_none());
    }
    for (email, verified) in [("B1@Corp.Example", json!(true)), ("b2@corp.example", json!("true"))]
    {
        works.says(email, verified);
        works.round(&mut Visitor::default(), email).await;
        assert!(works.has_account(&email.to_lowercase()).await, "{email}");
    }
}

#[tokio::test]
async fn s58_an_account_is_never_taken_over_by_its_address() {
    let works = Works::with_domain(true).await;
    let known = works.app.person("known@corp.example").await;
    works.says("known@corp.example", json!(true));
    let mut browser = Visitor::default();
    let answer = works.round(&mut browser, "impostor").await;
    let to = answer.header("location").to_owned();
    assert!(to.starts_with("/sign-in?next=%2Fsign-in%2Flink"), "{answer:?}");
    let page = browser.get(&works.app, &to).await;
    assert!(page.text.contains("Sign in to your own account once to link the two"));
    assert_eq!(works.app.store.linked_account(works.id, "impostor").await.unwrap(), None);
    let seat = works.app.store.seat(works.organization, known).await.unwrap();
    assert!(seat.is_none());
}

#[tokio::test]
async fn accounts_are_made_only_where_administrators_switched_it_on() {
    let works = Works::with_domain(false).await;
    works.says("new@corp.example", json!(true));
    works.round(&mut Visitor::default(), "new-1").await;
    assert!(!works.has_account("new@corp.example").await);
    assert!(works.has_account(EMAIL).await);
}
