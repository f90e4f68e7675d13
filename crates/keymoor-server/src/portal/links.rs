//! Forgotten passwords, and the links by which a password is chosen.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::name::Email;
use keymoor_store::{AccountKind, LinkKind};

use super::{
    form::Form,
    frame::{Frame, page, page_with, sentence},
    gate::Browser,
    mail::{Letter, Mailer},
    setup::{LinkQuery, working},
    sign_in::Arrival,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{INVITATION_LIFE, OperationError, RESET_LIFE},
};

#[derive(Template)]
#[template(path = "forgotten.html")]
struct ForgottenPage {
    frame: Frame,
    has_mail: bool,
    sent: bool,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'p> {
    frame: Frame,
    link: &'p str,
    email: String,
    is_first: bool,
    problem: Option<String>,
}

/// `GET /forgotten-password`
pub(super) async fn show_forgotten(State(app): State<Arc<App>>, browser: Browser) -> Answer {
    let frame = Frame::visitor(&app, &browser);
    page(&ForgottenPage { frame, has_mail: app.mailer.is_some(), sent: false })
}

/// `POST /forgotten-password`: the same answer at the same time, whether there is such an account
/// or not, and whether or not too many ask at once.
pub(super) async fn forgotten(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    app.limits.may_try(arrival.address, app.clock.monotonic())?;
    app.limits.tried(arrival.address, app.clock.monotonic());
    let place = app.mailer.as_ref().and_then(Mailer::reserve);
    if let (Ok(email), Some(place)) = (Email::parse(form.text("email")), place) {
        let app = app.clone();
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = send_link(&app, &email).await {
                tracing::warn!(%error, "a password link could not be sent");
            }
        });
    }
    let frame = Frame::visitor(&app, &browser);
    page(&ForgottenPage { frame, has_mail: app.mailer.is_some(), sent: true })
}

/// Sends a link to the address, if an account has it that somebody signs in to. Who was invited and
/// has not chosen a password yet is invited again.
async fn send_link(app: &App, email: &Email) -> Result<(), OperationError> {
    let Some(mailer) = &app.mailer else {
        return Ok(());
    };
    // Nobody fills somebody else's mailbox. Counted for every address: it is the same work.
    if app.store.attempt(&format!("mail to {email}"), app.now()).await?.is_err() {
        return Ok(());
    }
    let found = app.store.account_by_email(email).await?;
    let account = found
        .filter(|account| account.disabled_at.is_none() && account.kind == AccountKind::Person);
    let Some(account) = account else {
        return Ok(());
    };
    let server = app.public_url();
    let letter = if app.store.password_hash(account.id).await?.is_some() {
        Letter::password_link(server, &app.make_password_link(account.id, RESET_LIFE).await?)
    } else {
        Letter::invitation(server, &app.make_password_link(account.id, INVITATION_LIFE).await?)
    };
    mailer.send_soon(email, letter);
    Ok(())
}

/// `GET /password?link=…`: looking spends nothing, since mail programs look too.
pub(super) async fn show_password(
    State(app): State<Arc<App>>,
    browser: Browser,
    Query(query): Query<LinkQuery>,
) -> Answer {
    let (email, is_first) = whose(&app, &query.link).await?;
    let frame = Frame::visitor(&app, &browser);
    page(&PasswordPage { frame, link: &query.link, email, is_first, problem: None })
}

async fn whose(app: &App, link: &str) -> Result<(String, bool), Failure> {
    let (_, link) = working(app, link, LinkKind::Password).await?;
    let id = link.account.ok_or(Failure::DeadLink)?;
    let account = app.store.account(id).await?.ok_or(Failure::DeadLink)?;
    let is_first = app.store.password_hash(id).await?.is_none();
    Ok((account.email.as_str().to_owned(), is_first))
}

/// `POST /password`: sets it, and ends every session. Signing in comes next, with the second factor
/// where there is one: a link proves the mailbox, nothing else.
pub(super) async fn set_password(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    form: Form,
) -> Answer {
    let link = form.text("link");
    let (ticket, found) = working(&app, link, LinkKind::Password).await?;
    let account = found.account.ok_or(Failure::DeadLink)?;
    let outcome = if form.text("password") == form.text("again") {
        let password = form.secret("password");
        app.set_password_by_link(account, password, &ticket, arrival.address).await
    } else {
        Err(OperationError::invalid("password", &"is not the same both times"))
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/sign-in").into_response()),
        Err(OperationError::Invalid { field, problem }) => {
            let (email, is_first) = whose(&app, link).await?;
            let (frame, problem) =
                (Frame::visitor(&app, &browser), Some(sentence(field, &problem)));
            let page = PasswordPage { frame, link, email, is_first, problem };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}
