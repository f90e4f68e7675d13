use std::sync::{Arc, Mutex};

use keymoor_server::{DnsError, TxtAnswer, TxtLookup};
use keymoor_store::Actor;
use serde_json::json;

use super::super::{
    app::{Answer, TestApp, call},
    portal::visitor::EMAIL,
};

/// A DNS with one record, or none that answers.
#[derive(Default)]
pub(super) struct Dns(pub(super) Mutex<Option<(String, Vec<String>)>>);

impl TxtLookup for Dns {
    fn txt<'l>(&'l self, name: &'l str) -> TxtAnswer<'l> {
        let answer = match &*self.0.lock().unwrap() {
            None => Err(DnsError("timed out".to_owned())),
            Some((known, texts)) if known == name => Ok(texts.clone()),
            Some(_) => Ok(Vec::new()),
        };
        Box::pin(async move { answer })
    }
}

async fn app() -> (TestApp, Arc<Dns>) {
    let dns = Arc::new(Dns::default());
    let asked = dns.clone();
    (TestApp::with(|settings| settings.dns = asked).await, dns)
}

#[tokio::test]
async fn a_domain_is_added_proved_by_its_record_and_removed() {
    let (app, dns) = app().await;
    let (owner, token) = app.client("a@example.com").await;
    let (id, bearer) = (app.organization(owner, false).await, app.bearer(&token, "").await);
    let path = format!("/api/organizations/{id}/domains");
    let body = json!({ "domain": " Bücher.Example. " }).to_string();
    let made = app.send(call("POST", &path, &bearer, &body)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!(made["domain"], "xn--bcher-kva.example");
    assert_eq!(made["record"]["name"], "_keymoor.xn--bcher-kva.example");
    let value = made["record"]["value"].as_str().unwrap().to_owned();
    assert!(value.starts_with("keymoor-verification="));
    let verify = format!("{path}/xn--bcher-kva.example/actions/verify");
    let tried = async || app.call("POST", &verify, &bearer).await;
    let why = |answer: Answer| {
        assert_eq!(answer.status, 400, "{answer:?}");
        answer.json()["message"]["domain"].as_str().unwrap().to_owned()
    };
    assert!(why(tried().await).contains("timed out"));
    let name = "_keymoor.xn--bcher-kva.example".to_owned();
    for (texts, said) in [
        (vec![], "there is none"),
        (vec!["keymoor-verification=x".to_owned()], "it is \"keymoor-verification=x\""),
        (vec![format!("{value} "), "v=spf1".to_owned()], "there are 2 others"),
    ] {
        *dns.0.lock().unwrap() = Some((name.clone(), texts));
        assert!(why(tried().await).contains(said), "{said}");
    }
    *dns.0.lock().unwrap() = Some((name, vec!["v=spf1".to_owned(), value]));
    assert_eq!(tried().await.status, 200);
    assert_eq!(tried().await.status, 409, "it is verified already");
    let list = app.call("GET", &format!("{path}?filter=status=verified"), &bearer).await.json();
    assert_eq!(list["_embedded"]["items"][0]["verified_by"], "record");
    let one = format!("{path}/xn--bcher-kva.example");
    assert_eq!(app.call("DELETE", &one, &bearer).await.status, 200);
    assert_eq!(app.call("GET", &one, &bearer).await.status, 404);
}

#[tokio::test]
async fn what_is_no_domain_of_somebody_is_refused() {
    let (app, _) = app().await;
    let (owner, token) = app.client("a@example.com").await;
    let (id, bearer) = (app.organization(owner, false).await, app.bearer(&token, "").await);
    let path = format!("/api/organizations/{id}/domains");
    for text in ["", "com", "co.uk", "a b.example", "https://a.example", "a@b.example", "192.0.2.1"]
    {
        let body = json!({ "domain": text }).to_string();
        let answer = app.send(call("POST", &path, &bearer, &body)).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.error()),
            (400, "validation_failed"),
            "{text}"
        );
    }
    assert_eq!(app.call("GET", &path, &bearer).await.json()["total"], 0);
}

#[tokio::test]
async fn another_organization_is_told_no_more_than_that_a_domain_is_taken() {
    let (app, dns) = app().await;
    let (owner, token) = app.client("a@example.com").await;
    let (other, bearer) = (app.account("b@example.com").await, app.bearer(&token, "").await);
    let holder = app.organization(other, false).await;
    app.app.vouch_for_domain(holder, "corp.example", Actor::Operator).await.unwrap();
    let id = app.organization(owner, false).await;
    let path = format!("/api/organizations/{id}/domains");
    let body = r#"{"domain":"corp.example"}"#;
    let made = app.send(call("POST", &path, &bearer, body)).await.json();
    let value = made["record"]["value"].as_str().unwrap().to_owned();
    *dns.0.lock().unwrap() = Some(("_keymoor.corp.example".to_owned(), vec![value]));
    let verify = format!("{path}/corp.example/actions/verify");
    let answer = app.call("POST", &verify, &bearer).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["message"], "the domain is verified for another organization");
}

#[tokio::test]
async fn administrators_look_after_domains_and_provisioning_in_the_portal() {
    let (app, dns) = app().await;
    let (owner, mut ada) = app.visitor(EMAIL).await;
    let id = app.organization(owner, false).await;
    let path = format!("/organizations/{id}/domains");
    let fields = [("domain", "Corp.example")];
    let answer = ada.submit(&app, &path, &path, &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let check = format!("{path}/check");
    let answer = ada.submit(&app, &path, &check, &[]).await;
    assert!(answer.status == 422 && answer.text.contains("the DNS did not answer"), "{answer:?}");
    let page = ada.get(&app, &path).await;
    let (_, rest) = page.text.split_once("keymoor-verification=").unwrap();
    let value = format!("keymoor-verification={}", rest.split('<').next().unwrap());
    *dns.0.lock().unwrap() = Some(("_keymoor.corp.example".to_owned(), vec![value]));
    assert_eq!(ada.submit(&app, &path, &check, &[]).await.status, 303);
    assert!(ada.get(&app, &path).await.text.contains("<span class=\"tag good\">verified</span>"));
    let accounts = format!("{path}/accounts");
    ada.submit(&app, &path, &accounts, &[("makes", "1")]).await;
    assert!(app.store.makes_accounts(id).await.unwrap());
    ada.submit(&app, &path, &accounts, &[]).await;
    assert!(!app.store.makes_accounts(id).await.unwrap());
    ada.submit(&app, &path, &format!("{path}/remove"), &[]).await;
    assert!(app.store.domains(id).await.unwrap().is_empty());

    let path = format!("/organizations/{id}/provisioning");
    let form = ada.get(&app, &path).await;
    let made = ada.submit_from(&app, &form, &path, &[("label", "Okta")]).await;
    assert!(made.status == 200 && made.text.contains("value=\"ks_"), "{made:?}");
    let again = ada.submit_from(&app, &form, &path, &[("label", "Okta")]).await;
    assert_eq!(again.status, 409, "the form makes one secret");
    assert!(!again.text.contains("ks_") && !ada.get(&app, &path).await.text.contains("ks_"));
    ada.submit(&app, &path, &format!("{path}/remove"), &[]).await;
    assert!(app.store.scim_secrets(id).await.unwrap().is_empty());
}

#[tokio::test]
async fn s54_domains_and_provisioning_are_for_administrators() {
    let app = TestApp::start().await;
    let (owner, _) = app.visitor(EMAIL).await;
    let (member, mut grace) = app.visitor("grace@example.com").await;
    let id = app.organization(owner, false).await;
    for path in ["domains", "provisioning"] {
        let path = format!("/organizations/{id}/{path}");
        assert_eq!(grace.get(&app, &path).await.status, 404, "a stranger");
    }
    app.app.add_member(id, member, Actor::Operator).await.unwrap();
    let page = grace.get(&app, "/account").await;
    let csrf = super::super::portal::visitor::hidden(&page.text, "/sign-out")[0].1.clone();
    for (path, posts) in [
        ("domains", &["", "/check", "/remove", "/accounts"][..]),
        ("provisioning", &["", "/remove"]),
    ] {
        let path = format!("/organizations/{id}/{path}");
        assert_eq!(grace.get(&app, &path).await.status, 403, "a member");
        for post in posts {
            let answer = grace.post(&app, &format!("{path}{post}"), &format!("csrf={csrf}")).await;
            assert_eq!(answer.status, 403, "{path}{post}");
        }
    }
}
