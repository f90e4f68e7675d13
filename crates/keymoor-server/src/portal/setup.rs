//! The first run: whoever has the one-time link makes the first account, an operator's.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::ticket::Ticket;
use keymoor_store::{Grounds, Link, LinkKind};
use serde::Deserialize;

use super::{
    form::Form,
    frame::{Frame, page, page_with},
    gate::Browser,
    sign_in::{Arrival, welcome},
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
};

/// The link's ticket. It is in the query, which is never logged.
#[derive(Deserialize)]
pub(super) struct LinkQuery {
    #[serde(default)]
    pub(super) link: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'p> {
    frame: Frame,
    link: &'p str,
    email: &'p str,
    problem: Option<String>,
}

/// `GET /setup?link=…`: looking spends nothing.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    browser: Browser,
    Query(query): Query<LinkQuery>,
) -> Answer {
    if app.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    working(&app, &query.link, LinkKind::Setup).await?;
    let frame = Frame::visitor(&app, &browser);
    page(&SetupPage { frame, link: &query.link, email: "", problem: None })
}

/// `POST /setup`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    let (link, email) = (form.text("link"), form.text("email"));
    let (ticket, _) = working(&app, link, LinkKind::Setup).await?;
    let outcome = if form.text("password") == form.text("again") {
        app.create_first_account(email, form.secret("password"), &ticket, arrival.address).await
    } else {
        Err(OperationError::invalid("password", &"is not the same both times"))
    };
    match outcome {
        Ok(account) => {
            // A new account has changed nothing yet.
            let grounds = Grounds { credentials: Some(0), ..Grounds::default() };
            let welcomed = welcome(&app, account, grounds, &arrival, "/account/tokens").await?;
            welcomed.ok_or(Failure::SignInNeeded(None))
        }
        Err(OperationError::Invalid { field, problem }) => {
            let problem = Some(super::frame::sentence(field, &problem));
            let frame = Frame::visitor(&app, &browser);
            let page = SetupPage { frame, link, email, problem };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}

/// The link of that ticket, if it works.
pub(super) async fn working(
    app: &App,
    text: &str,
    kind: LinkKind,
) -> Result<(Ticket, Link), Failure> {
    let ticket = Ticket::parse(text).ok_or(Failure::DeadLink)?;
    let link = app.store.link(&ticket.digest(), app.now()).await?;
    let link = link.filter(|link| link.kind == kind).ok_or(Failure::DeadLink)?;
    Ok((ticket, link))
}
