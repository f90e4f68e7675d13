//! The second half of a sign-in: a code, a recovery code or a passkey.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use keymoor_core::{
    AccountId,
    ticket::{Ticket, TicketDigest},
};
use keymoor_store::{Actor, Ceremony, Grounds, LastUse, SecondFactors, SignInFacts};
use serde::{Deserialize, Serialize};

use super::{
    cookies::Jar,
    form::Form,
    frame::{Frame, page_with},
    gate::Browser,
    passkeys, recovery,
    sign_in::{Arrival, blocked, welcome},
    totp,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::Author,
    random,
};

/// Seconds for which the second half may take.
const PATIENCE: i64 = 600;

/// What the server remembers between the halves.
#[derive(Serialize, Deserialize)]
struct HalfSignedIn {
    next: String,
    /// What a passkey's answer is checked with; it is used once.
    passkey: Option<String>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    frame: Frame,
    factors: SecondFactors,
    /// What the browser asks the passkey, as JSON; nothing where passkeys cannot be used.
    options: Option<String>,
    problem: Option<String>,
}

/// The first half is done; `None` if what it was decided by does not hold any more.
pub(super) async fn begin(
    app: &App,
    facts: &SignInFacts,
    next: &str,
) -> Result<Option<Response>, Failure> {
    let ticket = Ticket::generate(random());
    let state = to_text(&HalfSignedIn { next: next.to_owned(), passkey: None });
    let now = app.now();
    let (account, credentials) = (facts.account.id, facts.credentials);
    let ceremony = Ceremony { account, state, credentials, expires_at: now.plus(PATIENCE) };
    if !app.store.begin_ceremony(&ticket.digest(), &ceremony, now).await? {
        return Ok(None);
    }
    let mut response = Redirect::to("/sign-in/second-factor").into_response();
    Jar::Ceremony.keep(response.headers_mut(), &ticket);
    Ok(Some(response))
}

fn to_text(half: &HalfSignedIn) -> String {
    serde_json::to_string(half).expect("texts become JSON")
}

/// A sign-in that is half done.
struct Begun {
    digest: TicketDigest,
    account: AccountId,
    state: String,
    credentials: i64,
    half: HalfSignedIn,
}

impl Begun {
    /// That of the browser; who has none begins anew.
    async fn of(app: &App, browser: &Browser) -> Result<Self, Failure> {
        let ticket = browser.ceremony.as_ref().ok_or(Failure::SignInNeeded(None))?;
        let digest = ticket.digest();
        let found = app.store.ceremony(&digest, app.now()).await?;
        let Ceremony { account, state, credentials, .. } =
            found.ok_or(Failure::SignInNeeded(None))?;
        let half = serde_json::from_str(&state).map_err(|_| Failure::SignInNeeded(None))?;
        Ok(Self { digest, account, state, credentials, half })
    }

    /// The name under which wrong codes are counted.
    fn name(&self) -> String {
        format!("second factor of {}", self.account)
    }

    /// Both halves are done. Of two answers at once, one counts.
    async fn finish(self, app: &App, arrival: &Arrival) -> Answer {
        let (credentials, ceremony) = (Some(self.credentials), Some(self.digest.clone()));
        let grounds = Grounds { credentials, ceremony, replaces: None };
        let welcomed = welcome(app, self.account, grounds, arrival, &self.half.next).await?;
        let response = welcomed.ok_or(Failure::SignInNeeded(None))?;
        app.store.forget_attempts(&self.name()).await?;
        Ok(response)
    }

    /// The page, with a new question for a passkey.
    async fn page(
        mut self,
        app: &App,
        browser: &Browser,
        status: StatusCode,
        problem: Option<String>,
    ) -> Answer {
        let factors = app.store.second_factors(self.account).await?;
        let asked = passkeys::ask(app, self.account).await?;
        let (options, state) = asked.unzip();
        self.half.passkey = state;
        let to = to_text(&self.half);
        if !app.store.change_ceremony(&self.digest, &self.state, &to).await? {
            return Err(Failure::SignInNeeded(None));
        }
        let frame = Frame::visitor(app, browser);
        page_with(status, &SecondFactorPage { frame, factors, options, problem })
    }
}

/// `GET /sign-in/second-factor`
pub(super) async fn show(State(app): State<Arc<App>>, browser: Browser) -> Answer {
    let half = Begun::of(&app, &browser).await?;
    half.page(&app, &browser, StatusCode::OK, None).await
}

/// `POST /sign-in/second-factor`: a code of the app, or a recovery code.
pub(super) async fn code(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    let half = Begun::of(&app, &browser).await?;
    if let Err(until) = app.store.attempt(&half.name(), app.now()).await? {
        let (status, problem, wait) = blocked(&app, until);
        let mut response = half.page(&app, &browser, status, Some(problem)).await?;
        let wait = wait.map(HeaderValue::from);
        response.headers_mut().extend(wait.map(|wait| (RETRY_AFTER, wait)));
        return Ok(response);
    }
    let code = form.secret("code");
    let author = Author { by: Actor::Account(half.account), from: Some(arrival.address) };
    let right = totp::is_code(&app, half.account, &code).await?
        || recovery::spend(&app, half.account, &code, author).await?;
    if right {
        return half.finish(&app, &arrival).await;
    }
    let last = LastUse { at: app.now(), address: arrival.address };
    app.uses.note_failed_sign_in(half.account, last);
    app.limits.tried(arrival.address, app.clock.monotonic());
    let problem = "This code is not right, or was used before. Codes change every 30 seconds.";
    half.page(&app, &browser, StatusCode::UNPROCESSABLE_ENTITY, Some(problem.to_owned())).await
}

/// `POST /sign-in/passkey`
pub(super) async fn passkey(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    let mut half = Begun::of(&app, &browser).await?;
    let Some(question) = half.half.passkey.take() else {
        return Err(Failure::SignInNeeded(None));
    };
    // The question is used up before the answer is looked at.
    let without = to_text(&half.half);
    if !app.store.change_ceremony(&half.digest, &half.state, &without).await? {
        return Err(Failure::SignInNeeded(None));
    }
    half.state = without;
    if passkeys::is_answer(&app, half.account, &question, form.text("answer")).await? {
        return half.finish(&app, &arrival).await;
    }
    let last = LastUse { at: app.now(), address: arrival.address };
    app.uses.note_failed_sign_in(half.account, last);
    let problem = "The passkey was not accepted. Try again, or use a code.".to_owned();
    half.page(&app, &browser, StatusCode::UNPROCESSABLE_ENTITY, Some(problem)).await
}
