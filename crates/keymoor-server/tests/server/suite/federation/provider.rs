//! An OpenID Connect provider in this process, with a real key, and an organization that has it.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::{AccountId, Clock, IdentityProviderId, OrganizationId};
use keymoor_server::{ProviderSettings, Settings, operations::ProviderOrder};
use keymoor_sso::{Fetch, FetchError, Fetched, Request};
use keymoor_store::Actor;
use serde_json::{Value, json};

use super::super::{
    app::{Answer, TestApp},
    portal::visitor::{EMAIL, Visitor},
};

pub(super) const ISSUER: &str = "https://login.example.com";

/// What the provider says at the next sign-in.
#[derive(Clone)]
struct Said {
    nonce: String,
    subject: String,
    at: i64,
}

/// See the module.
pub(crate) struct Provider {
    key: EcdsaKeyPair,
    said: Mutex<Option<Said>>,
    /// The claims `email` and `email_verified`.
    pub(super) address: Mutex<(String, Value)>,
    /// When whoever comes signed in here, if the provider asks for nothing any more.
    pub(super) silent_since: Mutex<Option<i64>>,
}

fn text(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Provider {
    pub(super) fn new() -> Arc<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let address = Mutex::new(("ada@login.example.com".to_owned(), Value::Null));
        Arc::new(Self { key, said: Mutex::new(None), address, silent_since: Mutex::new(None) })
    }

    fn jwks(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one",
            "x": part(&point[1..33]), "y": part(&point[33..]) });
        json!({ "keys": [key] })
    }

    fn token(&self) -> Value {
        let said = self.said.lock().unwrap().clone().expect("somebody signed in");
        let header = json!({ "alg": "ES256", "kid": "one" });
        let (email, verified) = self.address.lock().unwrap().clone();
        let mut claims = json!({
            "iss": ISSUER, "aud": "keymoor", "sub": said.subject, "nonce": said.nonce,
            "iat": said.at, "exp": said.at + 300,
            "auth_time": self.silent_since.lock().unwrap().unwrap_or(said.at),
            "email": email, "name": "Ada <script>",
        });
        if !verified.is_null() {
            claims["email_verified"] = verified;
        }
        let signed = format!("{}.{}", text(&header), text(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        json!({ "access_token": "x", "token_type": "Bearer", "id_token": token })
    }

    fn answer(&self, path: &str) -> Value {
        match path {
            "/.well-known/openid-configuration" => json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }),
            "/jwks" => self.jwks(),
            "/token" => self.token(),
            other => panic!("{other}"),
        }
    }

    /// Lets `subject` sign in at `at` at the URL that a browser was sent to, and gives the path by
    /// which the browser comes back.
    fn sign_in(&self, url: &str, subject: &str, at: i64) -> String {
        let (_, query) = url.split_once('?').unwrap();
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let nonce = query["nonce"].to_string();
        *self.said.lock().unwrap() = Some(Said { nonce, subject: subject.to_owned(), at });
        let back = query["redirect_uri"].strip_prefix(super::super::app::URL).unwrap();
        format!("{back}?code=one&state={}", query["state"])
    }
}

impl Fetch for Provider {
    fn fetch<'f>(
        &'f self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'f>> {
        let path = request.url.strip_prefix(ISSUER).unwrap_or("/elsewhere").to_owned();
        let body = self.answer(&path).to_string().into_bytes();
        let media_type = "application/json".to_owned();
        Box::pin(async move { Ok(Fetched { status: 200, media_type, body }) })
    }
}

/// A federated organization whose owner, Ada, is signed in by password.
pub(crate) struct Works {
    pub(crate) app: TestApp,
    pub(crate) provider: Arc<Provider>,
    pub(crate) owner: AccountId,
    pub(crate) ada: Visitor,
    pub(crate) organization: OrganizationId,
    pub(crate) id: IdentityProviderId,
}

pub(super) fn order() -> ProviderOrder {
    let (issuer, client_id) = (ISSUER.to_owned(), "keymoor".to_owned());
    let settings = ProviderSettings::OpenId { issuer, client_id };
    ProviderOrder { label: "Works account".to_owned(), settings, secret: None }
}

impl Works {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// The same on a server with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let provider = Provider::new();
        let fetch = provider.clone();
        let app = TestApp::with(|settings| {
            settings.fetch = fetch;
            change(settings);
        })
        .await;
        let (owner, ada) = app.visitor(EMAIL).await;
        let organization = app.organization(owner, true).await;
        let made = app.app.create_identity_provider(organization, None, order(), Actor::Operator);
        let id = made.await.unwrap();
        app.app.set_identity_provider_enabled(id, true, Actor::Operator).await.unwrap();
        // Tokens of an organization whose provider changed a moment ago are dead for that moment.
        Self { app, provider, owner, ada, organization, id }
    }

    /// Where the organization's sign-in begins.
    pub(crate) fn begin(&self) -> String {
        format!("/sign-in/organization/{}", self.organization)
    }

    /// Sends the browser to the provider, where `subject` signs in: the path by which it comes
    /// back.
    pub(crate) async fn out(&self, browser: &mut Visitor, subject: &str) -> String {
        let begin = self.begin();
        let page = browser.submit(&self.app, &begin, &begin, &[]).await;
        self.sign_in(&page, subject)
    }

    /// Lets `subject` sign in where the page leads out to.
    pub(crate) fn sign_in(&self, page: &Answer, subject: &str) -> String {
        self.provider.sign_in(&link_out(&page.text), subject, self.app.clock.now().seconds())
    }

    /// The whole way: out, back, and to the page that takes it in, which is told.
    pub(crate) async fn round(&self, browser: &mut Visitor, subject: &str) -> Answer {
        let back = self.out(browser, subject).await;
        self.back(browser, &back).await
    }

    pub(crate) async fn back(&self, browser: &mut Visitor, back: &str) -> Answer {
        let answer = browser.get(&self.app, back).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let arrived = answer.header("location").to_owned();
        browser.get(&self.app, &arrived).await
    }

    /// Links Ada's account to `ada` of the provider.
    pub(crate) async fn link(&mut self) -> Answer {
        let mut ada = self.ada.clone();
        let offered = self.round(&mut ada, "ada").await;
        let page = offered.header("location").to_owned();
        let answer = ada.submit(&self.app, &page, "/sign-in/link", &[]).await;
        self.ada = ada;
        answer
    }
}

/// Where a page leads out of here.
fn link_out(page: &str) -> String {
    let (_, rest) = page.split_once("content=\"0; url=").unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}
