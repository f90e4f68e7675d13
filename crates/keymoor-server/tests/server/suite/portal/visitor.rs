use std::{collections::BTreeMap, sync::Arc};

use axum::body::Body;
use http::{
    Request,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE, USER_AGENT},
};
use keymoor_core::AccountId;
use keymoor_server::operations::AccountOrder;
use keymoor_store::{AccountKind, Actor};
use zeroize::Zeroizing;

use super::super::app::{Answer, TestApp, URL};

pub(crate) const PASSWORD: &str = "nine blue herons at dusk";
pub(crate) const EMAIL: &str = "ada@example.com";

/// A browser without scripts.
#[derive(Clone, Default)]
pub(crate) struct Visitor {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub(crate) fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn session(&self) -> Option<&String> {
        self.cookies.get("__Host-keymoor-session")
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT, "text/html,*/*;q=0.8")
            .header(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
            .header(COOKIE, self.cookie())
    }

    pub(crate) async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        let answer = app.send(self.request("GET", path).body(Body::empty()).unwrap()).await;
        self.keep(&answer);
        answer
    }

    /// Sends a form as it stands, from a page of ours.
    pub(crate) async fn post(&mut self, app: &TestApp, path: &str, body: &str) -> Answer {
        let request = self
            .request("POST", path)
            .header(ORIGIN, URL)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = app.send(request).await;
        self.keep(&answer);
        answer
    }

    /// Opens the page at `from`, fills its first form in and sends it to `to`.
    pub(crate) async fn submit(
        &mut self,
        app: &TestApp,
        from: &str,
        to: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let page = self.get(app, from).await;
        assert_eq!(page.status, 200, "{from}: {page:?}");
        self.submit_from(app, &page, to, fields).await
    }

    /// The same from a page that is open.
    pub(crate) async fn submit_from(
        &mut self,
        app: &TestApp,
        page: &Answer,
        to: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        self.post(app, to, &filled_in(page, to, fields)).await
    }

    pub(crate) async fn sign_in(&mut self, app: &TestApp, email: &str, password: &str) -> Answer {
        let fields = [("email", email), ("password", password)];
        self.submit(app, "/sign-in", "/sign-in", &fields).await
    }

    /// Whether the pages of an account open.
    pub(crate) async fn is_in(&mut self, app: &TestApp) -> bool {
        let answer = self.get(app, "/account").await;
        assert!([200, 303].contains(&answer.status.as_u16()), "{answer:?}");
        answer.status == 200
    }
}

/// The hidden fields of the form that goes to `to`, or of the first one.
pub(crate) fn hidden(page: &str, to: &str) -> Vec<(String, String)> {
    let start = page.find(&format!("action=\"{to}\"")).unwrap_or_default();
    let form = &page[start..];
    let form = &form[..form.find("</form>").unwrap_or(form.len())];
    let inputs = form.split("<input type=\"hidden\" ").skip(1);
    let value = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
        // As a browser reads it.
        rest.split('"').next().unwrap().replace("&#38;", "&")
    };
    inputs.map(|text| (value(text, "name"), value(text, "value"))).collect()
}

/// The form that goes to `to`, with `fields` in place of what it has hidden.
fn filled_in(page: &Answer, to: &str, fields: &[(&str, &str)]) -> String {
    let hidden = hidden(&page.text, to);
    let given = |name: &str| fields.iter().any(|(field, _)| *field == name);
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in hidden.iter().filter(|(name, _)| !given(name)) {
        form.append_pair(name, value);
    }
    form.extend_pairs(fields).finish()
}

impl TestApp {
    /// An account that somebody signs in to with [`PASSWORD`].
    pub(crate) async fn person(&self, email: &str) -> AccountId {
        let password = Some(Zeroizing::new(PASSWORD.to_owned()));
        let order = AccountOrder { email: email.to_owned(), kind: AccountKind::Person, password };
        self.app.create_account(order, Actor::Operator).await.unwrap()
    }

    /// Somebody who is signed in.
    pub(crate) async fn visitor(&self, email: &str) -> (AccountId, Visitor) {
        let account = self.person(email).await;
        (account, self.signed_in(email).await)
    }

    /// Another browser of somebody who has an account.
    pub(crate) async fn signed_in(&self, email: &str) -> Visitor {
        let mut visitor = Visitor::default();
        let answer = visitor.sign_in(self, email, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        visitor
    }

    /// A server with somebody signed in.
    pub(crate) async fn with_visitor() -> (Arc<Self>, AccountId, Visitor) {
        let app = Arc::new(Self::start().await);
        let (account, visitor) = app.visitor(EMAIL).await;
        (app, account, visitor)
    }
}
