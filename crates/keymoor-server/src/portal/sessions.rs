//! The browsers that are signed in to an account.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::SessionId;

use super::{
    SignedIn,
    cookies::Jar,
    form::Form,
    frame::{Frame, page},
    signed_in::age,
    times::When,
};
use crate::{
    App,
    failure::{Answer, Failure},
};

struct Row {
    id: String,
    device: String,
    address: String,
    started: When,
    seen: When,
    current: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<Row>,
}

/// `GET /account/sessions`
pub(super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    let now = app.now();
    let found = app.store.sessions_of(signed_in.account.id, age(now)).await?;
    let row = |session: keymoor_store::Session| Row {
        current: session.id == signed_in.session.id,
        id: session.id.to_string(),
        device: device(&session.device),
        address: session.address.to_string(),
        started: When::new(session.started_at, now),
        seen: When::new(session.seen_at, now),
    };
    let sessions = found.into_iter().map(row).collect();
    page(&SessionsPage { frame: signed_in.frame(&app, "sessions"), sessions })
}

/// `POST /account/sessions/end`
pub(super) async fn end(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    let id = SessionId::parse(form.text("session")).map_err(|_| Failure::NotFound)?;
    app.store.end_session(signed_in.account.id, id).await?;
    Ok(Redirect::to("/account/sessions").into_response())
}

/// `POST /account/sessions/end-others`
pub(super) async fn end_others(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    let keep = signed_in.ticket.digest();
    app.store.end_sessions(signed_in.account.id, Some(&keep)).await?;
    Ok(Redirect::to("/account/sessions").into_response())
}

/// `POST /account/sessions/end-all`: this one too.
pub(super) async fn end_all(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    app.store.end_sessions(signed_in.account.id, None).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    Jar::Session.forget(response.headers_mut());
    Ok(response)
}

/// Browser and system in words, as far as what the browser says of itself tells.
pub(super) fn device(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    // The order matters: most browsers also name those that they are like.
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "an unknown browser".to_owned(),
    }
}
