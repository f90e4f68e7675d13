//! Signing in by password, once more for what needs it, and out.

use std::{net::IpAddr, sync::Arc};

use askama::Template;
use axum::{
    extract::{FromRequestParts, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header::USER_AGENT, request::Parts};
use keymoor_core::{
    AccountId, SessionId, UnixTime,
    name::Email,
    ticket::{Ticket, TicketDigest},
};
use keymoor_store::{
    AccountKind, Actor, Grounds, LastUse, NewSession, Renewal, SignInFacts, Stamp,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    SignedIn,
    cookies::Jar,
    form::Form,
    frame::{Frame, page, page_after},
    gate::Browser,
    local::local_path,
    second_factor,
    sign_on::route::begin,
    signed_in::{Entered, age},
    times::When,
};
use crate::{
    App,
    client_address::ClientAddress,
    failure::{Answer, Failure},
    random,
};

/// Characters of what a browser says of itself that are kept.
const DEVICE: usize = 200;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    pub(super) next: String,
}

/// From where and with what somebody signs in.
pub(super) struct Arrival {
    pub(super) address: IpAddr,
    pub(super) device: String,
    /// The session that the browser has, which a new one takes the place of.
    pub(super) session: Option<TicketDigest>,
}

impl FromRequestParts<Arc<App>> for Arrival {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let device = agent.unwrap_or_default().chars().take(DEVICE).collect();
        let browser = Browser::from_request_parts(parts, app).await?;
        let session = browser.session.map(|ticket| ticket.digest());
        Ok(Self { address, device, session })
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage<'p> {
    frame: Frame,
    next: &'p str,
    email: &'p str,
    /// Where the domain of the address leads, and what the provider is called.
    offer: Option<(String, String)>,
    /// Whether a provider has signed somebody in, who has to be linked.
    linking: bool,
    problem: Option<String>,
}

/// The form, with where the domain of the address leads.
pub(super) async fn form_page<'p>(
    app: &App,
    browser: &Browser,
    email: &'p str,
    next: &'p str,
    problem: Option<String>,
) -> Result<SignInPage<'p>, Failure> {
    let provider = app.provider_for(email).await?;
    Ok(SignInPage {
        frame: Frame::visitor(app, browser),
        next,
        email,
        offer: provider.map(|found| (begin(&found, next), found.label.as_str().to_owned())),
        linking: next.starts_with("/sign-in/link"),
        problem,
    })
}

#[derive(Template)]
#[template(path = "sign_in_again.html")]
struct AgainPage<'p> {
    frame: Frame,
    next: &'p str,
    email: &'p str,
    problem: Option<String>,
}

/// `GET /sign-in`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    browser: Browser,
    Query(query): Query<NextQuery>,
    signed_in: Result<SignedIn, Failure>,
) -> Answer {
    let next = local_path(&query.next).unwrap_or_default();
    if signed_in.is_ok() {
        return Ok(Redirect::to(to(next)).into_response());
    }
    page(&form_page(&app, &browser, "", next, None).await?)
}

fn to(next: &str) -> &str {
    local_path(next).unwrap_or("/account/tokens")
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    let (email, next) = (form.text("email"), form.text("next"));
    let (status, problem, wait) = match enter(&app, email, &form, &arrival).await? {
        Ok(response) => return Ok(response),
        Err(refused) => refused,
    };
    page_after(wait, status, &form_page(&app, &browser, email, next, Some(problem)).await?)
}

/// The status, what is said, and in how many seconds it may be otherwise, if time helps.
pub(super) type Refused = (StatusCode, String, Option<u32>);

/// The way in, or to the second factor, if the password is right.
async fn enter(
    app: &Arc<App>,
    email: &str,
    form: &Form,
    arrival: &Arrival,
) -> Result<Result<Response, Refused>, Failure> {
    let (password, next) = (form.secret("password"), form.text("next"));
    app.limits.may_try(arrival.address, app.clock.monotonic())?;
    // No account has a name that is no address, so there is nothing to guess.
    let Ok(email) = Email::parse(email) else {
        app.passwords.is(app.passwords.reserve()?, password, None).await?;
        note_failure(app, None, arrival.address);
        return Ok(Err(wrong()));
    };
    let facts = match check(app, email.as_str(), &email, password).await? {
        Checked::Right(facts) => facts,
        Checked::Wrong(account) => {
            note_failure(app, account, arrival.address);
            return Ok(Err(wrong()));
        }
        Checked::Blocked(until) => return Ok(Err(blocked(app, until))),
    };
    let response = if facts.factors.is_any() {
        second_factor::begin(app, &facts, next).await?
    } else {
        let credentials = Some(facts.credentials);
        let grounds = Grounds { credentials, ..Grounds::default() };
        welcome(app, facts.account.id, grounds, arrival, next).await?
    };
    Ok(response.ok_or_else(wrong))
}

/// Notes that somebody was not let in: for the address, and for the account if there is one.
fn note_failure(app: &App, account: Option<AccountId>, address: IpAddr) {
    tracing::info!(client = %address, "sign-in refused");
    app.limits.tried(address, app.clock.monotonic());
    if let Some(account) = account {
        app.uses.note_failed_sign_in(account, LastUse { at: app.now(), address });
    }
}

fn wrong() -> Refused {
    let text = "This e-mail address and password do not belong together.".to_owned();
    (StatusCode::UNPROCESSABLE_ENTITY, text, None)
}

/// What is said while no attempt is taken.
pub(super) fn blocked(app: &App, until: UnixTime) -> Refused {
    let when = When::new(until, app.now()).relative.replace("just now", "in a minute");
    let text = format!("Too many attempts. Try again {when}.");
    let wait = u32::try_from(until.since(app.now())).unwrap_or(1).max(1);
    (StatusCode::TOO_MANY_REQUESTS, text, Some(wait))
}

/// What a password turned out to be.
pub(super) enum Checked {
    /// That of the account.
    Right(Box<SignInFacts>),
    /// Not that of this account, if there is one.
    Wrong(Option<AccountId>),
    /// Not looked at until then.
    Blocked(UnixTime),
}

/// Whether the password belongs to the address; counted under `name`. What is not so costs the same
/// and says the same as what does not exist. Who finds no place to wait in has not tried.
pub(super) async fn check(
    app: &Arc<App>,
    name: &str,
    email: &Email,
    password: Zeroizing<String>,
) -> Result<Checked, Failure> {
    let place = app.passwords.reserve()?;
    if let Err(until) = app.store.attempt(name, app.now()).await? {
        return Ok(Checked::Blocked(until));
    }
    let facts = app.store.sign_in_facts(email).await?;
    let may = |facts: &&SignInFacts| {
        facts.account.disabled_at.is_none() && facts.account.kind == AccountKind::Person
    };
    let hash = facts.as_ref().filter(may).and_then(|facts| facts.password_hash.clone());
    let right = app.passwords.is(place, password, hash).await?;
    match facts {
        Some(facts) if right => {
            app.store.forget_attempts(name).await?;
            Ok(Checked::Right(Box::new(facts)))
        }
        facts => Ok(Checked::Wrong(facts.map(|facts| facts.account.id))),
    }
}

/// Starts a session and goes on to `next`; `None` if the grounds do not hold any more. The ticket is
/// a new one: what the browser held before opens nothing.
pub(super) async fn welcome(
    app: &App,
    account: AccountId,
    grounds: Grounds,
    arrival: &Arrival,
    next: &str,
) -> Result<Option<Response>, Failure> {
    let ticket = Ticket::generate(random());
    let new = NewSession {
        digest: ticket.digest(),
        id: SessionId::from_random(random()),
        account,
        address: arrival.address,
        device: arrival.device.clone(),
        organization: None,
        grounds: Grounds { replaces: arrival.session.clone(), ..grounds },
    };
    let by = Actor::Account(account);
    let stamp = Stamp { at: app.now(), by, from: Some(arrival.address) };
    if !app.store.start_session(&new, age(stamp.at), stamp).await? {
        return Ok(None);
    }
    let mut response = Redirect::to(to(next)).into_response();
    Jar::Session.keep(response.headers_mut(), &ticket);
    Jar::Ceremony.forget(response.headers_mut());
    Jar::Visit.forget(response.headers_mut());
    Ok(Some(response))
}

/// `GET /sign-in/again`
pub(super) async fn show_again(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<NextQuery>,
) -> Answer {
    let (frame, email) = (signed_in.frame(&app, ""), signed_in.account.email.as_str());
    page(&AgainPage { frame, next: &query.next, email, problem: None })
}

/// `POST /sign-in/again`
pub(super) async fn again(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    let (email, next) = (&signed_in.account.email, form.text("next"));
    let name = signed_in.attempt();
    let (status, problem, wait) = match check(&app, &name, email, form.secret("password")).await? {
        Checked::Right(facts) => return confirm(&app, &signed_in, &facts, next).await,
        Checked::Wrong(account) => {
            note_failure(&app, account, signed_in.address);
            (StatusCode::UNPROCESSABLE_ENTITY, "This is not your password.".to_owned(), None)
        }
        Checked::Blocked(until) => blocked(&app, until),
    };
    let (frame, email) = (signed_in.frame(&app, ""), email.as_str());
    page_after(wait, status, &AgainPage { frame, next, email, problem: Some(problem) })
}

/// The session goes on under another ticket; where there is a second factor, that is asked for too
/// and a new session takes its place.
async fn confirm(app: &App, signed_in: &SignedIn, facts: &SignInFacts, next: &str) -> Answer {
    if facts.factors.is_any() {
        let begun = second_factor::begin(app, facts, next).await?;
        return begun.ok_or(Failure::SignInNeeded(None));
    }
    let ticket = Ticket::generate(random());
    let renewal = Renewal { from: signed_in.ticket.digest(), to: ticket.digest() };
    let (account, credentials) = (facts.account.id, facts.credentials);
    if !app.store.confirm_session(account, &renewal, credentials, app.now()).await? {
        return Err(Failure::SignInNeeded(None));
    }
    let mut response = Redirect::to(to(next)).into_response();
    Jar::Session.keep(response.headers_mut(), &ticket);
    Ok(response)
}

/// `POST /sign-out`: the session ends here, whatever becomes of the cookie.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    entered: Result<Entered, Failure>,
) -> Answer {
    if let Ok(Entered(signed_in)) = entered {
        app.store.end_session(signed_in.account.id, signed_in.session.id).await?;
    }
    let mut response: Response = Redirect::to("/sign-in").into_response();
    Jar::Session.forget(response.headers_mut());
    Ok(response)
}
