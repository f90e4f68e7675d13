use std::{collections::BTreeMap, sync::Arc};

use keymoor_core::{
    AccountId, ApiSecret, ApplicationId, Clock, OrganizationId, delegation::Rights,
};
use keymoor_server::operations::ApplicationOrder;
use keymoor_store::Actor;
use keymoor_testkit::Seeded;
use serde_json::Value;

use super::super::{
    app::{Answer, TOKEN, TestApp, form},
    portal::visitor::Visitor,
};

pub(crate) const AUTHORIZE: &str = "/api/auth/oauth/authorize";
pub(crate) const DEVICE: &str = "/api/auth/oauth/device_authorization";
pub(crate) const REDIRECT: &str = "https://app.example.com/callback";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Everything that an application can be let do.
pub(crate) const ALL: Rights =
    Rights { authorization_code: true, device: true, refresh_tokens: true };

/// An application as its developer has it.
pub(crate) struct Client {
    pub(crate) id: ApplicationId,
    pub(crate) secret: Option<ApiSecret>,
    pub(crate) owner: AccountId,
}

pub(crate) fn order(rights: Rights) -> ApplicationOrder {
    ApplicationOrder {
        name: "Build dashboard".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned(), "http://127.0.0.1/cb".to_owned()],
        rights,
        organizations: None,
    }
}

/// `name=value` pairs as a query or a form.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What a redirect tells.
pub(crate) fn told(answer: &Answer) -> BTreeMap<String, String> {
    let (_, query) = answer.header("location").split_once('?').unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

impl Client {
    /// The query of a request for `scope`, to be changed.
    pub(crate) fn query(&self, scope: &str) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.id.to_string()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("state", "st/at e".to_owned()),
            ("code_challenge", CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
        ];
        if !scope.is_empty() {
            query.push(("scope", scope.to_owned()));
        }
        query
    }

    pub(crate) fn url(&self, scope: &str) -> String {
        format!("{AUTHORIZE}?{}", pairs(&self.query(scope)))
    }

    /// The same without its secret.
    pub(crate) fn bare(&self) -> Self {
        Self { id: self.id, secret: None, owner: self.owner }
    }

    /// A form of this client's.
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> String {
        let id = self.id.to_string();
        let mut all = vec![("client_id", id.as_str())];
        all.extend(self.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        all.extend(fields);
        encoded(&all)
    }
}

pub(crate) fn pairs(query: &[(&str, String)]) -> String {
    encoded(&query.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

impl TestApp {
    pub(crate) fn now(&self) -> keymoor_core::UnixTime {
        self.clock.now()
    }

    pub(crate) async fn application(&self, confidential: bool) -> Client {
        self.application_with(confidential, ALL, Seeded::new(u64::from(confidential))).await
    }

    pub(crate) async fn application_with(
        &self,
        confidential: bool,
        rights: Rights,
        mut random: Seeded,
    ) -> Client {
        let id = ApplicationId::from_random(random.bytes());
        let owner = self.account(&format!("{id}@example.com")).await;
        let app = &self.app;
        let made =
            app.create_application(owner, id, order(rights), confidential, Actor::Account(owner));
        Client { id, secret: made.await.unwrap(), owner }
    }

    pub(crate) async fn exchange(&self, client: &Client, fields: &[(&str, &str)]) -> Answer {
        self.send(form(TOKEN, &client.form(fields))).await
    }

    pub(crate) async fn redeem(&self, client: &Client, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.exchange(client, &fields).await
    }

    pub(crate) async fn refresh(&self, client: &Client, token: &str, scope: &str) -> Answer {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        if !scope.is_empty() {
            fields.push(("scope", scope));
        }
        self.exchange(client, &fields).await
    }

    /// Whether an access token works at our own API.
    pub(crate) async fn works(&self, tokens: &Value) -> bool {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        self.call("GET", "/api/account", &bearer).await.status == 200
    }
}

impl Visitor {
    /// Goes where an application sends the browser, and on to the page that asks.
    pub(crate) async fn is_asked(&mut self, app: &TestApp, url: &str) -> Answer {
        let answer = self.get(app, url).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let page = answer.header("location").to_owned();
        assert!(page.starts_with("/authorize?"), "{page}");
        self.get(app, &page).await
    }

    /// Answers the page.
    pub(crate) async fn answers(
        &mut self,
        app: &TestApp,
        page: &Answer,
        answer: &str,
        organizations: &[OrganizationId],
    ) -> Answer {
        let ids: Vec<_> = organizations.iter().map(ToString::to_string).collect();
        let mut fields = vec![("answer", answer)];
        fields.extend(ids.iter().map(|id| ("organization", id.as_str())));
        self.submit_from(app, page, "/authorize", &fields).await
    }

    /// Lets the application in; the code that it gets.
    pub(crate) async fn lets_in(&mut self, app: &TestApp, client: &Client, scope: &str) -> String {
        let page = self.is_asked(app, &client.url(scope)).await;
        let answer = self.answers(app, &page, "allow", &[]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        told(&answer).remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// The same, and the tokens that the code brings.
    pub(crate) async fn grants(&mut self, app: &TestApp, client: &Client, scope: &str) -> Value {
        let code = self.lets_in(app, client, scope).await;
        let answer = app.redeem(client, &code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

/// A server with a public application and somebody signed in.
pub(crate) async fn start() -> (Arc<TestApp>, Client, AccountId, Visitor) {
    let (app, account, visitor) = TestApp::with_visitor().await;
    let client = app.application(false).await;
    (app, client, account, visitor)
}

pub(crate) fn text<'v>(tokens: &'v Value, name: &str) -> &'v str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}"))
}
