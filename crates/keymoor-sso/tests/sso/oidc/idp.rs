//! A provider in this process that says whatever a test wants it to say.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Mutex};

use futures_util::FutureExt;
use keymoor_core::UnixTime;
use keymoor_sso::{
    Fetch, FetchError, Fetched, Identity, Request,
    oidc::{
        Algorithm, Begun, Callback, Keys, LogoutNotice, Metadata, OidcRefusal, Provider,
        TokenFault, discover, finish, logout_token,
    },
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::signing::SigningKey;

pub(super) const ISSUER: &str = "https://idp.example.com";
pub(super) const REDIRECT: &str = "https://here.example.com/api/auth/oidc/callback";
pub(super) const ACCESS_TOKEN: &str = "an access token";
pub(super) const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// Pages by URL, and what was asked.
#[derive(Default)]
pub(super) struct Pages {
    pages: Mutex<HashMap<String, Fetched>>,
    pub(super) asked: Mutex<Vec<Request>>,
}

impl Pages {
    pub(super) fn put(&self, url: &str, status: u16, media_type: &str, body: impl Into<Vec<u8>>) {
        let page = Fetched { status, media_type: media_type.to_owned(), body: body.into() };
        self.pages.lock().unwrap().insert(url.to_owned(), page);
    }

    pub(super) fn json(&self, url: &str, body: &Value) {
        self.put(url, 200, "application/json", body.to_string());
    }

    /// How often `url` was asked for.
    pub(super) fn count(&self, url: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|request| request.url == url).count()
    }

    /// The last request, with its form.
    pub(super) fn form(&self, url: &str) -> HashMap<String, String> {
        let asked = self.asked.lock().unwrap();
        let request = asked.iter().rfind(|request| request.url == url).unwrap();
        form_urlencoded::parse(&request.body).into_owned().collect()
    }

    pub(super) fn header(&self, url: &str, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        let request = asked.iter().rfind(|request| request.url == url).unwrap();
        let field = request.headers.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.clone())
    }
}

impl Fetch for Pages {
    fn fetch<'f>(
        &'f self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'f>> {
        let page = self.pages.lock().unwrap().get(&request.url).cloned();
        let nobody = FetchError::Unreachable(request.url.clone(), "nobody there".to_owned());
        self.asked.lock().unwrap().push(request);
        Box::pin(async move { page.ok_or(nobody) })
    }
}

/// The path under the issuer.
pub(super) fn at(path: &str) -> String {
    format!("{ISSUER}/{path}")
}

/// Good metadata.
pub(super) fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("jwks"),
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported":
            Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>(),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "backchannel_logout_supported": true,
    })
}

/// A sign-in at a provider that is good until a test makes it bad.
pub(super) struct Flow {
    pub(super) idp: Pages,
    pub(super) key: SigningKey,
    pub(super) provider: Provider,
    pub(super) metadata: Metadata,
    pub(super) keys: Keys,
    pub(super) begun: Begun,
    pub(super) callback: Callback,
}

impl Flow {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let (idp, key) = (Pages::default(), SigningKey::new(algorithm, "key-1"));
        idp.json(&at(".well-known/openid-configuration"), &metadata());
        idp.json(&at("jwks"), &json!({"keys": [key.jwk()]}));
        let provider = provider();
        let metadata = discover(&idp, ISSUER).now_or_never().unwrap().unwrap();
        let begun = begin(&provider, 7, false);
        let callback = callback(&begun);
        let flow = Self { idp, key, provider, metadata, keys: Keys::new(), begun, callback };
        flow.answer(&flow.id_token(&flow.claims()));
        flow
    }

    pub(super) fn es256() -> Self {
        Self::new(Algorithm::Es256)
    }

    /// The same, but the person has to sign in anew.
    pub(super) fn forced() -> Self {
        let mut flow = Self::es256();
        flow.begun = begin(&flow.provider, 7, true);
        flow
    }

    pub(super) fn nonce(&self) -> String {
        secret(&self.begun, "nonce")
    }

    /// Good claims.
    pub(super) fn claims(&self) -> Value {
        let now = NOW.seconds();
        json!({"iss": ISSUER, "aud": "client", "sub": "subject-1", "iat": now - 1,
            "exp": now + 300, "nonce": self.nonce(), "email": "ann@example.com",
            "email_verified": true, "name": "Ann", "sid": "session-1"})
    }

    pub(super) fn id_token(&self, claims: &Value) -> String {
        self.key.jwt(&self.key.header().to_string(), &claims.to_string())
    }

    /// Lets the token endpoint answer with this ID Token.
    pub(super) fn answer(&self, id_token: &str) {
        let answer = json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer",
            "expires_in": 300, "id_token": id_token});
        self.idp.json(&at("token"), &answer);
    }

    pub(super) fn finish(&self) -> Result<Identity, OidcRefusal> {
        self.finish_at(NOW)
    }

    pub(super) fn finish_at(&self, now: UnixTime) -> Result<Identity, OidcRefusal> {
        finish(
            &self.idp,
            &self.provider,
            &self.metadata,
            &self.keys,
            &self.begun,
            &self.callback,
            now,
        )
        .now_or_never()
        .unwrap()
    }

    /// Finishes with that ID Token.
    pub(super) fn with(&self, id_token: &str) -> Result<Identity, OidcRefusal> {
        self.answer(id_token);
        self.finish()
    }

    /// Finishes with claims that `change` made of good ones.
    pub(super) fn claiming(
        &self,
        change: impl FnOnce(&mut Value),
    ) -> Result<Identity, OidcRefusal> {
        let mut claims = self.claims();
        change(&mut claims);
        self.with(&self.id_token(&claims))
    }

    /// Finishes with a header that `change` made of a good one.
    pub(super) fn heading(&self, change: impl FnOnce(&mut Value)) -> Result<Identity, OidcRefusal> {
        let mut header = self.key.header();
        change(&mut header);
        self.with(&self.key.jwt(&header.to_string(), &self.claims().to_string()))
    }

    pub(super) fn logout(&self, token: &str) -> Result<LogoutNotice, OidcRefusal> {
        logout_token(&self.idp, &self.provider, &self.metadata, &self.keys, token, NOW)
            .now_or_never()
            .unwrap()
    }
}

pub(super) fn provider() -> Provider {
    let client_secret = Some(Zeroizing::new("a secret".to_owned()));
    Provider { issuer: ISSUER.to_owned(), client_id: "client".to_owned(), client_secret }
}

pub(super) fn begin(provider: &Provider, random: u8, force: bool) -> Begun {
    let mut bytes = Zeroizing::new([random; 96]);
    bytes[32..64].fill(random ^ 0x40);
    bytes[64..].fill(random ^ 0x80);
    Begun::new(provider, REDIRECT, force, &bytes, NOW.plus(-30))
}

/// A part of what was begun, as it is kept.
pub(super) fn secret(begun: &Begun, name: &str) -> String {
    serde_json::to_value(begun).unwrap()[name].as_str().unwrap().to_owned()
}

/// The good callback.
pub(super) fn callback(begun: &Begun) -> Callback {
    Callback {
        code: Some(Zeroizing::new("the code".to_owned())),
        state: Some(begun.state().to_owned()),
        ..Callback::default()
    }
}

/// Says that the ID Token was refused, and for that reason.
#[track_caller]
pub(super) fn refused(answer: Result<Identity, OidcRefusal>, fault: TokenFault) {
    assert_eq!(answer.unwrap_err(), OidcRefusal::Token(fault));
}
