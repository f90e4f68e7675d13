//! Signing in by password, once more for what needs it, and out.

use std::{net::IpAddr, sync::Arc};

use askama::Template;
use axum::{
    extract::{FromRequestParts, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header::USER_AGENT, request::Parts};
use keymoor_core::{AccountId, SessionId, UnixTime, name::Email, ticket::Ticket};
use keymoor_store::{AccountKind, Actor, LastUse, NewSession, SignInFacts, Stamp};
use serde::Deserialize;

use super::{
    SignedIn,
    cookies::Jar,
    form::Form,
    frame::{Frame, page, page_with},
    gate::Browser,
    local::local_path,
    second_factor,
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
}

impl FromRequestParts<Arc<App>> for Arrival {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let device = agent.unwrap_or_default().chars().take(DEVICE).collect();
        Ok(Self { address, device })
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'p> {
    frame: Frame,
    next: &'p str,
    email: &'p str,
    problem: Option<String>,
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
    page(&SignInPage { frame: Frame::visitor(&app, &browser), next, email: "", problem: None })
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
    let outcome = check(&app, email, &form, arrival.address).await?;
    let problem = match outcome {
        Checked::Right(facts) if facts.factors.is_any() => {
            return second_factor::begin(&app, facts.account.id, next).await;
        }
        Checked::Right(facts) => return welcome(&app, facts.account.id, &arrival, next).await,
        Checked::Wrong => wrong(),
        Checked::Blocked(until) => blocked(&app, until),
    };
    let (status, problem) = problem;
    let frame = Frame::visitor(&app, &browser);
    page_with(status, &SignInPage { frame, next, email, problem: Some(problem) })
}

fn wrong() -> (StatusCode, String) {
    let text = "This e-mail address and password do not belong together.".to_owned();
    (StatusCode::UNPROCESSABLE_ENTITY, text)
}

/// What is said while no attempt is taken.
pub(super) fn blocked(app: &App, until: UnixTime) -> (StatusCode, String) {
    let when = When::new(until, app.now()).relative.replace("just now", "in a minute");
    (StatusCode::TOO_MANY_REQUESTS, format!("Too many attempts. Try again {when}."))
}

enum Checked {
    Right(Box<SignInFacts>),
    Wrong,
    Blocked(UnixTime),
}

/// Whether the password belongs to the address. What is not so costs the same and says the same as
/// what does not exist.
async fn check(app: &Arc<App>, email: &str, form: &Form, from: IpAddr) -> Result<Checked, Failure> {
    let now = app.now();
    let email = Email::parse(email).ok();
    // No account has a name that is no address, so there is nothing to guess.
    let name = email.as_ref().map_or("", Email::as_str);
    if let (false, Err(until)) = (name.is_empty(), app.store.attempt(name, now).await?) {
        return Ok(Checked::Blocked(until));
    }
    let facts = match &email {
        Some(email) => app.store.sign_in_facts(email).await?,
        None => None,
    };
    let may = |facts: &&SignInFacts| {
        facts.account.disabled_at.is_none() && facts.account.kind == AccountKind::Person
    };
    let hash = facts.as_ref().filter(may).and_then(|facts| facts.password_hash.clone());
    let right = app.passwords.is(form.secret("password"), hash).await?;
    match facts {
        Some(facts) if right => {
            app.store.forget_attempts(name).await?;
            Ok(Checked::Right(Box::new(facts)))
        }
        Some(facts) => {
            app.uses.note_failed_sign_in(facts.account.id, LastUse { at: now, address: from });
            Ok(Checked::Wrong)
        }
        None => Ok(Checked::Wrong),
    }
}

/// Starts a session and goes on to `next`. The ticket is a new one: what the browser held before
/// opens nothing.
pub(super) async fn welcome(
    app: &App,
    account: AccountId,
    arrival: &Arrival,
    next: &str,
) -> Answer {
    let ticket = Ticket::generate(random());
    let new = NewSession {
        digest: ticket.digest(),
        id: SessionId::from_random(random()),
        account,
        address: arrival.address,
        device: arrival.device.clone(),
        organization: None,
    };
    let by = Actor::Account(account);
    let stamp = Stamp { at: app.now(), by, from: Some(arrival.address) };
    app.store.start_session(&new, age(stamp.at), stamp).await?;
    let mut response = Redirect::to(to(next)).into_response();
    Jar::Session.keep(response.headers_mut(), &ticket);
    Jar::Ceremony.forget(response.headers_mut());
    Jar::Visit.forget(response.headers_mut());
    Ok(response)
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
    let (email, next) = (signed_in.account.email.as_str(), form.text("next"));
    let (status, problem) = match check(&app, email, &form, signed_in.address).await? {
        Checked::Right(_) => {
            app.store.confirm_session(&signed_in.ticket.digest(), app.now()).await?;
            return Ok(Redirect::to(to(next)).into_response());
        }
        Checked::Wrong => {
            (StatusCode::UNPROCESSABLE_ENTITY, "This is not your password.".to_owned())
        }
        Checked::Blocked(until) => blocked(&app, until),
    };
    let frame = signed_in.frame(&app, "");
    page_with(status, &AgainPage { frame, next, email, problem: Some(problem) })
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
